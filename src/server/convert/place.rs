//! Files and places: paths and URIs, columns as each client counts them.

use camino::{Utf8Path, Utf8PathBuf};
use tower_lsp::ls_types::{self as lsp, Uri};

use crate::names::Location;
use crate::server::columns::{Point, units_before};
use crate::server::model::Encoding;

/// A file's URI; `None` for a path that is not absolute.
pub(crate) fn uri(path: &Utf8Path) -> Option<Uri> {
    path.is_absolute()
        .then(|| Uri::from_file_path(path))
        .flatten()
}

/// The path of a `file:` URI.
pub(crate) fn path(uri: &Uri) -> Option<Utf8PathBuf> {
    if uri.scheme().as_str() != "file" {
        return None;
    }
    Utf8PathBuf::from_path_buf(uri.to_file_path()?.into_owned()).ok()
}

/// Gives the text of a file's line, from one, where it is known.
pub(crate) type LineText<'a> = &'a dyn Fn(&Utf8Path, u32) -> Option<String>;

pub(crate) fn range(location: &Location, lines: LineText<'_>, encoding: Encoding) -> lsp::Range {
    let text = lines(&location.path, location.line);
    let text = text.as_deref();
    let position = |column: u32| lsp::Position {
        line: location.line.saturating_sub(1),
        character: units_before(text, column, encoding),
    };
    lsp::Range {
        start: position(location.column),
        end: position(location.end_column.max(location.column)),
    }
}

/// A place as the client named it.
pub(crate) fn point(position: lsp::Position) -> Point {
    Point {
        line: position.line,
        units: position.character,
    }
}

#[cfg(test)]
mod tests;
