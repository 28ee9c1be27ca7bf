//! A sign of life on long runs, on a terminal alone.

use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{DecimalBytes, HumanCount, ProgressBar, ProgressStyle};

/// What is over sooner shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often the counts are updated.
const TICK: Duration = Duration::from_millis(100);

/// Files and bytes read so far.
static FILES: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// Counts a file.
pub(crate) fn count_file() {
    FILES.fetch_add(1, Ordering::Relaxed);
}

/// Counts bytes that were read.
pub(crate) fn count_bytes(bytes: usize) {
    BYTES.fetch_add(bytes as u64, Ordering::Relaxed);
}

/// Such as `hardening manifests: 1,200 files, 26.40 MB, 52.80 MB/s`.
fn said(words: &str, [files, bytes]: [u64; 2], took: Duration) -> String {
    let rate = u128::from(bytes) * 1000 / took.as_millis().max(1);
    let rate = DecimalBytes(u64::try_from(rate).unwrap_or(u64::MAX));
    let plural = if files == 1 { "" } else { "s" };
    let (files, bytes) = (HumanCount(files), DecimalBytes(bytes));
    format!("{words}: {files} file{plural}, {bytes}, {rate}/s")
}

/// The sign, from its start until it is dropped.
pub(crate) struct Progress {
    done: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Says what is being done, if it takes long.
    pub(crate) fn start(words: &'static str, quiet: bool) -> Self {
        if quiet || !io::stderr().is_terminal() {
            return Self {
                done: None,
                thread: None,
            };
        }
        let (done, wait) = channel();
        let start = Instant::now();
        let thread = thread::spawn(move || {
            let goes_on = |time| wait.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
            if !goes_on(PATIENCE) {
                return;
            }
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                bar.set_style(style);
            }
            while goes_on(TICK) {
                let counts = [&FILES, &BYTES].map(|count| count.load(Ordering::Relaxed));
                bar.set_message(said(words, counts, start.elapsed()));
                bar.tick();
            }
            bar.finish_and_clear();
        });
        Self {
            done: Some(done),
            thread: Some(thread),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_bytes_and_their_rate_are_said() {
        let said =
            |counts, milliseconds| said("reading", counts, Duration::from_millis(milliseconds));
        assert_eq!(
            said([1200, 26_400_000], 500),
            "reading: 1,200 files, 26.40 MB, 52.80 MB/s"
        );
        assert_eq!(said([0, 0], 0), "reading: 0 files, 0 B, 0 B/s");
        assert!(said([1, u64::MAX], 0).starts_with("reading: 1 file,"));
    }
}
