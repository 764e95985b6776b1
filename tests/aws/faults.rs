//! What can go wrong on the way, and what is then known: for a read, nothing was changed; for a write, *failed* is only what
//! certainly did not happen, and it is never sent again when it could have happened.

use crate::scripted::{Act, Scripted, described, error, rebooting};
use crate::{SECRET, client, request, within};
use runbook::action::aws::{AwsError, Client, Limits, Outcome, Request};
use serde_json::json;
use std::net::TcpListener;
use std::time::{Duration, Instant};
use tokio::time::sleep;

const MS: fn(u64) -> Duration = Duration::from_millis;

fn write() -> Request {
    request("rds reboot-db-instance", json!({"DBInstanceIdentifier": "orders", "ForceFailover": true}))
}

fn read() -> Request {
    request("rds describe-db-instances", json!({"DBInstanceIdentifier": "orders"}))
}

/// How `request` ends at a server that acts so, and how often it was sent.
fn at(acts: Vec<Act>, request: &Request, limits: Limits) -> (Outcome, Scripted) {
    let server = Scripted::start(acts);
    let end = within(async {
        let client = client(&server.url).await;
        client.run(request, limits, std::future::pending()).await
    });
    (end, server)
}

/// Once the server has the request.
async fn arrived(server: &Scripted) {
    while server.count() == 0 {
        sleep(MS(1)).await;
    }
}

fn limits(total: u64) -> Limits {
    Limits { total: MS(total), grace: MS(300) }
}

#[test]
fn what_is_sent_is_what_the_api_reads() {
    let (end, server) = at(vec![Act::Answer(200, rebooting())], &write(), Limits::default());
    assert!(
        matches!(&end, Outcome::Done(answer) if answer["DBInstance"]["DBInstanceStatus"] == "rebooting"),
        "{end:?}"
    );
    let sent = server.requests().remove(0);
    for part in
        ["Action=RebootDBInstance", "DBInstanceIdentifier=orders", "ForceFailover=true", "eu-west-1/rds/aws4_request"]
    {
        assert!(sent.contains(part), "{part}: {sent}");
    }
    assert!(!sent.contains(SECRET));
}

#[test]
fn nothing_of_an_answer_is_left_out() {
    let (end, _) = at(vec![Act::Answer(200, described("available"))], &read(), Limits::default());
    let Outcome::Done(answer) = end else { panic!("{end:?}") };
    assert_eq!(
        answer,
        json!({"DBInstances": [{
            "DBInstanceIdentifier": "orders", "DBInstanceStatus": "available", "NewThing": "7", "PendingModifiedValues": {},
        }]})
    );
}

#[test]
fn a_write_whose_answer_never_came_is_lost_and_not_sent_again() {
    for act in [Act::Drop, Act::Half] {
        let (end, server) = at(vec![act, Act::Answer(200, rebooting())], &write(), Limits::default());
        assert!(matches!(end, Outcome::Lost { error: AwsError::Broken { .. } | AwsError::Answer { .. } }), "{end:?}");
        assert_eq!(server.count(), 1);
    }
}

#[test]
fn a_write_at_a_service_out_of_order_is_lost_and_not_sent_again() {
    for (status, body) in [(500, error("InternalFailure", "oops")), (503, "<html>busy</html>".to_owned())] {
        let (end, server) =
            at(vec![Act::Answer(status, body), Act::Answer(200, rebooting())], &write(), Limits::default());
        assert!(matches!(end, Outcome::Lost { .. }), "{end:?}");
        assert_eq!(server.count(), 1);
    }
}

#[test]
fn an_answer_that_is_none_is_no_success() {
    let page = || vec![Act::Answer(200, "<html>a proxy says hello</html>".to_owned())];
    let (end, _) = at(page(), &write(), Limits::default());
    assert!(matches!(end, Outcome::Lost { error: AwsError::Answer { .. } }), "{end:?}");
    let (end, _) = at(page(), &read(), Limits::default());
    assert!(matches!(end, Outcome::Failed(AwsError::Answer { .. })), "{end:?}");
}

#[test]
fn a_throttled_write_was_not_done_and_is_sent_again() {
    let throttled = |status| Act::Answer(status, error("Throttling", "Rate exceeded"));
    let acts = vec![throttled(400), throttled(503), Act::Answer(200, rebooting())];
    let (end, server) = at(acts, &write(), Limits::default());
    assert!(matches!(end, Outcome::Done(_)), "{end:?}");
    assert_eq!(server.count(), 3);
    let (end, server) = at(vec![throttled(400)], &write(), Limits::default());
    assert!(matches!(end, Outcome::Failed(AwsError::Throttled { .. })), "{end:?}");
    assert_eq!(server.count(), 3);
}

