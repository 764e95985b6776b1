//! Galera, Redis, and what is cut or killed on purpose.
