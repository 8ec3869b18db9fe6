//! The model: a day of a deployment, event by event. It has queues, workers that take from them like the real one, and
//! the autoscaler.
//!
//! A worker has slots, and prefetches as many messages from each queue; the broker deals messages out in turn to the
//! workers with room for one more. Of ten deliveries, while it has some of both, one is bulk
//! (`src/adapter/amqp/consumer.rs`). A worker that is told to stop finishes what it has, until its drain timeout; the
//! rest returns to the head of the queue. Broker and store are separate servers, each with a rate that all workers
//! share.
//!
//! [`super::autoscaler`] decides on replicas, by the counts that RabbitMQ's management API would give: their age
//! follows from its two intervals. Time is in whole microseconds, so that a day is the same on any machine.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use super::arrivals::{DAY_S, Request};
use super::autoscaler::{Autoscaler, Settings};
use super::day::{Day, Sample, World};

/// Interactive deliveries for each bulk delivery: the worker's own ratio.
const INTERACTIVE_SHARE: u32 = 9;

/// Microseconds since the day's start.
type Micros = u64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrives,
    Worked { pod: usize, request: usize },
    Answered { pod: usize, request: usize },
    Ready { pod: usize },
    DrainEnds { pod: usize },
    Counted,
    Gathered,
    Syncs,
    Polls,
    Sampled,
}

#[derive(Debug)]
struct Pod {
    since: Micros,
    state: State,
    /// Prefetched messages, by queue.
    ahead: [VecDeque<usize>; 2],
    /// Unacknowledged messages, by queue: prefetched or in work.
    held: [usize; 2],
    working: Vec<usize>,
    interactive_in_a_row: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Starting,
    Ready,
    Draining,
    Gone,
}

/// Plays a day of requests sorted by time, starting from the minimum of replicas.
pub fn play(world: &World, settings: &Settings, requests: &[Request]) -> Day {
    let uploads = requests.iter().filter_map(|request| request.upload).max().map_or(0, |last| last + 1);
    let mut model = Model {
        world,
        settings,
        requests,
        autoscaler: Autoscaler::new(settings.clone()),
        now: 0,
        events: BinaryHeap::new(),
        sequence: 0,
        arrived: 0,
        left: requests.len(),
        queues: Default::default(),
        backlogs: [0; 2],
        counted: [0; 2],
        gathered: [0; 2],
        pods: Vec::new(),
        alive: Vec::new(),
        replicas: 0,
        turn: 0,
        broker_free: 0,
        store_free: 0,
        begun: vec![false; requests.len()],
        longest_wait_s: [None; 2],
        day: Day { answered_s: vec![f64::NAN; requests.len()], uploads_s: vec![0.0; uploads], ..Day::default() },
    };
    model.run();
    model.day
}

struct Model<'a> {
    world: &'a World,
    settings: &'a Settings,
    requests: &'a [Request],
    autoscaler: Autoscaler,
    now: Micros,
    /// The earliest event comes first; of two at the same time, the one planned first.
    events: BinaryHeap<Reverse<(Micros, u64, Event)>>,
    sequence: u64,
    /// The number of requests that have arrived, and of all those without an answer.
    arrived: usize,
    left: usize,
    /// Ready messages, by queue.
    queues: [VecDeque<usize>; 2],
    /// Ready and unacknowledged messages: now, at the queues' last count, and in the management API.
    backlogs: [u64; 2],
    counted: [u64; 2],
    gathered: [u64; 2],
    /// All pods that ever existed, and those that are not gone.
    pods: Vec<Pod>,
    alive: Vec<usize>,
    replicas: u32,
    /// The pod that gets the next message.
    turn: usize,
    broker_free: Micros,
    store_free: Micros,
    begun: Vec<bool>,
    longest_wait_s: [Option<f64>; 2],
    day: Day,
}

