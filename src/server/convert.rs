//! The only place that turns the server's own words into LSP's types and back. Pure.

mod action;
mod notice;
mod place;
mod session;

pub(crate) use action::{action_request, actions, lens, link_argument, target};
pub(crate) use notice::{
    Progress, ReloadProcMacros, SOURCE, ServerStatus, choices, hover, message_type, progress,
    progress_token, published, reload, run_token, status,
};
pub(crate) use place::{path, point};
pub(crate) use session::{configuration_items, initialize_result, profile};
