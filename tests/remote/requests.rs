//! `http=` actions, against a server that does as it is told.

use super::page;
use super::support::journal::at;
use super::support::{House, eventually};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A server that gives each request, in order, to `answer`: its number from 1 and its text.
struct Server {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answer: impl Fn(usize, &str) -> Option<String> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&heard);
        std::thread::spawn(move || {
            for (i, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                let text = request(&mut stream);
                all.lock().unwrap().push(text.clone());
                if let Some(answer) = answer(i + 1, &text) {
                    stream.write_all(answer.as_bytes()).unwrap_or_default();
                }
            }
        });
        Self { port, heard }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

/// One request with its body.
fn request(stream: &mut TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|l| l.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut piece) {
            Ok(count @ 1..) => bytes.extend_from_slice(&piece[..count]),
            _ => return text,
        }
    }
}

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nX-One: Two\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn run(house: &House, text: &str, more: &[&str]) -> super::support::Ran {
    house.file("a.md", text);
    let mut args = vec!["run", "a.md", "--yes"];
    args.extend(more);
    house.call(args).within(Duration::from_secs(60)).run()
}

#[test]
fn answers_are_names_for_expressions_and_captures() {
    let server = Server::start(|_, request| {
        let body = if request.starts_with("GET /text") { "plain" } else { r#"{"state": "ok", "n": [3]}"# };
        Some(answer("200 OK", body))
    });
    let house = House::new();
    let at_ = format!("http://127.0.0.1:{}", server.port);
    let text = page(&[
        (
            &format!("json {{#post http=\"POST {at_}/x?a=1\" effect=write capture.n=\"$.n[0]\" capture.state=state_of expect=\"status == 200 and json.state == 'ok' and headers['x-one'] == 'Two' and elapsed_ms < 9000\"}}").replace(" capture.state=state_of", ""),
            "Authorization: Bearer {{ token }}\n\n{\"who\": \"{{ who }}\"}",
        ),
        (&format!("text {{#get http=\"GET {at_}/text\" capture=body_is expect=\"stdout == 'plain' and body == 'plain'\"}}"), "X-Any: 1"),
    ]);
    house.file("secret", "abc-secret-1");
    house.file("inventory.yaml", "variables: { token: { file: secret } }\n");
    let ran = run(&house, &text, &["--var", "who=me", "--inventory", "inventory.yaml"]).exits(0);
    ran.says("HTTP 200 in").never_says("abc-secret-1");
    let events = house.events();
    assert_eq!(at(&events, "step-succeeded", "post")[0]["captures"]["n"], "3");
    assert_eq!(at(&events, "step-succeeded", "get")[0]["captures"]["body_is"], "plain");
    let heard = server.heard();
    assert!(heard[0].starts_with("POST /x?a=1 HTTP/1.1\r\n"), "{heard:?}");
    assert!(heard[0].contains("Bearer abc-secret-1") && heard[0].ends_with("{\"who\": \"me\"}"), "{heard:?}");
    assert!(heard[0].to_lowercase().contains("content-type: application/json"), "{heard:?}");
}

#[test]
fn an_error_is_one_unless_the_page_speaks_of_the_status() {
    let server = Server::start(|_, _| Some(answer("503 Service Unavailable", "down for repair")));
    let at_ = format!("http://127.0.0.1:{}", server.port);
    let house = House::new();
    let text = page(&[
        (&format!("text {{#meant http=\"GET {at_}/\" expect=\"status == 503\"}}"), ""),
        (&format!("text {{#not http=\"GET {at_}/\"}}"), ""),
    ]);
    run(&house, &text, &[]).exits(5).says("HTTP 503 Service Unavailable: down for repair");
    let events = house.events();
    assert_eq!(at(&events, "step-succeeded", "meant").len(), 1);
    assert_eq!(at(&events, "step-failed", "not")[0]["cause"], "server");
}

#[test]
fn a_wait_goes_on_through_refusals_errors_and_silence() {
    // Refused at first: nobody listens there yet.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let house = House::new();
    let head = format!(
        "text {{#wait http=\"GET http://127.0.0.1:{port}/\" until=\"status == 200\" every=100ms for=30s timeout=1s}}"
    );
    house.file("a.md", page(&[(&head, "")]));
    let running = house.call(["run", "a.md", "--yes"]).within(Duration::from_secs(60)).start();
    std::thread::sleep(Duration::from_millis(700));
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let mut silent = Vec::new();
    for (i, stream) in listener.incoming().enumerate() {
        let mut stream = stream.unwrap();
        request(&mut stream);
        match i {
            0 => stream.write_all(answer("503 Service Unavailable", "").as_bytes()).unwrap(),
            // Neither an answer nor an end.
            1 => silent.push(stream),
            2 => drop(stream),
            _ => {
                stream.write_all(answer("200 OK", "up").as_bytes()).unwrap();
                break;
            }
        }
    }
    running.wait().exits(0);
    assert_eq!(at(&house.events(), "step-succeeded", "wait").len(), 1);
}

#[test]
fn a_write_without_an_answer_is_unknown_and_a_read_without_one_failed() {
    let server = Server::start(|_, _| Some("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_owned()));
    let at_ = format!("http://127.0.0.1:{}", server.port);
    for (method, code, said) in [("POST", 7, "may have carried it out"), ("GET", 5, "gave no whole answer")] {
        let house = House::new();
        let text = page(&[(&format!("text {{#a http=\"{method} {at_}/\"}}"), "")]);
        run(&house, &text, &[]).exits(code).says(said);
    }
    // Never begun: nothing is unknown.
    let house = House::new();
    let text = page(&[("text {#a http=\"POST http://127.0.0.1:1/\"}", "")]);
    run(&house, &text, &[]).exits(5).says("does it run there?");
    assert_eq!(at(&house.events(), "step-failed", "a")[0]["cause"], "spawn");
}

#[test]
fn redirects_are_followed_by_reads_only_and_shown() {
    let server = Server::start(|_, request| {
        let moved = "HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let there = request.contains(" /there ");
        Some(if there { answer("200 OK", "arrived") } else { moved.to_owned() })
    });
    let at_ = format!("http://127.0.0.1:{}", server.port);
    let house = House::new();
    let text = page(&[
        (&format!("text {{#get http=\"GET {at_}/\" expect=\"body == 'arrived'\"}}"), ""),
        (&format!("text {{#post http=\"POST {at_}/\" expect=\"status == 302\"}}"), ""),
    ]);
    run(&house, &text, &[]).exits(0).says("HTTP 302 →");
    assert_eq!(server.heard().len(), 3);
}

#[test]
fn a_proxy_of_the_environment_is_used() {
    let proxy = Server::start(|_, _| Some(answer("200 OK", "by proxy")));
    let house = House::new();
    let text = page(&[("text {#a http=\"GET http://nowhere.invalid/x\" expect=\"body == 'by proxy'\"}", "")]);
    house.file("a.md", &text);
    let call = house.call(["run", "a.md", "--yes"]).env("http_proxy", format!("http://127.0.0.1:{}", proxy.port));
    call.run().exits(0);
    assert!(proxy.heard()[0].starts_with("GET http://nowhere.invalid/x HTTP/1.1\r\n"), "{:?}", proxy.heard());
}

#[test]
fn a_walkthrough_asks_and_does_not_tell() {
    let server = Server::start(|_, _| Some(answer("200 OK", "")));
    let at_ = format!("http://127.0.0.1:{}", server.port);
    let house = House::new();
    let text = page(&[
        (&format!("text {{#get http=\"GET {at_}/\"}}"), ""),
        (&format!("text {{#liar http=\"DELETE {at_}/\" effect=read}}"), ""),
    ]);
    run(&house, &text, &["--mode", "walkthrough"]).exits(5).says("not proven to read");
    assert_eq!(server.heard().len(), 1);
}

#[test]
fn credentials_do_not_follow_a_redirect_to_another_server() {
    let other = Server::start(|_, _| Some(answer("200 OK", "elsewhere")));
    let to = other.port;
    let first = Server::start(move |_, _| {
        let head = "HTTP/1.1 307 Temporary Redirect\r\nContent-Length: 0\r\nConnection: close\r\n";
        Some(format!("{head}Location: http://127.0.0.1:{to}/x\r\n\r\n"))
    });
    let house = House::new();
    let head = format!("text {{#a http=\"GET http://127.0.0.1:{}/\" expect=\"body == 'elsewhere'\"}}", first.port);
    run(&house, &page(&[(&head, "Authorization: Bearer t0ken\nAccept: text/plain")]), &[]).exits(0);
    assert!(first.heard()[0].contains("Bearer t0ken"));
    assert!(!other.heard()[0].contains("t0ken") && other.heard()[0].contains("text/plain"), "{:?}", other.heard());
}

#[test]
fn a_stop_ends_the_waiting_and_a_sent_write_is_unknown() {
    for (method, event) in [("GET", "step-failed"), ("POST", "outcome-unknown")] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let house = House::new();
        let at_ = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
        house.file("a.md", page(&[(&format!("text {{#a http=\"{method} {at_}\"}}"), "")]));
        let running = house.call(["run", "a.md", "--yes"]).within(Duration::from_secs(60)).start();
        let (mut stream, _) = listener.accept().unwrap();
        request(&mut stream);
        running.signal(nix::sys::signal::Signal::SIGTERM);
        let ran = running.wait().exits(5);
        assert_eq!(at(&house.events(), event, "a").len(), 1, "{:?}", house.events());
        assert!(ran.took < Duration::from_secs(20), "{:?}", ran.took);
    }
}

#[test]
fn a_certificate_is_verified() {
    let dir = tempfile::TempDir::new().unwrap();
    let (key, cert) = (dir.path().join("key"), dir.path().join("cert"));
    // One of a server, not of an authority.
    let config = dir.path().join("config");
    std::fs::write(&config, "[req]\ndistinguished_name = dn\n[dn]\n").unwrap();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout"])
        .arg(&key)
        .arg("-config")
        .arg(&config)
        .arg("-out")
        .arg(&cert)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(made.success());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut server = Command::new("openssl")
        .args(["s_server", "-quiet", "-www", "-accept", &format!("127.0.0.1:{port}"), "-key"])
        .arg(&key)
        .arg("-cert")
        .arg(&cert)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("a server", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    let text = page(&[(&format!("text {{#a http=\"GET https://127.0.0.1:{port}/\" expect=\"status == 200\"}}"), "")]);
    let results: Vec<_> = [Some(&cert), None]
        .into_iter()
        .map(|trusted| {
            let house = House::new();
            house.file("a.md", &text);
            let mut call = house.call(["run", "a.md", "--yes"]);
            if let Some(trusted) = trusted {
                call = call.env("SSL_CERT_FILE", trusted);
            }
            call.run()
        })
        .collect();
    server.kill().unwrap();
    server.wait().unwrap();
    let [known, unknown] = <[_; 2]>::try_from(results).ok().unwrap();
    known.exits(0);
    unknown.exits(5).says("no secure connection to 127.0.0.1");
}