#[test]
fn a_read_is_sent_again() {
    let acts =
        vec![Act::Drop, Act::Answer(500, error("InternalFailure", "")), Act::Answer(200, described("available"))];
    let (end, server) = at(acts, &read(), Limits::default());
    assert!(matches!(end, Outcome::Done(_)), "{end:?}");
    assert_eq!(server.count(), 3);
    let (end, server) = at(vec![Act::Drop], &read(), Limits::default());
    assert!(matches!(end, Outcome::Failed(AwsError::Broken { .. })), "{end:?}");
    assert_eq!(server.count(), 3);
}

#[test]
fn nobody_there_is_a_failure_for_a_write_too() {
    // A port that a listener has given back is soon another test's.
    let port = 1;
    let began = Instant::now();
    within(async {
        let client = client(&format!("http://127.0.0.1:{port}")).await;
        let end = client.run(&write(), Limits::default(), std::future::pending()).await;
        let Outcome::Failed(error @ AwsError::Unreachable { .. }) = end else { panic!("{end:?}") };
        let said = error.to_string();
        assert!(said.contains(&format!("rds at http://127.0.0.1:{port}")) && said.contains("refused"), "{said}");
    });
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_handshake_that_fails_has_carried_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 This is no TLS\r\n\r\n").ok();
        }
    });
    within(async {
        let client = client(&format!("https://{address}")).await;
        let end = client.run(&write(), Limits::default(), std::future::pending()).await;
        assert!(matches!(end, Outcome::Failed(AwsError::Unreachable { .. })), "{end:?}");
    });
}

#[test]
fn time_is_up() {
    let hang = || vec![Act::Hang(Duration::from_secs(5))];
    let (end, _) = at(hang(), &read(), limits(500));
    assert!(matches!(end, Outcome::TimedOut { after } if after == MS(500)), "{end:?}");
    // Long enough to be sent on a machine that is busy.
    let (end, server) = at(hang(), &write(), limits(2_500));
    assert!(matches!(end, Outcome::Lost { error: AwsError::NoAnswer { .. } }), "{end:?}");
    assert_eq!(server.count(), 1);
}

/// The service has said that it did nothing, and nothing is out until it is sent again.
#[test]
fn between_two_attempts_nothing_is_lost() {
    // The pauses are of random length: one of a few is longer than the grace.
    for _ in 0..4 {
        let server = Scripted::start(vec![Act::Answer(400, error("Throttling", "Rate exceeded"))]);
        within(async {
            let client = client(&server.url).await;
            let answered = async {
                arrived(&server).await;
                sleep(MS(60)).await;
            };
            let limits = Limits { total: Duration::from_secs(20), grace: MS(100) };
            let end = client.run(&write(), limits, answered).await;
            assert!(!matches!(end, Outcome::Lost { .. } | Outcome::Done(_)), "{end:?}");
        });
    }
}

#[test]
fn a_connection_that_never_comes_about_has_carried_nothing() {
    within(async {
        // Nobody accepts, and there is no room left to wait in.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = Vec::new();
        for _ in 0..8 {
            if let Ok(Ok(stream)) = tokio::time::timeout(MS(200), tokio::net::TcpStream::connect(address)).await {
                waiting.push(stream);
            }
        }
        let client = client(&format!("http://{address}")).await;
        let end = client.run(&write(), limits(700), std::future::pending()).await;
        assert!(matches!(end, Outcome::TimedOut { .. }), "{end:?}");
        let end = client.run(&write(), limits(20_000), sleep(MS(300))).await;
        assert!(matches!(end, Outcome::Cancelled { begun: true }), "{end:?}");
    });
}

#[test]
fn a_read_is_given_up_and_a_write_is_waited_for() {
    let began = Instant::now();
    let stopped = |act: Act, request: Request, grace: u64| {
        let server = Scripted::start(vec![act]);
        within(async move {
            let client = client(&server.url).await;
            let limits = Limits { total: Duration::from_secs(20), grace: MS(grace) };
            client.run(&request, limits, arrived(&server)).await
        })
    };
    let end = stopped(Act::Hang(Duration::from_secs(20)), read(), 5_000);
    assert!(matches!(end, Outcome::Cancelled { begun: true }), "{end:?}");
    let end = stopped(Act::Late(MS(600), 200, rebooting()), write(), 5_000);
    assert!(matches!(end, Outcome::Done(_)), "{end:?}");
    let end = stopped(Act::Late(MS(600), 400, error("InvalidDBInstanceState", "busy")), write(), 5_000);
    assert!(matches!(end, Outcome::Failed(AwsError::State { .. })), "{end:?}");
    let end = stopped(Act::Hang(Duration::from_secs(20)), write(), 300);
    assert!(matches!(end, Outcome::Lost { error: AwsError::NoAnswer { .. } }), "{end:?}");
    assert!(began.elapsed() < Duration::from_secs(14), "{:?}", began.elapsed());
}

