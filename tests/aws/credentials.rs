//! What the machine says: environment and shared files. Each case is a process of its own, this very test program, because a
//! process has one environment.

use crate::scripted::{Act, Scripted, described};
use crate::{LIMIT, request, within};
use runbook::action::aws::{Client, Limits, Outcome, Service, Settings};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// What `child` says in this environment.
fn said(home: &Path, environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "credentials::child", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env_clear().env("HOME", home).env("AWS_EC2_METADATA_DISABLED", "true").envs(environment.iter().copied());
    let out = command.output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    let line = text.lines().find_map(|l| l.split_once("CHILD ")).unwrap_or_else(|| panic!("{text}"));
    line.1.to_owned()
}

/// Run by the others only.
#[test]
#[ignore = "is the child of the others"]
fn child() {
    let profile = std::env::var("CHILD_PROFILE").ok();
    let settings = Settings { profile, ..Settings::default() };
    within(async {
        let client = match Client::connect(&settings, LIMIT).await {
            Ok(client) => client,
            Err(error) => return println!("CHILD {error}"),
        };
        let endpoint = client.endpoint(Service::Rds).unwrap_or("aws").to_owned();
        if std::env::var_os("CHILD_ONLY_CONNECTS").is_some() {
            return println!("CHILD {} {endpoint} {:?}", client.region(), client.endpoint(Service::Route53));
        }
        let read = request("rds describe-db-instances", json!({}));
        match client.run(&read, Limits::default(), std::future::pending()).await {
            Outcome::Done(answer) => println!("CHILD {} {endpoint} {answer}", client.region()),
            Outcome::Failed(error) => println!("CHILD {error}"),
            other => println!("CHILD {other:?}"),
        }
    });
}

#[test]
fn without_a_region_or_credentials_it_says_what_to_set() {
    let home = TempDir::new().unwrap();
    let said_nothing = said(home.path(), &[]);
    assert_eq!(said_nothing, "no region: give it in the connection, in AWS_REGION, or in the profile");
    let server = Scripted::start(vec![Act::Answer(200, described("available"))]);
    let nobody = said(home.path(), &[("AWS_REGION", "eu-west-1"), ("AWS_ENDPOINT_URL", &server.url)]);
    assert!(nobody.starts_with("no credentials: ") && nobody.contains("AWS_PROFILE"), "{nobody}");
    assert_eq!(server.count(), 0);
}

#[test]
fn the_environment_is_obeyed() {
    let home = TempDir::new().unwrap();
    let server = Scripted::start(vec![Act::Answer(200, described("available"))]);
    let keys = [("AWS_REGION", "eu-west-3"), ("AWS_ACCESS_KEY_ID", "AKIDENV"), ("AWS_SECRET_ACCESS_KEY", "envsecret")];
    let with = |name| {
        let mut all = keys.to_vec();
        all.push((name, server.url.as_str()));
        all
    };
    let found = said(home.path(), &with("AWS_ENDPOINT_URL"));
    assert!(found.starts_with(&format!("eu-west-3 {} ", server.url)) && found.contains("available"), "{found}");
    // One service only: the others lead to the real AWS, and are not asked here.
    let mut only = with("AWS_ENDPOINT_URL_RDS");
    only.push(("CHILD_ONLY_CONNECTS", "yes"));
    assert_eq!(said(home.path(), &only), format!("eu-west-3 {} None", server.url));
    assert!(server.requests()[0].contains("Credential=AKIDENV/"));
}

#[test]
fn the_profile_is_obeyed() {
    let home = TempDir::new().unwrap();
    let server = Scripted::start(vec![Act::Answer(200, described("available"))]);
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    let config =
        format!("[default]\nregion = us-west-2\n[profile dr]\nregion = eu-north-1\nendpoint_url = {}\n", server.url);
    std::fs::write(home.path().join(".aws/config"), config).unwrap();
    let keys = "[dr]\naws_access_key_id = AKIDDR\naws_secret_access_key = drsecret\n";
    std::fs::write(home.path().join(".aws/credentials"), keys).unwrap();
    let found = said(home.path(), &[("CHILD_PROFILE", "dr")]);
    assert!(found.starts_with(&format!("eu-north-1 {} ", server.url)), "{found}");
    assert!(server.requests()[0].contains("Credential=AKIDDR/"));
    let elsewhere = |profile| {
        let environment =
            [("AWS_REGION", "eu-west-1"), ("AWS_ENDPOINT_URL", server.url.as_str()), ("CHILD_PROFILE", profile)];
        said(home.path(), &environment)
    };
    let unknown = elsewhere("nobody");
    assert!(unknown.starts_with("no credentials: "), "{unknown}");
    // By SSO they are not read; the way round is said.
    let sso = "[profile sso]\nsso_account_id = 123456789012\nsso_role_name = oncall\nsso_region = eu-west-1\n\
               sso_start_url = https://example.test\n";
    let keys = r#"{"Version": 1, "AccessKeyId": "AKIDPROCESS", "SecretAccessKey": "processsecret"}"#;
    let process = format!("[profile process]\ncredential_process = echo '{keys}'\n");
    std::fs::write(home.path().join(".aws/config"), sso.to_owned() + &process).unwrap();
    let told = elsewhere("sso");
    assert!(told.starts_with("no credentials: ") && told.contains("aws configure export-credentials"), "{told}");
    assert_eq!(server.count(), 1);
    let found = elsewhere("process");
    assert!(found.contains("available"), "{found}");
    assert!(server.requests()[1].contains("Credential=AKIDPROCESS/"));
}

#[test]
fn a_proxy_leads_to_aws_and_not_to_a_stand_in() {
    let home = TempDir::new().unwrap();
    let proxy = Scripted::start(vec![Act::Answer(403, "no".to_owned())]);
    let mut environment = vec![
        // A region that there is not: without its proxy this would lead nowhere.
        ("AWS_REGION", "xx-nowhere-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDENV"),
        ("AWS_SECRET_ACCESS_KEY", "envsecret"),
        ("HTTPS_PROXY", proxy.url.as_str()),
        ("HTTP_PROXY", proxy.url.as_str()),
    ];
    let told = said(home.path(), &environment);
    assert!(told.starts_with("cannot reach rds in xx-nowhere-1: "), "{told}");
    let asked = proxy.requests();
    assert!(asked[0].starts_with("CONNECT rds.xx-nowhere-1."), "{asked:?}");
    let server = Scripted::start(vec![Act::Answer(200, described("available"))]);
    environment.push(("AWS_ENDPOINT_URL", server.url.as_str()));
    assert!(said(home.path(), &environment).contains("available"));
    assert_eq!(proxy.count(), asked.len());
}
