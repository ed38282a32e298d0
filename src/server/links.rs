//! Directories that the client names otherwise than the system does: it opened them through a symbolic link. Cargo speaks of real paths,
//! an editor finds its files by its own names alone. Pure; `finder` asks the system.

use camino::{Utf8Path, Utf8PathBuf};

/// A directory under both names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) name: Utf8PathBuf,
    pub(crate) real: Utf8PathBuf,
}

/// The links that are known.
#[derive(Debug, Default)]
pub(crate) struct Links {
    links: Vec<(Link, Told)>,
}

/// Whether what lies below the real directory is told of under the link's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    ByName,
    /// The client knows it by the real path already.
    AsItIs,
}

impl Links {
    /// Takes a link in; returns whether it is new. What is told of one directory keeps the first name that it was told under, or the client
    /// would not see it taken back.
    pub(crate) fn learn(&mut self, link: Link, told: Told) -> bool {
        // The link leads elsewhere now.
        self.retain(|known| known.name != link.name || known.real == link.real);
        let is_told_otherwise = self.links.iter().any(|(known, told)| {
            let overlaps = known.real.starts_with(&link.real) || link.real.starts_with(&known.real);
            *told == Told::ByName && *known != link && overlaps
        });
        let told = if is_told_otherwise {
            Told::AsItIs
        } else {
            told
        };
        let mut links = self.links.iter_mut();
        let Some((_, known)) = links.find(|(known, _)| *known == link) else {
            self.links.push((link, told));
            return true;
        };
        if told == Told::ByName {
            *known = told;
        }
        false
    }

    /// Takes in that the client names a directory by its real path.
    pub(crate) fn tell_as_it_is(&mut self, directory: &Utf8Path) {
        for (link, told) in &mut self.links {
            if directory.starts_with(&link.real) || link.real.starts_with(directory) {
                *told = Told::AsItIs;
            }
        }
    }

    /// Forgets the links for which `is_used` is false.
    pub(crate) fn retain(&mut self, is_used: impl Fn(&Link) -> bool) {
        self.links.retain(|(link, _)| is_used(link));
    }

    /// The real path of what the client names.
    pub(crate) fn real(&self, path: &Utf8Path) -> Utf8PathBuf {
        let nearest = self
            .links
            .iter()
            .filter_map(|(link, _)| Some((link, path.strip_prefix(&link.name).ok()?)))
            .min_by_key(|(_, rest)| rest.as_str().len());
        match nearest {
            Some((link, rest)) => below(&link.real, rest),
            None => path.to_owned(),
        }
    }

    /// The client's name of a real path.
    pub(crate) fn name(&self, path: &Utf8Path) -> Utf8PathBuf {
        let mut told = self.links.iter().filter(|(_, told)| *told == Told::ByName);
        let named =
            told.find_map(|(link, _)| Some(below(&link.name, path.strip_prefix(&link.real).ok()?)));
        named.unwrap_or_else(|| path.to_owned())
    }
}

/// Without the separator that joining nothing leaves at the end.
fn below(directory: &Utf8Path, rest: &Utf8Path) -> Utf8PathBuf {
    if rest.as_str().is_empty() {
        directory.to_owned()
    } else {
        directory.join(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(name: &str, real: &str) -> Link {
        Link {
            name: name.into(),
            real: real.into(),
        }
    }

    #[test]
    fn paths_are_led_there_and_back() {
        let mut links = Links::default();
        assert!(links.learn(link("/home/me/w", "/data/w"), Told::ByName));
        assert!(!links.learn(link("/home/me/w", "/data/w"), Told::ByName));
        for (name, real) in [
            ("/home/me/w/a/Cargo.toml", "/data/w/a/Cargo.toml"),
            ("/home/me/w", "/data/w"),
            ("/home/me/wide", "/home/me/wide"),
        ] {
            assert_eq!(links.real(name.into()), real);
            assert_eq!(links.name(real.into()), name);
        }
        // Nothing is told of it any more, and then it is opened otherwise, and again as before.
        links.tell_as_it_is("/data/w".into());
        assert_eq!(links.name("/data/w/a".into()), "/data/w/a");
        links.learn(link("/home/me/w", "/data/w"), Told::ByName);
        assert_eq!(links.name("/data/w/a".into()), "/home/me/w/a");
        links.retain(|link| link.name != "/home/me/w");
        assert_eq!(links.name("/data/w/a".into()), "/data/w/a");
    }

    #[test]
    fn a_link_that_leads_elsewhere_now_is_followed() {
        let mut links = Links::default();
        links.learn(link("/current", "/releases/1"), Told::ByName);
        links.learn(link("/current", "/releases/2"), Told::ByName);
        assert_eq!(links.real("/current/x".into()), "/releases/2/x");
        assert_eq!(links.name("/releases/2/x".into()), "/current/x");
        assert_eq!(links.name("/releases/1/x".into()), "/releases/1/x");
    }

    #[test]
    fn the_first_name_that_was_told_stays() {
        let mut links = Links::default();
        links.learn(link("/one", "/data/w"), Told::ByName);
        links.learn(link("/two", "/data/w"), Told::ByName);
        links.learn(link("/three", "/data/w/sub"), Told::ByName);
        links.learn(link("/four", "/other"), Told::AsItIs);
        assert_eq!(links.name("/data/w/sub/x".into()), "/one/sub/x");
        assert_eq!(links.name("/other/x".into()), "/other/x");
        for name in ["/one/sub/x", "/two/sub/x", "/three/x"] {
            assert_eq!(links.real(name.into()), "/data/w/sub/x");
        }
        assert_eq!(links.real("/four/x".into()), "/other/x");
    }
}
