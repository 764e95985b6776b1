//! The shell session: what carries over, how commands end, what reaches a disk.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used, clippy::expect_used)]

use runbook::action::mask::MASK;
use runbook::action::shell::{ShellSession, still_running};
use runbook::driver::ports::{Chunk, Completion, Control, End, Executor, JUDGED, Job, Tool};
use runbook::engine::event::Blob;
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};

fn job(text: &str) -> Job {
    Job { timeout: Some(Duration::from_secs(30)), ..Job::shell("detection.ping", text) }
}

/// A run's directory, a directory to start in, a session and a runtime for it.
struct Lab {
    directory: TempDir,
    session: ShellSession,
    runtime: tokio::runtime::Runtime,
    last: Option<Blob>,
}

struct Seen {
    done: Completion,
    chunks: Vec<Chunk>,
}

impl Seen {
    fn out(&self) -> String {
        String::from_utf8_lossy(&self.done.stdout).into_owned()
    }
    fn err(&self) -> String {
        String::from_utf8_lossy(&self.done.stderr).into_owned()
    }
    fn shown(&self) -> Vec<u8> {
        self.chunks.iter().flat_map(|chunk| chunk.bytes.clone()).collect()
    }
}

impl Lab {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        fs::create_dir(directory.path().join("start")).unwrap();
        fs::create_dir(directory.path().join("run")).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let session = ShellSession::new(&directory.path().join("run"), &directory.path().join("start")).unwrap();
        Self { directory, session: session.with_grace(Duration::from_millis(400)), runtime, last: None }
    }

    fn run_dir(&self) -> PathBuf {
        self.directory.path().join("run")
    }

    fn start(&self) -> PathBuf {
        self.directory.path().join("start")
    }

    /// Another process takes over.
    fn resume(&mut self) {
        self.session = ShellSession::resume(&self.run_dir(), &self.start(), self.last.as_ref()).unwrap();
    }

    fn execute(&mut self, job: Job) -> Seen {
        let (_keep, control) = watch::channel(Control::Run);
        self.controlled(job, control)
    }

    fn controlled(&mut self, job: Job, control: watch::Receiver<Control>) -> Seen {
        let (sender, mut receiver) = mpsc::channel::<Chunk>(4);
        let session = &mut self.session;
        let (done, chunks) = self.runtime.block_on(async {
            let collect = async {
                let mut chunks = Vec::new();
                while let Some(chunk) = receiver.recv().await {
                    chunks.push(chunk);
                }
                chunks
            };
            tokio::join!(session.execute(job, sender, control), collect)
        });
        if done.session.is_some() {
            self.last.clone_from(&done.session);
        }
        Seen { done, chunks }
    }

    fn run(&mut self, text: &str) -> Seen {
        self.execute(job(text))
    }

    /// Runs it, and it must succeed; its output without the last newline.
    fn says(&mut self, text: &str) -> String {
        let seen = self.run(text);
        assert_eq!(seen.done.end, End::Exit(0), "{text}\n{}{}", seen.out(), seen.err());
        seen.out().trim_end_matches('\n').to_owned()
    }

    fn blob(&self, blob: &Blob) -> Vec<u8> {
        let bytes = fs::read(self.run_dir().join(&blob.file)).unwrap();
        assert_eq!(blob.bytes, bytes.len() as u64);
        let digest: Vec<String> = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(blob.sha256, digest.concat());
        bytes
    }

    /// Every file of the run whose bytes hold `needle`.
    fn holding(&self, needle: &str) -> Vec<PathBuf> {
        files(&self.run_dir())
            .into_iter()
            .filter(|path| fs::read(path).unwrap().windows(needle.len()).any(|window| window == needle.as_bytes()))
            .collect()
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// A killed process takes a moment to go.
fn dies(pid: &str) -> bool {
    (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        !alive(pid)
    })
}

fn alive(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap().trim_start().starts_with('Z'))
}

// ---- what carries over

