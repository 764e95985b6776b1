//! A private sshd on the loopback interface: an ordinary child process, killed by its id on drop.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A server, keys, and a client's configuration that knows it under several names.
pub struct Sshd {
    dir: TempDir,
    child: Child,
}

impl Drop for Sshd {
    fn drop(&mut self) {
        for session in self.sessions() {
            kill(session);
        }
        self.child.kill().unwrap_or_default();
        self.child.wait().unwrap();
    }
}

fn kill(pid: i32) {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).unwrap_or_default();
}

fn keygen(path: &Path) {
    let done = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status().unwrap();
    assert!(done.success());
}

impl Sshd {
    pub fn start() -> Self {
        let dir = TempDir::new().unwrap();
        let at = |name: &str| dir.path().join(name);
        keygen(&at("host_key"));
        keygen(&at("key"));
        fs::copy(at("key.pub"), at("authorized")).unwrap();
        if nix::unistd::geteuid().is_root() {
            // Where sshd locks its unprivileged half in; packages make it when the service starts.
            fs::create_dir_all("/run/sshd").unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let here = dir.path().display();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {here}/host_key\nPidFile none\nAuthorizedKeysFile {here}/authorized\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             PermitRootLogin yes\nLogLevel VERBOSE\nMaxStartups 100\n"
        );
        fs::write(at("sshd_config"), config).unwrap();
        let host_key = fs::read_to_string(at("host_key.pub")).unwrap();
        fs::write(at("known_hosts"), format!("[127.0.0.1]:{port} {host_key}")).unwrap();
        let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).unwrap().unwrap().name;
        let config = format!(
            "Host gone\n  Port 1\nHost stranger\n  UserKnownHostsFile /dev/null\nHost outsider\n  IdentityFile {here}/host_key\n\
             Host * !outsider\n  IdentityFile {here}/key\nHost *\n  HostName 127.0.0.1\n  Port {port}\n  User {user}\n  IdentitiesOnly yes\n  \
             IdentityAgent none\n  UserKnownHostsFile {here}/known_hosts\n  GlobalKnownHostsFile /dev/null\n  \
             StrictHostKeyChecking yes\n"
        );
        fs::write(at("config"), config).unwrap();
        let log = fs::File::create(at("log")).unwrap();
        let child = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f"])
            .arg(at("sshd_config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("sshd is installed: see .ci/install");
        let mut server = Self { dir, child };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = server.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < deadline, "no sshd ({ended:?}): {}", server.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// The client's configuration. In it any name leads here, except that `gone` is refused, `stranger` has a key that is
    /// not known, and to `outsider` we are not.
    pub fn config(&self) -> PathBuf {
        self.dir.path().join("config")
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// How often somebody logged in.
    pub fn logins(&self) -> usize {
        self.log().matches("Accepted publickey").count()
    }

    /// The processes that serve connections.
    pub fn sessions(&self) -> Vec<i32> {
        children(i32::try_from(self.child.id()).unwrap())
    }

    /// Ends every connection as a power cut would; what runs goes on.
    pub fn cut(&self) {
        for session in self.sessions() {
            for below in children(session) {
                if fs::read_to_string(format!("/proc/{below}/comm")).is_ok_and(|comm| comm.starts_with("sshd")) {
                    kill(below);
                }
            }
            kill(session);
        }
    }
}

fn children(parent: i32) -> Vec<i32> {
    let stat = |pid: i32| fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let of = |text: &str| text.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse::<i32>().ok());
    let all = fs::read_dir("/proc").unwrap().filter_map(|e| e.ok()?.file_name().to_str()?.parse::<i32>().ok());
    all.filter(|pid| of(&stat(*pid)) == Some(parent)).collect()
}

/// Whether a process is there and no zombie.
pub fn lives(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}
