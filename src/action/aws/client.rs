//! A client: what it is made of, who it is, and how a request is run.

use super::error::AwsError;
use super::flight::{Fault, Flight, NotTwice, fault};
use super::operation::Service;
use super::outcome::{Limits, Outcome};
use super::request::Request;
use super::settings::{Keys, SecretText, Settings, shown};
use super::{answer, rds, route53};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_rds::config::SharedHttpClient;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_types::service_config::ServiceConfigKey;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};

/// Who the credentials are, and where that leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account's number.
    pub account: String,
    /// User or role.
    pub arn: String,
    /// The region.
    pub region: String,
    /// Where the operations go, when it is not AWS itself. `None` is the real AWS.
    pub endpoint: Option<String>,
    /// The same per service, for those that lead elsewhere: `rds`, `route53`, `sts`, `secretsmanager`.
    pub endpoints: BTreeMap<&'static str, String>,
}

/// The services, each made when it is first needed: making one reads the machine's certificates.
#[derive(Default)]
struct Services {
    rds: OnceLock<aws_sdk_rds::Client>,
    route53: OnceLock<aws_sdk_route53::Client>,
}

/// A way to one account in one region.
pub struct Client {
    config: SdkConfig,
    /// The connection's own, over everything that the machine says.
    endpoint: Option<String>,
    region: String,
    endpoints: BTreeMap<&'static str, String>,
    readers: Services,
    writers: Services,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("region", &self.region)
            .field("endpoints", &self.endpoints)
            .finish_non_exhaustive()
    }
}

/// How long one connection may take. Several attempts fit into a usual limit.
const CONNECT: Duration = Duration::from_secs(3);

/// A service's client for reads or for writes; the services' builders share no trait.
macro_rules! service {
    ($client:ident, $name:literal, $module:ident, $writes:expr) => {{
        // A write has a connection of its own: on a kept one that the service closes at this very moment, nobody could
        // say whether it arrived. A stand-in is near, and no proxy's business.
        let http = http($writes, !$client.endpoints.contains_key($name));
        let mut builder = $module::config::Builder::from(&$client.config).http_client(http);
        if let Some(endpoint) = &$client.endpoint {
            builder = builder.endpoint_url(endpoint);
        }
        if $writes {
            builder = builder.retry_classifier(NotTwice);
        }
        $module::Client::from_conf(builder.build())
    }};
}

/// What carries requests. `once` keeps no connection for the next one; `proxied` asks HTTPS_PROXY and NO_PROXY.
fn http(once: bool, proxied: bool) -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_with_connector_fn(move |settings, components| {
        let proxy = if proxied { ProxyConfig::from_env() } else { ProxyConfig::disabled() };
        let mut connector = Connector::builder().proxy_config(proxy);
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        if once {
            connector.set_pool_idle_timeout(Some(Some(Duration::ZERO)));
        }
        connector.tls_provider(Provider::Rustls(CryptoMode::Ring)).build()
    })
}

fn credentials(keys: &Keys) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new(
        keys.access_key_id.clone(),
        keys.secret_access_key.expose(),
        keys.session_token.as_ref().map(|token| token.expose().to_owned()),
        None,
        "connection",
    ))
}

impl Client {
    /// Reads the machine's configuration. Nothing is asked of AWS; only a region that nobody gave is asked of the machine
    /// it runs on, at most for `limit`.
    ///
    /// # Errors
    /// Without a region, or with an endpoint that is no address.
    pub async fn connect(settings: &Settings, limit: Duration) -> Result<Self, AwsError> {
        if let Some(endpoint) = &settings.endpoint
            && !(endpoint.starts_with("http://") || endpoint.starts_with("https://"))
        {
            let reason = "it begins with neither http:// nor https://".to_owned();
            return Err(AwsError::Settings { what: "endpoint", reason });
        }
        let timeouts = aws_config::timeout::TimeoutConfig::builder().connect_timeout(CONNECT).build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http(false, settings.endpoint.is_none()))
            .timeout_config(timeouts)
            .retry_config(aws_config::retry::RetryConfig::standard());
        if let Some(region) = &settings.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &settings.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(keys) = &settings.keys {
            loader = loader.credentials_provider(credentials(keys));
        }
        let config = timeout(limit, loader.load()).await.map_err(|_| AwsError::NoRegion)?;
        let region = config.region().ok_or(AwsError::NoRegion)?.to_string();
        let endpoints = endpoints(settings, &config);
        Ok(Self {
            config,
            endpoint: settings.endpoint.clone(),
            region,
            endpoints,
            readers: Services::default(),
            writers: Services::default(),
        })
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Where a service's operations go, when it is not AWS itself.
    #[must_use]
    pub fn endpoint(&self, service: Service) -> Option<&str> {
        self.endpoints.get(service.name()).map(String::as_str)
    }

    fn place(&self, service: &str) -> String {
        match self.endpoints.get(service) {
            Some(endpoint) => format!("{service} at {endpoint}"),
            None => format!("{service} in {}", self.region),
        }
    }

