//! A server that answers, breaks and hangs as told, and counts what it was sent.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Clone)]
pub enum Act {
    /// A status and a body.
    Answer(u16, String),
    /// Reads the request, then closes.
    Drop,
    /// Reads the request, and says nothing for as long.
    Hang(Duration),
    /// Begins to answer, then closes.
    Half,
    /// Answers after a while.
    Late(Duration, u16, String),
}

pub struct Scripted {
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Scripted {
    /// One act for each request; the last one for all that follow.
    pub fn start(acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(AtomicUsize::new(0));
        let (seen, connected) = (requests.clone(), connections.clone());
        // Ends with the process; a connection each.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connected.fetch_add(1, Ordering::SeqCst);
                let (acts, seen) = (acts.clone(), seen.clone());
                std::thread::spawn(move || serve(stream, &acts, &seen));
            }
        });
        Self { url, requests, connections }
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

/// Head and body of one request, or `None` when the connection ended.
fn read(stream: &mut TcpStream) -> Option<String> {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let n = stream.read(&mut buffer).ok().filter(|n| *n > 0)?;
        all.extend_from_slice(&buffer[..n]);
        let text = String::from_utf8_lossy(&all).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|l| l.to_lowercase().strip_prefix("content-length: ").and_then(|n| n.trim().parse().ok()))
            .unwrap_or(0_usize);
        if body.len() >= length {
            return Some(text);
        }
    }
}

fn serve(mut stream: TcpStream, acts: &[Act], seen: &Mutex<Vec<String>>) {
    while let Some(request) = read(&mut stream) {
        let act = {
            let mut seen = seen.lock().unwrap();
            seen.push(request);
            acts[(seen.len() - 1).min(acts.len() - 1)].clone()
        };
        let (status, body) = match act {
            Act::Answer(status, body) => (status, body),
            Act::Late(wait, status, body) => {
                std::thread::sleep(wait);
                (status, body)
            }
            Act::Drop => return,
            Act::Hang(wait) => {
                std::thread::sleep(wait);
                return;
            }
            Act::Half => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 4000\r\n\r\n<Re").ok();
                return;
            }
        };
        let head = format!(
            "HTTP/1.1 {status} Said\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\
             x-amzn-RequestId: 11111111-2222\r\nx-private: do-not-show\r\n\r\n",
            body.len()
        );
        if stream.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

/// An error as RDS writes it.
pub fn error(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>{message}</Message></Error><RequestId>11111111-2222</RequestId></ErrorResponse>"
    )
}

/// An answer as RDS writes it.
pub fn rebooting() -> String {
    "<RebootDBInstanceResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><RebootDBInstanceResult><DBInstance>\
     <DBInstanceIdentifier>orders</DBInstanceIdentifier><DBInstanceStatus>rebooting</DBInstanceStatus></DBInstance>\
     </RebootDBInstanceResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></RebootDBInstanceResponse>"
        .to_owned()
}

pub fn described(status: &str) -> String {
    format!(
        "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance>\
         <DBInstanceIdentifier>orders</DBInstanceIdentifier><DBInstanceStatus>{status}</DBInstanceStatus><NewThing>7</NewThing>\
         <PendingModifiedValues/></DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>"
    )
}
