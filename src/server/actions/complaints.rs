//! Complaints of rust-analyzer's and rustc's, and the macros that each may be about. Pure.

use camino::Utf8Path;

use super::View;
use crate::inspect::{InspectedMacro, Inspection};
use crate::recognise::{Complaint, Recognised, recognise};
use crate::server::model::SentDiagnostic;
use crate::server::uses::PlacedUse;
use crate::verdict::Verdict;

/// Reads a complaint of rust-analyzer's, or of the rustc that it runs. Other servers' diagnostics, `data` included, are not ours
/// to read.
pub(super) fn foreign(diagnostic: &SentDiagnostic) -> Option<Recognised> {
    let (source, code) = (diagnostic.source.as_deref()?, diagnostic.code.as_deref());
    let may_be = match source {
        "rust-analyzer" => matches!(
            code,
            // The second one up to 2024-07.
            Some("macro-error" | "unresolved-proc-macro")
        ),
        "rustc" => code == Some("E0786"),
        _ => false,
    };
    let recognised = recognise(&diagnostic.message).filter(|_| may_be)?;
    (recognised.complaint != Complaint::SwitchedOff).then_some(recognised)
}

/// The workspaces that a complaint may be about: the one that has the dylib, or else those that hold the file.
pub(super) fn nearest<'a, 'b>(
    views: &'b [View<'a>],
    path: &Utf8Path,
    recognised: &Recognised,
) -> Vec<&'b View<'a>> {
    let having = |test: &dyn Fn(&View<'_>) -> bool| -> Vec<&'b View<'a>> {
        views.iter().filter(|view| test(view)).collect()
    };
    if let Complaint::CannotLoad {
        dylib: Some(dylib), ..
    } = &recognised.complaint
    {
        let owners = having(&|view| dylib.starts_with(&view.inspection.workspace.build_directory));
        if !owners.is_empty() {
            return owners;
        }
    }
    holders(views, path)
}

/// The workspaces that hold a file, or the only one there is.
pub(super) fn holders<'a, 'b>(views: &'b [View<'a>], path: &Utf8Path) -> Vec<&'b View<'a>> {
    let holders: Vec<&View<'a>> = views
        .iter()
        .filter(|view| path.starts_with(view.root()))
        .collect();
    if holders.is_empty() && views.len() == 1 {
        return views.iter().collect();
    }
    holders
}

/// The crate that rustc cannot load: one that another rustc built (E0514), or none that it can read (E0463).
pub(super) fn crate_that_rustc_misses(diagnostic: &SentDiagnostic) -> Option<&str> {
    let before = match (diagnostic.source.as_deref()?, diagnostic.code.as_deref()?) {
        ("rustc", "E0514") => "found crate `",
        ("rustc", "E0463") => "can't find crate for `",
        _ => return None,
    };
    let (_, rest) = diagnostic.message.split_once(before)?;
    rest.split_once('`').map(|(name, _)| name)
}

/// The macros that keep rustc from loading a crate. It often names the one that hands the macro on, and sometimes a wrong one; that a
/// crate is simply not a dependency is no matter of ours, so only dylibs that are there and cannot be loaded count.
pub(super) fn broken_behind<'a>(
    krate: &str,
    inspection: &'a Inspection,
) -> Vec<&'a InspectedMacro> {
    let broken: Vec<&InspectedMacro> = inspection
        .macros
        .iter()
        .filter(|inspected| {
            matches!(
                inspected.verdict,
                Verdict::Corrupt(_) | Verdict::WrongRustc { .. } | Verdict::WrongPlatform(_)
            )
        })
        .collect();
    let is_behind = |inspected: &&InspectedMacro| {
        let ways = inspected.expected.ways.iter();
        let mut packages = ways.flat_map(|way| way.packages.iter().skip(1));
        inspected.expected.crate_name.as_str() == krate
            || packages.any(|package| package.crate_name().as_str() == krate)
    };
    broken.into_iter().filter(is_behind).collect()
}

/// The macros whose uses a complaint stands at, where the file tells: all in its place, or those of the path that it begins with.
/// A dylib that it names tells more.
pub(super) fn suspects_at<'a>(
    diagnostic: &SentDiagnostic,
    recognised: &Recognised,
    view: &View<'a>,
) -> Option<Vec<&'a InspectedMacro>> {
    if let Complaint::CannotLoad { dylib: Some(_), .. } = recognised.complaint {
        return None;
    }
    let is_named = |used: &PlacedUse| {
        let path = recognised.macro_path.as_ref();
        // An attribute is complained of at the whole item, which may have others.
        path.is_none_or(|path| *path == used.path || used.path.ends_with(&format!("::{path}")))
    };
    let found: Vec<&InspectedMacro> = view
        .inspection
        .macros
        .iter()
        .filter(|inspected| {
            view.uses.iter().any(|used| {
                used.package_id == inspected.expected.package_id
                    && used.touches(diagnostic.range)
                    && is_named(used)
            })
        })
        .collect();
    (!found.is_empty()).then_some(found)
}

/// The macros that a complaint may be about: the one it names, or else all that will not expand.
pub(super) fn suspects<'a>(
    recognised: &Recognised,
    inspection: &'a Inspection,
) -> Vec<&'a InspectedMacro> {
    let having = |test: &dyn Fn(&InspectedMacro) -> bool| -> Vec<&'a InspectedMacro> {
        inspection
            .macros
            .iter()
            .filter(|inspected| test(inspected))
            .collect()
    };
    if let Complaint::CannotLoad {
        dylib: Some(dylib), ..
    } = &recognised.complaint
    {
        let exact = having(&|inspected| inspected.dylib.as_ref() == Some(dylib));
        if !exact.is_empty() {
            return exact;
        }
        // Of an older build: another hash of the same crate.
        if let Some(name) = crate_name_of(dylib) {
            return having(&|inspected| inspected.expected.crate_name.as_str() == name);
        }
    }
    if let Some(path) = &recognised.macro_path {
        let named = having(&|inspected| is_named(inspected, path));
        if !named.is_empty() {
            return named;
        }
    }
    having(&|inspected| inspected.verdict != Verdict::Fresh)
}

/// Such as `tracing_attributes` for `libtracing_attributes-404da065c25ce003.so`.
fn crate_name_of(dylib: &Utf8Path) -> Option<&str> {
    let (name, _) = dylib.file_stem()?.rsplit_once('-')?;
    if dylib.extension() == Some("dll") {
        return Some(name);
    }
    name.strip_prefix("lib")
}

/// Whether a path such as `tokio::main` may name a macro of this package: by what it exports, or by the crate that hands it on.
fn is_named(inspected: &InspectedMacro, path: &str) -> bool {
    let first = path.split("::").next().unwrap_or(path);
    let last = path.rsplit("::").next().unwrap_or(path);
    let exports_it = inspected
        .exports
        .as_ref()
        .is_some_and(|exports| exports.iter().any(|export| export == last));
    let is_on_the_way = || {
        inspected.expected.ways.iter().any(|way| {
            way.packages
                .iter()
                .skip(1)
                .any(|package| package.crate_name().as_str() == first)
        })
    };
    exports_it || (inspected.exports.is_none() && first != last && is_on_the_way())
}
