//! Runbooks that keep data: corruption, disk full, backup and restore, a new replica.
