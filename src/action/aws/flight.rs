//! What is known of a request while it is on its way: whether the service may have got it, and what it answered.
//!
//! The SDK sends again after throttling and after transient errors. For a write, a transient error is where nobody knows
//! whether it happened, so [`NotTwice`] forbids it unless the service has said that it did nothing, or never got it.

use super::error::{AwsError, ServiceError};
use super::field::Misfit;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_rds::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::connection::CaptureSmithyConnection;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
    InterceptorContext,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The service did nothing and asks to come back later.
const THROTTLING: [&str; 9] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "PriorRequestNotComplete",
    "SlowDown",
];

pub(super) fn is_throttling(code: &str) -> bool {
    THROTTLING.contains(&code)
}

#[derive(Debug, Default)]
enum Phase {
    /// Nothing of it is out.
    #[default]
    Kept,
    /// Being sent, on a connection or on the way to one.
    Out(Option<CaptureSmithyConnection>),
    /// The attempt is over.
    Over { may_have_happened: bool },
}

#[derive(Debug, Default)]
struct State {
    phase: Phase,
    body: Option<Vec<u8>>,
}

/// Follows one request, through all its attempts.
#[derive(Debug, Clone, Default)]
pub(super) struct Flight(Arc<Mutex<State>>);

impl Flight {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the service may have done it: for a request that did not end well, or has not ended.
    pub(super) fn may_have_happened(&self) -> bool {
        match &self.state().phase {
            Phase::Kept => false,
            // Without a connection it cannot have left this machine.
            Phase::Out(Some(connection)) => connection.get().is_some(),
            Phase::Out(None) => true,
            Phase::Over { may_have_happened } => *may_have_happened,
        }
    }

    /// The body of the last answer.
    pub(super) fn body(&self) -> Vec<u8> {
        self.state().body.take().unwrap_or_default()
    }
}

type Config = aws_sdk_rds::config::ConfigBag;

impl Intercept for Flight {
    fn name(&self) -> &'static str {
        "Flight"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut Config,
    ) -> Result<(), BoxError> {
        self.state().phase = Phase::Out(config.load::<CaptureSmithyConnection>().cloned());
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut Config,
    ) -> Result<(), BoxError> {
        self.state().body = context.response().body().bytes().map(<[u8]>::to_vec);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut Config,
    ) -> Result<(), BoxError> {
        let mut state = self.state();
        if matches!(state.phase, Phase::Out(_)) {
            state.phase = Phase::Over { may_have_happened: may_have_happened(context.inner()) };
        }
        Ok(())
    }
}

/// Whether what ended an attempt leaves open that the service did it.
fn may_have_happened(context: &InterceptorContext) -> bool {
    let Some(Err(error)) = context.output_or_error() else { return true };
    if let Some(error) = error.as_connector_error() {
        return !never_connected(error);
    }
    let Some(response) = context.response() else { return true };
    match response.status().as_u16() {
        // The service refused it.
        400..500 => false,
        // Out of order is no refusal, unless it says so.
        500.. => !response.body().bytes().and_then(|body| said(body, "Code")).is_some_and(|code| is_throttling(&code)),
        // Done, and what came back makes no sense.
        _ => true,
    }
}

/// The `Code` or the `Message` of an error's body, wherever they stand: a gateway may write another form than the service.
fn said(body: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let document = roxmltree::Document::parse(text).ok()?;
    document.descendants().find(|n| n.tag_name().name() == name)?.text().map(str::to_owned)
}

/// For the clients that write.
#[derive(Debug)]
pub(super) struct NotTwice;

impl ClassifyRetry for NotTwice {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.output_or_error() {
            Some(Err(_)) if may_have_happened(context) => RetryAction::RetryForbidden,
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "NotTwice"
    }
}

/// Why no answer came, or which.
#[derive(Debug)]
pub(super) enum Fault {
    /// It was never sent: a value that the SDK's type does not take.
    Misfit(String),
    /// There are no credentials.
    Credentials(String),
    /// Nobody to talk to.
    Unreachable(String),
    /// The connection broke, or nothing came.
    Broken(String),
    /// What came is not an answer.
    Answer(String),
    /// The service's own word.
    Service { status: u16, error: ServiceError },
}

impl From<Misfit> for Fault {
    fn from(Misfit(field): Misfit) -> Self {
        Self::Misfit(field)
    }
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// Name, network or TLS: before anything of the request was written.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    find::<hyper_util::client::legacy::Error>(error).is_some_and(hyper_util::client::legacy::Error::is_connect)
}

/// The innermost cause: the outer ones only say that something failed.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string().to_lowercase()
}

/// On one line.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An error of the SDK, whose own display shows raw answers with their headers.
pub(super) fn fault<E>(error: &SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let status = error.raw_response().map_or(0, |response| response.status().as_u16());
    if let SdkError::ServiceError(context) = error {
        let meta = context.err().meta();
        let extra = |name| context.raw().headers().get(name).map(str::to_owned);
        let found = |name| context.raw().body().bytes().and_then(|body| said(body, name));
        let Some(code) = meta.code().map(str::to_owned).or_else(|| found("Code")) else {
            return Fault::Answer(format!("status {status}, and no error as the service writes it"));
        };
        let message = meta.message().map(str::to_owned).or_else(|| found("Message"));
        let error = ServiceError {
            code,
            message: words(&message.unwrap_or_else(|| "no message".to_owned())),
            request: extra("x-amzn-requestid").or_else(|| extra("x-amz-request-id")),
        };
        return Fault::Service { status, error };
    }
    if let Some(missing) = find::<CredentialsError>(error) {
        return Fault::Credentials(innermost(missing));
    }
    if never_connected(error) {
        return Fault::Unreachable(innermost(error));
    }
    match error {
        SdkError::ConstructionFailure(_) => Fault::Misfit(innermost(error)),
        SdkError::ResponseError(_) => Fault::Answer(innermost(error)),
        _ => Fault::Broken(innermost(error)),
    }
}

impl Fault {
    /// For whoever reads it.
    pub(super) fn explained(self, place: &str, what: &str) -> AwsError {
        let place = place.to_owned();
        match self {
            Self::Misfit(field) => AwsError::Misfit { what: what.to_owned(), field },
            Self::Credentials(reason) => AwsError::NoCredentials { reason },
            Self::Unreachable(reason) => AwsError::Unreachable { place, reason },
            Self::Broken(reason) => AwsError::Broken { place, reason },
            Self::Answer(reason) => AwsError::Answer { place, reason },
            Self::Service { status, error } => AwsError::of_service(status, error, &place, what),
        }
    }
}
