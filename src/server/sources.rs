//! Reads the sources that macros come through, and keeps what did not change. Reads files, so it runs beside the actor.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::expected::SourceGraph;
use crate::locate;
use crate::locate::uses::{Crates, FILE_LIMIT, Outline, outline};
use crate::watch::Stamp;

/// What was read of sources, by file.
#[derive(Debug, Default)]
pub(crate) struct SourceReader {
    graph: SourceGraph,
    outlines: BTreeMap<Utf8PathBuf, (Option<Stamp>, Option<Arc<Outline>>)>,
}

impl SourceReader {
    /// The crates of a graph; `None` where they are as they were when this was asked before.
    pub(crate) fn read(&mut self, graph: &SourceGraph) -> Option<Arc<Crates>> {
        let before = std::mem::take(&mut self.outlines);
        let mut outlines = BTreeMap::new();
        let mut is_changed = *graph != self.graph;
        let crates = Crates::read(graph, &mut |path| {
            if let Some((_, outline)) = outlines.get(path) {
                return Option::clone(outline);
            }
            let stamp = Stamp::of(path);
            let kept = before.get(path).filter(|(known, _)| *known == stamp);
            let outline = if let Some((_, outline)) = kept {
                outline.clone()
            } else {
                is_changed = true;
                read_outline(path, stamp)
            };
            outlines.insert(path.to_owned(), (stamp, outline.clone()));
            outline
        });
        self.outlines = outlines;
        if *graph != self.graph {
            self.graph = graph.clone();
        }
        is_changed.then(|| Arc::new(crates))
    }
}

fn read_outline(path: &Utf8Path, stamp: Option<Stamp>) -> Option<Arc<Outline>> {
    let size = stamp?.size();
    if size > FILE_LIMIT as u64 {
        tracing::info!(%path, size, "too large to look for macros in; what it hands on is not known");
        return None;
    }
    let text = locate::read_text(path).ok()?;
    Some(Arc::new(outline(&text).for_others()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;
    use crate::expected::{SourceCrate, SourceKind};
    use crate::names::PackageId;

    #[test]
    fn only_news_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        let file = root.join("lib.rs");
        fs::write(&file, "mod a;").unwrap();
        let graph = SourceGraph {
            crates: vec![SourceCrate {
                package_id: PackageId::new("p"),
                kind: SourceKind::Library,
                root: file.clone(),
                edition: 2021,
                features: [].into(),
                dependencies: BTreeMap::new(),
                member_manifest: None,
            }],
        };
        let mut reader = SourceReader::default();
        assert!(reader.read(&graph).is_some());
        assert!(reader.read(&graph).is_none());
        fs::write(root.join("a.rs"), "").unwrap();
        assert!(reader.read(&graph).is_some(), "a missing file came");
        assert!(reader.read(&graph).is_none());
        fs::write(&file, "mod a; use b;").unwrap();
        assert!(reader.read(&graph).is_some());
        fs::remove_file(&file).unwrap();
        assert!(reader.read(&graph).is_some());
        assert!(reader.read(&graph).is_none());
    }
}
