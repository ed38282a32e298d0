use serde::Serialize;

#[derive(Debug, Serialize, thiserror::Error)]
#[error("not found: {what}")]
struct Missing {
    what: String,
}

#[derive(clap::Parser)]
struct Options {
    #[arg(long)]
    what: Option<String>,
}

#[macros::noted]
#[tracing::instrument]
async fn look(what: String) -> Result<(), Missing> {
    Err(Missing { what })
}

#[tokio::main]
async fn main() {
    let options = <Options as clap::Parser>::parse();
    let _ = look(options.what.unwrap_or_default()).await;
}
