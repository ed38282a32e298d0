//! Requests to the client, each in a task of its own and with a time limit: a client may never answer.

use std::time::Duration;

use camino::Utf8PathBuf;
use serde_json::Value;
use tokio::time::timeout;
use tower_lsp::Client;

use super::convert;
use super::message::{Inbox, Message};
use super::model::Gravity;
use super::outbox::RunToken;
use crate::remedy::Plan;
use crate::watch::WorkspaceKey;

/// How long a client may take to answer by itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a person may take to answer, and a client that is busy with its start to give its settings.
const PATIENCE_WITH_PEOPLE: Duration = Duration::from_mins(10);

/// Asks the client and posts the answers to the actor.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    pub(crate) client: Client,
    pub(crate) inbox: Inbox,
}

impl Desk {
    /// Asks for the settings of these folders; without an answer nothing is posted. `question` tells this question from the others.
    pub(crate) fn ask_configuration(&self, question: u32, folders: Vec<Utf8PathBuf>) {
        let Self { client, inbox } = self.clone();
        tokio::spawn(async move {
            let items = convert::configuration_items(&folders);
            match timeout(PATIENCE_WITH_PEOPLE, client.configuration(items)).await {
                Ok(Ok(values)) => {
                    let scopes = folders.into_iter().map(Some).chain([None]);
                    let values = scopes.zip(values).collect();
                    post(&inbox, Message::Configuration { question, values });
                }
                Ok(Err(error)) => tracing::info!(%error, "the client gave no settings"),
                Err(_) => tracing::warn!("the client did not answer a question for its settings"),
            }
        });
    }

    /// Asks for room for a run's progress.
    pub(crate) fn ask_progress(&self, token: RunToken) {
        let Self { client, inbox } = self.clone();
        tokio::spawn(async move {
            let asked = client.create_work_done_progress(convert::progress_token(&token));
            match timeout(PATIENCE, asked).await {
                Ok(Ok(())) => post(&inbox, Message::ProgressGranted(token)),
                Ok(Err(error)) => tracing::warn!(%error, "the client takes no progress"),
                Err(_) => tracing::warn!("the client did not answer a question for progress"),
            }
        });
    }

    /// Has the client ask for code lenses anew.
    pub(crate) fn refresh_lenses(&self) {
        let client = self.client.clone();
        tokio::spawn(async move {
            if let Ok(Err(error)) = timeout(PATIENCE, client.code_lens_refresh()).await {
                tracing::info!(%error, "the client does not refresh its lenses");
            }
        });
    }

    /// Asks the person to agree to a full clean.
    pub(crate) fn ask_to_clean_all(
        &self,
        workspace: WorkspaceKey,
        token: RunToken,
        question: String,
    ) {
        let Self { client, inbox } = self.clone();
        tokio::spawn(async move {
            let answers = ["Clean everything", "Keep it"];
            let agreed = is_agreed(&client, Gravity::Warning, question, answers).await;
            post(
                &inbox,
                if agreed {
                    Message::CleanAllConfirmed(workspace, token)
                } else {
                    Message::CleanAllDeclined(token)
                },
            );
        });
    }

    /// Shows the person what a remedy runs, and asks whether to.
    pub(crate) fn ask_to_run(
        &self,
        workspace: WorkspaceKey,
        token: RunToken,
        plan: Plan,
        words: String,
    ) {
        let Self { client, inbox } = self.clone();
        tokio::spawn(async move {
            if is_agreed(&client, Gravity::Information, words, ["Run it", "Not now"]).await {
                let plan = Box::new(plan);
                post(&inbox, Message::RemedyAgreed(workspace, token, plan));
            }
        });
    }
}

/// Asks the person a question whose first answer is yes; no answer is no.
async fn is_agreed(
    client: &Client,
    gravity: Gravity,
    question: String,
    answers: [&str; 2],
) -> bool {
    let [agree, _] = answers;
    let kind = convert::message_type(gravity);
    let asked = client.show_message_request(kind, question, Some(convert::choices(answers)));
    match timeout(PATIENCE_WITH_PEOPLE, asked).await {
        Ok(Ok(Some(choice))) => choice.title == agree,
        _ => false,
    }
}

/// Fails only when the session is over.
fn post(inbox: &Inbox, message: Message) {
    let _ = inbox.send(message);
}

/// The settings in what a client pushed; `None` where it pushed nothing but the news that they changed.
pub(crate) fn pushed(settings: &Value) -> Option<&Value> {
    settings.as_object().filter(|entries| !entries.is_empty())?;
    Some(settings)
}
