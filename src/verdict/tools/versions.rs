//! What is known of rust-analyzer's versions: which protocol of the proc-macro server they know, which toolchains they support. Pure data.
//!
//! Only what a version certainly lacks is told: a build of unknown age is given the benefit of the doubt.

/// When a version of the protocol came (rust-analyzer `proc-macro-api`, the commits that raised `CURRENT_API_VERSION`), and the first
/// Rust release that may have it: those before had left the main branch by then.
const PROTOCOLS: &[(u32, &str, u64)] = &[
    (6, "2025-06-12", 89),
    (5, "2024-07-15", 81),
    (4, "2023-12-21", 76),
    (3, "2023-11-28", 76),
    (2, "2023-04-14", 70),
];

/// The oldest toolchain that rust-analyzer supports, as the minor number of Rust 1.x, since when, and the first Rust release that
/// certainly has the check (rust-analyzer `lib.rs`, the commits to `MINIMUM_SUPPORTED_TOOLCHAIN_VERSION`).
const MINIMUM_TOOLCHAINS: &[(u64, &str, u64)] =
    &[(NEWEST_MINIMUM, "2026-07-21", 99), (78, "2025-02-27", 88)];

/// The oldest toolchain that today's rust-analyzer supports.
pub(super) const NEWEST_MINIMUM: u64 = 94;

/// A build of rust-analyzer, as far as its `--version` tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Build<'text> {
    /// `YYYY-MM-DD` of the commit, compared as text.
    date: Option<&'text str>,
    /// The minor number, for a part of Rust 1.x.
    release: Option<u64>,
    is_pre_release: bool,
}

impl<'text> Build<'text> {
    /// Reads `1.95.0 (59807616 2026-04-14)`, `0.3.2593-standalone (5e3e9c4 2025-08-31)`, `1.97.1`, `0.0.0 (d2e55da 2026-08-21)`.
    pub(super) fn parse(version: &'text str) -> Self {
        let date = version
            .split_once('(')
            .and_then(|(_, rest)| rest.split(['(', ')', ' ']).find(|word| is_date(word)));
        let number = version.split_whitespace().next().unwrap_or_default();
        let release = number
            .strip_prefix("1.")
            .and_then(|rest| rest.split('.').next()?.parse().ok());
        Self {
            date,
            release,
            is_pre_release: number.contains('-'),
        }
    }

    /// The newest protocol that it can know, where it certainly does not know `protocol`.
    pub(super) fn lags_behind(self, protocol: u32) -> Option<u32> {
        let lacks = |(_, since, release): &&(u32, &str, u64)| {
            self.date.is_some_and(|date| date < *since)
                || self.release.is_some_and(|own| own < *release)
        };
        // What is newer than anything known here cannot be dated.
        PROTOCOLS
            .iter()
            .filter(|(number, ..)| *number <= protocol)
            .filter(lacks)
            .map(|(number, ..)| number - 1)
            .min()
            .filter(|_| PROTOCOLS.iter().any(|(number, ..)| *number == protocol))
    }

    /// The minor number of the oldest Rust 1.x that it supports; `None` where that cannot be told.
    pub(super) fn minimum_toolchain(self) -> Option<u64> {
        // The date of a part of Rust is that of the release, months after its rust-analyzer was taken over.
        let has = |(_, since, release): &&(u64, &str, u64)| match self.release {
            Some(own) => own > *release || own == *release && !self.is_pre_release,
            None => self.date.is_some_and(|date| date >= *since),
        };
        MINIMUM_TOOLCHAINS
            .iter()
            .find(has)
            .map(|(minimum, ..)| *minimum)
    }
}

/// A version as a person says it: `1.97.1`, `1.101.0-nightly of 2026-10-29`.
pub(super) fn short(version: &str) -> String {
    let build = Build::parse(version);
    let number = version.split_whitespace().next().unwrap_or(version);
    match build.date {
        Some(date) if build.is_pre_release || number == "0.0.0" => format!("{number} of {date}"),
        _ => number.to_owned(),
    }
}

fn is_date(word: &str) -> bool {
    let shape: String = word
        .chars()
        .map(|character| {
            if character.is_ascii_digit() {
                '0'
            } else {
                character
            }
        })
        .collect();
    shape == "0000-00-00"
}

/// The minor number in `rustc 1.95.0 (…)` or `1.95.0-nightly`.
pub(super) fn minor_of_rust(version: &str) -> Option<u64> {
    let number = version
        .split_whitespace()
        .find(|word| word.starts_with("1."))?;
    number.split('.').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_that_is_older_than_the_protocol_lags_behind_it() {
        for (version, protocol, expected) in [
            ("0.3.1950-standalone (3a0dcf8 2024-05-05)", 6, Some(4)),
            ("0.3.2100-standalone (0b9d0a1 2024-09-08)", 6, Some(5)),
            ("0.3.2593-standalone (5e3e9c4 2025-08-31)", 6, None),
            ("1.88.0 (6b00bc3 2025-06-23)", 6, Some(5)),
            ("1.89.0 (29483883 2025-08-04)", 6, None),
            ("1.95.0 (59807616 2026-04-14)", 6, None),
            ("1.97.1", 6, None),
            ("0.0.0", 6, None),
            ("1.70.0 (90c5418 2023-05-31)", 4, Some(2)),
            // A protocol of the future.
            ("0.3.1950-standalone (3a0dcf8 2024-05-05)", 9, None),
        ] {
            assert_eq!(
                Build::parse(version).lags_behind(protocol),
                expected,
                "{version}"
            );
        }
    }

    #[test]
    fn the_minimum_toolchain_is_told_where_it_is_certain() {
        for (version, expected) in [
            ("0.4.2900-standalone (d2e55da 2026-08-21)", Some(94)),
            ("0.3.2593-standalone (5e3e9c4 2026-07-01)", Some(78)),
            ("0.3.1950-standalone (3a0dcf8 2024-05-05)", None),
            ("1.98.0 (0a1b2c3 2026-08-18)", Some(78)),
            ("1.99.0-nightly (0a1b2c3 2026-07-05)", Some(78)),
            ("1.99.1 (58cf8f9 2026-10-13)", Some(94)),
            ("1.101.0-nightly (58cf8f9 2026-10-29)", Some(94)),
            ("1.70.0 (90c5418 2023-05-31)", None),
            ("0.0.0", None),
        ] {
            assert_eq!(
                Build::parse(version).minimum_toolchain(),
                expected,
                "{version}"
            );
        }
    }

    #[test]
    fn the_minor_number_of_rust_is_read() {
        assert_eq!(
            minor_of_rust("rustc 1.95.0 (59807616e 2026-04-14)"),
            Some(95)
        );
        assert_eq!(
            minor_of_rust("rustc 1.97.0-nightly (e50aa6fba 2026-05-19)"),
            Some(97)
        );
        assert_eq!(minor_of_rust("rustc of our own"), None);
    }
}
