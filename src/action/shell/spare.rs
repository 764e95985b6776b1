//! A bash that is started ahead, while the journal is synced and the next command is shown, and waits for its text.
//!
//! It has done nothing and does nothing until it is told: it reads one word from us before it reads the script, and ends when
//! we go away. It starts in the session's directory with the session's environment, so it stands for the next fence only as
//! long as both are the same; and it is let go after a moment, so that no idle shell keeps a directory busy while people think.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;

/// How long it waits for the next command.
const IDLE: Duration = Duration::from_millis(500);

/// Bash's command line after `-c`: wait for the node's name, which becomes `$0`; then go on as if just started.
pub(super) fn boot(rest: &str) -> String {
    format!("IFS= read -r -d '' BASH_ARGV0 || exit 125; exec </dev/null; SECONDS=0; {rest}")
}

/// At most one shell that waits.
#[derive(Debug, Default)]
pub(super) struct Spare {
    slot: Arc<Mutex<Option<Waiting>>>,
}

#[derive(Debug)]
struct Waiting {
    directory: PathBuf,
    child: JoinHandle<std::io::Result<Child>>,
}

impl Spare {
    /// Starts one; `command` must be complete but for its streams.
    pub(super) fn start(&mut self, mut command: Command, directory: &Path) {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = tokio::task::spawn_blocking(move || command.spawn());
        let before = self.put(Some(Waiting { directory: directory.to_owned(), child }));
        release(before);
        let slot = Arc::downgrade(&self.slot);
        let id = self.id();
        tokio::spawn(async move {
            tokio::time::sleep(IDLE).await;
            if let Some(slot) = slot.upgrade() {
                let mut held = slot.lock().unwrap_or_else(PoisonError::into_inner);
                if held.as_ref().map(|w| w.child.id()) == id {
                    release(held.take());
                }
            }
        });
    }

    fn put(&self, waiting: Option<Waiting>) -> Option<Waiting> {
        std::mem::replace(&mut *self.slot.lock().unwrap_or_else(PoisonError::into_inner), waiting)
    }

    fn id(&self) -> Option<tokio::task::Id> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|w| w.child.id())
    }

    /// The one that waits in `directory`, told to go; `None` when there is none that fits.
    pub(super) async fn take(&mut self, directory: &Path, node: &str) -> Option<Child> {
        let waiting = self.put(None)?;
        if waiting.directory != directory || node.contains('\0') {
            release(Some(waiting));
            return None;
        }
        let mut child = waiting.child.await.ok()?.ok()?;
        let told = child.stdin.take().map(|mut stdin| stdin.write_all(format!("{node}\0").as_bytes()));
        if let Some(Ok(())) = told {
            return Some(child);
        }
        // It died before it was told anything.
        end(child);
        None
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        // Its input closes with us, and it ends.
        drop(self.put(None));
    }
}

/// Lets one go that was told nothing: its input closes, and it ends by itself.
fn release(waiting: Option<Waiting>) {
    if let Some(waiting) = waiting {
        tokio::spawn(async move {
            if let Ok(Ok(child)) = waiting.child.await {
                end(child);
            }
        });
    }
}

fn end(mut child: Child) {
    drop(child.stdin.take());
    tokio::task::spawn_blocking(move || child.wait());
}