const MAKE: &str = r#"
export EXPORTED='two words'
PLAIN=replica2
MULTI=$'line one\nline "two" \'three\' $HOME `x` \\\ttab'
UNICODE='é→日本'
LIST=(a "b c" $'d\ne' '')
declare -A MAP=([key one]="v 1" [k]='"q"')
declare -i NUMBER=7
greet() { local who=$1; cat <<END
hello $who
END
}
mkdir -p 'sub dir' && cd 'sub dir'
"#;
const SHOW: &str = r#"
bash -c 'echo "$EXPORTED|${PLAIN-unset}"'
echo "$PLAIN"; printf '%s\n' "$MULTI" "$UNICODE" "${#LIST[@]}" "${LIST[@]}" "${MAP[key one]}" "${MAP[k]}"
NUMBER+=1; echo $NUMBER; NUMBER=7
greet bob; basename "$PWD"
"#;
const SHOWN: &str = "two words|unset\nreplica2\nline one\nline \"two\" 'three' $HOME `x` \\\ttab\né→日本\n4\na\nb c\nd\ne\n\nv 1\n\"q\"\n8\nhello bob\nsub dir";

#[test]
fn everything_carries_over_and_survives_a_resume() {
    let mut lab = Lab::new();
    lab.says(MAKE);
    assert_eq!(lab.says(SHOW), SHOWN);
    lab.resume();
    assert_eq!(lab.says(SHOW), SHOWN);
    assert!(lab.session.directory().ends_with("start/sub dir"));
}

#[test]
fn options_aliases_and_the_mask_carry_over_but_not_those_of_a_fence() {
    let mut lab = Lab::new();
    lab.says("set -u\nshopt -s extglob nullglob expand_aliases\nalias ll='echo aliased'\numask 027\nset +e\ntrap 'echo no' EXIT INT");
    let show = "ll\nshopt -q nullglob && shopt -q extglob && echo shopts\numask\ncase $- in *u*e* | *e*u*) echo both ;; esac\ntrap -p INT | grep 'echo no' || true";
    assert_eq!(lab.says(show), "aliased\nshopts\n0027\nboth");
    lab.resume();
    assert_eq!(lab.says(show), "aliased\nshopts\n0027\nboth");
    lab.says("pick() { case $1 in @(a|b)) echo yes ;; *) echo no ;; esac; }");
    lab.resume();
    assert_eq!(lab.says("pick b"), "yes", "a function that needs extglob to be read");
    lab.says("set +u; shopt -u nullglob; unset -f pick; umask 022");
    assert_eq!(
        lab.says("shopt -q nullglob || echo off; type -t pick || echo none; echo ${NOPE}x; umask"),
        "off\nnone\nx\n0022"
    );
}

#[test]
fn xtrace_carries_over_and_shows_only_the_fence() {
    let mut lab = Lab::new();
    lab.says("set -x");
    let seen = lab.run("X=1\ntrue \"$X\"");
    assert_eq!(seen.err(), "++ X=1\n++ true 1\n");
}

#[test]
fn inherited_variables_are_not_kept_unless_changed() {
    let mut lab = Lab::new();
    lab.session = ShellSession::new(&lab.run_dir(), &lab.start()).unwrap().with_environment(environment(&[
        ("OURS", "inherited"),
        ("GONE", "inherited"),
        ("BASH_ENV", "/nowhere/at/all"),
        ("SHELLOPTS", "xtrace"),
    ]));
    let seen = lab.run("X=; unset X");
    assert_eq!((seen.done.end, seen.done.session, seen.done.names), (End::Exit(0), None, Some(vec![])));
    assert_eq!(lab.says("echo $OURS; bash -c 'echo $BASH_ENV' 2>/dev/null"), "inherited\n/nowhere/at/all");
    lab.says("unset GONE; export -n OURS; OURS=(now an array)");
    assert_eq!(lab.says("echo ${GONE-gone} ${OURS[1]}; env | grep -c ^OURS || true"), "gone an\n0");
    assert!(!lab.session.names().contains(&"GONE".to_owned()));
    let state = String::from_utf8(lab.blob(lab.last.as_ref().unwrap())).unwrap();
    assert!(state.contains("GONE") && state.contains("OURS"));
    for own in ["BASH", "SHLVL", "PIPESTATUS", "EUID", "HOME", "PPID", "__runbook"] {
        assert!(!state.lines().skip(1).any(|line| line.contains(own)), "{own} in\n{state}");
    }
    lab.says("unset OURS; export OURS=inherited GONE=inherited");
    let state = String::from_utf8(lab.blob(lab.last.as_ref().unwrap())).unwrap();
    assert!(!state.contains("OURS") && !state.contains("GONE"), "{state}");
}

