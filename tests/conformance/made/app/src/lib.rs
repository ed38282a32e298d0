//! Uses every macro of the workspace once.
#![allow(dead_code)]

mac::made!();
bare::stamp!();
tracked::environment!();
odder::odd!();
early::early!();
glue::paste! { fn [<glued _name>]() {} }

#[layered::leave_alone]
fn layered_use() {}

#[rustversion::stable]
fn on_stable() {}

#[derive(serde::Serialize, serde::Deserialize)]
struct Record {
    field: u32,
}

#[derive(Debug, thiserror::Error)]
#[error("one")]
struct One;

// Its derive names `::thiserror` and so cannot be used under another name; to be built it need not be.
use thiserror_two as _;

#[async_trait::async_trait]
trait Asynchronous {
    async fn act(&self);
}

fn here() -> &'static str {
    indoc_here::here!()
}
