//! Remedies that a person is shown before they run: their command lines first, then the run where the person agrees.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Actor;
use crate::cli::{as_shell, shell_word};
use crate::remedy::{Plan, VariableChange};
use crate::server::model::{Gravity, Target};
use crate::server::outbox::RunToken;
use crate::server::workspace::{AskedBy, Order};
use crate::watch::WorkspaceKey;

impl Actor {
    /// Shows the remedy that the target names. The answer has its command lines, for a client that can put them where they are copied from.
    pub(super) fn show_remedy(&mut self, target: &Target) -> Result<Value, String> {
        let title = target
            .remedy
            .as_deref()
            .ok_or("`remedy` must be the title of a remedy")?;
        let shown = self
            .targets(target)?
            .into_iter()
            .find_map(|key| Some((key, self.remedy_called(title, key)?)));
        let Some((key, plan)) = shown else {
            return Err(format!("`{title}` is not offered any more"));
        };
        let lines = self.command_lines(&plan, key);
        let mut answer = json!({ "title": plan.title, "command_lines": lines });
        let words = in_words(&plan, &lines);
        if plan.steps.is_empty() {
            self.say(Gravity::Information, words);
            return Ok(answer);
        }
        let token = self.next_token();
        if let Some(fields) = answer.as_object_mut() {
            fields.insert("run_id".to_owned(), json!(token.id()));
        }
        self.desk.ask_to_run(key, token, plan, words);
        Ok(answer)
    }

    fn remedy_called(&self, title: &str, key: WorkspaceKey) -> Option<Plan> {
        let workspace = self.workspaces.get(&key)?;
        let looked = workspace.inspection.iter();
        let findings = looked.flat_map(|inspection| &inspection.findings);
        let mut plans = workspace
            .shown
            .values()
            .chain(findings)
            .flat_map(|finding| &finding.remedies);
        plans.find(|plan| plan.title == title).cloned()
    }

    fn command_lines(&self, plan: &Plan, key: WorkspaceKey) -> Vec<String> {
        let workspace = self.workspaces.get(&key);
        let root = workspace.map(|workspace| workspace.root().to_owned());
        // Its first line is the title.
        as_shell(plan, &root.unwrap_or_default(), "".into())
            .lines()
            .skip(1)
            .map(str::to_owned)
            .collect()
    }

    /// The person agreed to a remedy; its run has the token that the command returned.
    pub(super) fn remedy_agreed(&mut self, key: WorkspaceKey, token: RunToken, plan: Plan) {
        let progress = self.ask_for_progress();
        let order = Order::CarryOut(plan);
        self.begin_run_as(token, key, order, AskedBy::Person, progress);
    }
}

/// What the person is to know before it runs, the very command lines included.
fn in_words(plan: &Plan, lines: &[String]) -> String {
    let mut words = format!("{}.", plan.title.trim_end_matches('.'));
    if !lines.is_empty() {
        words.push_str(" This runs:\n");
        words.push_str(&lines.join("\n"));
    }
    if let Some(VariableChange { name, value }) = &plan.variable {
        let setting = json!({ name: value });
        let terminal = match value {
            Some(value) => format!("export {name}={}", shell_word(value)),
            None => format!("unset {name}"),
        };
        // Writing to a text cannot fail.
        let _ = write!(
            words,
            "\nThat is for this one build. For all of rust-analyzer's, set in the editor's settings: \"rust-analyzer.cargo.extraEnv\": {setting}; for your terminal: {terminal}"
        );
    }
    words
}
