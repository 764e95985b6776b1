//! One open connection, and what is run on it.

use super::bind::{Dialect, Rendered};
use super::error::{ScriptError, SqlError};
use super::identity::Identity;
use super::outcome::{Fault, Limits, Outcome, StatementEnd, StatementEvent};
use super::script::Script;
use super::target::{Host, Target};
use super::{Family, identity, mysql, postgres};
use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

pub(super) enum Link {
    MySql(Box<mysql::Link>),
    Postgres(Box<postgres::Link>),
}

enum Canceller {
    MySql(mysql::Canceller),
    Postgres(postgres::Canceller),
}

impl Canceller {
    async fn cancel(&self) -> Result<(), SqlError> {
        match self {
            Self::MySql(canceller) => canceller.cancel().await,
            Self::Postgres(canceller) => canceller.cancel().await,
        }
    }
}

macro_rules! on {
    ($link:expr, $name:ident ( $($argument:expr),* )) => {
        match $link {
            Link::MySql(link) => link.$name($($argument),*).await,
            Link::Postgres(link) => link.$name($($argument),*).await,
        }
    };
}

impl Link {
    fn dialect(&self) -> Dialect {
        match self {
            Self::MySql(link) => link.dialect,
            Self::Postgres(link) => link.dialect,
        }
    }

    fn canceller(&self) -> Canceller {
        match self {
            Self::MySql(link) => Canceller::MySql(link.canceller()),
            Self::Postgres(link) => Canceller::Postgres(link.canceller()),
        }
    }

    fn notices(&mut self) -> Vec<String> {
        match self {
            Self::MySql(link) => std::mem::take(&mut link.notices),
            Self::Postgres(link) => link.notices(),
        }
    }

    pub(super) async fn row(&mut self, query: &str) -> Result<Option<Vec<(String, String)>>, SqlError> {
        on!(self, row(query))
    }

    pub(super) fn is_mariadb(&self) -> bool {
        matches!(self, Self::MySql(link) if link.mariadb)
    }
}

/// One open connection.
pub struct Session {
    link: Link,
    target: Target,
    clock: Option<Duration>,
    /// A statement was lost on it: what comes next could be the answer to that.
    unusable: bool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("target", &self.target).finish_non_exhaustive()
    }
}

/// Why a statement is stopped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    Asked,
    Time,
}

impl Session {
    /// Connects within `limit`, all of it: name, network, TLS, password.
    ///
    /// # Errors
    /// By what to do about it; see [`SqlError`].
    pub async fn connect(target: &Target, limit: Duration) -> Result<Self, SqlError> {
        let all = async {
            if let Host::Tcp(host) = &target.place.host {
                let found = tokio::net::lookup_host((host.as_str(), target.place.port)).await;
                if let Err(cause) = found {
                    return Err(SqlError::UnknownHost { place: target.place.clone(), cause });
                }
            }
            Ok::<_, SqlError>(match target.place.family {
                Family::MySql => Link::MySql(Box::new(mysql::Link::connect(target).await?)),
                Family::Postgres => Link::Postgres(Box::new(postgres::Link::connect(target).await?)),
            })
        };
        let link = timeout(limit, all)
            .await
            .map_err(|_| SqlError::ConnectTimedOut { place: target.place.clone(), after: limit })??;
        Ok(Self { link, target: target.clone(), clock: None, unusable: false })
    }

    /// Where it leads.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Whether a statement was lost on it, so that it takes no others.
    #[must_use]
    pub fn is_unusable(&self) -> bool {
        self.unusable
    }

