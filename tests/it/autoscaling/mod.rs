//! Replicas that follow the queue: with real workers.

mod real;