fn environment(more: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    let path = std::env::var_os("PATH").unwrap();
    let mut all = vec![("PATH".into(), path), ("HOME".into(), "/home/alice".into())];
    all.extend(more.iter().map(|(name, value)| ((*name).into(), (*value).into())));
    all
}

#[test]
fn a_failing_or_exiting_fence_keeps_its_state_and_its_status() {
    let mut lab = Lab::new();
    assert_eq!(lab.run("A=1; exit 7; A=2").done.end, End::Exit(7));
    assert_eq!(lab.run("B=1; false; B=2").done.end, End::Exit(1));
    assert_eq!(lab.run("C=1; f() { local hidden=1; D=1; exit 9; }; f").done.end, End::Exit(9));
    assert_eq!(lab.run("E=1; false | true; E=2").done.end, End::Exit(1), "pipefail");
    assert_eq!(lab.run("nosuch-command-at-all").done.end, End::Exit(127));
    assert_eq!(lab.says("echo $A $B $C $D $E ${hidden-none}"), "1 1 1 1 1 none");
    let going = Job { keep_going: true, ..job("false; F=1; false | true") };
    assert_eq!(lab.execute(going).done.end, End::Exit(0));
    assert_eq!(lab.says("echo $F"), "1");
}

#[test]
fn a_killed_or_replaced_fence_leaves_the_state_as_it_was() {
    let mut lab = Lab::new();
    lab.says("A=before");
    let seen = lab.run("A=after; kill -9 $$");
    assert_eq!((seen.done.end, seen.done.session, seen.done.names), (End::Signal(9), None, None));
    assert_eq!(lab.run("A=after; kill -TERM $$; sleep 1").done.end, End::Signal(15));
    let seen = lab.run("A=after; exec true");
    assert_eq!((seen.done.end, seen.done.session), (End::Exit(0), None));
    assert_eq!(lab.says("echo $A"), "before");
}

#[test]
fn the_fence_has_its_own_exit_trap() {
    let mut lab = Lab::new();
    let seen = lab.run("A=1; trap 'echo bye $?; B=late' EXIT; false");
    assert_eq!((seen.done.end.clone(), seen.out()), (End::Exit(1), "bye 1\n".to_owned()));
    assert_eq!(lab.run("C=1; trap 'exit 5' EXIT; exit 3").done.end, End::Exit(5));
    assert_eq!(lab.says("trap 'echo no' EXIT; trap - EXIT; (trap 'echo sub' EXIT; true); echo $A $C"), "sub\n1 1");
    assert_eq!(
        lab.says("trap 'echo caught' USR1; kill -USR1 $$; trap - USR1; trap 'echo err' ERR; trap - ERR; ! false"),
        "caught"
    );
    assert_eq!(lab.run("trap 'echo \"err at $LINENO\"' ERR\nfalse").out(), "err at 2\n");
}

#[test]
fn messages_name_the_node_and_the_fences_own_lines() {
    let mut lab = Lab::new();
    let seen = lab.run("true\n\nnosuch-command");
    assert_eq!(seen.err(), "detection.ping: line 3: nosuch-command: command not found\n");
    assert_eq!(lab.run("echo $LINENO $0 $#").out(), "1 detection.ping 0\n");
    let seen = lab.run("A=1\nif then\nfi");
    assert!(seen.err().starts_with("detection.ping: eval: line 2: syntax error"), "{}", seen.err());
    assert!(matches!(seen.done.end, End::Exit(1 | 2)), "{:?}", seen.done.end);
}

