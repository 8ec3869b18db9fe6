//! The integration tests: the crate's interfaces and its binary, in one test binary that links once.

mod amqp;
mod appraise;
mod architecture;
mod autoscaling;
mod chart;
mod cli;
mod compose;
mod configuration_reference;
mod documents;
mod faults;
mod fixtures;
mod geometry;
mod image;
mod message_edges;
mod messages;
mod observability;
mod ports_messages;
mod ports_store;
mod pricing;
mod project;
mod reports;
mod s3_answers;
mod s3_broken_bodies;
mod s3_parts;
mod seams;
mod telemetry;
mod traffic;
mod untrusted;
mod worker_admission;
mod worker_compute;
mod worker_handler;
mod worker_intake;
mod worker_kinds;
mod worker_replicas;
mod worker_suspects;

use test_support as support;
