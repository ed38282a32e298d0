//! How much may have changed since a look. Data only; knows neither how changes are noticed nor what they mean.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

/// More paths than these are looked at as fast by looking at everything.
const MOST_PATHS: usize = 64;

/// How much may have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What is at these paths, and nothing else.
    Paths(BTreeSet<Utf8PathBuf>),
    /// Anything.
    Everything,
}

impl Extent {
    /// What is at one path.
    pub(crate) fn of(path: Utf8PathBuf) -> Self {
        Self::Paths(BTreeSet::from([path]))
    }

    /// The same and what another one says.
    pub(crate) fn add(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Paths(paths), Self::Paths(mut more)) => {
                paths.append(&mut more);
                if paths.len() > MOST_PATHS {
                    *self = Self::Everything;
                }
            }
            (_, Self::Everything) => *self = Self::Everything,
            (Self::Everything, Self::Paths(_)) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_stays_everything_and_many_paths_become_it() {
        let mut extent = Extent::of("/a".into());
        extent.add(Extent::of("/b".into()));
        extent.add(Extent::of("/a".into()));
        let both = ["/a", "/b"].map(Utf8PathBuf::from);
        assert_eq!(extent, Extent::Paths(both.into()));
        for number in 0..MOST_PATHS {
            extent.add(Extent::of(number.to_string().into()));
        }
        assert_eq!(extent, Extent::Everything);
        extent.add(Extent::of("/a".into()));
        assert_eq!(extent, Extent::Everything);
        let mut extent = Extent::of("/a".into());
        extent.add(Extent::Everything);
        assert_eq!(extent, Extent::Everything);
    }
}