#[test]
fn the_text_is_not_on_the_command_line_nor_on_standard_input() {
    let mut lab = Lab::new();
    let seen = lab.run("tr '\\0' ' ' </proc/$$/cmdline; cat; MARK=here");
    assert!(seen.out().contains("detection.ping") && !seen.out().contains("MARK"), "{}", seen.out());
    let long = format!(": {}\necho ok", "x".repeat(300_000));
    assert_eq!(lab.says(&long), "ok");
}

#[test]
fn no_descriptor_of_ours_is_inherited() {
    let mut lab = Lab::new();
    assert_eq!(lab.says("ls -l /proc/self/fd | grep -Ec 'memfd|/run/' || true"), "0");
}

#[test]
fn variables_of_one_job_do_not_enter_the_session() {
    let mut lab = Lab::new();
    lab.says("REPLICA=session");
    let mut with = job("echo $REPLICA $INPUT");
    with.environment = [("REPLICA".into(), "job".into()), ("INPUT".into(), "yes".into())].into();
    assert_eq!(lab.execute(with).out(), "job yes\n");
    assert_eq!(lab.says("echo $REPLICA ${INPUT-none}"), "session none");
    assert!(lab.session.names().contains(&"REPLICA".to_owned()) && !lab.session.names().contains(&"INPUT".to_owned()));
}

#[test]
fn a_fresh_job_neither_reads_nor_changes_the_session() {
    let mut lab = Lab::new();
    lab.says("A=1; f() { :; }; mkdir sub; cd sub");
    let seen = lab
        .execute(Job { fresh: true, ..job("echo ${A-none} $(type -t f) $(basename $PWD); B=1; cd /; false; echo no") });
    assert_eq!((seen.out(), seen.done.end, seen.done.session), ("none start\n".to_owned(), End::Exit(1), None));
    assert_eq!(lab.says("echo $A ${B-none} $(basename $PWD)"), "1 none sub");
}

#[test]
fn an_unchanged_state_writes_nothing() {
    let mut lab = Lab::new();
    assert!(lab.run("X=; unset X").done.session.is_none());
    assert!(lab.run("A=1").done.session.is_some());
    let before = files(&lab.run_dir()).len();
    let seen = lab.run("A=1; true $RANDOM | cat; unset -v nothing");
    assert!(seen.done.session.is_none() && seen.done.output.is_none());
    assert_eq!(seen.done.names, Some(vec!["A".to_owned()]));
    let seen = lab.run("echo plain call");
    assert_eq!((seen.done.session, seen.done.names), (None, Some(vec!["A".to_owned()])));
    assert_eq!(fs::remove_file(lab.run_dir().join(seen.done.output.unwrap().file)).ok(), Some(()));
    lab.resume();
    assert!(lab.run("X=; unset X").done.session.is_none());
    assert_eq!(files(&lab.run_dir()).len(), before);
    assert_eq!(lab.run("A=2").done.session.unwrap().file, "session/2.state", "numbers are not used twice");
}

