//! `runbooks/labs/aws-stand-in.md` from its first step to its rollback, and what it writes down leads where it says.

use crate::stand_in::root;
use crate::{client, done, within};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

fn runbook(arguments: &[&str], runs: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runbook"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        command.env_remove(name);
    }
    command
        .current_dir(root())
        .args(arguments)
        .args(["--yes", "--answers", "runbooks/labs/aws-stand-in.answers.yaml", "--runs-dir"])
        .arg(runs)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

/// Kills the stand-in of a lab that was not torn down.
struct Leftover(std::path::PathBuf);

impl Drop for Leftover {
    fn drop(&mut self) {
        if let Some(pid) = std::fs::read_to_string(&self.0).ok().and_then(|text| text.trim().parse().ok()) {
            nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).ok();
        }
    }
}

#[test]
fn the_lab_comes_up_and_goes_away() {
    let dir = TempDir::new().unwrap();
    let (lab, runs) = (dir.path().join("lab"), dir.path().join("runs"));
    let _leftover = Leftover(lab.join("stand-in.pid"));
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (at, on) = (format!("lab_dir={}", lab.display()), format!("aws_port={port}"));
    let up = runbook(&["run", "runbooks/labs/aws-stand-in.md", "--var", &at, "--var", &on, "--var", "delay=1"], &runs);
    assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stdout));

    let vars = std::fs::read_to_string(lab.join("vars.yaml")).unwrap();
    let vars: Value = serde_yaml::from_str(&vars).unwrap();
    within(async {
        let client = client(vars["aws_endpoint"].as_str().unwrap()).await;
        let identity = client.identity(crate::LIMIT).await.unwrap();
        assert_eq!(vars["aws_account"], json!(identity.account));
        for (operation, field, variable) in [
            ("rds describe-db-instances", "DBInstanceIdentifier", "db_instance"),
            ("rds describe-db-instances", "DBInstanceIdentifier", "db_replica"),
            ("rds describe-db-instances", "DBInstanceIdentifier", "db_cluster_target"),
            ("rds describe-db-clusters", "DBClusterIdentifier", "db_cluster"),
            ("rds describe-global-clusters", "GlobalClusterIdentifier", "global_cluster"),
            ("route53 list-resource-record-sets", "HostedZoneId", "hosted_zone"),
            ("route53 get-health-check-status", "HealthCheckId", "health_check"),
        ] {
            done(&client, operation, json!({field: vars[variable]})).await;
        }
        client.secret(vars["secret_id"].as_str().unwrap(), crate::LIMIT).await.unwrap();
    });

    let run = std::fs::read_dir(&runs).unwrap().next().unwrap().unwrap().file_name().into_string().unwrap();
    let down = runbook(&["rollback", &run], &runs);
    // 6 is "rolled back".
    assert_eq!(down.status.code(), Some(6), "{}", String::from_utf8_lossy(&down.stdout));
    assert!(!lab.exists());
    // Nobody listens any more.
    assert!(TcpListener::bind(("127.0.0.1", port)).is_ok());
}