/// On a kept connection that the service closes just now, nobody could say whether a write arrived.
#[test]
fn a_write_has_a_connection_of_its_own() {
    let sent = |request: Request, body: String| {
        let server = Scripted::start(vec![Act::Answer(200, body)]);
        within(async {
            let client = client(&server.url).await;
            for _ in 0..3 {
                let end = client.run(&request, Limits::default(), std::future::pending()).await;
                assert!(matches!(end, Outcome::Done(_)), "{end:?}");
            }
        });
        server.connections()
    };
    assert_eq!(sent(read(), described("available")), 1);
    assert_eq!(sent(write(), rebooting()), 3);
}

fn refused(status: u16, code: &str, message: &str) -> AwsError {
    let (end, _) = at(vec![Act::Answer(status, error(code, message))], &write(), Limits::default());
    let Outcome::Failed(error) = end else { panic!("{code}: {end:?}") };
    error
}

#[test]
fn a_refusal_is_explained_without_what_was_signed() {
    let denied = refused(
        403,
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/oncall is not authorized to perform: kms:CreateGrant on resource: key/1",
    );
    // The permission that is missing need not be the operation's own.
    assert_eq!(
        denied.to_string(),
        "access denied: rds:RebootDBInstance needs the permission `kms:CreateGrant`, which these credentials do not have; \
         User: arn:aws:iam::123456789012:user/oncall is not authorized to perform: kms:CreateGrant on resource: key/1 \
         (AccessDenied, request 11111111-2222)"
    );
    let denied = refused(403, "AccessDenied", "no");
    assert!(matches!(&denied, AwsError::AccessDenied { permission, .. } if permission == "rds:RebootDBInstance"));
    let canonical = "The canonical string should have been 'POST x-amz-security-token:FwoGZXIvYXdzEXAMPLE'";
    let wrong = refused(403, "SignatureDoesNotMatch", canonical);
    assert!(matches!(wrong, AwsError::BadCredentials { .. }), "{wrong:?}");
    let expired =
        refused(400, "ExpiredToken", "The security token FwoGZXIvYXdzEXAMPLE included in the request is expired");
    assert!(expired.to_string().contains("they have expired: log in again"), "{expired}");
    for error in [&denied, &wrong, &expired] {
        let all = format!("{error} {error:?}");
        for secret in ["FwoGZXIvYXdzEXAMPLE", "do-not-show", SECRET, "Authorization"] {
            assert!(!all.contains(secret), "{secret}: {all}");
        }
    }
}

#[test]
fn refusals_say_what_to_do() {
    let kind = |status, code: &str| match refused(status, code, "m") {
        AwsError::NotFound { .. } => "not found",
        AwsError::State { .. } => "state",
        AwsError::Refused { .. } => "refused",
        other => panic!("{code}: {other:?}"),
    };
    assert_eq!(kind(404, "DBInstanceNotFound"), "not found");
    assert_eq!(kind(404, "DBClusterNotFoundFault"), "not found");
    assert_eq!(kind(404, "NoSuchHostedZone"), "not found");
    assert_eq!(kind(400, "InvalidDBInstanceState"), "state");
    assert_eq!(kind(400, "InvalidDBClusterStateFault"), "state");
    assert_eq!(kind(400, "InvalidParameterCombination"), "refused");
}

#[test]
fn nothing_shows_a_credential() {
    let mut settings = crate::settings("http://user:hunter2@127.0.0.1:9/path?token=hunter2");
    settings.keys.as_mut().unwrap().session_token = Some(runbook::action::aws::SecretText::new("hunter2".to_owned()));
    within(async {
        let client = Client::connect(&settings, crate::LIMIT).await.unwrap();
        let end = client.run(&write(), limits(10_000), std::future::pending()).await;
        let Outcome::Failed(error) = &end else { panic!("{end:?}") };
        assert!(!format!("{settings:?}").contains("hunter2") && !format!("{settings:?}").contains(SECRET));
        assert!(!format!("{error} {error:?} {client:?}").contains("hunter2"), "{error} {error:?} {client:?}");
    });
    let bad = crate::settings("127.0.0.1:5000");
    let error = within(Client::connect(&bad, crate::LIMIT)).unwrap_err();
    assert!(error.to_string().contains("begins with neither http:// nor https://"), "{error}");
}
