//! The environment variables of this process, as far as they are UTF-8: what everything that it starts sees unless told otherwise.

use std::collections::BTreeMap;

/// The variables with their values.
#[must_use]
pub fn of_this_process() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
