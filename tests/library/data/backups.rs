//! Backups: taken, listed, verified, restored.

use super::{Load, automated, automation, backup, lab, sql, until};
use crate::lab::page;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

#[test]
fn backups_are_restored_and_equal_under_load() {
    let base = 24110;
    let lab = lab(base, &[]);
    let mut load = Load::on(&lab, base);
    sql(
        &lab,
        "n1",
        "CREATE TABLE app.odd (k VARCHAR(40) PRIMARY KEY, b BLOB, d DECIMAL(20,6), j TIMESTAMP(6) NULL) CHARACTER SET utf8mb4;
         INSERT INTO app.odd VALUES ('é\\n''\"', x'00ff0a0d', -1.5, NULL), ('🙂', NULL, 12345678901234.000001, '2026-11-21 01:02:03.000004');
         CREATE VIEW app.seen AS SELECT k FROM app.odd; CREATE PROCEDURE app.p() SELECT 1;
         CREATE TRIGGER app.t BEFORE INSERT ON app.odd FOR EACH ROW SET NEW.d = NEW.d",
    );
    let automation = format!("automation={}", automation());
    sql(&lab, "n1", "CREATE DATABASE `o``d d'é`");
    // A socket that leads to a server in use: not one of its databases is dropped.
    let wrong = format!("spare_socket={}", lab.dir.join("n3/mariadb.sock").display());
    let more = ["--var", &automation, "--var", &wrong, "--mode", "simulation"];
    lab.lead("maintenance/RB-M01-backup-restore.md", &page("labs/rb-m01.answers.yaml"), &more)
        .exits(1)
        .says("is not the one that was restored");
    assert_ne!(sql(&lab, "n3", "SELECT COUNT(*) FROM app.writes"), "0");
    lab.shell("bin/node stop n4 && rm -r n4/data");
    let more = ["--var", &automation, "--var", "check_tables=all", "--mode", "simulation"];
    let ran = lab.lead("maintenance/RB-M01-backup-restore.md", &page("labs/rb-m01.answers.yaml"), &more).exits(0);
    assert!(ran.out.contains("app`.`odd") || ran.out.contains("app.odd"), "the odd table is compared: {}", ran.out);
    assert_eq!(lab.shell("ls -A n4/data"), "", "the temporary server's data are still there");
    assert!(!ran.out.contains("command not found") && !ran.err.contains("command not found"), "{}{}", ran.out, ran.err);
    let more = ["--var", &automation, "--mode", "simulation"];
    let checklist = || lab.lead("checklists/backup-verification.md", &page("labs/cl-backup.answers.yaml"), &more);
    // The newest of each kind has to be good, also when that is the logical one.
    let (status, said) = backup(&lab, "n2", &["--method", "logical"]);
    assert_eq!(status, Some(0), "{said}");
    let broken = said.lines().find_map(|l| l.strip_prefix("backup: ")).unwrap().to_owned();
    lab.shell(&format!("truncate -s -10 {broken}/data.sql.gz"));
    checklist().exits(1).says("the newest logical backup is broken");
    fs::remove_dir_all(&broken).unwrap();
    checklist().exits(0).says("the logs reach back");
    let (acknowledged, lost) = load.verdict();
    assert!(acknowledged > 100 && lost == 0, "{lost} of {acknowledged} lost");

    // With our own hands: each of the two, and what is in it.
    let listed = automated("backup.sh", &["list", "--to", &lab.dir.join("backups").display().to_string()]).1;
    let path = |kind: &str| listed.lines().find(|l| l.ends_with(kind)).unwrap().rsplit(' ').next().unwrap().to_owned();
    let data = lab.dir.join("n4/data");
    let (status, said) =
        automated("backup.sh", &["restore", "--backup", &path("-physical"), "--into", data.to_str().unwrap()]);
    assert_eq!(status, Some(0), "{said}");
    lab.shell("bin/node start n4");
    let odd = "SELECT HEX(k), HEX(b), d, j FROM app.odd ORDER BY d; SELECT COUNT(*) FROM app.seen; CALL app.p()";
    let expected = sql(&lab, "n1", odd);
    assert_eq!(sql(&lab, "n4", odd), expected);
    sql(&lab, "n4", "SET GLOBAL read_only = 0; DROP DATABASE app; SET GLOBAL read_only = 1");
    let options = lab.dir.join("secrets/dba.cnf").display().to_string();
    let socket = lab.dir.join("n4/mariadb.sock").display().to_string();
    let args = ["restore", "--backup", &path("-logical"), "--options", &options, "--socket", &socket];
    let (status, said) = automated("backup.sh", &args);
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(sql(&lab, "n4", odd), expected);
    assert_eq!(sql(&lab, "n4", "SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = 'app'"), "1");
    lab.record();
}

