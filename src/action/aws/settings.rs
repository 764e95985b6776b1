//! Where, and as whom.

use std::fmt;

/// A value that neither `Debug` nor `Display` shows.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// Of this text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for whoever needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Credentials that were given, instead of those that the machine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The access key's id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: SecretText,
    /// The session token of temporary credentials.
    pub session_token: Option<SecretText>,
}

/// Where, and as whom. What is not given is what the AWS CLI would take: environment, profile, role of the machine.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The region.
    pub region: Option<String>,
    /// The profile in the shared configuration files.
    pub profile: Option<String>,
    /// Another address than AWS's own: a stand-in, for every service.
    pub endpoint: Option<String>,
    /// Credentials of its own.
    pub keys: Option<Keys>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("region", &self.region)
            .field("profile", &self.profile)
            .field("endpoint", &self.endpoint.as_deref().map(shown))
            .field("keys", &self.keys)
            .finish()
    }
}

/// An address without what may be secret in it.
pub(super) fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if scheme.is_empty() { host.to_owned() } else { format!("{scheme}://{host}") }
}
