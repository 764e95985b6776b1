//! Credentials: rotated, and the way back.

use super::{Load, lab, sql, until};
use crate::lab::{Lab, page};
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A lab whose inventory knows the accounts that come, a load, and the variables of RB-M06.
fn rotation(base: u16) -> (Lab, Load, Vec<String>) {
    let lab = lab(base, &[]);
    // What the vault would hold; the inventory of somebody who prepares this.
    lab.shell(
        "umask 077; for u in repl2 app2; do od -An -N 16 -tx1 /dev/urandom | tr -d ' \\n' > secrets/$u.password; done",
    );
    let dir = lab.dir.display();
    let inventory = lab.dir.join("inventory.yaml");
    let text = fs::read_to_string(&inventory).unwrap();
    let (before, _) = text.split_once("# What applications notice").unwrap();
    let file = |name: &str| format!("{{ file: \"{dir}/secrets/{name}.password\" }}");
    let (new, vip) = (file("app2"), base);
    let more = format!(
        "  application_new: {{ url: \"mariadb://app2@127.0.0.1:{vip}/app\", password: {new} }}\nvariables:\n  repl_user: repl\n  \
         repl_password: {}\n  new_repl_user: repl2\n  new_repl_password: {}\n  old_user: app\n  new_user: app2\n  new_password: {new}\n",
        file("repl"),
        file("repl2"),
    );
    fs::write(&inventory, format!("{before}{more}")).unwrap();
    let load = Load::on(&lab, base);
    // Moves the load: a new options file, and the sessions that still use the old one are ended.
    let client = "mariadb --defaults-file=secrets/dba.cnf --socket=n1/mariadb.sock";
    let moves =
        "sed -i \"s/^user=.*/user=app2/; s/^password=.*/password=$(cat secrets/app2.password)/\" secrets/app.cnf";
    let back = moves.replace("app2", "app");
    let vars = vec![
        format!("move_command=cd {dir} && {moves} && {client} -e 'KILL USER app'"),
        format!("move_back_command=cd {dir} && {back} && {client} -e 'KILL USER app2'"),
        "repl_host=127.0.0.1".to_owned(),
        "app_host=127.0.0.1".to_owned(),
        "watch_for=3".to_owned(),
    ];
    (lab, load, vars)
}

#[test]
fn credentials_are_rotated_with_nobody_locked_out() {
    let base = 24140;
    let (lab, mut load, vars) = rotation(base);
    let more: Vec<&str> = vars.iter().flat_map(|v| ["--var", v]).chain(["--mode", "simulation"]).collect();
    let page_of = "maintenance/RB-M06-credential-rotation.md";
    // What runs in the name of an account that goes would fail without it.
    sql(&lab, "n1", "CREATE DEFINER = 'app'@'127.0.0.1' VIEW app.mine AS SELECT 1");
    lab.lead(page_of, &page("labs/rb-m06.answers.yaml"), &more).exits(1).says("row.objects == 0");
    sql(&lab, "n1", "DROP VIEW app.mine");
    let ran = lab.lead(page_of, &page("labs/rb-m06.answers.yaml"), &more).exits(0);
    load.goes_on();

    for secret in ["repl", "repl2", "app", "app2"] {
        let password = fs::read_to_string(lab.dir.join(format!("secrets/{secret}.password"))).unwrap();
        assert!(
            !ran.out.contains(&password) && !ran.err.contains(&password),
            "the password of {secret} is on the screen"
        );
        let journal = lab.shell(&format!("grep -rl {password} ../runs || true"));
        assert_eq!(journal, "", "the password of {secret} is in the run's files");
    }
    let old = lab.shell("cat secrets/app.password");
    let login = |user: &str, password: &str| {
        let args = [
            &format!("-u{user}"),
            &format!("-p{password}"),
            "--protocol=tcp",
            "-h127.0.0.1",
            &format!("-P{base}"),
            "-eSELECT 1",
        ];
        Command::new("mariadb")
            .arg("--no-defaults")
            .args(args)
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .unwrap()
            .success()
    };
    assert!(!login("app", &old) && login("app2", &lab.shell("cat secrets/app2.password")));
    for node in ["n1", "n2", "n3"] {
        assert_eq!(
            sql(&lab, node, "SELECT GROUP_CONCAT(user ORDER BY user) FROM mysql.user WHERE user RLIKE '^(app|repl)'"),
            "app2,repl2"
        );
    }
    assert_eq!(sql(&lab, "n1", "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'repl2'"), "2");
    let grants = sql(&lab, "n1", "SHOW GRANTS FOR app2@127.0.0.1");
    for right in ["SLAVE MONITOR", "SELECT, INSERT, UPDATE, DELETE, CREATE ON `app`.*"] {
        assert!(grants.contains(right), "{grants}");
    }
    let (acknowledged, lost) = load.verdict();
    assert!(acknowledged > 100 && lost == 0, "{lost} of {acknowledged} lost");
    lab.record();
}

#[test]
fn a_rotation_that_is_given_up_leads_back_to_the_old_accounts() {
    let base = 24175;
    let (lab, mut load, vars) = rotation(base);
    let answers = page("labs/rb-m06.answers.yaml");
    let more: Vec<&str> = vars.iter().flat_map(|v| ["--var", v]).chain(["--mode", "simulation"]).collect();
    // Somebody who was forgotten, and who reads on a replica. A client that outlives the loop leaves what it said before.
    let reads = format!(
        "for i in $(seq 200); do mariadb --no-defaults -uapp -p$(cat secrets/app.password) --protocol=tcp -h127.0.0.1 -P{} \
         -e 'SELECT 1' > reads.new 2>&1; mv reads.new reads.log; sleep 0.3; done",
        base + 2
    );
    let mut forgotten = Command::new("bash").args(["-c", &reads]).current_dir(&lab.dir).spawn().unwrap();
    let ran = lab.lead("maintenance/RB-M06-credential-rotation.md", &answers, &more);
    forgotten.kill().unwrap();
    forgotten.wait().unwrap();
    ran.exits(1).says("somebody was refused");
    assert!(lab.shell("cat reads.log").contains("account is locked"), "{}", lab.shell("cat reads.log"));
    // The old password's hash stands among the rights that are copied, and nowhere else.
    assert_eq!(lab.shell("grep -rl 'IDENTIFIED BY PASSWORD' ../runs || true"), "");
    let used = "SELECT GROUP_CONCAT(DISTINCT user ORDER BY user) FROM information_schema.processlist WHERE user RLIKE '^(app|repl)'";
    assert_eq!(sql(&lab, "n1", used), "app2,repl2");
    let run = lab.house.run_dirs()[0].file_name().unwrap().to_string_lossy().into_owned();
    let back = ["rollback", &run, "--yes", "--answers", &answers];
    lab.house.call(back).within(Duration::from_secs(120)).run().exits(6);
    load.goes_on();
    until("all are back", Duration::from_secs(20), || sql(&lab, "n1", used) == "app,repl");
    let accounts = "SELECT GROUP_CONCAT(user ORDER BY user) FROM mysql.user WHERE user RLIKE '^(app|repl)'";
    until("the new accounts are gone", Duration::from_secs(20), || sql(&lab, "n3", accounts) == "app,repl");
    let (acknowledged, lost) = load.verdict();
    assert!(acknowledged > 100 && lost == 0, "{lost} of {acknowledged} lost");
}
