//! Uses five proc macros: open it in an editor and watch them while `sidecargo` breaks and mends them.

use async_trait::async_trait;
use demo_macros::Describe;
use indoc::indoc;
use serde::Serialize;
use thiserror::Error;

#[derive(Debug, Serialize, Describe)]
struct Crab {
    legs: u8,
}

#[derive(Debug, Error)]
#[error("the crab has {found} legs")]
struct WrongLegs {
    found: u8,
}

#[async_trait]
trait Walk {
    async fn walk(&self) -> Result<(), WrongLegs>;
}

#[async_trait]
impl Walk for Crab {
    async fn walk(&self) -> Result<(), WrongLegs> {
        match self.legs {
            8 | 10 => Ok(()),
            found => Err(WrongLegs { found }),
        }
    }
}

fn main() {
    let crab = Crab { legs: 10 };
    println!("{}", crab.describe());
    println!("{}", indoc! {"
        Five proc macros made this program.
          It is laid out by `sidecargo demo`.
    "});
    drop(crab.walk());
}
