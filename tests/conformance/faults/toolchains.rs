//! Other compilers: by environment, file, override, and updated in place.

use super::{Fault, fault};
use crate::support::toolchain::private_rustup_home;
use crate::trial::{Applied, Trial, skip, write};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = vec![
        fault("toolchain/by-environment", |t| {
            let other = other(t)?;
            t.set_env("RUSTUP_TOOLCHAIN", other);
            Ok(())
        })
        .smoke(),
        fault("toolchain/by-file", |t| {
            let text = format!("[toolchain]\nchannel = \"{}\"\n", other(t)?);
            write(&t.path("rust-toolchain.toml"), text)
        })
        .smoke(),
        fault("toolchain/by-old-file", |t| {
            write(&t.path("rust-toolchain"), format!("{}\n", other(t)?))
        }),
        fault("toolchain/by-file-in-the-directory-above", |t| {
            let text = format!("[toolchain]\nchannel = \"{}\"\n", other(t)?);
            write(&t.root.join("rust-toolchain.toml"), text)
        }),
        fault("toolchain/by-override", |t| {
            let text = format!(
                "'{}' = \"{}\"\n",
                t.workspace.display(),
                full_name(t, other(t)?)?
            );
            settings(t, &text)
        })
        .quick(),
        fault("toolchain/by-file-under-an-environment-that-wins", |t| {
            write(
                &t.path("rust-toolchain.toml"),
                format!("[toolchain]\nchannel = \"{}\"\n", other(t)?),
            )?;
            let own = t.base.toolchain.name.clone();
            t.set_env("RUSTUP_TOOLCHAIN", own);
            Ok(())
        })
        .quick(),
        fault("toolchain/own-one-by-file", |t| {
            other(t)?;
            write(
                &t.path("rust-toolchain.toml"),
                format!("[toolchain]\nchannel = \"{}\"\n", t.base.toolchain.name),
            )
        }),
        fault("toolchain/there-and-back", |t| {
            let other = other(t)?;
            t.set_env("RUSTUP_TOOLCHAIN", other);
            t.rust_analyzer_builds()?;
            t.selection.environment.clear();
            Ok(())
        })
        .quick(),
        fault("toolchain/there-and-built", |t| {
            let other = other(t)?;
            t.set_env("RUSTUP_TOOLCHAIN", other);
            t.rust_analyzer_builds()
        }),
        fault("toolchain/linked-one-by-environment", |t| {
            other(t)?;
            if !t
                .base
                .toolchain
                .rustup_home
                .as_ref()
                .is_some_and(|h| h.join("toolchains/debian-1.96").exists())
            {
                return skip("no debian-1.96 at hand");
            }
            t.set_env("RUSTUP_TOOLCHAIN", "debian-1.96");
            Ok(())
        }),
        fault("toolchain/not-installed", |t| {
            other(t)?;
            write(
                &t.path("rust-toolchain.toml"),
                "[toolchain]\nchannel = \"1.70.0\"\n",
            )
        })
        .beyond_repair()
        .quick(),
        fault("toolchain/file-broken", |t| {
            other(t)?;
            write(&t.path("rust-toolchain.toml"), "[toolchain\n")
        })
        .beyond_repair(),
        fault("toolchain/target-not-installed", |t| {
            other(t)?;
            write(
                &t.path("rust-toolchain.toml"),
                format!(
                    "[toolchain]\nchannel = \"{}\"\ntargets = [\"wasm32-unknown-unknown\"]\n",
                    t.base.toolchain.name
                ),
            )
        }),
    ];
    faults.push(
        fault("toolchain/updated-in-place", |t| {
            pretend_version(t, "commit-date: 2001-01-01")
        })
        .quick(),
    );
    faults.push(fault("toolchain/other-commit-same-release", |t| {
        pretend_version(t, "commit-hash: 0123456789")
    }));
    faults
}

/// The other one of rustup's two.
fn other(t: &Trial<'_>) -> Result<&'static str, crate::trial::Trouble> {
    let toolchain = &t.base.toolchain;
    if toolchain.rustup_home.is_none() {
        return skip("not rustup's");
    }
    let other = if toolchain.name == "nightly" {
        "stable"
    } else {
        "nightly"
    };
    if t.others.iter().any(|b| b.toolchain.name == other) || full_name(t, other).is_ok() {
        Ok(other)
    } else {
        skip(format!("no {other} toolchain"))
    }
}

fn full_name(t: &Trial<'_>, name: &str) -> Result<String, crate::trial::Trouble> {
    let full = format!("{name}-{}", t.base.toolchain.host());
    match &t.base.toolchain.rustup_home {
        Some(home) if home.join("toolchains").join(&full).exists() => Ok(full),
        _ => skip(format!("no {name} toolchain")),
    }
}

/// A `RUSTUP_HOME` of the trial's own, with overrides.
fn settings(t: &mut Trial<'_>, overrides: &str) -> Applied {
    let home = t.root.join("rustup");
    let default = full_name(t, &t.base.toolchain.name)?;
    private_rustup_home(&home, &default, overrides).map_err(crate::trial::Trouble::Failed)?;
    t.set_env("RUSTUP_HOME", home);
    Ok(())
}

/// A rustc that says another line of itself, as after `rustup update nightly`: for a nightly the file names stay.
fn pretend_version(t: &mut Trial<'_>, line: &str) -> Applied {
    let real = t.base.toolchain.sysroot.join("bin/rustc");
    let Some((key, _)) = line.split_once(':') else {
        return skip("no such line");
    };
    if !t
        .base
        .toolchain
        .verbose_version
        .contains(&format!("{key}: "))
    {
        return skip(format!("this rustc says no {key}"));
    }
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in\n  -vV|*' -vV') '{}' \"$@\" | sed 's/^{key}: .*/{line}/' ;;\n  *) exec '{0}' \"$@\" ;;\nesac\n",
        real.display()
    );
    let path = t.root.join("rustc");
    write(&path, script)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    t.set_env("RUSTC", path);
    Ok(())
}
