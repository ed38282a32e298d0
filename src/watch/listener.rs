//! What runs on notify's thread: drops what says nothing, hands on the rest, and lets neither a panic nor the thread's end pass unheard.

use std::sync::mpsc;
use std::time::Instant;

use super::event::change;
use super::noise::Noise;
use super::pace::Pace;
use super::watcher::Message;
use crate::panics;

/// Hears the system's events. Where it posts to, nobody listens any more once the watcher stopped.
pub(super) struct Listener {
    messages: mpsc::Sender<Message>,
    noise: Noise,
    pace: Pace,
}

impl Listener {
    pub(super) fn new(messages: mpsc::Sender<Message>) -> Self {
        Self {
            messages,
            noise: Noise::default(),
            pace: Pace::default(),
        }
    }

    pub(super) fn hear(&mut self, event: notify::Result<notify::Event>) {
        // Linux keeps thousands of events for whoever comes late; what others keep is soon full.
        if cfg!(target_os = "linux")
            && let Some(pause) = self.pace.pause(Instant::now())
        {
            std::thread::sleep(pause);
        }
        for path in event.iter().flat_map(|event| &event.paths) {
            if let Some(directory) = self.noise.hear(path, Instant::now()) {
                let _ = self.messages.send(Message::Noisy(directory.to_owned()));
            }
        }
        let message = match event {
            Ok(event) if event.need_rescan() => Message::EventsLost,
            Ok(event) => match change(event.kind) {
                Some(change) => Message::Changed(event.paths, change),
                None => return,
            },
            Err(error) => Message::Failed(error),
        };
        let _ = self.messages.send(message);
    }
}

/// `hear` as notify's thread is to call it: a panic in it is posted, and where it is dropped, whyever that is, events are lost from then on.
pub(super) fn guarded<Event>(
    messages: mpsc::Sender<Message>,
    mut hear: impl FnMut(Event) + Send + 'static,
) -> impl FnMut(Event) + Send + 'static {
    let way_out = WayOut(messages);
    move |event| {
        if let Err(panic) = panics::catch(|| hear(event)) {
            way_out.post(Message::Panicked(panic));
        }
    }
}

struct WayOut(mpsc::Sender<Message>);

impl WayOut {
    fn post(&self, message: Message) {
        let _ = self.0.send(message);
    }
}

impl Drop for WayOut {
    fn drop(&mut self) {
        self.post(Message::EventsLost);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]

    use super::*;

    #[test]
    fn a_panic_and_the_end_are_posted() {
        let (messages, inbox) = mpsc::channel();
        let mut hear = guarded(messages, |number: u32| assert!(number < 2, "{number}"));
        for number in 1..4 {
            hear(number);
        }
        drop(hear);
        let posted: Vec<String> = inbox
            .into_iter()
            .map(|message| match message {
                Message::Panicked(panic) => panic.words,
                Message::EventsLost => "the end".to_owned(),
                _ => panic!("something else"),
            })
            .collect();
        assert_eq!(posted, ["2", "3", "the end"]);
    }
}
