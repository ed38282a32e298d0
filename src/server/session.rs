//! How far the session is, and when it must end though the client does not say so.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::watch;

use super::model::{Abilities, ClientProfile, Encoding};

/// How often the client's process is looked for where the system does not tell of its end.
const LOOK_FOR_CLIENT_EVERY: Duration = Duration::from_secs(2);

/// How long a client may take from `shutdown` to `exit`.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(3);

/// The session, shared between the handlers and whoever waits for its end.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    stage: watch::Sender<Stage>,
    client: Arc<OnceLock<(Abilities, Encoding)>>,
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
            client: Arc::default(),
        }
    }
}

impl Session {
    pub(crate) fn begun(&self, profile: &ClientProfile) {
        // A second `initialize` is refused before it comes here.
        let _ = self.client.set((profile.abilities, profile.encoding));
        self.stage.send_replace(Stage::Begun {
            client: profile.process_id,
        });
    }

    pub(crate) fn shut_down(&self) {
        self.stage.send_replace(Stage::ShutDown);
    }

    /// What the client can do, and how it counts columns.
    pub(crate) fn client(&self) -> (Abilities, Encoding) {
        self.client.get().copied().unwrap_or_default()
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
                Stage::Begun { client: Some(id) } => tokio::select! {
                    () = gone(id) => {
                        tracing::warn!(id, "the client's process is gone");
                        return;
                    }
                    // Fails only without a session.
                    _ = stages.changed() => {}
                },
                Stage::Waiting | Stage::Begun { client: None } => {
                    if stages.changed().await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

/// Waits until a process is gone.
async fn gone(id: u32) {
    if let Some(end) = end_of(id) {
        // Without a word the thread is gone, and then it is asked in intervals too.
        if end.await.is_ok() {
            return;
        }
    }
    while is_alive(id) {
        tokio::time::sleep(LOOK_FOR_CLIENT_EVERY).await;
    }
}

/// Told when a process ends: no time is lost, and nothing wakes up before. `None` where the system cannot tell.
#[cfg(target_os = "linux")]
fn end_of(id: u32) -> Option<tokio::sync::oneshot::Receiver<()>> {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::process::{Pid, PidfdFlags, pidfd_open};
    let id = i32::try_from(id).ok().and_then(Pid::from_raw)?;
    let process = pidfd_open(id, PidfdFlags::empty()).ok()?;
    let (sender, end) = tokio::sync::oneshot::channel();
    // Ends with the client, or with our own process.
    let thread = std::thread::Builder::new().name("client".to_owned());
    let waiting = thread.spawn(move || {
        loop {
            let mut process = [PollFd::new(&process, PollFlags::IN)];
            match poll(&mut process, None) {
                Ok(_) => break,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
        }
        // Nobody waits once the session is over.
        let _ = sender.send(());
    });
    waiting.ok().map(|_| end)
}

#[cfg(not(target_os = "linux"))]
fn end_of(_id: u32) -> Option<tokio::sync::oneshot::Receiver<()>> {
    None
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