#[test]
fn a_state_that_is_not_ours_is_refused() {
    let mut lab = Lab::new();
    lab.says("A=1");
    let blob = lab.last.clone().unwrap();
    let path = lab.run_dir().join(&blob.file);
    let refused = |lab: &Lab, blob: &Blob| {
        ShellSession::resume(&lab.run_dir(), &lab.start(), Some(blob)).map(|_| ()).unwrap_err().to_string()
    };
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(refused(&lab, &blob).contains("0600"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, String::from_utf8(bytes.clone()).unwrap().replace("\"1\"", "\"2\"")).unwrap();
    assert!(refused(&lab, &blob).contains("SHA-256"));
    fs::remove_file(&path).unwrap();
    let real = lab.directory.path().join("elsewhere");
    fs::write(&real, &bytes).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink(&real, &path).unwrap();
    assert!(!refused(&lab, &blob).is_empty(), "a symlink");
    assert!(refused(&lab, &Blob { file: "../elsewhere".into(), ..blob.clone() }).contains("outside"));
    if nix::unistd::geteuid().is_root() {
        fs::remove_file(&path).unwrap();
        fs::copy(&real, &path).unwrap();
        std::os::unix::fs::chown(&path, Some(65534), None).unwrap();
        assert!(refused(&lab, &blob).contains("belongs"));
    }
}

#[test]
fn files_are_the_owners_alone_whatever_the_umask() {
    // The umask belongs to the whole process: a child sets it and runs this test again.
    if std::env::var_os("UMASK_IS_SET").is_none() {
        for mask in ["000", "777"] {
            let run = format!("umask {mask}; exec \"$0\" --exact files_are_the_owners_alone_whatever_the_umask");
            let status = std::process::Command::new("bash")
                .args(["-c", &run])
                .arg(std::env::current_exe().unwrap())
                .env("UMASK_IS_SET", mask)
                .env("TMPDIR", "/dev/shm")
                .output()
                .unwrap();
            assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
        }
        return;
    }
    if std::env::var_os("UMASK_IS_SET").unwrap() == "777" && !nix::unistd::geteuid().is_root() {
        return; // the lab's own directories could not be entered
    }
    let mut lab = Lab::new();
    lab.says("A=1; echo out; sleep 0.2; test -f ../run/running && stat -c %a ../run/running");
    for path in files(&lab.run_dir()) {
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600, "{}", path.display());
    }
    for name in ["session", "output"] {
        assert_eq!(fs::metadata(lab.run_dir().join(name)).unwrap().mode() & 0o777, 0o700);
    }
}

// ---- secrets

#[test]
fn a_secret_reaches_no_file_but_still_works() {
    let mut lab = Lab::new();
    let secret = "s3cr$t \"quoted\" it's\\here";
    let text = "export TOKEN='s3cr$t \"quoted\" it'\\''s\\here'\nTABLE=(x \"$TOKEN\")\nDSN=\"db://u:$TOKEN@h\"\nuse() { echo 's3cr$t \"quoted\" it'\\''s\\here'; }\nOK=1\necho \"got $TOKEN\"; echo \"bad $TOKEN\" >&2\nfor ((i = 0; i < ${#TOKEN}; i++)); do printf %s \"${TOKEN:i:1}\"; sleep 0.002; done";
    let seen = lab.execute(Job { secrets: vec![secret.into()], ..job(text) });
    assert_eq!(seen.done.end, End::Exit(0), "{}", seen.err());
    assert_eq!(seen.out(), format!("got {secret}\n{secret}"), "captures see it in clear");
    let shown = String::from_utf8(seen.shown()).unwrap();
    assert!(!shown.contains("s3cr") && shown.matches(MASK).count() == 3, "{shown}");
    let log = String::from_utf8(lab.blob(seen.done.output.as_ref().unwrap())).unwrap();
    assert_eq!(log.matches(MASK).count(), 3, "{log}");
    let next = lab.run("bash -c 'echo $TOKEN'; echo ${DSN:0:7} ${#TABLE[@]}; use");
    assert_eq!(next.out(), format!("{secret}\ndb://u: 2\n{secret}\n"), "the process itself remembers");
    assert!(!String::from_utf8(next.shown()).unwrap().contains("s3cr"), "and still masks");
    assert!(lab.holding("s3cr").is_empty(), "{:?}", lab.holding("s3cr"));
    lab.resume();
    assert_eq!(lab.session.lost(), ["DSN", "TABLE", "TOKEN", "use"]);
    assert_eq!(lab.says("echo ${TOKEN-none} ${OK-none} $(type -t use)"), "none 1");
    lab.says("TOKEN=public");
    assert_eq!(lab.session.lost(), ["DSN", "TABLE", "use"]);
}

#[test]
fn a_secret_in_the_text_or_the_environment_is_not_written() {
    let mut lab = Lab::new();
    let mut with = job("f() { echo hunter2-text; }; A=$PGPASSWORD; cat ../run/running");
    with.environment = [("PGPASSWORD".into(), "hunter2-env".into())].into();
    with.secrets = vec!["hunter2-text".into(), "hunter2-env".into()];
    assert_eq!(lab.execute(with).done.end, End::Exit(0));
    assert!(lab.holding("hunter2").is_empty());
}

