//! Runbooks against the AWS stand-in.
