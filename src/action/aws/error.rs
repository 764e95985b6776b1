//! What can go wrong, by what to do about it. Messages never show a credential, nor a raw answer or its headers.

use super::flight::is_throttling;
use std::time::Duration;
use thiserror::Error;

fn meant(near: Option<&String>) -> String {
    near.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// A request that cannot be sent as it is written. Nothing was sent.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum RequestError {
    /// Not two words.
    #[error("`{found}` is no operation: write the service and the operation, such as `rds reboot-db-instance`")]
    NotAnOperation {
        /// What was written.
        found: String,
    },
    /// Not one of ours.
    #[error("there is no service `{found}` here: rds, route53{}", meant(near.as_ref()))]
    Service {
        /// What was written.
        found: String,
        /// The nearest.
        near: Option<String>,
    },
    /// Not one of ours.
    #[error("`{service}` has no operation `{found}` here{}", meant(near.as_ref()))]
    Operation {
        /// Whose.
        service: &'static str,
        /// What was written.
        found: String,
        /// The nearest.
        near: Option<String>,
    },
    /// An operation that deletes.
    #[error("`{service} {found}` deletes, and nothing that deletes is offered: do it by hand, or in a shell step")]
    Deletes {
        /// Whose.
        service: &'static str,
        /// What was written.
        found: String,
    },
    /// The fields are no mapping.
    #[error("{path}: its fields are written as a mapping, such as `DBInstanceIdentifier: orders`")]
    NotAMapping {
        /// Where.
        path: String,
    },
    /// Not a field.
    #[error("{path} has no field `{found}`{}", meant(near.as_ref()))]
    Field {
        /// Where.
        path: String,
        /// What was written.
        found: String,
        /// The nearest.
        near: Option<String>,
    },
    /// A field of the API that is not offered.
    #[error("{path}: the field `{field}` is not offered: {why}")]
    NotOffered {
        /// Where.
        path: String,
        /// Which.
        field: &'static str,
        /// Why.
        why: &'static str,
    },
    /// The wrong type.
    #[error("{path} is {wanted}, and {found} was given")]
    Kind {
        /// Where.
        path: String,
        /// What fits.
        wanted: &'static str,
        /// What was given.
        found: &'static str,
    },
    /// Nothing in it.
    #[error("{path} is empty: give it a value, or leave it out")]
    Empty {
        /// Where.
        path: String,
    },
    /// Not one of the few.
    #[error("{path} is one of {}, and `{found}` was given", choices.join(", "))]
    Choice {
        /// Where.
        path: String,
        /// What was given.
        found: String,
        /// What fits.
        choices: &'static [&'static str],
    },
    /// A field that must be there.
    #[error("{path} needs the field `{field}`")]
    Missing {
        /// Where.
        path: String,
        /// Which.
        field: &'static str,
    },
}

/// What the service said.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("{message} ({code}{})", request.as_ref().map(|r| format!(", request {r}")).unwrap_or_default())]
pub struct ServiceError {
    /// Its code, such as `DBInstanceNotFound`.
    pub code: String,
    /// Its message.
    pub message: String,
    /// The request's id, which support asks for.
    pub request: Option<String>,
}

