//! Reads a text file that may be anything: only regular files, never more than a limit, never blocking on a pipe.

use std::io::{self, Read};

use camino::{Utf8Path, Utf8PathBuf};

use crate::observed::file::open_without_blocking;

/// The largest manifest or toolchain file that is looked at, in bytes.
pub const TEXT_LIMIT: u64 = 4 * 1024 * 1024;

/// Why a text file cannot be read; the text fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The system refused.
    #[error("read {path}")]
    Io {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A directory, a pipe, a device.
    #[error("read {path}: it is not a regular file")]
    NotAFile {
        /// What lies there.
        path: Utf8PathBuf,
    },
    /// More bytes than anybody writes by hand.
    #[error("read {path}: it has more than {limit} bytes")]
    TooLarge {
        /// The file.
        path: Utf8PathBuf,
        /// The limit, in bytes.
        limit: u64,
    },
    /// The bytes are no UTF-8.
    #[error("read {path}: it is not UTF-8 text")]
    NotText {
        /// The file.
        path: Utf8PathBuf,
    },
}

/// Reads the text of a regular file of at most [`TEXT_LIMIT`] bytes.
pub fn read_text(path: &Utf8Path) -> Result<String, ReadError> {
    let failed = |source| ReadError::Io {
        path: path.to_owned(),
        source,
    };
    let file = open_without_blocking(path.as_std_path()).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(ReadError::NotAFile {
            path: path.to_owned(),
        });
    }
    let mut bytes = Vec::new();
    file.take(TEXT_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > TEXT_LIMIT {
        return Err(ReadError::TooLarge {
            path: path.to_owned(),
            limit: TEXT_LIMIT,
        });
    }
    String::from_utf8(bytes).map_err(|_| ReadError::NotText {
        path: path.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn directory() -> (tempfile::TempDir, Utf8PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        (directory, path)
    }

    #[test]
    fn reads_text_and_refuses_the_rest() {
        let (_keep, root) = directory();
        let text = root.join("text");
        std::fs::write(&text, "ä").unwrap();
        assert_eq!(read_text(&text).unwrap(), "ä");
        assert!(matches!(
            read_text(&root.join("absent")),
            Err(ReadError::Io { .. })
        ));
        assert!(matches!(
            read_text(&root),
            Err(ReadError::NotAFile { .. } | ReadError::Io { .. })
        ));
        let bytes = root.join("bytes");
        std::fs::write(&bytes, [0xff, 0xfe]).unwrap();
        assert!(matches!(read_text(&bytes), Err(ReadError::NotText { .. })));
        let large = root.join("large");
        std::fs::File::create(&large)
            .unwrap()
            .set_len(TEXT_LIMIT + 1)
            .unwrap();
        assert!(matches!(read_text(&large), Err(ReadError::TooLarge { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_refused_at_once() {
        let (_keep, root) = directory();
        let pipe = root.join("pipe");
        rustix::fs::mkfifoat(
            rustix::fs::CWD,
            pipe.as_std_path(),
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        )
        .unwrap();
        assert!(matches!(read_text(&pipe), Err(ReadError::NotAFile { .. })));
    }
}
