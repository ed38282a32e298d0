//! How far the session is, and when it must end though the client does not say so.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::watch;

use super::model::{Abilities, ClientProfile};

/// How often the client's process is looked for.
const LOOK_FOR_CLIENT_EVERY: Duration = Duration::from_secs(2);

/// How long a client may take from `shutdown` to `exit`.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(3);

/// The session, shared between the handlers and whoever waits for its end.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    stage: watch::Sender<Stage>,
    abilities: Arc<OnceLock<Abilities>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    Begun { client: Option<u32> },
    ShutDown,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            stage: watch::Sender::new(Stage::Waiting),
            abilities: Arc::default(),
        }
    }
}

impl Session {
    pub(crate) fn begun(&self, profile: &ClientProfile) {
        // A second `initialize` is refused before it comes here.
        let _ = self.abilities.set(profile.abilities);
        self.stage.send_replace(Stage::Begun {
            client: profile.process_id,
        });
    }

    pub(crate) fn shut_down(&self) {
        self.stage.send_replace(Stage::ShutDown);
    }

    pub(crate) fn abilities(&self) -> Abilities {
        self.abilities.get().copied().unwrap_or_default()
    }

    /// Waits until the client's process is gone, or until it has said `shutdown` and then nothing for too long.
    pub(crate) async fn overdue(&self) {
        let mut stages = self.stage.subscribe();
        loop {
            let stage = *stages.borrow_and_update();
            match stage {
                Stage::ShutDown => {
                    tokio::time::sleep(SHUTDOWN_GRACE).await;
                    tracing::warn!("the client said `shutdown` and never `exit`");
                    return;
                }
                Stage::Begun { client: Some(id) } if !is_alive(id) => {
                    tracing::warn!(id, "the client's process is gone");
                    return;
                }
                Stage::Begun { client: Some(_) } => {
                    // Either comes: the next round, or the next stage.
                    let _ = tokio::time::timeout(LOOK_FOR_CLIENT_EVERY, stages.changed()).await;
                }
                Stage::Waiting | Stage::Begun { client: None } => {
                    if stages.changed().await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

/// Whether a process is there. One of another user's is, though it may not be signalled; so is one that cannot be asked for.
#[cfg(unix)]
fn is_alive(id: u32) -> bool {
    let Some(id) = i32::try_from(id)
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    else {
        return true;
    };
    rustix::process::test_kill_process(id) != Err(rustix::io::Errno::SRCH)
}

#[cfg(not(unix))]
fn is_alive(_id: u32) -> bool {
    true
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn profile(process_id: Option<u32>) -> ClientProfile {
        ClientProfile {
            process_id,
            ..ClientProfile::default()
        }
    }

    async fn is_overdue(session: &Session) -> bool {
        tokio::time::timeout(Duration::from_millis(50), session.overdue())
            .await
            .is_ok()
    }

    #[cfg(unix)]
    #[test]
    fn the_session_ends_with_the_clients_process() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let session = Session::default();
            assert!(!is_overdue(&session).await);
            session.begun(&profile(Some(std::process::id())));
            assert!(!is_overdue(&session).await);
            let mut gone = std::process::Command::new("true").spawn().unwrap();
            let id = gone.id();
            gone.wait().unwrap();
            session.begun(&profile(Some(id)));
            assert!(is_overdue(&session).await);
            // Without a number there is nobody to wait for.
            session.begun(&profile(None));
            assert!(!is_overdue(&session).await);
        });
    }
}
