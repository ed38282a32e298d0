//! From 10 files to 100,000 in the build directory that no look needs: units under old hashes, another profile, and strays.

use std::fs;
use std::path::{Path, PathBuf};

use super::figures::{Series, milliseconds};
use super::made::{Layout, Made, children, list};
use super::plot::{self, Line};
use sidecargo::verdict::Verdict;

const ROUNDS: usize = 11;
const PACKAGES: usize = 100;
/// Cargo's four in the fingerprint's directory, and two outputs.
const FILES_OF_A_UNIT: usize = 6;

pub(crate) fn run() {
    let mut plots = Vec::new();
    println!(
        "\n{:<8} {:>8} {:>12} {:>16} {:>20} {:>7} {:>12}",
        "layout",
        "files",
        "second look",
        "a macro rehashed",
        "listing all of it",
        "ratio",
        "per file"
    );
    for (layout, name) in Layout::ALL {
        let made = Made::of(&format!("files-{name}"), layout, PACKAGES);
        let mut crowd = Crowd::new(&made);
        let (mut looks, mut listings) = (Vec::new(), Vec::new());
        for files in [10, 100, 1_000, 10_000, 100_000] {
            crowd.grow_to(files);
            let mut inspector = made.inspector();
            let found = inspector.inspect().expect("a look");
            let odd = found.macros.iter().find(|it| it.verdict != Verdict::Fresh);
            assert!(odd.is_none(), "all are fresh: {odd:?}");
            let look = Series::of("look", ROUNDS, || {
                inspector.inspect().expect("a look");
            });
            let top = &found.macros[0];
            let fingerprint = top.fingerprint_directory.clone().expect("it is built");
            let dylib = top.dylib.clone().expect("it is built");
            let unit = match layout {
                Layout::V1 => fingerprint.as_std_path(),
                Layout::V2 => fingerprint.parent().expect("a unit").as_std_path(),
            };
            let moves = [other_hash(dylib.as_std_path()), other_hash(unit)];
            for (here, there) in &moves {
                fs::rename(here, there).expect("a unit");
            }
            let rehashed = Series::of("rehashed", ROUNDS, || {
                inspector.inspect().expect("a look");
            });
            for (here, there) in moves.iter().rev() {
                fs::rename(there, here).expect("a unit");
            }
            let target = made.root.join("target");
            let count = list(&target);
            let listing = Series::of("listing", ROUNDS, || {
                list(&target);
            });
            let (look, rehashed, listing) = (
                milliseconds(look.median()),
                milliseconds(rehashed.median()),
                milliseconds(listing.median()),
            );
            println!(
                "{name:<8} {count:>8} {look:>9.2} ms {rehashed:>13.2} ms {listing:>17.2} ms {:>7.2} {:>9.2} µs",
                rehashed / listing,
                rehashed * 1000.0 / number(count),
            );
            looks.push((number(count), look));
            listings.push((number(count), listing));
        }
        fs::remove_dir_all(&made.root).expect("a workspace");
        let line = |mark, name, points| Line { mark, name, points };
        let lines = [
            line('+', "listing all of it", listings),
            line('o', "a second look of Sidecargo", looks),
        ];
        plots.push((name, lines));
    }
    for (layout, lines) in plots {
        let title = format!("build directory in layout {layout}, {PACKAGES} packages");
        plot::print(&title, "files", &lines);
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The same name under another hash: its last 16 digits turned round.
fn other_hash(path: &Path) -> (PathBuf, PathBuf) {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .expect("a name");
    let (stem, extension) = name.split_once('.').map_or((name, ""), |(stem, _)| {
        (stem, name.get(stem.len()..).unwrap_or_default())
    });
    let (start, hash) = stem.split_at(stem.len() - 16);
    let turned: String = hash.chars().rev().collect();
    let other = path.with_file_name(format!("{start}{turned}{extension}"));
    (path.to_owned(), other)
}

struct Crowd<'a> {
    made: &'a Made,
    /// A unit to copy.
    original: PathBuf,
    files: usize,
    units: u64,
}

impl<'a> Crowd<'a> {
    fn new(made: &'a Made) -> Self {
        let original = made.fingerprint_directories().into_iter().next();
        Self {
            made,
            original: original.expect("a unit"),
            files: 0,
            units: 0,
        }
    }

    /// Half under old hashes, a quarter in another profile, a quarter strays.
    fn grow_to(&mut self, files: usize) {
        let debug = self.made.profile_directory();
        let release = self.made.root.join("target/release");
        while self.files < files {
            match self.units % 4 {
                0 | 1 => self.unit(&debug),
                2 => self.unit(&release),
                _ => self.strays(&debug),
            }
            self.units += 1;
            self.files += FILES_OF_A_UNIT;
        }
    }

    fn unit(&self, profile_directory: &Path) {
        // Spread over all digits, as hashes are.
        let hash = format!(
            "{:016x}",
            (self.units + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        );
        let package = format!("p{}", self.units % 100);
        let (fingerprint, outputs) = match self.made.layout {
            Layout::V1 => (
                profile_directory.join(format!(".fingerprint/{package}-{hash}")),
                profile_directory.join("deps"),
            ),
            Layout::V2 => {
                let unit = profile_directory.join("build").join(&package).join(&hash);
                (unit.join("fingerprint"), unit.join("out"))
            }
        };
        for directory in [&fingerprint, &outputs] {
            fs::create_dir_all(directory).expect("a directory");
        }
        for file in children(&self.original) {
            fs::copy(&file, fingerprint.join(file.file_name().expect("a name"))).expect("a copy");
        }
        for name in [
            format!("lib{package}-{hash}.rmeta"),
            format!("{package}-{hash}.d"),
        ] {
            fs::write(outputs.join(name), "").expect("an output");
        }
    }

    fn strays(&self, profile_directory: &Path) {
        let directory = match self.made.layout {
            Layout::V1 => profile_directory.join("deps"),
            Layout::V2 => profile_directory.join("examples"),
        };
        fs::create_dir_all(&directory).expect("a directory");
        for number in 0..FILES_OF_A_UNIT {
            let name = format!("stray-{}-{number}.o", self.units);
            fs::write(directory.join(name), "").expect("a stray");
        }
    }
}