impl Model<'_> {
    fn run(&mut self) {
        for _ in 0..self.settings.min_replicas {
            self.create();
        }
        // Pods from before the day are ready, and the intervals start out of step with each other.
        for pod in 0..self.pods.len() {
            self.pods[pod].state = State::Ready;
        }
        self.events.clear();
        if let Some(first) = self.requests.first() {
            self.plan_at(micros(first.at_s), Event::Arrives);
        }
        self.plan(self.world.statistics_s * 0.3, Event::Counted);
        self.plan(self.world.statistics_s * 0.7, Event::Gathered);
        self.plan(self.world.sync_s * 0.5, Event::Syncs);
        if self.settings.min_replicas == 0 {
            self.plan(self.settings.polling_interval.as_secs_f64() * 0.9, Event::Polls);
        }
        self.plan(0.0, Event::Sampled);
        let midnight = micros(DAY_S);
        while let Some(Reverse((at, _, event))) = self.events.pop() {
            if self.left == 0 && at > midnight {
                break;
            }
            self.day.backlog_seconds += seconds(at - self.now) * self.backlogs.iter().sum::<u64>() as f64;
            self.now = at;
            self.happen(event);
        }
        for &pod in &self.alive {
            self.day.pod_seconds += seconds(self.now - self.pods[pod].since);
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrives => self.arrive(),
            Event::Worked { pod, request } => self.worked(pod, request),
            Event::Answered { pod, request } => self.answered(pod, request),
            Event::Ready { pod } => {
                if self.pods[pod].state == State::Starting {
                    self.pods[pod].state = State::Ready;
                    self.deal();
                }
            }
            Event::DrainEnds { pod } => self.give_back(pod),
            Event::Counted => {
                self.counted = self.backlogs;
                self.plan(self.world.statistics_s, Event::Counted);
            }
            Event::Gathered => {
                self.gathered = self.counted;
                self.plan(self.world.statistics_s, Event::Gathered);
            }
            Event::Syncs => {
                let replicas = self.autoscaler.sync(duration(self.now), self.replicas, &self.gathered);
                self.scale(replicas);
                self.plan(self.world.sync_s, Event::Syncs);
            }
            Event::Polls => {
                let replicas = self.autoscaler.poll(duration(self.now), self.replicas, &self.gathered);
                self.scale(replicas);
                self.plan(self.settings.polling_interval.as_secs_f64(), Event::Polls);
            }
            Event::Sampled => self.sample(),
        }
    }

    /// Adds all requests that arrive at this time.
    fn arrive(&mut self) {
        while let Some(request) = self.requests.get(self.arrived) {
            if micros(request.at_s) > self.now {
                self.plan_at(micros(request.at_s), Event::Arrives);
                break;
            }
            self.queues[request.queue as usize].push_back(self.arrived);
            self.backlogs[request.queue as usize] += 1;
            self.arrived += 1;
        }
        self.deal();
    }

    /// Deals ready messages out in turn to the workers with room for one more.
    fn deal(&mut self) {
        for queue in 0..2 {
            let mut asked = 0;
            while asked < self.alive.len() && !self.queues[queue].is_empty() {
                self.turn = (self.turn + 1) % self.alive.len();
                asked += 1;
                if self.send(self.alive[self.turn], queue) {
                    asked = 0;
                }
            }
        }
        for place in 0..self.alive.len() {
            self.begin(self.alive[place]);
        }
    }

    /// Sends one message of this queue to a worker with room for one more.
    fn send(&mut self, pod: usize, queue: usize) -> bool {
        let taker = &mut self.pods[pod];
        if taker.state != State::Ready || taker.held[queue] >= self.world.slots {
            return false;
        }
        let Some(request) = self.queues[queue].pop_front() else { return false };
        taker.held[queue] += 1;
        taker.ahead[queue].push_back(request);
        true
    }

    /// Starts work while there is a slot and a message.
    fn begin(&mut self, number: usize) {
        while self.pods[number].working.len() < self.world.slots {
            let pod = &mut self.pods[number];
            if matches!(pod.state, State::Starting | State::Gone) {
                return;
            }
            let bulk_first = pod.interactive_in_a_row >= INTERACTIVE_SHARE;
            let order = if bulk_first { [1, 0] } else { [0, 1] };
            let Some(queue) = order.into_iter().find(|&queue| !pod.ahead[queue].is_empty()) else { return };
            pod.interactive_in_a_row = if queue == 0 { pod.interactive_in_a_row.saturating_add(1) } else { 0 };
            let request = pod.ahead[queue].pop_front().expect("it is not empty");
            pod.working.push(request);
            let Request { at_s, service_s, bytes, .. } = self.requests[request];
            if !std::mem::replace(&mut self.begun[request], true) {
                let wait_s = (seconds(self.now) - at_s).max(0.0);
                self.day.waits_s[queue].push(wait_s);
                self.longest_wait_s[queue] =
                    Some(self.longest_wait_s[queue].map_or(wait_s, |longest| longest.max(wait_s)));
            }
            let World { store_gets_per_s, store_bytes_per_s, .. } = self.world;
            let from = self.now.max(self.store_free);
            self.store_free = from + micros((1.0 / store_gets_per_s).max(bytes / store_bytes_per_s));
            self.plan_at(from + micros(service_s), Event::Worked { pod: number, request });
        }
    }

    /// Ends the work; the broker takes the answer and the acknowledgement at its own rate.
    fn worked(&mut self, pod: usize, request: usize) {
        let taken = self.now.max(self.broker_free);
        self.broker_free = taken + micros(1.0 / self.world.broker_per_s);
        if taken == self.now {
            self.answered(pod, request);
        } else {
            self.plan_at(taken, Event::Answered { pod, request });
        }
    }

    fn answered(&mut self, number: usize, request: usize) {
        let pod = &mut self.pods[number];
        // A message that was given back belongs to another worker now.
        let Some(place) = pod.working.iter().position(|&working| working == request) else { return };
        pod.working.swap_remove(place);
        let Request { at_s, queue, upload, .. } = self.requests[request];
        let queue = queue as usize;
        pod.held[queue] -= 1;
        self.backlogs[queue] -= 1;
        self.left -= 1;
        self.day.ended_s = seconds(self.now);
        let took_s = seconds(self.now) - at_s;
        assert!(self.day.answered_s[request].is_nan(), "answered twice");
        self.day.answered_s[request] = took_s;
        if let Some(upload) = upload {
            self.day.uploads_s[upload] = took_s;
        }
        self.send(number, queue);
        self.begin(number);
        self.end_if_drained(number);
    }

    fn scale(&mut self, replicas: u32) {
        while self.replicas < replicas {
            self.create();
        }
        while self.replicas > replicas {
            self.stop_one();
        }
    }

    fn create(&mut self) {
        let pod = self.pods.len();
        self.pods.push(Pod {
            since: self.now,
            state: State::Starting,
            ahead: Default::default(),
            held: [0; 2],
            working: Vec::new(),
            interactive_in_a_row: 0,
        });
        self.alive.push(pod);
        self.replicas += 1;
        self.day.most_replicas = self.day.most_replicas.max(self.replicas);
        self.plan(self.world.start_s, Event::Ready { pod });
    }

    /// Stops one pod: an unready one first, then the youngest, as a `ReplicaSet` does.
    fn stop_one(&mut self) {
        let last = |state| self.alive.iter().copied().rfind(|&pod| self.pods[pod].state == state);
        let pod = last(State::Starting).or_else(|| last(State::Ready)).expect("replicas are counted");
        self.replicas -= 1;
        self.pods[pod].state = State::Draining;
        self.plan(self.world.drain_timeout_s, Event::DrainEnds { pod });
        self.end_if_drained(pod);
    }

    fn end_if_drained(&mut self, number: usize) {
        let pod = &mut self.pods[number];
        if pod.state == State::Draining && pod.held == [0; 2] {
            pod.state = State::Gone;
            self.day.pod_seconds += seconds(self.now - pod.since);
            self.alive.retain(|&alive| alive != number);
        }
    }

    /// Ends a drain timeout: the worker's remaining messages return to the head of the queue.
    fn give_back(&mut self, number: usize) {
        let pod = &mut self.pods[number];
        if pod.state != State::Draining {
            return;
        }
        let mut back: Vec<usize> =
            pod.working.drain(..).chain(pod.ahead.iter_mut().flat_map(|a| a.drain(..))).collect();
        pod.held = [0; 2];
        back.sort_unstable();
        for request in back.into_iter().rev() {
            self.day.begun_again += usize::from(self.begun[request]);
            self.queues[self.requests[request].queue as usize].push_front(request);
        }
        self.end_if_drained(number);
        self.deal();
    }

    fn sample(&mut self) {
        let ready = self.alive.iter().filter(|&&pod| self.pods[pod].state == State::Ready).count() as u32;
        let longest_wait_s = std::mem::take(&mut self.longest_wait_s);
        let (replicas, backlogs) = (self.replicas, self.backlogs);
        self.day.samples.push(Sample { at_s: seconds(self.now), replicas, ready, backlogs, longest_wait_s });
        self.plan(self.world.sample_s, Event::Sampled);
    }

    fn plan(&mut self, in_s: f64, event: Event) {
        self.plan_at(self.now + micros(in_s), event);
    }

    fn plan_at(&mut self, at: Micros, event: Event) {
        self.sequence += 1;
        self.events.push(Reverse((at, self.sequence, event)));
    }
}

fn micros(seconds: f64) -> Micros {
    Duration::from_secs_f64(seconds).as_micros() as Micros
}

fn seconds(micros: Micros) -> f64 {
    micros as f64 / 1e6
}

fn duration(micros: Micros) -> Duration {
    Duration::from_micros(micros)
}