// ---- output

#[test]
fn streams_come_as_they_come_and_to_a_file() {
    let mut lab = Lab::new();
    let seen = lab.run("echo one; sleep 0.05; echo two >&2; sleep 0.05; echo three");
    let order: Vec<_> =
        seen.chunks.iter().map(|c| (c.stderr, String::from_utf8_lossy(&c.bytes).into_owned())).collect();
    assert_eq!(order, [(false, "one\n".into()), (true, "two\n".into()), (false, "three\n".into())]);
    let blob = seen.done.output.clone().unwrap();
    assert_eq!(lab.blob(&blob), b"one\ntwo\nthree\n");
    assert_eq!(blob.file, "output/0001-detection.ping-1.log");
    assert_eq!((seen.out(), seen.err(), seen.done.truncated), ("one\nthree\n".into(), "two\n".into(), false));
    let odd = Job { node: "a/../b é".into(), attempt: 3, ..job("echo x") };
    assert_eq!(lab.execute(odd).done.output.unwrap().file, "output/0002-a-..-b---3.log");
}

#[test]
fn output_is_live() {
    let mut lab = Lab::new();
    let (sender, mut receiver) = mpsc::channel::<Chunk>(4);
    let (_keep, control) = watch::channel(Control::Run);
    let session = &mut lab.session;
    lab.runtime.block_on(async {
        let begun = Instant::now();
        let first = async {
            let chunk = receiver.recv().await.unwrap();
            (chunk.bytes, begun.elapsed())
        };
        let (done, (bytes, after)) = tokio::join!(session.execute(job("echo now; sleep 0.7"), sender, control), first);
        assert_eq!((done.end, bytes.as_slice()), (End::Exit(0), b"now\n".as_slice()));
        assert!(after < Duration::from_millis(500), "{after:?}");
        assert!(done.took >= Duration::from_millis(700), "{:?}", done.took);
    });
}

#[test]
fn ten_megabytes_and_a_slow_reader() {
    let mut lab = Lab::new();
    let (sender, mut receiver) = mpsc::channel::<Chunk>(1);
    let (_keep, control) = watch::channel(Control::Run);
    let session = &mut lab.session;
    let text = "head -c 10000000 /dev/zero | tr '\\0' x; date +%s%N >../stamp; sleep 0.1";
    let (done, bytes) = lab.runtime.block_on(async {
        let slow = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let late = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
            let mut bytes = 0;
            while let Some(chunk) = receiver.recv().await {
                bytes += chunk.bytes.len();
            }
            (late, bytes)
        };
        tokio::join!(session.execute(job(text), sender, control), slow)
    });
    let (late, bytes) = bytes;
    assert_eq!((done.end, bytes, done.stdout.len(), done.truncated), (End::Exit(0), 10_000_000, JUDGED, true));
    assert_eq!(lab.blob(&done.output.unwrap()).len(), 10_000_000);
    let stamp: u128 = fs::read_to_string(lab.directory.path().join("stamp")).unwrap().trim().parse().unwrap();
    assert!(stamp < late, "the command waited for its reader");
}

#[test]
fn a_reader_that_is_gone_stops_nothing() {
    let mut lab = Lab::new();
    let (sender, receiver) = mpsc::channel::<Chunk>(1);
    drop(receiver);
    let (_, control) = watch::channel(Control::Run);
    let session = &mut lab.session;
    let done = lab.runtime.block_on(session.execute(job("echo a; echo b; A=1"), sender, control));
    assert_eq!((done.end, done.stdout.as_slice()), (End::Exit(0), b"a\nb\n".as_slice()));
    assert_eq!(lab.blob(&done.output.unwrap()), b"a\nb\n");
}

#[test]
fn binary_output_is_kept_as_it_is() {
    let mut lab = Lab::new();
    let seen = lab.run("printf '\\0\\377\\n\\300x\\0'");
    assert_eq!(seen.done.stdout, b"\0\xff\n\xc0x\0");
    assert_eq!(lab.blob(&seen.done.output.clone().unwrap()), seen.done.stdout);
}

