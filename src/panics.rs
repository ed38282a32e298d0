//! Catches panics where parts of a program that stays meet, so that a bug of ours costs the person one answer and not the session. Knows
//! neither what was being done, nor how it is told and how to go on.

use std::any::Any;
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::task::Poll;

/// Where people tell of bugs.
pub(crate) const TRACKER: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/issues");

/// What is kept of what was done before.
const TRAIL: usize = 30;

/// A panic that was caught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Panic {
    /// What it said. It may hold a line of the person's source, which no log may.
    pub(crate) words: String,
    /// The file and line where it happened.
    pub(crate) place: String,
    pub(crate) backtrace: String,
    /// What was done before, the latest last.
    pub(crate) before: Vec<String>,
}

impl Panic {
    #[must_use]
    pub(crate) fn after(mut self, trail: &Trail) -> Self {
        self.before = trail.0.iter().cloned().collect();
        self
    }
}

/// The last things that were done.
#[derive(Debug, Default)]
pub(crate) struct Trail(VecDeque<String>);

impl Trail {
    pub(crate) fn add(&mut self, what: String) {
        self.0.push_back(what);
        if self.0.len() > TRAIL {
            self.0.pop_front();
        }
    }
}

thread_local! {
    /// How many catches this thread is in.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// Where this thread panicked last, and the way there.
    static LAST: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
}

/// Does something that must not, but may panic. Whatever it changed may be half-changed afterwards.
pub(crate) fn catch<Done>(act: impl FnOnce() -> Done) -> Result<Done, Panic> {
    note_places();
    DEPTH.set(DEPTH.get() + 1);
    let done = panic::catch_unwind(AssertUnwindSafe(act));
    DEPTH.set(DEPTH.get() - 1);
    done.map_err(|payload| {
        let (place, backtrace) = LAST.take().unwrap_or_default();
        Panic {
            words: words_of(&*payload).to_owned(),
            place,
            backtrace,
            before: Vec::new(),
        }
    })
}

/// The same with what waits in between.
pub(crate) async fn catch_in<Task: Future>(task: Task) -> Result<Task::Output, Panic> {
    let mut task = Box::pin(task);
    poll_fn(|context| match catch(|| task.as_mut().poll(context)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(done)) => Poll::Ready(Ok(done)),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

/// Has panics that will be caught noted rather than printed; others go the way they went before.
fn note_places() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if DEPTH.get() == 0 {
                return before(info);
            }
            let place = info.location().map(ToString::to_string);
            let backtrace = Backtrace::force_capture().to_string();
            LAST.set(Some((place.unwrap_or_default(), backtrace)));
        }));
    });
}

fn words_of(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("something that is no text")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_panic_is_known_by_its_words_and_its_place() {
        let number = 7;
        let panic = catch(|| assert!(number > 100, "number {number} is too small")).unwrap_err();
        assert_eq!(panic.words, "number 7 is too small");
        assert!(panic.place.contains("panics.rs:"), "{}", panic.place);
        assert_eq!(catch(|| 3), Ok(3));
    }

    #[tokio::test]
    async fn a_task_that_panics_after_a_wait_is_caught() {
        let caught = catch_in(async {
            tokio::task::yield_now().await;
            panic!("too late")
        });
        let caught: Result<(), Panic> = caught.await;
        assert_eq!(caught.unwrap_err().words, "too late");
        assert_eq!(catch_in(async { 3 }).await, Ok(3));
    }
}
