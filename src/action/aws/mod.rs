//! RDS, Aurora and Route 53 by the API's own operation and field names.
//!
//! Knows nothing of plans or of the driver. [`Settings`] say where and as whom, a [`Client`] is made of them, a [`Request`]
//! is an operation with its fields, an [`Outcome`] is how it ended. Which operations there are, and which fields they
//! take, is data: the tables in `rds` and `route53`.
//!
//! Invariants: no message and no `Debug` holds a credential; a request that does not fit its table is never sent; a write
//! that may have reached the service is never sent again by itself, and without an answer it is *lost*, neither done nor
//! failed.

mod answer;
mod client;
mod error;
mod facts;
mod field;
mod flight;
mod operation;
mod outcome;
mod rds;
mod request;
mod route53;
mod settings;
mod watch;

pub use client::{Client, Identity};
pub use error::{AwsError, RequestError, ServiceError};
pub use facts::facts;
pub use field::{Field, Kind};
pub use operation::{Operation, Service, operations};
pub use outcome::{Limits, Outcome};
pub use request::Request;
pub use settings::{Keys, SecretText, Settings};
