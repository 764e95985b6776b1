//! Connections that do not come about, and TLS.

use super::servers::{MariaDb, Postgres, SECRET};
use super::{one, open, within};
use runbook::action::sql::{Session, SqlError, Target, Value};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

async fn refused(url: &str) -> SqlError {
    let target = Target::parse(url, None).unwrap();
    let error = Session::connect(&target, Duration::from_secs(20)).await.map(|_| ()).unwrap_err();
    let all = format!("{error} {error:?} {target:?} {target}");
    assert!(!all.contains(SECRET) && !all.contains("wr0ng"), "{all}");
    assert!(error.to_string().chars().next().is_some_and(|c| !c.is_uppercase()), "{error}");
    error
}

#[test]
fn what_is_wrong_is_named_and_the_password_is_not() {
    let (maria, postgres) = (MariaDb::start(&[]), Postgres::start());
    within(async {
        for (url, database) in [(maria.url(), "/shop"), (postgres.url(), "/postgres")] {
            let wrong = refused(&url.replace(SECRET, "wr0ng-password")).await;
            assert!(matches!(wrong, SqlError::AccessDenied { .. }), "{wrong:?}");
            assert!(wrong.to_string().contains("user `dba`") && wrong.to_string().contains("127.0.0.1:"), "{wrong}");
            let missing = refused(&url.replace(database, "/nowhere")).await;
            assert!(matches!(missing, SqlError::UnknownDatabase { .. }), "{missing:?}");
            assert!(missing.to_string().contains("nowhere"), "{missing}");
            let plain = refused(&format!("{url}?ssl-mode=verify-full")).await;
            assert!(matches!(plain, SqlError::NoTls { .. }), "{plain:?}");
            let nobody = refused(&url.replace("127.0.0.1", "no-such-host.invalid")).await;
            assert!(matches!(nobody, SqlError::UnknownHost { .. }), "{nobody:?}");
            let scheme = url.split("://").next().unwrap();
            let closed = refused(&format!("{scheme}://dba:{SECRET}@127.0.0.1:1/x")).await;
            assert!(matches!(closed, SqlError::Refused { .. }), "{closed:?}");
        }
        let socket = format!("postgres://dba:{SECRET}@/postgres?host={}", postgres.dir.path().display());
        let socket = socket + "&sslmode=prefer";
        let target = socket.replace("@/", &format!("@:{}/", postgres.port));
        assert_eq!(one(&mut open(&target).await, "SELECT 1", vec![]).await, Value::Int(1));
        let socket = format!("mariadb://root@/?socket={}", maria.dir.path().join("s").display());
        assert_eq!(one(&mut open(&socket).await, "SELECT 1", vec![]).await, Value::Int(1));
    });
}

fn openssl(dir: &Path, arguments: &str) {
    let out = Command::new("openssl").current_dir(dir).args(arguments.split(' ')).output().unwrap();
    assert!(out.status.success(), "{arguments}: {}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn certificates_are_verified() {
    let dir = tempfile::TempDir::new().unwrap();
    let at = dir.path();
    std::fs::write(at.join("ext"), "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n").unwrap();
    openssl(at, "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca");
    openssl(at, "req -newkey rsa:2048 -nodes -keyout key.pem -out csr.pem -subj /CN=localhost");
    openssl(at, "x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out cert.pem");
    let file = |name: &str| at.join(name).display().to_string();
    let extra = [
        format!("--ssl-ca={}", file("ca.pem")),
        format!("--ssl-cert={}", file("cert.pem")),
        format!("--ssl-key={}", file("key.pem")),
    ];
    let maria = MariaDb::start(&extra.each_ref().map(String::as_str));
    let postgres = Postgres::start();
    for (from, to) in [("cert.pem", "server.crt"), ("key.pem", "server.key")] {
        let to = postgres.dir.path().join("data").join(to);
        std::fs::copy(at.join(from), &to).unwrap();
        assert!(Command::new("chmod").arg("600").arg(&to).status().unwrap().success());
        assert!(Command::new("chown").arg("--reference").arg(postgres.dir.path()).arg(&to).status().unwrap().success());
    }
    within(async {
        let mut db = open(&postgres.url()).await;
        super::done(&mut db, "ALTER SYSTEM SET ssl = on; SELECT pg_reload_conf()", vec![]).await;
        while one(&mut open(&postgres.url()).await, "SHOW ssl", vec![]).await != Value::Text("on".into()) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let postgres_query = "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let maria_query = "SELECT IF(VARIABLE_VALUE <> '', 'true', 'false') FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_cipher'";
        for (url, query) in [(maria.url(), maria_query), (postgres.url(), postgres_query)] {
            let name = url.replace("127.0.0.1", "localhost");
            let ca = format!("ssl-ca={}", file("ca.pem"));
            for (good, encrypted) in [
                (format!("{name}?ssl-mode=verify-full&{ca}"), "true"),
                (format!("{name}?ssl-mode=verify-ca&{ca}"), "true"),
                (format!("{url}?ssl-mode=require"), "true"),
                (url.clone(), "true"),
                (format!("{url}?ssl-mode=disable"), "false"),
            ] {
                assert_eq!(one(&mut open(&good).await, query, vec![]).await.to_string(), encrypted, "{good}");
            }
            for bad in [
                format!("{name}?ssl-mode=verify-full"),
                format!("{url}?ssl-mode=verify-ca"),
                format!("{url}?ssl-mode=verify-full&{ca}"),
            ] {
                let error = refused(&bad).await;
                assert!(matches!(error, SqlError::Tls { .. }), "{bad}: {error:?}");
            }
            // The client of MariaDB looks at the name all the same: stricter than asked for, never laxer.
            let by_address = format!("{url}?ssl-mode=verify-ca&{ca}");
            if url.starts_with("postgres") {
                assert_eq!(one(&mut open(&by_address).await, query, vec![]).await.to_string(), "true");
            } else {
                let error = refused(&by_address).await;
                assert!(matches!(error, SqlError::Tls { .. }), "{error:?}");
            }
            let error = refused(&format!("{url}?ssl-mode=verify-full&ssl-ca={}", file("nothing.pem"))).await;
            assert!(matches!(error, SqlError::Authority { .. }), "{error:?}");
        }
    });
}
