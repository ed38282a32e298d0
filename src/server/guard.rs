//! Stands around the handlers: one that panics answers with an error, and the session goes on.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tower_lsp::jsonrpc::{Error, Request, Response};
use tower_service::Service;

use super::message::{Inbox, Message};
use crate::panics;

/// A service whose panics are posted to the actor.
#[derive(Debug)]
pub(super) struct Guard<Inner> {
    inner: Inner,
    inbox: Inbox,
}

impl<Inner> Guard<Inner> {
    pub(super) fn around(inner: Inner, inbox: Inbox) -> Self {
        Self { inner, inbox }
    }
}

type Answered<Failure> = Result<Option<Response>, Failure>;

impl<Inner> Service<Request> for Guard<Inner>
where
    Inner: Service<Request, Response = Option<Response>>,
    Inner::Future: Send + 'static,
    Inner::Error: 'static,
{
    type Response = Option<Response>;
    type Error = Inner::Error;
    type Future = Pin<Box<dyn Future<Output = Answered<Inner::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let id = request.id().cloned();
        let inbox = self.inbox.clone();
        let begun = panics::catch(|| self.inner.call(request));
        Box::pin(async move {
            let answered = match begun {
                Ok(answer) => panics::catch_in(answer).await,
                Err(panic) => Err(panic),
            };
            answered.unwrap_or_else(|panic| {
                // Fails only when the session is over.
                let _ = inbox.send(Message::Crashed("answer the editor", Box::new(panic)));
                Ok(id.map(|id| Response::from_error(id, Error::internal_error())))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use tokio::sync::mpsc;

    use super::*;

    /// Panics at every request.
    enum Panicking {
        AtOnce,
        AtTheSecondPoll,
    }

    impl Service<Request> for Panicking {
        type Response = Option<Response>;
        type Error = std::convert::Infallible;
        type Future = Pin<Box<dyn Future<Output = Answered<Self::Error>> + Send>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request) -> Self::Future {
            if let Self::AtOnce = self {
                panic!("{} cannot be read", request.method());
            }
            Box::pin(async move {
                tokio::task::yield_now().await;
                panic!("{} cannot be answered", request.method())
            })
        }
    }

    #[tokio::test]
    async fn a_handler_that_panics_answers_with_an_error() {
        for panicking in [Panicking::AtOnce, Panicking::AtTheSecondPoll] {
            let (inbox, mut messages) = mpsc::unbounded_channel();
            let mut guard = Guard::around(panicking, inbox);
            let asked = Request::build("textDocument/hover").id(7).finish();
            let answer = guard.call(asked).await.unwrap().unwrap();
            let (id, result) = answer.into_parts();
            assert_eq!(id, 7.into());
            assert_eq!(result.unwrap_err(), Error::internal_error());
            assert!(matches!(messages.recv().await, Some(Message::Crashed(..))));
            // What is only said is not answered.
            let said = Request::build("textDocument/didOpen").finish();
            assert!(guard.call(said).await.unwrap().is_none());
        }
    }
}