#[test]
fn a_daemon_that_holds_the_output_does_not_hold_the_step() {
    let mut lab = Lab::new();
    let begun = Instant::now();
    let seen = lab.run("echo started\n(sleep 0.5; echo late; echo later; touch ../survived; exec sleep 2) &\nPID=$!");
    assert_eq!(seen.done.end, End::Exit(0));
    assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
    assert!(seen.done.took < Duration::from_millis(200), "the time is the shell's: {:?}", seen.done.took);
    let log = String::from_utf8(lab.blob(&seen.done.output.unwrap())).unwrap();
    assert!(log.starts_with("started\n") && log.contains("output still open, detached"), "{log}");
    lab.runtime.block_on(async { tokio::time::sleep(Duration::from_millis(700)).await });
    assert!(lab.directory.path().join("survived").exists(), "its next write must not end it");
    let pid = lab.says("echo $PID");
    assert!(alive(&pid));
    lab.says("kill $PID");
}

// ---- how commands end

#[test]
fn a_timeout_ends_the_whole_group() {
    let mut lab = Lab::new();
    lab.says("A=before");
    let limit = Duration::from_millis(300);
    let text = "A=after; trap 'echo cleaned' TERM; bash -c 'sleep 60 & echo $! >../grandchild; wait' & wait; sleep 60";
    let begun = Instant::now();
    let seen = lab.execute(Job { timeout: Some(limit), ..job(text) });
    assert_eq!(seen.done.end, End::TimedOut(limit));
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert!(seen.done.took >= limit);
    assert!(dies(fs::read_to_string(lab.directory.path().join("grandchild")).unwrap().trim()));
    assert_eq!(lab.says("echo $A"), "before");
}

#[test]
fn who_ignores_term_is_killed_even_as_a_grandchild() {
    let mut lab = Lab::new();
    let limit = Duration::from_millis(200);
    // The shell itself takes TERM and ends; what it started does not, and holds no pipe.
    let text =
        "bash -c 'trap \"\" TERM; echo $$ >../stubborn; while :; do sleep 0.05; done' >/dev/null 2>&1 &\nsleep 60";
    let begun = Instant::now();
    let seen = lab.execute(Job { timeout: Some(limit), ..job(text) });
    assert_eq!(seen.done.end, End::TimedOut(limit));
    assert!(begun.elapsed() >= Duration::from_millis(550), "it had its grace: {:?}", begun.elapsed());
    assert!(dies(fs::read_to_string(lab.directory.path().join("stubborn")).unwrap().trim()));
    let seen = lab.execute(Job { timeout: Some(limit), ..job("trap '' TERM; while :; do sleep 0.05; done") });
    assert_eq!(seen.done.end, End::TimedOut(limit));
}

#[test]
fn the_operator_can_stop_it() {
    let mut lab = Lab::new();
    let (stop, control) = watch::channel(Control::Run);
    let begun = Instant::now();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        stop.send(Control::Stop).unwrap();
        std::thread::sleep(Duration::from_millis(500));
    });
    let seen = lab.controlled(job("yes"), control);
    stopper.join().unwrap();
    assert_eq!(seen.done.end, End::Stopped);
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(!seen.done.stdout.is_empty());
}

#[test]
fn what_cannot_start_says_what_to_do() {
    let mut lab = Lab::new();
    lab.says("mkdir gone && cd gone && rmdir ../gone");
    let End::Spawn(message) = lab.run("true").done.end else { panic!() };
    assert!(message.contains("start/gone") && message.contains("mkdir"), "{message}");
    fs::create_dir(lab.start().join("gone")).unwrap();
    let End::Spawn(message) = lab.execute(Job { tool: Tool::Program("no-such-python".into()), ..job("x") }).done.end
    else {
        panic!()
    };
    assert!(message.contains("no-such-python"), "{message}");
    let mut session = ShellSession::new(&lab.run_dir(), &lab.start())
        .unwrap()
        .with_environment([("PATH".into(), lab.start().into_os_string())]);
    let (_, control) = watch::channel(Control::Run);
    let done = lab.runtime.block_on(session.execute(job("true"), mpsc::channel(1).0, control));
    let End::Spawn(message) = done.end else { panic!() };
    assert!(message.contains("bash") && message.contains("PATH"), "{message}");
}

