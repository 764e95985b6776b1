//! Private servers on the loopback interface: ordinary child processes, killed by their id on drop.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub const SECRET: &str = "s3cret-Pa55word";

/// Servers start one at a time, and a port that was found free is taken at once.
static STARTING: Mutex<()> = Mutex::new(());

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn wait_for(what: &str, log: &Path, child: &mut Child, mut ready: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(45);
    while !ready() {
        if let Some(status) = child.try_wait().unwrap() {
            panic!("{what} ended with {status}: {}", fs::read_to_string(log).unwrap_or_default());
        }
        assert!(Instant::now() < deadline, "{what} never came up: {}", fs::read_to_string(log).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(30));
    }
}

fn run(command: &mut Command) {
    let out = command.stdin(Stdio::null()).output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(
        out.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    );
}

fn root() -> bool {
    nix::unistd::geteuid().is_root()
}

fn copy(from: &Path, to: &Path) {
    run(Command::new("cp").arg("-a").arg(from).arg(to));
}

pub struct MariaDb {
    pub port: u16,
    pub dir: TempDir,
    extra: Vec<String>,
    child: Child,
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        self.kill();
    }
}

/// An empty data directory; made once, then copied.
fn mariadb_data() -> PathBuf {
    static DATA: OnceLock<TempDir> = OnceLock::new();
    let dir = DATA.get_or_init(|| {
        let dir = TempDir::new().unwrap();
        let data = dir.path().join("data");
        let mut install = Command::new("mariadb-install-db");
        install.args([
            "--no-defaults",
            "--skip-test-db",
            "--auth-root-authentication-method=normal",
            "--skip-name-resolve",
        ]);
        install.arg(format!("--datadir={}", data.display()));
        if root() {
            install.arg("--user=root");
        }
        run(&mut install);
        dir
    });
    dir.path().join("data")
}

impl MariaDb {
    pub fn start(extra: &[&str]) -> Self {
        let data = mariadb_data();
        let _one = STARTING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let dir = TempDir::new().unwrap();
        let port = free_port();
        copy(&data, &dir.path().join("data"));
        // A user and a database, before the network listens.
        let init = dir.path().join("init.sql");
        let text = format!(
            "CREATE DATABASE shop; CREATE USER dba@'127.0.0.1' IDENTIFIED BY '{SECRET}'; \
             GRANT ALL ON *.* TO dba@'127.0.0.1' WITH GRANT OPTION;\n"
        );
        fs::write(&init, text.replace("; ", ";\n")).unwrap();
        let child = Self::serve(dir.path(), port, extra, Some(&init));
        Self { port, dir, extra: extra.iter().map(|e| (*e).to_owned()).collect(), child }
    }

    /// After [`Self::kill`]: the same data at the same port.
    #[allow(dead_code)]
    pub fn start_again(&mut self) {
        let extra: Vec<&str> = self.extra.iter().map(String::as_str).collect();
        self.child = Self::serve(self.dir.path(), self.port, &extra, None);
    }

    fn serve(dir: &Path, port: u16, extra: &[&str], init: Option<&Path>) -> Child {
        let log = dir.join("log");
        let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("mariadbd");
        command.env("PATH", &path).arg("--no-defaults");
        if root() {
            command.arg("--user=root");
        }
        command
            .arg(format!("--datadir={}", dir.join("data").display()))
            .arg(format!("--socket={}", dir.join("s").display()))
            .arg(format!("--pid-file={}", dir.join("pid").display()))
            .arg(format!("--log-error={}", log.display()))
            .args(init.map(|init| format!("--init-file={}", init.display())))
            .arg(format!("--port={port}"))
            .args(["--bind-address=127.0.0.1", "--skip-name-resolve", "--innodb-buffer-pool-size=16M"])
            .args(["--innodb-log-file-size=8M", "--performance-schema=OFF"])
            .args(extra)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("mariadbd is installed: see .ci/install");
        wait_for("mariadbd", &log, &mut child, || TcpStream::connect(("127.0.0.1", port)).is_ok());
        child
    }

    /// `kill -9`
    pub fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }

    pub fn url(&self) -> String {
        format!("mariadb://dba:{SECRET}@127.0.0.1:{}/shop", self.port)
    }
}

pub struct Postgres {
    pub port: u16,
    pub dir: TempDir,
    child: Child,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
    }
}

fn postgres_bin() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("postgresql is installed: see .ci/install");
    let mut found: Vec<PathBuf> =
        versions.map(|v| v.unwrap().path().join("bin")).filter(|b| b.join("initdb").exists()).collect();
    found.sort();
    found.pop().expect("postgresql is installed: see .ci/install")
}

/// PostgreSQL refuses to run as root.
fn as_postgres(program: &str) -> Command {
    let program = postgres_bin().join(program);
    if root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

fn postgres_dir() -> TempDir {
    let dir = TempDir::new().unwrap();
    if root() {
        run(Command::new("chown").arg("postgres:postgres").arg(dir.path()));
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    }
    dir
}

impl Postgres {
    pub fn start() -> Self {
        let _one = STARTING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let dir = postgres_dir();
        let data = dir.path().join("data");
        let password = dir.path().join("password");
        fs::write(&password, SECRET).unwrap();
        if root() {
            run(Command::new("chown").arg("postgres").arg(&password));
        }
        run(as_postgres("initdb")
            .current_dir("/")
            .args(["-U", "dba", "-A", "scram-sha-256", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"])
            .arg(format!("--pwfile={}", password.display()))
            .arg("-D")
            .arg(&data));
        Self::serve(dir)
    }

    fn serve(dir: TempDir) -> Self {
        let port = free_port();
        let log = dir.path().join("log");
        let file = fs::File::create(&log).unwrap();
        let mut child = as_postgres("postgres")
            .current_dir("/")
            .arg("-D")
            .arg(dir.path().join("data"))
            .args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k"])
            .arg(dir.path())
            .args(["-c", "shared_buffers=16MB", "-c", "max_wal_senders=4", "-c", "fsync=off"])
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        let said = log.clone();
        wait_for("postgres", &log, &mut child, || {
            fs::read_to_string(&said).unwrap_or_default().contains("ready to accept")
        });
        Self { port, dir, child }
    }

    /// A streaming standby.
    pub fn standby(&self) -> Self {
        let _one = STARTING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let dir = postgres_dir();
        run(as_postgres("pg_basebackup")
            .current_dir("/")
            .env("PGPASSWORD", SECRET)
            .args(["-h", "127.0.0.1", "-U", "dba", "-R", "-X", "stream", "--no-sync", "-c", "fast", "-p"])
            .arg(self.port.to_string())
            .arg("-D")
            .arg(dir.path().join("data")));
        Self::serve(dir)
    }

    /// `kill -9` of the postmaster and of every process of it.
    pub fn kill(&mut self) {
        let parent = self.child.id();
        let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
        self.child.kill().ok();
        for pid in children.split_whitespace().filter_map(|pid| pid.parse().ok()) {
            nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).ok();
        }
        self.child.wait().ok();
    }

    pub fn url(&self) -> String {
        format!("postgres://dba:{SECRET}@127.0.0.1:{}/postgres", self.port)
    }
}