/// What went wrong.
#[derive(Debug, Error)]
pub enum AwsError {
    /// The region is not known.
    #[error("no region: give it in the connection, in AWS_REGION, or in the profile")]
    NoRegion,
    /// The settings make no client.
    #[error("the connection's {what} cannot be used: {reason}")]
    Settings {
        /// Which.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// Nobody to be.
    #[error(
        "no credentials: {reason}; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in \
         and use `aws configure export-credentials`"
    )]
    NoCredentials {
        /// Why.
        reason: String,
    },
    /// Credentials that are wrong or too old.
    #[error("{place} does not take the credentials: {hint} ({code})")]
    BadCredentials {
        /// Where.
        place: String,
        /// What to do.
        hint: &'static str,
        /// The service's code.
        code: String,
    },
    /// Not allowed.
    #[error("access denied: {what} needs the permission `{permission}`, which these credentials do not have; {cause}")]
    AccessDenied {
        /// Which operation.
        what: String,
        /// What is missing.
        permission: String,
        /// What the service said.
        #[source]
        cause: Box<ServiceError>,
    },
    /// Too often.
    #[error("{place} throttles {what}, also after trying again: wait, or poll less often; {cause}")]
    Throttled {
        /// Where.
        place: String,
        /// Which operation.
        what: String,
        /// What the service said.
        #[source]
        cause: Box<ServiceError>,
    },
    /// There is no such thing.
    #[error("{what}: there is no such thing in this account and region; {cause}")]
    NotFound {
        /// Which operation.
        what: String,
        /// What the service said.
        #[source]
        cause: Box<ServiceError>,
    },
    /// Not in this state.
    #[error("{what} is not possible in the present state: wait until it is available, or look why it is not; {cause}")]
    State {
        /// Which operation.
        what: String,
        /// What the service said.
        #[source]
        cause: Box<ServiceError>,
    },
    /// Another refusal.
    #[error("{what} was refused; {cause}")]
    Refused {
        /// Which operation.
        what: String,
        /// What the service said.
        #[source]
        cause: Box<ServiceError>,
    },
    /// The service is out of order.
    #[error("{place} is out of order (status {status}) at {what}; {cause}")]
    OutOfOrder {
        /// Where.
        place: String,
        /// Which operation.
        what: String,
        /// The HTTP status.
        status: u16,
        /// What the service said.
        #[source]
        cause: Box<ServiceError>,
    },
    /// Nobody to talk to.
    #[error("cannot reach {place}: {reason}; check the region, the endpoint, the network and its proxies")]
    Unreachable {
        /// Where.
        place: String,
        /// Why.
        reason: String,
    },
    /// The connection broke before an answer came.
    #[error("the connection to {place} broke before an answer came: {reason}")]
    Broken {
        /// Where.
        place: String,
        /// Why.
        reason: String,
    },
    /// No answer in time.
    #[error("no answer from {place} within {after:?}")]
    NoAnswer {
        /// Where.
        place: String,
        /// How long.
        after: Duration,
    },
    /// An answer that makes no sense.
    #[error("{place} answered what was not understood: {reason}; is it an AWS endpoint?")]
    Answer {
        /// Where.
        place: String,
        /// What.
        reason: String,
    },
    /// A value that passed the table and not the SDK.
    #[error("{what}: the value of `{field}` cannot be sent: check its range")]
    Misfit {
        /// Which operation.
        what: String,
        /// Which field.
        field: String,
    },
    /// The secret is there, and is no text.
    #[error("the secret `{id}` holds no text")]
    NoText {
        /// Which.
        id: String,
    },
}

/// What to do about credentials that the service does not take; its own message can hold what was signed.
fn credentials(code: &str) -> Option<&'static str> {
    match code {
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => Some("they have expired: log in again"),
        "InvalidClientTokenId" | "UnrecognizedClientException" | "InvalidAccessKeyId" | "AuthFailure" => {
            Some("the access key is not known: is it of this partition, and still active?")
        }
        "SignatureDoesNotMatch" | "IncompleteSignature" => Some("the secret access key does not fit the access key"),
        "RequestExpired" | "RequestTimeTooSkewed" | "RequestInTheFuture" => {
            Some("this machine's clock is not the service's: set it right")
        }
        "MissingAuthenticationToken" | "MissingAuthenticationTokenException" => Some("none were sent"),
        _ => None,
    }
}

fn is_denied(code: &str) -> bool {
    matches!(code, "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "NotAuthorized")
}

fn is_missing(code: &str) -> bool {
    code.starts_with("NoSuch") || code.contains("NotFound")
}

fn is_state(code: &str) -> bool {
    code.starts_with("Invalid") && code.contains("State")
}

impl AwsError {
    /// By the service's code.
    pub(super) fn of_service(status: u16, error: ServiceError, place: &str, what: &str) -> Self {
        let code = error.code.clone();
        let code = code.strip_suffix("Fault").unwrap_or(&code);
        if let Some(hint) = credentials(code) {
            return Self::BadCredentials { place: place.to_owned(), hint, code: error.code };
        }
        let (what, place) = (what.to_owned(), place.to_owned());
        let cause = Box::new(error);
        if is_denied(code) {
            let permission = permission(&cause.message).unwrap_or_else(|| what.clone());
            Self::AccessDenied { what, permission, cause }
        } else if is_throttling(code) {
            Self::Throttled { place, what, cause }
        } else if status >= 500 {
            Self::OutOfOrder { place, what, status, cause }
        } else if is_missing(code) {
            Self::NotFound { what, cause }
        } else if is_state(code) {
            Self::State { what, cause }
        } else {
            Self::Refused { what, cause }
        }
    }

    /// What the service said, if it did.
    #[must_use]
    pub fn service(&self) -> Option<&ServiceError> {
        match self {
            Self::AccessDenied { cause, .. }
            | Self::Throttled { cause, .. }
            | Self::NotFound { cause, .. }
            | Self::State { cause, .. }
            | Self::Refused { cause, .. }
            | Self::OutOfOrder { cause, .. } => Some(cause),
            _ => None,
        }
    }
}

/// The permission that a refusal names: one operation may need several, `ec2:…` or `kms:…` among them.
fn permission(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("not authorized to perform: ")?;
    let word = rest.split_whitespace().next()?.trim_end_matches('.');
    word.contains(':').then(|| word.to_owned())
}
