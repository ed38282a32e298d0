//! cargo's configuration and the environment variables that do the same.

use super::{Fault, fault};
use crate::trial::{Applied, Trial, append, replace, skip, write};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

pub(super) fn faults() -> Vec<Fault> {
    [flags(), config(), config_environment(), programs()]
        .into_iter()
        .flatten()
        .collect()
}

fn config_file(t: &Trial<'_>, text: &str) -> Applied {
    append(&t.path(".cargo/config.toml"), text)
}

fn flags() -> Vec<Fault> {
    vec![
        fault("flags/in-environment", |t| {
            t.set_env("RUSTFLAGS", "--cfg special");
            Ok(())
        })
        .about("special")
        .smoke(),
        fault("flags/empty-in-environment", |t| {
            t.set_env("RUSTFLAGS", "");
            Ok(())
        })
        .quick(),
        fault("flags/encoded-in-environment", |t| {
            t.set_env("CARGO_ENCODED_RUSTFLAGS", "--cfg\u{1f}special");
            Ok(())
        })
        .about("special")
        .quick(),
        fault("flags/build-rustflags-in-environment", |t| {
            t.set_env("CARGO_BUILD_RUSTFLAGS", "--cfg special");
            Ok(())
        })
        .about("special"),
        fault("flags/in-config", |t| {
            config_file(t, "\n[build]\nrustflags = [\"--cfg\", \"special\"]\n")
        })
        .about("special")
        .smoke(),
        fault("flags/in-config-of-this-target", |t| {
            let host = t.base.toolchain.host();
            config_file(
                t,
                &format!("\n[target.{host}]\nrustflags = [\"--cfg\", \"special\"]\n"),
            )
        })
        .about("special"),
        fault("flags/in-config-of-another-target", |t| {
            config_file(
                t,
                "\n[target.wasm32-unknown-unknown]\nrustflags = [\"--cfg\", \"special\"]\n",
            )
        })
        .smoke(),
        fault("flags/in-config-by-cfg", |t| {
            config_file(
                t,
                "\n[target.'cfg(unix)']\nrustflags = [\"--cfg\", \"special\"]\n",
            )
        })
        .about("special"),
        fault("flags/in-config-by-another-cfg", |t| {
            config_file(
                t,
                "\n[target.'cfg(windows)']\nrustflags = [\"--cfg\", \"special\"]\n",
            )
        }),
        fault("flags/in-environment-of-this-target", |t| {
            let host = t.base.toolchain.host().to_uppercase().replace('-', "_");
            t.set_env(&format!("CARGO_TARGET_{host}_RUSTFLAGS"), "--cfg special");
            Ok(())
        })
        .about("special"),
        fault("flags/in-environment-of-another-target", |t| {
            t.set_env(
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
                "--cfg special",
            );
            Ok(())
        }),
        fault("flags/for-rustdoc", |t| {
            t.set_env("RUSTDOCFLAGS", "--cfg special");
            Ok(())
        }),
        fault("flags/there-and-back", |t| {
            t.set_env("RUSTFLAGS", "--cfg special");
            t.cargo(&["check", "-p", "early"])?;
            t.selection.environment.clear();
            Ok(())
        }),
        fault("flags/with-a-target-named", |t| {
            let host = t.base.toolchain.host().to_owned();
            config_file(
                t,
                &format!("\n[build]\ntarget = \"{host}\"\nrustflags = [\"--cfg\", \"special\"]\n"),
            )
        }),
    ]
}

