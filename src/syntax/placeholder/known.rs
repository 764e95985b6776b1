//! Words that are known to be placeholders or none, whatever their form says.

/// What a path begins with that only shows what a path looks like.
pub(super) const PATHS: [&str; 2] = ["/path/to/", "/chemin/vers/"];

/// A day's place within a name.
pub(super) const DAYS: [&str; 6] = ["YYYYMMDD", "YYYY-MM-DD", "YYYY_MM_DD", "AAAAMMJJ", "AAAA-MM-JJ", "AAAA_MM_JJ"];

/// First words of Go's templates (`docker --format '{{json .}}'`), which are not ours to fill.
pub(super) const GO_TEMPLATE: [&str; 9] = ["range", "end", "if", "else", "with", "json", "index", "printf", "len"];

/// Tags that prose holds; in a command a name is a name.
pub(super) const TAGS: [&str; 40] = [
    "a", "b", "i", "p", "u", "s", "br", "hr", "li", "ul", "ol", "td", "th", "tr", "em", "dl", "dt", "dd", "h1", "h2",
    "h3", "h4", "kbd", "sub", "sup", "pre", "div", "img", "span", "code", "table", "strong", "summary", "details",
    "thead", "tbody", "center", "small", "mark", "stdin",
];

/// What logs and configuration put between brackets.
pub(super) const BRACKETED_WORDS: [&str; 22] = [
    "INFO", "WARN", "WARNING", "ERROR", "OK", "FAIL", "FAILED", "DEBUG", "NOTE", "FATAL", "DONE", "SUCCESS",
    "CRITICAL", "PASS", "SKIP", "TODO", "TRACE", "KO", "Note", "Warning", "Error", "System",
];

/// First words of names that are only ever written to be replaced.
pub(super) const CERTAIN: [&str; 8] = ["NEW", "OLD", "YOUR", "MY", "TARGET", "SOURCE", "REPLICA", "MASTER"];

/// Names in capitals that other programs define: of AWS, of Linux, and the privileges of MySQL.
pub(super) const CONSTANTS: [&str; 35] = [
    "CAPABILITY_IAM",
    "CAPABILITY_NAMED_IAM",
    "CAPABILITY_AUTO_EXPAND",
    "PAY_PER_REQUEST",
    "FARGATE_SPOT",
    "NET_ADMIN",
    "NET_RAW",
    "SYS_ADMIN",
    "SYS_PTRACE",
    "SYS_TIME",
    "SYS_RESOURCE",
    "IPC_LOCK",
    "APPLICATION_PASSWORD_ADMIN",
    "AUDIT_ADMIN",
    "AUTHENTICATION_POLICY_ADMIN",
    "BACKUP_ADMIN",
    "BINLOG_ADMIN",
    "BINLOG_ENCRYPTION_ADMIN",
    "CLONE_ADMIN",
    "CONNECTION_ADMIN",
    "ENCRYPTION_KEY_ADMIN",
    "FIREWALL_ADMIN",
    "GROUP_REPLICATION_ADMIN",
    "MASKING_DICTIONARIES_ADMIN",
    "PASSWORDLESS_USER_ADMIN",
    "PERSIST_RO_VARIABLES_ADMIN",
    "REPLICATION_SLAVE_ADMIN",
    "RESOURCE_GROUP_ADMIN",
    "ROLE_ADMIN",
    "SERVICE_CONNECTION_ADMIN",
    "SESSION_VARIABLES_ADMIN",
    "SYSTEM_VARIABLES_ADMIN",
    "TABLE_ENCRYPTION_ADMIN",
    "VERSION_TOKEN_ADMIN",
    "XA_RECOVER_ADMIN",
];

/// Names with an underscore that SQL and its servers define.
pub(super) fn is_sql_name(name: &str) -> bool {
    const NAMES: [&str; 42] = [
        "AUTO_INCREMENT",
        "CURRENT_TIMESTAMP",
        "CURRENT_DATE",
        "CURRENT_TIME",
        "CURRENT_USER",
        "SESSION_USER",
        "IO_THREAD",
        "SQL_THREAD",
        "INFORMATION_SCHEMA",
        "PERFORMANCE_SCHEMA",
        "GROUP_CONCAT",
        "LAST_INSERT_ID",
        "DATE_SUB",
        "DATE_ADD",
        "UTC_TIMESTAMP",
        "UNIX_TIMESTAMP",
        "ROW_COUNT",
        "FOUND_ROWS",
        "REPLICATION_APPLIER",
        "SQL_LOG_BIN",
        "READ_ONLY",
        "SUPER_READ_ONLY",
        "GTID_MODE",
        "SERVER_ID",
        "UTF8_GENERAL_CI",
        "BINARY_LOG",
        "RELAY_LOG",
        "MASTER_STATUS",
        "MASTER_LOGS",
        "REPLICA_STATUS",
        "GTID_SLAVE_POS",
        "GTID_CURRENT_POS",
        "SQL_DELAY",
        "IF_EXISTS",
        "NOT_NULL",
        "PRIMARY_KEY",
        "FOREIGN_KEY",
        "SOURCE_DELAY",
        "LONG_QUERY_TIME",
        "SLAVE_POS",
        "CURRENT_POS",
        "REPLICA_POS",
    ];
    const OF_SOURCE: [&str; 21] = [
        "HOST",
        "PORT",
        "USER",
        "PASSWORD",
        "LOG_FILE",
        "LOG_POS",
        "AUTO_POSITION",
        "USE_GTID",
        "CONNECT_RETRY",
        "RETRY_COUNT",
        "DELAY",
        "BIND",
        "SSL",
        "HEARTBEAT_PERIOD",
        "GTID_WAIT",
        "POS_WAIT",
        "PUBLIC_KEY_PATH",
        "TLS_VERSION",
        "COMPRESSION_ALGORITHMS",
        "SSL_CA",
        "SSL_VERIFY_SERVER_CERT",
    ];
    NAMES.contains(&name)
        || name.starts_with("SSL_")
        || name.starts_with("GET_MASTER_PUBLIC")
        || ["MASTER_", "SOURCE_"].iter().any(|p| name.strip_prefix(p).is_some_and(|rest| OF_SOURCE.contains(&rest)))
}