    /// Asks AWS who this is: the guard against the wrong account.
    ///
    /// # Errors
    /// When it does not say, within `limit`.
    pub async fn identity(&self, limit: Duration) -> Result<Identity, AwsError> {
        let place = self.place("sts");
        let client = service!(self, "sts", aws_sdk_sts, false);
        let asked = timeout(limit, client.get_caller_identity().send());
        let said = asked.await.map_err(|_| AwsError::NoAnswer { place: place.clone(), after: limit })?;
        let said = said.map_err(|e| fault(&e).explained(&place, "sts:GetCallerIdentity"))?;
        let (Some(account), Some(arn)) = (said.account(), said.arn()) else {
            return Err(AwsError::Answer { place, reason: "no account in it".to_owned() });
        };
        let elsewhere = |service: Service| self.endpoint(service).map(str::to_owned);
        Ok(Identity {
            account: account.to_owned(),
            arn: arn.to_owned(),
            region: self.region.clone(),
            endpoint: Service::ALL.into_iter().find_map(elsewhere),
            endpoints: self.endpoints.clone(),
        })
    }

    /// A secret's text, of AWS Secrets Manager.
    ///
    /// # Errors
    /// When it is not given, within `limit`.
    pub async fn secret(&self, id: &str, limit: Duration) -> Result<SecretText, AwsError> {
        let place = self.place("secretsmanager");
        let client = service!(self, "secretsmanager", aws_sdk_secretsmanager, false);
        let asked = timeout(limit, client.get_secret_value().secret_id(id).send());
        let said = asked.await.map_err(|_| AwsError::NoAnswer { place: place.clone(), after: limit })?;
        let said = said.map_err(|e| fault(&e).explained(&place, "secretsmanager:GetSecretValue"))?;
        let text = said.secret_string.ok_or_else(|| AwsError::NoText { id: id.to_owned() })?;
        Ok(SecretText::new(text))
    }

    /// Runs a request. When `stop` is ready, a read is given up; a write that was sent cannot be recalled, and is waited
    /// for as long as the limits' grace.
    pub async fn run(&self, request: &Request, limits: Limits, stop: impl Future<Output = ()>) -> Outcome {
        let mut stop = pin!(stop);
        // A stop that is there already wins over a request that has not begun.
        if std::future::poll_fn(|cx| std::task::Poll::Ready(stop.as_mut().poll(cx).is_ready())).await {
            return Outcome::Cancelled { begun: false };
        }
        let flight = Flight::default();
        let deadline = Instant::now() + limits.total;
        let mut work = pin!(self.send(request, flight.clone()));
        tokio::select! {
            biased;
            end = &mut work => return self.ended(request, &flight, end),
            () = sleep_until(deadline) => return self.out_of_time(request, &flight, limits.total),
            () = stop => {}
        }
        if request.operation.reads || !flight.may_have_happened() {
            return Outcome::Cancelled { begun: true };
        }
        match timeout(limits.grace, work).await {
            Ok(end) => self.ended(request, &flight, end),
            Err(_) => self.out_of_time(request, &flight, limits.grace),
        }
    }

    async fn send(&self, request: &Request, flight: Flight) -> Result<(), Fault> {
        let (name, values) = (request.operation.name, &request.values);
        let writes = !request.operation.reads;
        let services = if writes { &self.writers } else { &self.readers };
        match request.operation.service {
            Service::Rds => {
                let client = services.rds.get_or_init(|| service!(self, "rds", aws_sdk_rds, writes));
                rds::send(client, name, values, flight).await
            }
            Service::Route53 => {
                let client = services.route53.get_or_init(|| service!(self, "route53", aws_sdk_route53, writes));
                route53::send(client, name, values, flight).await
            }
        }
    }

    fn out_of_time(&self, request: &Request, flight: &Flight, after: Duration) -> Outcome {
        if request.operation.reads || !flight.may_have_happened() {
            return Outcome::TimedOut { after };
        }
        let place = self.place(request.operation.service.name());
        Outcome::Lost { error: AwsError::NoAnswer { place, after } }
    }

    fn ended(&self, request: &Request, flight: &Flight, end: Result<(), Fault>) -> Outcome {
        let place = self.place(request.operation.service.name());
        let error = match end {
            Ok(()) => match answer::read(request.operation, &flight.body()) {
                Ok(value) => return Outcome::Done(value),
                Err(reason) => AwsError::Answer { place, reason },
            },
            Err(fault) => fault.explained(&place, &request.operation.permission()),
        };
        if request.operation.reads || !flight.may_have_happened() {
            Outcome::Failed(error)
        } else {
            Outcome::Lost { error }
        }
    }
}

/// Where each service's operations go, when it is not AWS itself, as the SDK will decide it; for people, without what may be
/// secret in an address.
fn endpoints(settings: &Settings, config: &SdkConfig) -> BTreeMap<&'static str, String> {
    let services = [("rds", "RDS"), ("route53", "Route 53"), ("sts", "STS"), ("secretsmanager", "Secrets Manager")];
    let mut out = BTreeMap::new();
    for (name, id) in services {
        let own = || {
            let key =
                ServiceConfigKey::builder().service_id(id).env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
            config.service_config()?.load_config(key.ok()?)
        };
        let found = settings.endpoint.clone().or_else(own).or_else(|| config.endpoint_url().map(str::to_owned));
        if let Some(endpoint) = found {
            out.insert(name, shown(&endpoint));
        }
    }
    out
}