fn config() -> Vec<Fault> {
    vec![
        fault("config/target-is-the-host", |t| {
            let host = t.base.toolchain.host().to_owned();
            config_file(t, &format!("\n[build]\ntarget = \"{host}\"\n"))
        })
        .quick(),
        fault("config/target-is-the-host-by-environment", |t| {
            let host = t.base.toolchain.host().to_owned();
            t.set_env("CARGO_BUILD_TARGET", host);
            Ok(())
        }),
        fault("config/target-not-installed", |t| {
            config_file(t, "\n[build]\ntarget = \"wasm32-unknown-unknown\"\n")
        }),
        fault("config/profile", |t| {
            config_file(t, "\n[profile.dev.build-override]\nopt-level = 1\n")
        })
        .about("profile"),
        fault("config/profile-by-environment", |t| {
            t.set_env("CARGO_PROFILE_DEV_BUILD_OVERRIDE_OPT_LEVEL", "1");
            Ok(())
        })
        .about("profile")
        .quick(),
        fault("config/profile-of-the-rest", |t| {
            config_file(t, "\n[profile.dev]\ndebug = 1\n")
        }),
        fault("config/linker", |t| {
            let host = t.base.toolchain.host().to_owned();
            config_file(t, &format!("\n[target.{host}]\nlinker = \"cc\"\n"))
        })
        .quick(),
        fault("config/linker-by-environment", |t| {
            let host = t.base.toolchain.host().to_uppercase().replace('-', "_");
            t.set_env(&format!("CARGO_TARGET_{host}_LINKER"), "cc");
            Ok(())
        }),
        fault("config/linker-of-another-target", |t| {
            config_file(
                t,
                "\n[target.aarch64-unknown-linux-gnu]\nlinker = \"aarch64-linux-gnu-gcc\"\n",
            )
        }),
        fault("config/harmless-settings", |t| {
            config_file(
                t,
                "\n[build]\njobs = 1\n\n[net]\nretry = 3\n\n[term]\nverbose = false\n\n[alias]\nc = \"check\"\n",
            )
        }),
        fault("config/incremental-off-by-environment", |t| {
            t.set_env("CARGO_INCREMENTAL", "0");
            Ok(())
        })
        .quick(),
        fault("config/in-the-directory-above", |t| {
            write(
                &t.root.join(".cargo/config.toml"),
                "[build]\nrustflags = [\"--cfg\", \"special\"]\n",
            )
        })
        .about("special")
        .quick(),
        fault("config/in-a-member-only", |t| {
            write(
                &t.path("mac/.cargo/config.toml"),
                "[build]\nrustflags = [\"--cfg\", \"special\"]\n",
            )
        }),
        fault("config/included", |t| {
            if t.base.toolchain.cargo_minor < 94 {
                return skip("this cargo has no include");
            }
            write(
                &t.path(".cargo/more.toml"),
                "[build]\nrustflags = [\"--cfg\", \"special\"]\n",
            )?;
            let path = t.path(".cargo/config.toml");
            let old = fs::read_to_string(&path)?;
            write(&path, format!("include = [\"more.toml\"]\n\n{old}"))
        })
        .about("special"),
        fault("config/removed", |t| {
            if t.base.layout != crate::support::workspace::Layout::V1
                || t.base.toolchain.cargo_minor < 70
            {
                return skip("this base needs its config");
            }
            Ok(fs::remove_file(t.path(".cargo/config.toml"))?)
        })
        .quick(),
        fault("config/new-layout-switched-on", |t| {
            if t.base.layout != crate::support::workspace::Layout::V1
                || t.base.toolchain.cargo_minor < 91
            {
                return skip("for layout v1 and a cargo that knows v2");
            }
            config_file(t, "\n[unstable]\nbuild-dir-new-layout = true\n")
        })
        .quick(),
        fault("config/new-layout-switched-off", |t| {
            if t.base.layout == crate::support::workspace::Layout::V1 {
                return skip("for layout v2");
            }
            replace(
                &t.path(".cargo/config.toml"),
                "build-dir-new-layout = true",
                "build-dir-new-layout = false",
            )
        })
        .quick(),
        fault("config/broken", |t| config_file(t, "\n[build\n")).beyond_repair(),
    ]
}

