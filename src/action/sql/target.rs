//! Where and who.

use super::Family;
use super::error::TargetError;
use std::fmt;
use std::path::PathBuf;

/// The way to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// A name or an address.
    Tcp(String),
    /// A unix socket: MariaDB's file, PostgreSQL's directory.
    Socket(PathBuf),
}

/// How much TLS is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsMode {
    /// None.
    Disable,
    /// If the server has it; the certificate is not looked at.
    Prefer,
    /// Always; the certificate is not looked at.
    Require,
    /// Always; the certificate must come from a known authority. With MariaDB and MySQL the name is looked at as well,
    /// as by `VerifyFull`: their client library does not do it otherwise.
    VerifyCa,
    /// Always; the certificate must come from a known authority and be the host's.
    VerifyFull,
}

impl TlsMode {
    const NAMES: [(&'static str, Self); 9] = [
        ("disable", Self::Disable),
        ("prefer", Self::Prefer),
        ("require", Self::Require),
        ("verify-ca", Self::VerifyCa),
        ("verify-full", Self::VerifyFull),
        ("disabled", Self::Disable),
        ("preferred", Self::Prefer),
        ("required", Self::Require),
        ("verify-identity", Self::VerifyFull),
    ];

    /// As it is written in an address.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, mode)| *mode == self).map_or("", |(name, _)| name)
    }
}

/// What messages say about a target: everything but the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The family.
    pub family: Family,
    /// The host.
    pub host: Host,
    /// The port; of a PostgreSQL socket as well.
    pub port: u16,
    /// Who.
    pub user: String,
    /// The database, if one was named.
    pub database: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Tcp(host) if host.contains(':') => write!(f, "[{host}]:{}", self.port)?,
            Host::Tcp(host) => write!(f, "{host}:{}", self.port)?,
            Host::Socket(path) => write!(f, "{}", path.display())?,
        }
        if let Some(database) = &self.database {
            write!(f, ", database `{database}`")?;
        }
        write!(f, ", user `{}`", self.user)
    }
}

/// Where and who, with the password, which neither `Debug` nor `Display` shows.
#[derive(Clone)]
pub struct Target {
    pub(super) place: Place,
    pub(super) password: Option<String>,
    pub(super) tls: TlsMode,
    pub(super) ca: Option<PathBuf>,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("place", &self.place)
            .field("password", &self.password.as_ref().map(|_| "…"))
            .field("tls", &self.tls)
            .field("ca", &self.ca)
            .finish()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.fmt(f)
    }
}

const SCHEMES: [(&str, Family, u16); 4] = [
    ("mysql", Family::MySql, 3306),
    ("mariadb", Family::MySql, 3306),
    ("postgres", Family::Postgres, 5432),
    ("postgresql", Family::Postgres, 5432),
];

const PARAMETERS: [&str; 6] = ["ssl-mode", "sslmode", "ssl-ca", "sslrootcert", "socket", "host"];

impl Target {
    /// Reads `mysql://user:password@host:port/database?ssl-mode=…`; `mariadb`, `postgres` and `postgresql` as well.
    /// `password` wins over the one in the address. A unix socket is `?socket=/path`, or `?host=/directory` for
    /// PostgreSQL. Special characters are percent-encoded.
    ///
    /// # Errors
    /// When the address cannot be read. The error never shows the password, nor what may be a part of it.
    pub fn parse(url: &str, password: Option<String>) -> Result<Self, TargetError> {
        let (scheme, rest) = url.split_once("://").ok_or(TargetError::NoScheme)?;
        let (_, family, port) =
            SCHEMES.iter().find(|(name, ..)| *name == scheme).copied().ok_or_else(|| TargetError::Scheme {
                near: near(scheme, &SCHEMES.map(|(name, ..)| name)),
                found: if plain(scheme) { scheme.to_owned() } else { String::new() },
            })?;
        if rest.contains('#') {
            return Err(TargetError::Encode { character: '#' });
        }
        let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
        if query.contains('@') {
            return Err(TargetError::Encode { character: '?' });
        }
        let (authority, database) = before.split_once('/').unwrap_or((before, ""));
        if database.contains('@') || database.contains('/') {
            return Err(TargetError::Encode { character: '/' });
        }
        let (who, at) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, secret) = who.split_once(':').map_or((who, None), |(user, secret)| (user, Some(secret)));
        let (host, port) = host_and_port(at, port)?;
        let mut target = Self {
            place: Place {
                family,
                host: Host::Tcp(host),
                port,
                user: decoded(user, "user")?,
                database: Some(decoded(database, "database")?).filter(|name| !name.is_empty()),
            },
            password: match (password, secret) {
                (Some(given), _) => Some(given),
                (None, Some(secret)) => Some(decoded(secret, "password")?),
                (None, None) => None,
            },
            tls: TlsMode::VerifyFull,
            ca: None,
        };
        let mut mode = None;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decoded(value, "parameter")?;
            match name {
                "ssl-mode" | "sslmode" => mode = Some(mode_of(&value)?),
                "ssl-ca" | "sslrootcert" => target.ca = Some(PathBuf::from(value)),
                "socket" => target.place.host = Host::Socket(PathBuf::from(value)),
                "host" if value.starts_with('/') => target.place.host = Host::Socket(PathBuf::from(value)),
                "host" => target.place.host = Host::Tcp(value),
                "password" => return Err(TargetError::PasswordParameter),
                _ => {
                    let found = if plain(name) { name.to_owned() } else { String::new() };
                    return Err(TargetError::Parameter { near: near(name, &PARAMETERS), found });
                }
            }
        }
        if target.place.user.is_empty() {
            return Err(TargetError::NoUser);
        }
        if target.place.host == Host::Tcp(String::new()) {
            return Err(TargetError::NoHost);
        }
        target.tls = mode.unwrap_or(if target.is_local() { TlsMode::Prefer } else { TlsMode::VerifyFull });
        Ok(target)
    }

    /// Everything but the password.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The family.
    #[must_use]
    pub fn family(&self) -> Family {
        self.place.family
    }

    /// How much TLS is asked for.
    #[must_use]
    pub fn tls(&self) -> TlsMode {
        self.tls
    }

    /// The password, for whoever masks output.
    #[must_use]
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// A socket or the loopback interface.
    pub(super) fn is_local(&self) -> bool {
        match &self.place.host {
            Host::Socket(_) => true,
            Host::Tcp(host) => {
                host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
            }
        }
    }

    /// `text` without the password: servers quote what they were given.
    pub(super) fn hide(&self, text: &str) -> String {
        match &self.password {
            Some(secret) if secret.len() > 2 => text.replace(secret.as_str(), crate::action::mask::MASK),
            _ => text.to_owned(),
        }
    }
}

