//! Which operations there are: the sum of the services' tables.

use super::error::RequestError;
use super::field::Field;
use super::{rds, route53};

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// RDS and Aurora.
    Rds,
    /// Route 53.
    Route53,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Rds, Self::Route53];

    /// As it stands in an operation's name and in the name of a permission.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rds => "rds",
            Self::Route53 => "route53",
        }
    }

    pub(super) fn operations(self) -> &'static [Operation] {
        match self {
            Self::Rds => rds::OPERATIONS,
            Self::Route53 => route53::OPERATIONS,
        }
    }
}

/// What the API offers and this connector too.
#[derive(Debug)]
pub struct Operation {
    /// Whose.
    pub service: Service,
    /// As the AWS CLI writes it: `reboot-db-instance`.
    pub name: &'static str,
    /// As the API and its permissions write it: `RebootDBInstance`.
    pub api: &'static str,
    /// Whether it changes nothing.
    pub reads: bool,
    /// What it takes.
    pub fields: &'static [Field],
}

impl Operation {
    /// The permission that it needs: `rds:RebootDBInstance`.
    #[must_use]
    pub fn permission(&self) -> String {
        format!("{}:{}", self.service.name(), self.api)
    }

    /// Finds `rds reboot-db-instance`.
    ///
    /// # Errors
    /// When there is no such service or operation, with the nearest that there is.
    pub fn find(text: &str) -> Result<&'static Self, RequestError> {
        let mut words = text.split_whitespace();
        let (Some(service), Some(name), None) = (words.next(), words.next(), words.next()) else {
            return Err(RequestError::NotAnOperation { found: text.trim().to_owned() });
        };
        let known = Service::ALL.into_iter().find(|s| s.name() == service).ok_or_else(|| RequestError::Service {
            found: service.to_owned(),
            near: nearest(service, Service::ALL.into_iter().map(Service::name)),
        })?;
        let operations = known.operations();
        if let Some(operation) = operations.iter().find(|o| o.name == name) {
            return Ok(operation);
        }
        if name.starts_with("delete-") {
            return Err(RequestError::Deletes { service: known.name(), found: name.to_owned() });
        }
        Err(RequestError::Operation {
            service: known.name(),
            found: name.to_owned(),
            near: operations
                .iter()
                .find(|o| o.api.eq_ignore_ascii_case(name))
                .map(|o| o.name.to_owned())
                .or_else(|| nearest(name, operations.iter().map(|o| o.name))),
        })
    }
}

/// Every operation.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    Service::ALL.into_iter().flat_map(|service| service.operations().iter())
}

/// What was probably meant.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    let word = plain(word);
    known
        .map(|k| (plain(k), k))
        .filter(|(bare, _)| strsim::jaro_winkler(&word, bare) > 0.85 || strsim::osa_distance(&word, bare) == 1)
        .map(|(bare, k)| (strsim::jaro_winkler(&word, &bare), k))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| k.to_owned())
}