#[test]
fn another_program_reads_the_text_and_sees_the_session() {
    let mut lab = Lab::new();
    lab.says("export A=exported; B=plain; mkdir sub; cd sub");
    let text = "import os,sys\nprint(os.environ['A'], 'B' in os.environ, os.path.basename(os.getcwd()), sys.stdin.read())\nsys.exit(4)";
    let seen = lab.execute(Job { tool: Tool::Program("python3 -B".into()), ..job(text) });
    assert_eq!(
        (seen.out(), seen.done.end),
        ("exported False sub \n".to_owned(), End::Exit(4)),
        "{}",
        String::from_utf8_lossy(&seen.done.stderr)
    );
    assert!(seen.done.session.is_none());
    let seen = lab.execute(Job { tool: Tool::Program("perl".into()), ..job("print \"$ENV{A}\\n\"") });
    assert_eq!(seen.out(), "exported\n");
}

#[test]
fn what_is_running_is_written_down() {
    let mut lab = Lab::new();
    assert_eq!(still_running(&lab.run_dir()), None);
    // The note is made while the fence begins.
    let seen = lab.run("until test -s ../run/running; do sleep 0.01; done; cp ../run/running ../copy; echo $$; sleep 60 >/dev/null 2>&1 & echo $! >../left");
    let pid: u32 = seen.out().lines().next().unwrap().parse().unwrap();
    assert_eq!(still_running(&lab.run_dir()), None, "it has ended");
    // As if we had been killed before the end: a process of the group is left.
    fs::write(lab.run_dir().join("running"), fs::read(lab.directory.path().join("copy")).unwrap()).unwrap();
    let found = still_running(&lab.run_dir()).unwrap();
    assert_eq!((found.pid, found.node.as_str(), found.attempt, found.shell), (pid, "detection.ping", 1, false));
    let left = fs::read_to_string(lab.directory.path().join("left")).unwrap();
    std::process::Command::new("kill").arg(left.trim()).status().unwrap();
    let gone = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(30));
        still_running(&lab.run_dir()).is_none()
    });
    assert!(gone);
    // The number went to somebody else.
    let ours = format!(
        "{} 1 {} 1 x\n",
        std::process::id(),
        fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap().trim()
    );
    fs::write(lab.run_dir().join("running"), ours).unwrap();
    assert_eq!(still_running(&lab.run_dir()), None);
}

#[test]
fn missing_programs_and_known_names() {
    let mut lab = Lab::new();
    lab.says("deploy() { :; }; X=1; mkdir bin; printf '#!/bin/sh\\n' >bin/tool; chmod +x bin/tool; : >bin/notx");
    let wanted = ["deploy", "cd", "[[", "bash", "no-such-program", "tool", "bin/tool", "./bin/notx"].map(str::to_owned);
    assert_eq!(lab.session.missing(&wanted), ["no-such-program", "tool", "./bin/notx"]);
    lab.says("PATH=$PWD/bin:$PATH");
    assert_eq!(lab.session.missing(&wanted), ["no-such-program", "./bin/notx"]);
    let names = lab.session.names();
    assert!(names.contains(&"X".to_owned()) && names.contains(&"HOME".to_owned()));
}

#[test]
fn a_secret_output_is_neither_shown_nor_kept_and_its_variable_is_not_saved() {
    let mut lab = Lab::new();
    let mut secret = job("TOKEN=s3cr3t-t0k3n\necho \"token: $TOKEN\"");
    secret.secret_output = true;
    let seen = lab.execute(secret);
    assert_eq!(seen.out(), "token: s3cr3t-t0k3n\n");
    assert!(seen.done.output.is_none());
    assert!(seen.shown().is_empty());
    assert_eq!(lab.holding("s3cr3t-t0k3n"), Vec::<PathBuf>::new());
    assert_eq!(lab.says("echo ${#TOKEN}"), "12");
}
