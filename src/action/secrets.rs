//! Secrets, fetched from where an inventory says they are. Never kept longer than the process, never shown.

use super::cloud::Cloud;
use crate::inventory::{Inventory, Reference};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a command may take to print a secret.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longer is a file that was meant for something else.
const LONGEST: u64 = 64 * 1024;

/// Fetches a secret. What it is read from may end with one line break that is not part of it.
///
/// # Errors
/// Says where it was looked for and what to do, never what was found.
pub async fn fetch(reference: &Reference, inventory: &Inventory) -> Result<String, String> {
    let found = match reference {
        Reference::Environment(name) => {
            std::env::var(name).map_err(|_| format!("{reference} is not set: set it, then go on"))?
        }
        Reference::File(path) => {
            let size = std::fs::metadata(path).map_err(|e| format!("{reference} cannot be read: {e}"))?.len();
            if size > LONGEST {
                return Err(format!("{reference} holds {size} bytes: that is no password"));
            }
            std::fs::read_to_string(path).map_err(|e| format!("{reference} cannot be read: {e}"))?
        }
        Reference::Command(command) => {
            let command = command.clone();
            let printed = tokio::task::spawn_blocking(move || printed(&command)).await.map_err(|e| e.to_string())?;
            printed.map_err(|why| format!("{reference} gave nothing: {why}"))?
        }
        Reference::AwsSecret { id, key } => {
            let text = Cloud::default().secret(Some(inventory), id).await.map_err(|e| format!("{reference}: {e}"))?;
            match key {
                Some(key) => {
                    field(&text, key).ok_or_else(|| format!("{reference}: it is no JSON object with that text"))?
                }
                None => text,
            }
        }
    };
    let secret = found.strip_suffix('\n').unwrap_or(&found);
    let secret = secret.strip_suffix('\r').unwrap_or(secret);
    if secret.is_empty() {
        return Err(format!("{reference} is empty"));
    }
    Ok(secret.to_owned())
}

/// A text in a JSON object.
fn field(text: &str, key: &str) -> Option<String> {
    let object: serde_json::Value = serde_json::from_str(text).ok()?;
    object.get(key)?.as_str().map(str::to_owned)
}

fn printed(command: &str) -> Result<String, String> {
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| format!("it cannot be started: {e}"))?;
    let began = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|e| e.to_string())? {
            Some(status) => break status,
            None if began.elapsed() > PATIENCE => {
                child.kill().and_then(|()| child.wait()).map_err(|e| e.to_string())?;
                return Err(format!("it did not end within {} s", PATIENCE.as_secs()));
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    if !status.success() {
        return Err(format!("it ended with {status}"));
    }
    let mut text = String::new();
    if let Some(mut out) = child.stdout.take() {
        std::io::Read::read_to_string(&mut out, &mut text).map_err(|e| format!("what it printed is not text: {e}"))?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_come_from_files_and_commands() {
        let directory = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
        let path = directory.path().join("password");
        std::fs::write(&path, "hunter2\n").unwrap_or_else(|e| panic!("{e}"));
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap_or_else(|e| panic!("{e}"));
        let fetch = |reference: &Reference| runtime.block_on(super::fetch(reference, &Inventory::default()));
        assert_eq!(fetch(&Reference::File(path)).as_deref(), Ok("hunter2"));
        assert_eq!(fetch(&Reference::Command("printf 'a b'".to_owned())).as_deref(), Ok("a b"));
        for (reference, said) in [
            (Reference::Environment("NOT_SET_ANYWHERE_7".to_owned()), "is not set"),
            (Reference::File("/nowhere/at/all".into()), "cannot be read"),
            (Reference::Command("exit 3".to_owned()), "exit status: 3"),
            (Reference::Command("true".to_owned()), "is empty"),
        ] {
            let Err(why) = fetch(&reference) else { panic!("{reference} was found") };
            assert!(why.contains(said), "{why}");
        }
        assert_eq!(field(r#"{"password": "x"}"#, "password").as_deref(), Some("x"));
    }
}
