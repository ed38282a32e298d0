//! What asks this process to end: Ctrl-C, a service manager, a terminal that closes, an editor that waits no longer.

/// Calls `on_end` for each such signal from now on, on a thread of its own.
///
/// # Errors
/// When the system gives no handler or no thread.
#[cfg(unix)]
pub(crate) fn listen(on_end: impl Fn() + Send + 'static) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT])?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || signals.forever().for_each(|_| on_end()))
        .map(drop)
}

/// Elsewhere the console ends everything that was started from it, us and ours alike.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same interface as on Unix")]
pub(crate) fn listen(_on_end: impl Fn() + Send + 'static) -> std::io::Result<()> {
    Ok(())
}
