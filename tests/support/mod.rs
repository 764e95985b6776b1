//! The real program in a directory of its own, with a deadline.
//!
//! ```ignore
//! let house = House::new();
//! house.file("a.md", "…");
//! house.runbook(["run", "a.md", "--yes"]).exits(0).says("done");
//! ```
// Each test file uses its own part of this.
#![allow(dead_code, clippy::must_use_candidate, clippy::return_self_not_must_use, clippy::missing_panics_doc)]

pub mod journal;
pub mod pty;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_runbook");
/// Longer than anything here takes, even on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A directory with files, and the runs that are made from them.
pub struct House {
    dir: TempDir,
}

impl Default for House {
    fn default() -> Self {
        Self::new()
    }
}

impl House {
    pub fn new() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Where the runs are.
    pub fn runs(&self) -> PathBuf {
        self.path().join("runs")
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).unwrap();
        }
        fs::write(&path, content).unwrap();
        path
    }

    /// A file's text; empty when it is not there.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap_or_default()
    }

    pub fn exists(&self, name: &str) -> bool {
        self.path().join(name).exists()
    }

    /// Directories of runs, in the order of their names.
    pub fn run_dirs(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.runs()) else { return Vec::new() };
        let mut dirs: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
        dirs.sort();
        dirs
    }

    /// Keeps the runs for the table of the library when `RECORD_RUNS` names a directory.
    pub fn record(&self) {
        self.run_dirs().iter().for_each(|run| record(run));
    }

    /// The only run.
    pub fn run_dir(&self) -> PathBuf {
        let dirs = self.run_dirs();
        assert_eq!(dirs.len(), 1, "one run was expected: {dirs:?}");
        dirs[0].clone()
    }

    /// Its id.
    pub fn run_id(&self) -> String {
        self.run_dir().file_name().unwrap().to_string_lossy().into_owned()
    }

    /// The events of the only run.
    pub fn events(&self) -> Vec<serde_json::Value> {
        journal::events(&self.run_dir())
    }

    /// Nothing was begun: no run, and nothing that looks like one.
    #[track_caller]
    pub fn has_no_run(&self) {
        assert!(self.run_dirs().is_empty(), "a run was left behind: {:?}", self.run_dirs());
    }

    /// A call of the program, ready to go.
    pub fn call<I, S>(&self, args: I) -> Call
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        Call::new(self.path(), OsStr::new(PROGRAM), args)
    }

    /// A call of the program, to its end.
    pub fn runbook<I, S>(&self, args: I) -> Ran
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.call(args).run()
    }

    /// A line of shell, with the program as `$RUNBOOK`.
    pub fn shell(&self, line: &str) -> Ran {
        Call::new(self.path(), OsStr::new("bash"), ["-c", line]).run()
    }
}

/// Keeps a run's directory for the table of the library when `RECORD_RUNS` names where.
pub fn record(run: &Path) {
    let Some(keep) = std::env::var_os("RECORD_RUNS") else { return };
    fs::create_dir_all(&keep).unwrap();
    let to = Path::new(&keep).join(run.file_name().unwrap());
    let copied = Command::new("cp").arg("-a").arg(run).arg(&to).status().unwrap();
    assert!(copied.success(), "{} is not kept in {}", run.display(), to.display());
}

/// A process to start, without terminal, in a clean environment.
pub struct Call {
    command: Command,
    shown: String,
    stdin: Vec<u8>,
    patience: Duration,
}

impl Call {
    fn new<I, S>(dir: &Path, program: &OsStr, args: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let args: Vec<OsString> = args.into_iter().map(|a| a.as_ref().to_owned()).collect();
        let mut command = Command::new(program);
        command.args(&args).current_dir(dir).env_clear().envs(environment(dir)).process_group(0);
        Self { command, shown: format!("{args:?}"), stdin: Vec::new(), patience: PATIENCE }
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn current_dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.command.current_dir(dir);
        self
    }

    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    pub fn within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    pub fn start(mut self) -> Running {
        let piped = self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let bytes = std::mem::take(&mut self.stdin);
        // Whoever does not read it may go before it is written.
        std::thread::spawn(move || stdin.write_all(&bytes).unwrap_or_default());
        let out = reader(child.stdout.take().unwrap());
        let err = reader(child.stderr.take().unwrap());
        Running { child, out, err, shown: self.shown, deadline: Instant::now() + self.patience, began: Instant::now() }
    }

    pub fn run(self) -> Ran {
        self.start().wait()
    }
}

