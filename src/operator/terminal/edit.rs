//! Changing a command before it runs: in the operator's editor, on a file that only they can read.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// The editor that the environment names.
pub(super) fn editor() -> Option<String> {
    ["VISUAL", "EDITOR"].iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.trim().is_empty()))
}

/// A file that is removed when it is no longer needed.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        // It may be gone already.
        drop(fs::remove_file(&self.0));
    }
}

fn draft(text: &str) -> io::Result<Draft> {
    let directory = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = directory.join(format!("runbook-{}-{count}.sh", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => {
                let draft = Draft(path);
                file.write_all(text.as_bytes())?;
                return Ok(draft);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && count < 10_000 => {}
            Err(error) => return Err(error),
        }
    }
}

/// `text` as the operator leaves it.
pub(super) async fn edit(editor: &str, text: &str) -> io::Result<String> {
    let draft = draft(text)?;
    // By the shell, because `EDITOR` may hold arguments.
    let status = tokio::process::Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$1\""))
        .arg("sh")
        .arg(&draft.0)
        .status()
        .await?;
    if !status.success() {
        return Err(io::Error::other(format!("`{editor}`: {status}")));
    }
    let edited = fs::read_to_string(&draft.0)?;
    Ok(edited.trim_end_matches(['\n', '\r']).to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn drafts_are_private_and_do_not_stay() {
        let draft = draft("SET GLOBAL read_only = 0").unwrap();
        let path = draft.0.clone();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        drop(draft);
        assert!(!path.exists());
    }
}