    /// How the server reads quotes now.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.link.dialect()
    }

    /// Asks the server what it is.
    ///
    /// # Errors
    /// When it does not say.
    pub async fn identity(&mut self) -> Result<Identity, SqlError> {
        identity::ask(&mut self.link, &self.target).await
    }

    /// Runs the statements one after another, up to the first that does not end well. When `stop` is ready, the server
    /// is told to stop the statement at hand, and the outcome waits for its word.
    ///
    /// The future must be driven to its end: dropping it leaves a statement running.
    pub async fn run(
        &mut self,
        script: &Script,
        limits: Limits,
        stop: impl Future<Output = ()>,
        mut progress: impl FnMut(StatementEvent<'_>),
    ) -> Outcome {
        let mut stop = pin!(stop);
        let mut done = Vec::new();
        if self.unusable {
            let reason = "a statement was lost on this connection: open another".to_owned();
            let error = SqlError::Broken { place: self.target.place.clone(), reason };
            return Outcome::Lost { statement: 0, done, sent: false, error };
        }
        if let Err(fault) = self.prepare(&limits).await {
            return self.ended(fault, 0, done, &limits, false);
        }
        let dialect = self.link.dialect();
        let statements = match script.split(dialect) {
            Ok(statements) => statements,
            Err(error) => return Outcome::Failed { statement: 0, done, error: error.into() },
        };
        for (n, statement) in statements.iter().enumerate() {
            let rendered = match statement.render(&script.values, self.link.dialect()) {
                Ok(rendered) if rendered.backslash && self.link.dialect() != dialect => {
                    Err(ScriptError::QuotingChanged { statement: n })
                }
                other => other,
            };
            let rendered = match rendered {
                Ok(rendered) => rendered,
                Err(error) => return Outcome::Failed { statement: n, done, error: error.into() },
            };
            // A stop that is there already wins over a statement that has not begun.
            if std::future::poll_fn(|cx| std::task::Poll::Ready(stop.as_mut().poll(cx).is_ready())).await {
                return Outcome::Cancelled { statement: n, begun: false, done };
            }
            progress(StatementEvent::Started { statement: n, line: statement.line });
            let began = Instant::now();
            let (end, why) = self
                .one(&rendered, &limits, stop.as_mut(), || {
                    progress(StatementEvent::Stopping { statement: n });
                })
                .await;
            for notice in self.link.notices() {
                progress(StatementEvent::Notice(&notice));
            }
            match end {
                Ok(end) => {
                    progress(StatementEvent::Ended { statement: n, end: &end });
                    done.push(end);
                }
                Err(fault) => {
                    let by_clock = limits.statement.is_some_and(|limit| began.elapsed() >= limit);
                    let fault = match (fault, why) {
                        (Fault::Interrupted(_), Some(Why::Asked)) => {
                            return Outcome::Cancelled { statement: n, begun: true, done };
                        }
                        (Fault::Interrupted(_), Some(Why::Time)) => Fault::TimedOut,
                        (Fault::Interrupted(_), None) if by_clock => Fault::TimedOut,
                        (other, _) => other,
                    };
                    return self.ended(fault, n, done, &limits, true);
                }
            }
            if why == Some(Why::Asked) {
                // It had ended when the server was told.
                return if n + 1 == statements.len() {
                    Outcome::Done(done)
                } else {
                    Outcome::Cancelled { statement: n + 1, begun: false, done }
                };
            }
            if rendered.verb == "SET"
                && n + 1 < statements.len()
                && let Err(fault) = on!(&mut self.link, refresh())
            {
                return self.ended(fault, n + 1, done, &limits, false);
            }
        }
        Outcome::Done(done)
    }

    /// The server's clock, and how it reads quotes.
    async fn prepare(&mut self, limits: &Limits) -> Result<(), Fault> {
        if self.clock != limits.statement {
            on!(&mut self.link, clock(limits.statement))?;
            self.clock = limits.statement;
        }
        on!(&mut self.link, refresh())
    }

    /// One statement, up to its end or to the server's word after a cancellation.
    async fn one(
        &mut self,
        rendered: &Rendered,
        limits: &Limits,
        stop: Pin<&mut impl Future<Output = ()>>,
        stopping: impl FnOnce(),
    ) -> (Result<StatementEnd, Fault>, Option<Why>) {
        let canceller = self.link.canceller();
        let our_clock = async {
            match limits.statement {
                Some(limit) => sleep(limit.saturating_add(limits.grace.min(limit).min(Duration::from_secs(1)))).await,
                None => std::future::pending().await,
            }
        };
        let (end, why) = {
            let mut work = pin!(async { on!(&mut self.link, execute(rendered, limits)) });
            let why = tokio::select! {
                biased;
                end = &mut work => return (end, None),
                () = stop => Why::Asked,
                () = our_clock => Why::Time,
            };
            stopping();
            let mut trouble = None;
            let told = async {
                tokio::select! {
                    biased;
                    end = &mut work => end,
                    told = canceller.cancel() => {
                        trouble = told.err();
                        work.await
                    }
                }
            };
            let end = timeout(limits.grace, told).await;
            let end = end.unwrap_or_else(|_| {
                let reason = match trouble {
                    Some(trouble) => format!("the server could not be told to stop the statement ({trouble})"),
                    None => {
                        format!("the server was told to stop the statement and said nothing for {:?}", limits.grace)
                    }
                };
                Err(Fault::Lost { sent: true, error: SqlError::Broken { place: self.target.place.clone(), reason } })
            });
            (end, why)
        };
        if !matches!(end, Err(Fault::Lost { .. })) {
            // A cancellation that came too late must not hit what comes next.
            for _ in 0..2 {
                let settled = timeout(limits.grace, async { on!(&mut self.link, settle()) }).await;
                match settled {
                    Ok(Err(Fault::Interrupted(_))) => {}
                    Ok(Ok(()) | Err(Fault::Failed(_) | Fault::TimedOut)) => break,
                    Ok(Err(Fault::Lost { .. })) | Err(_) => {
                        self.unusable = true;
                        break;
                    }
                }
            }
        }
        (end, Some(why))
    }

    fn ended(
        &mut self,
        fault: Fault,
        statement: usize,
        done: Vec<StatementEnd>,
        limits: &Limits,
        begun: bool,
    ) -> Outcome {
        match fault {
            Fault::Failed(error) | Fault::Interrupted(error) => Outcome::Failed { statement, done, error },
            Fault::TimedOut => Outcome::TimedOut { statement, done, after: limits.statement.unwrap_or_default() },
            Fault::Lost { sent, error } => {
                self.unusable = true;
                Outcome::Lost { statement, done, sent: sent && begun, error }
            }
        }
    }
}
