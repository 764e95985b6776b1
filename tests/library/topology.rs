//! Runbooks that change who is the primary: lag, split brain, switchover, failback, the monthly test.
