//! How a person makes rust-analyzer load its proc macros anew, editor by editor. Pure.
//!
//! rust-analyzer does so only when its own client asks (`rust-analyzer/rebuildProcMacros`); another server cannot reach it.

/// One sentence for the editor of this name.
pub(crate) fn how_to(client: Option<&str>) -> String {
    let name = client.unwrap_or_default().to_lowercase();
    let what = if name.contains("helix") {
        // Helix keeps what it pulled from the server before until the document is gone.
        "run `:lsp-restart rust-analyzer`, then close the file (`:buffer-close`) and open it again"
    } else if name.contains("neovim") || name == "nvim" {
        "run `:lsp restart rust_analyzer`, or install Sidecargo's plugin, which does it by itself"
    } else if name.contains("visual studio code")
        || name.contains("code - oss")
        || name.contains("vscodium")
    {
        "run \"rust-analyzer: Rebuild proc macros and build scripts\", or install Sidecargo's extension, which does it by itself"
    } else if name.contains("emacs") || name.contains("eglot") {
        "run `M-x lsp-workspace-restart` or `M-x eglot-reconnect` in a Rust file"
    } else if name.contains("zed") {
        "run \"editor: restart language server\""
    } else if name.contains("kakoune") || name.contains("kak-lsp") {
        "run `:lsp-stop`"
    } else {
        "restart rust-analyzer"
    };
    format!("If rust-analyzer still shows the old errors, {what}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_editor_has_its_own_way() {
        for (client, way) in [
            (Some("helix"), ":lsp-restart rust-analyzer"),
            (Some("Neovim"), ":lsp restart rust_analyzer"),
            (Some("Visual Studio Code"), "Rebuild proc macros"),
            (Some("Eglot"), "eglot-reconnect"),
            (Some("Zed"), "restart language server"),
            (Some("something else"), "restart rust-analyzer"),
            (None, "restart rust-analyzer"),
        ] {
            assert!(how_to(client).contains(way), "{client:?}");
        }
    }
}
