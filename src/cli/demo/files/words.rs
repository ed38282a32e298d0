//! What the workspace's own macro says; a change here makes that macro stale.

/// A sentence about the thing of this name.
pub fn sentence(name: &str) -> String {
    format!("This is a {name}.")
}