/// What a call sees of this machine: enough to find programs, nothing of whoever tests.
pub fn environment(dir: &Path) -> Vec<(&'static str, OsString)> {
    vec![
        ("PATH", std::env::var_os("PATH").unwrap_or_default()),
        ("HOME", dir.as_os_str().to_owned()),
        ("RUNBOOK", PROGRAM.into()),
        ("RUNBOOK_RUNS_DIR", dir.join("runs").into()),
        ("LANG", "C.UTF-8".into()),
        ("TZ", "UTC".into()),
        ("COLUMNS", "120".into()),
    ]
}

fn reader(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// A started process. It is killed when it takes too long.
pub struct Running {
    child: Child,
    out: JoinHandle<Vec<u8>>,
    err: JoinHandle<Vec<u8>>,
    shown: String,
    deadline: Instant,
    began: Instant,
}

impl Running {
    pub fn pid(&self) -> nix::unistd::Pid {
        nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap())
    }

    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        nix::sys::signal::kill(self.pid(), signal).unwrap();
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Ends the program as a power cut would; what it started lives on. It may have ended by itself before.
    pub fn kill(mut self) -> Ran {
        self.child.kill().unwrap();
        self.wait()
    }

    pub fn wait(mut self) -> Ran {
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > self.deadline {
                self.child.kill().unwrap();
                self.child.wait().unwrap();
                let (out, err) = (self.out.join().unwrap(), self.err.join().unwrap());
                panic!(
                    "{} did not end in time\n--- out\n{}\n--- err\n{}",
                    self.shown,
                    String::from_utf8_lossy(&out),
                    String::from_utf8_lossy(&err)
                );
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let took = self.began.elapsed();
        let text = |bytes: JoinHandle<Vec<u8>>| String::from_utf8_lossy(&bytes.join().unwrap()).into_owned();
        Ran { shown: self.shown, status, out: text(self.out), err: text(self.err), took }
    }
}

/// What came of a call.
pub struct Ran {
    pub shown: String,
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
    pub took: Duration,
}

impl Ran {
    /// The end first: reports of failed tests are cut off behind, and there a run says why.
    fn told(&self) -> String {
        let lines: Vec<&str> = self.out.lines().collect();
        let end = lines[lines.len().saturating_sub(60)..].join("\n");
        format!("{} {}\n--- err\n{}\n--- end of out\n{end}\n--- out\n{}", self.shown, self.status, self.err, self.out)
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "exit code of {}", self.told());
        assert_eq!(self.status.signal(), None, "{}", self.told());
        self.does_not_panic()
    }

    #[track_caller]
    pub fn does_not_panic(self) -> Self {
        assert!(!self.err.contains("panicked"), "a panic: {}", self.told());
        assert!(!self.err.contains("internal error"), "an internal error: {}", self.told());
        assert_eq!(self.status.signal(), None, "{}", self.told());
        self
    }

    /// On standard output.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(squeezed(&self.out).contains(&squeezed(text)), "`{text}` is not on standard output of {}", self.told());
        self
    }

    /// On standard error.
    #[track_caller]
    pub fn warns(self, text: &str) -> Self {
        assert!(squeezed(&self.err).contains(&squeezed(text)), "`{text}` is not on standard error of {}", self.told());
        self
    }

    /// On neither.
    #[track_caller]
    pub fn never_says(self, text: &str) -> Self {
        assert!(!self.out.contains(text) && !self.err.contains(text), "`{text}` was said by {}", self.told());
        self
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}", self.told()))
    }

    pub fn lines(&self) -> Vec<serde_json::Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
    }
}

/// Messages are folded to the width of the screen: white space says nothing.
pub fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Looks until it is there, or fails.
#[track_caller]
pub fn eventually(what: &str, mut look: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !look() {
        assert!(Instant::now() < deadline, "never came: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until no process is at work in `dir` any more: what a killed program started lives on for a while.
#[track_caller]
pub fn is_quiet(dir: &Path) {
    let dir = dir.canonicalize().unwrap();
    eventually("the end of everything that was started", || {
        let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        !processes.into_iter().any(|p| fs::read_link(p.path().join("cwd")).is_ok_and(|cwd| cwd == dir))
    });
}

/// Numbers that look random and are the same every time.
pub struct Dice(u64);

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Below `bound`.
    pub fn roll(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }
}

/// Every file below, with its bytes.
pub fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut open = vec![dir.to_owned()];
    let mut found = Vec::new();
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push((path.clone(), fs::read(&path).unwrap()));
            }
        }
    }
    found
}