/// Config's `[env]`, read by the `tracked` macro.
fn config_environment() -> Vec<Fault> {
    vec![
        fault("config-env/changed", |t| {
            replace(
                &t.path(".cargo/config.toml"),
                "CONFIG_PLAIN = \"from config\"",
                "CONFIG_PLAIN = \"changed\"",
            )
        })
        .smoke(),
        fault("config-env/removed", |t| {
            replace(
                &t.path(".cargo/config.toml"),
                "CONFIG_PLAIN = \"from config\"\n",
                "",
            )
        }),
        fault("config-env/forced-changed", |t| {
            replace(
                &t.path(".cargo/config.toml"),
                "value = \"from config\", force",
                "value = \"changed\", force",
            )
        }),
        fault("config-env/relative-added", |t| {
            replace(
                &t.path(".cargo/config.toml"),
                "[env]\n",
                "[env]\nCONFIG_RELATIVE = { value = \"data\", relative = true }\n",
            )
        })
        .quick(),
        fault("config-env/relative-added-and-built", |t| {
            replace(
                &t.path(".cargo/config.toml"),
                "[env]\n",
                "[env]\nCONFIG_RELATIVE = { value = \"data\", relative = true }\n",
            )?;
            t.rust_analyzer_builds()
        })
        .quick(),
        fault("config-env/overridden-by-the-process", |t| {
            t.set_env("CONFIG_PLAIN", "from the process");
            Ok(())
        })
        .quick(),
        fault("config-env/same-from-the-process", |t| {
            t.set_env("CONFIG_PLAIN", "from config");
            Ok(())
        }),
        fault("config-env/forced-against-the-process", |t| {
            t.set_env("CONFIG_FORCED", "from the process");
            Ok(())
        })
        .quick(),
        fault("config-env/variable-of-a-macro-set", |t| {
            replace(
                &t.path(".cargo/config.toml"),
                "[env]\n",
                "[env]\nMAC_ENV = \"set\"\n",
            )
        })
        .quick(),
        fault("config-env/variable-of-a-build-script-set", |t| {
            replace(
                &t.path(".cargo/config.toml"),
                "[env]\n",
                "[env]\nMAC_BUILD_ENV = \"set\"\n",
            )
        }),
        fault("config-env/nobody-reads-it", |t| {
            replace(
                &t.path(".cargo/config.toml"),
                "[env]\n",
                "[env]\nNOBODY = \"set\"\n",
            )
        }),
    ]
}

fn programs() -> Vec<Fault> {
    fn wrapper(t: &Trial<'_>) -> Result<std::path::PathBuf, crate::trial::Trouble> {
        let path = t.root.join("wrapper.sh");
        write(&path, "#!/bin/sh\nexec \"$@\"\n")?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(path)
    }
    vec![
        fault("programs/rustc-wrapper", |t| {
            let path = wrapper(t)?;
            t.set_env("RUSTC_WRAPPER", path);
            Ok(())
        })
        .quick(),
        fault("programs/rustc-wrapper-in-config", |t| {
            let path = wrapper(t)?;
            config_file(
                t,
                &format!("\n[build]\nrustc-wrapper = '{}'\n", path.display()),
            )
        }),
        fault("programs/rustc-workspace-wrapper", |t| {
            let path = wrapper(t)?;
            t.set_env("RUSTC_WORKSPACE_WRAPPER", path);
            Ok(())
        })
        .quick(),
        fault("programs/rustc-by-environment", |t| {
            let rustc = t.base.toolchain.sysroot.join("bin/rustc");
            t.set_env("RUSTC", rustc);
            Ok(())
        }),
        fault("programs/rustc-in-config", |t| {
            let rustc = t.base.toolchain.sysroot.join("bin/rustc");
            config_file(t, &format!("\n[build]\nrustc = '{}'\n", rustc.display()))
        }),
        fault("programs/rustc-gone", |t| {
            t.set_env("RUSTC", "/nowhere/rustc");
            Ok(())
        })
        .beyond_repair(),
    ]
}
