//! The stand-in: an ordinary child process on a free port of the loopback interface, killed by its id on drop.

use serde_json::Value;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub struct StandIn {
    child: Child,
    port: u16,
    _dir: TempDir,
    /// What the seed made.
    pub made: Value,
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Python with the stand-in, and nothing of this machine's AWS configuration.
pub fn python() -> Command {
    let python: PathBuf = root().join("target/lab-python/bin/python");
    assert!(python.exists(), "{} is missing: run .ci/install", python.display());
    let mut command = Command::new(python);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        command.env_remove(name);
    }
    command.env("AWS_EC2_METADATA_DISABLED", "true").stdin(Stdio::null());
    command
}

impl StandIn {
    /// Its transitions take `delay` seconds.
    pub fn start(delay: f64) -> Self {
        let dir = TempDir::new().unwrap();
        let log = dir.path().join("log");
        let script = root().join("tests/lab/aws_stand_in.py");
        // A port that was free can be taken meanwhile: then another.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let file = std::fs::File::create(&log).unwrap();
            let mut child = python()
                .arg(&script)
                .args(["serve", &port.to_string()])
                .env("STAND_IN_DELAY", delay.to_string())
                .stdout(file.try_clone().unwrap())
                .stderr(file)
                .spawn()
                .unwrap();
            let deadline = Instant::now() + Duration::from_secs(45);
            while child.try_wait().unwrap().is_none() && Instant::now() < deadline {
                if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    let mut up = Self { child, port, _dir: dir, made: Value::Null };
                    up.made = up.seed();
                    return up;
                }
                std::thread::sleep(Duration::from_millis(30));
            }
            child.kill().ok();
            child.wait().ok();
        }
        panic!("the stand-in never came up: {}", std::fs::read_to_string(&log).unwrap_or_default())
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn seed(&self) -> Value {
        let out = python().arg(root().join("tests/lab/aws_stand_in.py")).args(["seed", &self.url()]).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).unwrap()
    }

    /// A few lines of Python with `boto3` and `client("rds")`; its standard output.
    pub fn boto(&self, lines: &str) -> String {
        let text = format!(
            "import boto3, json\n\
             def client(service, key='AKIDNOBODY', secret='{}'):\n    \
                 return boto3.client(service, region_name='eu-west-1', endpoint_url='{}', \
             aws_access_key_id=key, aws_secret_access_key=secret)\n{lines}",
            crate::SECRET,
            self.url()
        );
        let out = python().args(["-c", &text]).output().unwrap();
        assert!(out.status.success(), "{lines}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }
}
