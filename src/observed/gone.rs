//! Dylibs that are gone while all else of their builds is there, found without knowing what is expected; and builds that began and did
//! not end.

use std::collections::{BTreeMap, BTreeSet};
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};

use camino::{Utf8Path, Utf8PathBuf};

use super::file;
use super::unit::{self, HashFile};
use crate::names::{CrateName, Layout, PackageName, UnitHash, is_dylib};

/// Rustc's own dep-info names the sources of one crate.
const DEP_INFO_LIMIT: u64 = 4 << 20;

/// A unit whose one product was a dylib that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoneDylib {
    /// The package.
    pub package: PackageName,
    /// The crate.
    pub crate_name: CrateName,
    /// The unit.
    pub hash: UnitHash,
    /// The arrangement that it lies in.
    pub layout: Layout,
    /// Where the dylib belongs, absolute.
    pub dylib: Utf8PathBuf,
    /// The fingerprint's directory, relative to the build directory.
    pub fingerprint_directory: Utf8PathBuf,
    /// The root module, as rustc's dep-info names it first.
    pub root_module: Utf8PathBuf,
}

/// What a profile's directory holds of the kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GoneDylibs {
    /// Every such dylib.
    pub dylibs: Vec<GoneDylib>,
    /// The units whose last build did not end.
    pub unfinished: BTreeSet<UnitHash>,
}

/// Looks through the directory of a profile, given relative to the build directory.
#[must_use]
pub fn find(build_directory: &Utf8Path, profile: &str) -> GoneDylibs {
    let directory = build_directory.join(profile);
    let outputs = directory.join("deps");
    let mut left: BTreeMap<UnitHash, Vec<String>> = BTreeMap::new();
    for name in file::names(&outputs) {
        if let Some(hash) = hash_in(&name) {
            left.entry(hash).or_default().push(name);
        }
    }
    let mut found = GoneDylibs::default();
    for (hash, names) in left {
        if let Some(dep_info) = alone_left(&names) {
            let dep_info = outputs.join(dep_info);
            let gone = of_v1(&directory, profile, hash, &dep_info);
            found.dylibs.extend(gone);
        }
    }
    found.dylibs.extend(of_v2(&directory, profile));
    if !found.dylibs.is_empty() {
        found.unfinished = unfinished(&directory);
    }
    found
}

/// The dep-info of a unit of which nothing is left that a compiler makes: what it made is not looked up where something is.
fn alone_left(names: &[String]) -> Option<&String> {
    let is_product = |name: &String| match Utf8Path::new(name).extension() {
        Some(extension) => {
            ["rlib", "rmeta", "exe"].contains(&extension) || is_dylib(Utf8Path::new(name))
        }
        None => true,
    };
    let is_dep_info = |name: &&String| Utf8Path::new(name).extension() == Some("d");
    let mut dep_infos = names.iter().filter(is_dep_info);
    let (Some(dep_info), None) = (dep_infos.next(), dep_infos.next()) else {
        return None;
    };
    (!names.iter().any(is_product)).then_some(dep_info)
}

fn hash_in(name: &str) -> Option<UnitHash> {
    UnitHash::split_from(Utf8Path::new(name).file_stem()?).map(|(_, hash)| hash)
}

fn of_v1(
    directory: &Utf8Path,
    profile: &str,
    hash: UnitHash,
    dep_info: &Utf8Path,
) -> Option<GoneDylib> {
    let (crate_name, dylib, root_module) = dylib_of(dep_info, hash)?;
    let end = format!("-{hash}");
    let units = file::names(&directory.join(".fingerprint"));
    let mut units = units.iter().filter(|name| name.ends_with(&end));
    let (unit, None) = (units.next()?, units.next()) else {
        return None;
    };
    let (package, _) = UnitHash::split_from(unit)?;
    let fingerprint_directory: Utf8PathBuf =
        [profile, ".fingerprint", unit.as_str()].iter().collect();
    is_complete(&directory.join(".fingerprint").join(unit)).then_some(())?;
    Some(GoneDylib {
        package: PackageName::new(package),
        crate_name,
        hash,
        layout: Layout::V1,
        dylib,
        fingerprint_directory,
        root_module,
    })
}

