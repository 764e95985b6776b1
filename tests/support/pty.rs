//! The program at a real terminal.

use super::{PATIENCE, PROGRAM, environment};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A process at a terminal of its own.
pub struct Pty {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    seen: Arc<Mutex<Vec<u8>>>,
    gone: Arc<AtomicBool>,
    /// How much of it was looked for already.
    read: usize,
}

impl Pty {
    pub fn start(dir: &Path, args: &[&str]) -> Self {
        Self::start_with(dir, args, &[])
    }

    /// Likewise, with these variables in its environment.
    pub fn start_with(dir: &Path, args: &[&str], more: &[(&str, &str)]) -> Self {
        let size = PtySize { rows: 50, cols: 100, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(PROGRAM);
        command.args(args);
        command.cwd(dir);
        command.env_clear();
        for (name, value) in environment(dir) {
            command.env(name, value);
        }
        for (name, value) in more {
            command.env(name, value);
        }
        command.env("TERM", "xterm");
        command.env("NO_COLOR", "1");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let store = Arc::clone(&seen);
        let gone = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&gone);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                store.lock().unwrap().extend_from_slice(&buffer[..count]);
                if stop.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        let writer = pair.master.take_writer().unwrap();
        Self { child, master: Some(pair.master), writer: Some(writer), seen, gone, read: 0 }
    }

    /// Everything that was on the screen so far.
    pub fn seen(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }

    /// Waits until `text` is on the screen, after what was waited for before.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.seen.lock().unwrap().clone();
            let found = seen[self.read..].windows(text.len()).position(|w| w == text.as_bytes());
            if let Some(at) = found {
                self.read += at + text.len();
                return;
            }
            assert!(Instant::now() < deadline, "`{text}` was not shown; on the screen:\n{}", self.seen());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn send(&mut self, text: &str) {
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(text.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    pub fn line(&mut self, text: &str) {
        self.send(&format!("{text}\r"));
    }

    pub fn interrupt(&mut self) {
        self.send("\u{3}");
    }

    pub fn pid(&self) -> nix::unistd::Pid {
        nix::unistd::Pid::from_raw(i32::try_from(self.child.process_id().unwrap()).unwrap())
    }

    /// The lid is closed: the terminal is gone, as soon as the program has written once more.
    pub fn hang_up(&mut self) {
        self.gone.store(true, Ordering::SeqCst);
        self.writer = None;
        self.master = None;
    }

    /// The exit code.
    #[track_caller]
    pub fn wait(&mut self) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            if Instant::now() > deadline {
                self.child.kill().unwrap();
                panic!("it did not end; on the screen:\n{}", self.seen());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
