//! Which directories are watched though they need it not, since what they lead to cannot tell of itself.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::NativeWatches;
use crate::watch::board::Planned;

impl NativeWatches {
    /// The interior directories to watch in place of those below them that are missing: else nobody would see them come. And on the way
    /// through a link, since what it leads to tells nothing of the link.
    pub(super) fn stand_ins<'a>(&self, directories: &Planned<'a>) -> BTreeSet<&'a str> {
        let mut stand_ins = BTreeSet::new();
        for directory in &directories.watched {
            let mut way: Vec<&str> = Vec::new();
            let mut above = Utf8Path::new(directory).parent();
            while let Some(interior) =
                above.and_then(|above| directories.interior.get(above.as_str()).copied())
            {
                way.push(interior);
                above = above.and_then(Utf8Path::parent);
            }
            if !way.is_empty() && !self.is_plain(Utf8Path::new(directory), above) {
                stand_ins.extend(way);
            }
        }
        stand_ins
    }

    /// Whether a directory is watched where it is planned below another one: no link between them.
    fn is_plain(&self, directory: &Utf8Path, above: Option<&Utf8Path>) -> bool {
        let real_above = above.and_then(|above| self.real.get(above));
        let below = above.and_then(|above| directory.strip_prefix(above).ok());
        match (self.real.get(directory), real_above, below) {
            (Some(real), Some(above), Some(below)) => *real == above.join(below),
            _ => false,
        }
    }
}