fn plain(name: &str) -> bool {
    name.len() <= 24 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn near(name: &str, known: &[&str]) -> Option<String> {
    known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(&name.to_lowercase(), candidate), *candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= candidate.len() / 2)
        .map(|(_, candidate)| candidate.to_owned())
}

fn mode_of(value: &str) -> Result<TlsMode, TargetError> {
    let wanted = value.to_lowercase().replace('_', "-");
    TlsMode::NAMES.iter().find(|(name, _)| *name == wanted).map(|(_, mode)| *mode).ok_or_else(|| TargetError::Mode {
        found: if plain(value) { value.to_owned() } else { String::new() },
        near: near(value, &TlsMode::NAMES.map(|(name, _)| name)),
    })
}

fn host_and_port(at: &str, default: u16) -> Result<(String, u16), TargetError> {
    let (host, port) = if let Some(rest) = at.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or(TargetError::Port)?;
        (host, after.strip_prefix(':').unwrap_or(after))
    } else {
        at.rsplit_once(':').unwrap_or((at, ""))
    };
    if !at.starts_with('[') && host.contains(':') {
        return Err(TargetError::Port);
    }
    let port = if port.is_empty() { default } else { port.parse().map_err(|_| TargetError::Port)? };
    Ok((decoded(host, "host")?, port))
}

fn decoded(text: &str, part: &'static str) -> Result<String, TargetError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            let (Some(high), Some(low)) = (tail.first().and_then(|b| digit(*b)), tail.get(1).and_then(|b| digit(*b)))
            else {
                return Err(TargetError::Percent { part });
            };
            bytes.push(high * 16 + low);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| TargetError::Percent { part })?;
    if text.contains('\0') { Err(TargetError::Percent { part }) } else { Ok(text) }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Target {
        Target::parse(url, None).unwrap_or_else(|e| panic!("{url}: {e}"))
    }

    #[test]
    fn reads_addresses() {
        let target = parse("mysql://dba:p%40ss%2Fword@db1.example.com:3307/shop");
        assert_eq!(target.to_string(), "db1.example.com:3307, database `shop`, user `dba`");
        assert_eq!(target.password(), Some("p@ss/word"));
        assert_eq!(target.tls(), TlsMode::VerifyFull, "a host that is not this machine");
        assert_eq!(parse("postgres://u@[::1]/x").tls(), TlsMode::Prefer);
        assert_eq!(parse("postgres://u@[::1]/x").to_string(), "[::1]:5432, database `x`, user `u`");
        assert_eq!(parse("mariadb://u@127.0.0.1").place().port, 3306);
        assert_eq!(
            parse("mariadb://root@/?socket=/run/my.sock").place().host,
            Host::Socket(PathBuf::from("/run/my.sock"))
        );
        assert_eq!(parse("postgresql://u@/d?host=%2Frun%2Fpg").place().host, Host::Socket(PathBuf::from("/run/pg")));
        assert_eq!(parse("postgresql://u@h/d?sslmode=verify-ca").tls(), TlsMode::VerifyCa);
        assert_eq!(parse("mysql://u@h/d?ssl-mode=VERIFY_IDENTITY").tls(), TlsMode::VerifyFull);
    }

    #[test]
    fn mistakes_are_named_and_the_password_is_not() {
        for (url, said) in [
            ("mysqll://u@h", "did you mean `mysql`?"),
            ("u@h", "://"),
            ("mysql://u@h?ssl-mod=require", "did you mean `ssl-mode`?"),
            ("mysql://u@h?ssl-mode=requird", "did you mean `require`?"),
            ("mysql://u:hunter2/x@h/", "%2F"),
            ("mysql://u:hun?ter2@h/", "%3F"),
            ("mysql://u:hun#ter2@h/", "%23"),
            ("mysql://u:hunter2%zz@h/", "password"),
            ("mysql://u@h?password=hunter2", "password"),
            ("mysql://u:hun@ter2:x@h:hun/", "port"),
            ("mysql://h", "user"),
            ("mysql://u@/d", "host"),
            ("mysql://u:hun/ter2@h/d", "%2F"),
            ("mysql://u:99/ter2@h/d", "%2F"),
        ] {
            let Err(error) = Target::parse(url, None) else { panic!("{url} was read") };
            assert!(error.to_string().contains(said), "{url}: {error}");
            for part in ["hun", "ter2"] {
                assert!(!format!("{error} {error:?}").contains(part), "{url}: {error:?}");
            }
        }
        let target = parse("mysql://u:hunter2@h");
        assert!(!format!("{target} {target:?} {:?}", target.place()).contains("hunter2"));
    }
}