fn of_v2(directory: &Utf8Path, profile: &str) -> Vec<GoneDylib> {
    let build = directory.join("build");
    let mut found = Vec::new();
    for package in file::names(&build) {
        for name in file::names(&build.join(&package)) {
            let Some(hash) = UnitHash::parse(&name) else {
                continue;
            };
            let unit = build.join(&package).join(&name);
            let outputs = unit.join("out");
            let left = file::names(&outputs);
            let Some(dep_info) = alone_left(&left) else {
                continue;
            };
            let told = dylib_of(&outputs.join(dep_info), hash);
            let Some((crate_name, dylib, root_module)) = told else {
                continue;
            };
            if is_complete(&unit.join("fingerprint")) {
                let place = [profile, "build", &package, &name, "fingerprint"];
                found.push(GoneDylib {
                    package: PackageName::new(package.as_str()),
                    crate_name,
                    hash,
                    layout: Layout::V2,
                    dylib,
                    fingerprint_directory: place.iter().collect(),
                    root_module,
                });
            }
        }
    }
    found
}

/// The dylib that rustc's dep-info of a crate names beside itself, and nothing else that was built.
fn dylib_of(dep_info: &Utf8Path, hash: UnitHash) -> Option<(CrateName, Utf8PathBuf, Utf8PathBuf)> {
    let name = dep_info.file_name()?.strip_suffix(".d")?;
    let (crate_name, own_hash) = UnitHash::split_from(name)?;
    (own_hash == hash).then_some(())?;
    let text = file::read(dep_info.as_std_path(), DEP_INFO_LIMIT).ok()?;
    let text = String::from_utf8(text).ok()?;
    let dylib = format!("{DLL_PREFIX}{name}{DLL_SUFFIX}");
    let mut root_module = None;
    let mut products = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some((product, sources)) = line.split_once(": ") else {
            continue;
        };
        let product = product.rsplit(['/', '\\']).next()?;
        products.insert(product);
        // A space in a path is escaped; such a path is not worth the trouble.
        root_module = root_module.or_else(|| sources.split(' ').next());
    }
    let own = dep_info.file_name()?;
    (products == BTreeSet::from([own, dylib.as_str()])).then_some(())?;
    Some((
        CrateName::new(crate_name),
        dep_info.with_file_name(&dylib),
        Utf8PathBuf::from(root_module?),
    ))
}

/// Whether the fingerprint of a library in this directory has its value and its JSON.
#[must_use]
pub fn is_complete(directory: &Utf8Path) -> bool {
    let names = file::names(directory);
    let mut stems = names.iter().filter_map(|name| name.strip_suffix(".json"));
    let (Some(stem), None) = (stems.next(), stems.next()) else {
        return false;
    };
    stem.starts_with("lib-")
        && matches!(unit::hash_file(&directory.join(stem)), HashFile::Value(_))
        && unit::fingerprint(&directory.join(format!("{stem}.json"))).is_some()
}

/// Cargo empties a unit's hash file before it builds and fills it after; it marks the begin of a first build, and of a build script's run.
fn unfinished(directory: &Utf8Path) -> BTreeSet<UnitHash> {
    let fingerprints = directory.join(".fingerprint");
    let runs = directory.join("build");
    // By unit: where its fingerprint lies, and where the mark of its script's run does.
    let mut places: BTreeMap<UnitHash, [Option<Utf8PathBuf>; 2]> = BTreeMap::new();
    for name in file::names(&fingerprints) {
        if let Some((_, hash)) = UnitHash::split_from(&name) {
            places.entry(hash).or_default()[0] = Some(fingerprints.join(&name));
        }
    }
    for name in file::names(&runs) {
        if let Some((_, hash)) = UnitHash::split_from(&name) {
            places.entry(hash).or_default()[1] = Some(runs.join(&name));
            continue;
        }
        for unit in file::names(&runs.join(&name)) {
            if let Some(hash) = UnitHash::parse(&unit) {
                let unit = runs.join(&name).join(&unit);
                places.insert(
                    hash,
                    [Some(unit.join("fingerprint")), Some(unit.join("run"))],
                );
            }
        }
    }
    places
        .into_iter()
        .filter(|(_, places)| is_unfinished(places))
        .map(|(hash, _)| hash)
        .collect()
}

fn is_unfinished([fingerprint, run]: &[Option<Utf8PathBuf>; 2]) -> bool {
    let names = fingerprint.as_deref().map(file::names).unwrap_or_default();
    let stem = names.iter().find_map(|name| name.strip_suffix(".json"));
    if let (Some(fingerprint), Some(stem)) = (fingerprint, stem) {
        return !matches!(unit::hash_file(&fingerprint.join(stem)), HashFile::Value(_));
    }
    let has_mark = |directory: &Utf8PathBuf| directory.join("invoked.timestamp").is_file();
    fingerprint.iter().chain(run).any(has_mark)
}