#[test]
fn a_backup_is_complete_or_not_there_and_the_last_good_one_stays() {
    let lab = lab(24115, &[]);
    let to = lab.dir.join("backups").display().to_string();
    let names = || lab.shell("ls backups 2>/dev/null || true");
    // Nobody there to ask: nothing is left under a backup's name.
    let (status, said) = automated("backup.sh", &["take", "--to", &to, "--options", "/nonexistent"]);
    assert_eq!((status, names()), (Some(1), String::new()), "{said}");
    let (status, said) = backup(&lab, "n1", &["--keep", "1"]);
    assert_eq!(status, Some(0), "{said}");
    let first = names();
    // Killed in the middle, it has no name either; the next one cleans up after it. A lock holds it there.
    let options = lab.dir.join("secrets/dba.cnf").display().to_string();
    let socket = lab.dir.join("n1/mariadb.sock").display().to_string();
    let mut locks = Command::new("mariadb")
        .args([&format!("--defaults-file={options}"), &format!("--socket={socket}")])
        .args(["-e", "LOCK TABLES app.writes WRITE; DO SLEEP(60)"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let locker = "SELECT COALESCE(MAX(id), 0) FROM information_schema.processlist WHERE info = 'DO SLEEP(60)'";
    until("the lock is held", Duration::from_secs(20), || sql(&lab, "n1", locker) != "0");
    let mut killed = Command::new("setsid")
        .arg(Path::new(&automation()).join("backup.sh"))
        .args(["take", "--to", &to, "--options", &options, "--socket", &socket, "--method", "logical"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("a backup is under way", Duration::from_secs(20), || lab.shell("ls -A backups").contains(".partial-"));
    let (status, said) = backup(&lab, "n1", &[]);
    assert!(status == Some(3) && said.contains("at work"), "{said}");
    let group = killed.id().to_string();
    assert!(Command::new("kill").args(["-9", "--", &format!("-{group}")]).status().unwrap().success());
    killed.wait().unwrap();
    sql(&lab, "n1", &format!("KILL {}", sql(&lab, "n1", locker)));
    locks.wait().unwrap();
    let listed = automated("backup.sh", &["list", "--to", &to]).1;
    assert!(listed.contains(&first) && !listed.contains("BROKEN"), "{listed}");

    // One that lost its tail is broken, is not restored, and pushes no good one out.
    std::thread::sleep(Duration::from_millis(1100));
    let (status, said) = backup(&lab, "n1", &["--keep", "9"]);
    assert_eq!(status, Some(0), "{said}");
    let second = said.lines().find_map(|l| l.strip_prefix("backup: ")).unwrap().to_owned();
    assert!(lab.shell("ls -A backups").lines().all(|n| !n.starts_with(".partial-")));
    let data = Path::new(&second).join("data.mbstream.gz");
    let whole = fs::read(&data).unwrap();
    fs::write(&data, &whole[..whole.len() - 1000]).unwrap();
    let (status, said) = automated("backup.sh", &["verify", "--backup", &second]);
    assert!(status == Some(1) && said.contains("checksums"), "{said}");
    let into = lab.dir.join("n4/data").display().to_string();
    let (status, said) = automated("backup.sh", &["restore", "--backup", &second, "--into", &into]);
    assert!(status == Some(1) && !Path::new(&into).exists(), "{said}");
    // Its checksums made right again, it is still cut off.
    lab.shell(&format!("cd {second} && sha256sum data.mbstream.gz log position > SHA256SUMS"));
    let (status, said) = automated("backup.sh", &["verify", "--backup", &second]);
    assert!(status == Some(1) && said.contains("cut off"), "{said}");
    std::thread::sleep(Duration::from_millis(1100));
    let (status, said) = backup(&lab, "n1", &["--keep", "2"]);
    assert_eq!(status, Some(0), "{said}");
    assert!(names().contains(&first), "of two good ones to keep, the older one went: {said}");
    std::thread::sleep(Duration::from_millis(1100));
    let (status, said) = backup(&lab, "n1", &["--keep", "1"]);
    assert!(status == Some(0) && !names().contains(&first), "only the newest is kept: {said}");
    assert_eq!(names().lines().filter(|n| n.ends_with("-physical")).count(), 1, "{}", names());

    // What is in the way of a restore stays there.
    let third = said.lines().find_map(|l| l.strip_prefix("backup: ")).unwrap().to_owned();
    fs::create_dir(&into).unwrap();
    fs::write(Path::new(&into).join("theirs"), "x").unwrap();
    let (status, said) = automated("backup.sh", &["restore", "--backup", &third, "--into", &into]);
    assert!(status == Some(1) && said.contains("not empty"), "{said}");
    assert_eq!(fs::read_dir(&into).unwrap().count(), 1);
}
