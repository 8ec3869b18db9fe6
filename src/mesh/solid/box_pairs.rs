//! The pairs of overlapping boxes among many.
//!
//! Two boxes overlap if, on each axis, one of them contains the other's lower end. The search takes one axis after the
//! other, and halves the lower ends on each: a box that spans a whole half contains every lower end in it, so that only
//! the axes below remain (Zomorodian and Edelsbrunner, "Fast software for box intersections", 2002). It takes
//! n log³ n steps for n boxes, whatever their shapes and places; a sweep along one axis takes n² for boxes side by side
//! across it.

use std::ops::{ControlFlow, Range};

use crate::mesh::solid::stop_poll::StopPoll;
use crate::mesh::triangle::Point;

/// Up to this many containers or ends are compared with all of the others one by one.
const FEW: usize = 8;

/// The ends of a box as ranks among the lower ends of all boxes, on each axis. Every box has another rank as its lower end;
/// its upper end is the rank of the first lower end that is not below it.
#[derive(Debug, Clone, Copy, Default)]
struct Ranks {
    low: [u32; 3],
    high: [u32; 3],
}

/// Calls `found` with each pair of `count` boxes that have a volume in common, until `found` or the poll breaks. `bounds` gives
/// the lower and upper corners of a box. Boxes that only touch do not overlap.
pub(in crate::mesh) fn box_pairs(
    count: usize,
    bounds: impl Fn(u32) -> [Point; 2],
    poll: StopPoll<'_>,
    mut found: impl FnMut(u32, u32) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let solid = |&number: &u32| {
        let [low, high] = bounds(number);
        (0..3).all(|axis| low[axis] < high[axis])
    };
    let all: Vec<u32> = (0..count as u32).filter(solid).collect();
    let mut ranks = vec![Ranks::default(); count];
    for axis in 0..3 {
        let low = |number: u32| bounds(number)[0][axis];
        let mut ascending = all.clone();
        ascending.sort_unstable_by(|&a, &b| low(a).total_cmp(&low(b)).then(a.cmp(&b)));
        for (rank, &number) in (0..).zip(&ascending) {
            let high = bounds(number)[1][axis];
            let ranks = &mut ranks[number as usize];
            ranks.low[axis] = rank;
            ranks.high[axis] = ascending.partition_point(|&other| low(other) < high) as u32;
        }
    }
    let count = all.len() as u32;
    PairSearch { ranks: &ranks, poll, found: &mut found }.search(all.clone(), all, 0..count, 2)
}

/// The search for pairs, over boxes by their ranks.
struct PairSearch<'a, F> {
    ranks: &'a [Ranks],
    poll: StopPoll<'a>,
    found: &'a mut F,
}

impl<F: FnMut(u32, u32) -> ControlFlow<()>> PairSearch<'_, F> {
    /// Finds the pairs of a container and an end of which the container contains the end's lower end on this axis, and both
    /// overlap on the axes below it. All lower ends lie in the segment.
    fn search(&mut self, containers: Vec<u32>, ends: Vec<u32>, segment: Range<u32>, axis: usize) -> ControlFlow<()> {
        self.poll.count(containers.len() + ends.len())?;
        if containers.len().min(ends.len()) <= FEW {
            return self.compare(&containers, &ends, axis);
        }
        let (spanning, partial): (Vec<u32>, Vec<u32>) = containers.into_iter().partition(|&container| {
            let ranks = &self.ranks[container as usize];
            ranks.low[axis] < segment.start && segment.end <= ranks.high[axis]
        });
        if axis == 0 {
            for &container in &spanning {
                ends.iter().try_for_each(|&end| (self.found)(container, end))?;
            }
        } else {
            let below = 0..self.ranks.len() as u32;
            self.search(spanning.clone(), ends.clone(), below.clone(), axis - 1)?;
            self.search(ends.clone(), spanning, below, axis - 1)?;
        }
        if partial.is_empty() {
            return ControlFlow::Continue(());
        }
        let middle = self.median(&ends, axis);
        let (left, right): (Vec<u32>, Vec<u32>) =
            ends.into_iter().partition(|&end| self.ranks[end as usize].low[axis] < middle);
        let starts_before = |&&container: &&u32| self.ranks[container as usize].low[axis] < middle;
        let reaches = |&&container: &&u32| self.ranks[container as usize].high[axis] > middle;
        let on_left = partial.iter().filter(starts_before).copied().collect();
        let on_right = partial.iter().filter(reaches).copied().collect();
        drop(partial);
        self.search(on_left, left, segment.start..middle, axis)?;
        self.search(on_right, right, middle..segment.end, axis)
    }

    /// Does the same by a comparison of each container with each end.
    fn compare(&mut self, containers: &[u32], ends: &[u32], axis: usize) -> ControlFlow<()> {
        for &container in containers {
            self.poll.count(ends.len())?;
            for &end in ends {
                let (a, b) = (&self.ranks[container as usize], &self.ranks[end as usize]);
                let contains = a.low[axis] < b.low[axis] && b.low[axis] < a.high[axis];
                if contains && (0..axis).all(|axis| a.low[axis] < b.high[axis] && b.low[axis] < a.high[axis]) {
                    (self.found)(container, end)?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// The median of the lower ends.
    fn median(&self, ends: &[u32], axis: usize) -> u32 {
        let mut lows: Vec<u32> = ends.iter().map(|&end| self.ranks[end as usize].low[axis]).collect();
        let middle = lows.len() / 2;
        *lows.select_nth_unstable(middle).1
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use proptest::prelude::*;

    use super::*;

    type BoxBounds = [[f32; 3]; 2];

    fn found(boxes: &[BoxBounds]) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        let _ = box_pairs(
            boxes.len(),
            |number| boxes[number as usize],
            StopPoll::new(&|| false),
            |a, b| {
                pairs.push((a.min(b), a.max(b)));
                ControlFlow::Continue(())
            },
        );
        pairs.sort_unstable();
        pairs
    }

    fn by_definition(boxes: &[BoxBounds]) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        for (a, [a_low, a_high]) in (0..).zip(boxes) {
            for (b, [b_low, b_high]) in (0..).zip(boxes).skip(a as usize + 1) {
                if (0..3).all(|axis| a_low[axis].max(b_low[axis]) < a_high[axis].min(b_high[axis])) {
                    pairs.push((a, b));
                }
            }
        }
        pairs
    }

    /// A box on a small lattice, so that many ends are the same; flat ones among them.
    fn on_a_lattice(size: u8) -> impl Strategy<Value = BoxBounds> {
        let point = || prop::array::uniform3(0..size).prop_map(|point| point.map(f32::from));
        let sorted = |pick: fn(f32, f32) -> f32, a: [f32; 3], b: [f32; 3]| [0, 1, 2].map(|axis| pick(a[axis], b[axis]));
        (point(), point()).prop_map(move |(a, b)| [sorted(f32::min, a, b), sorted(f32::max, a, b)])
    }

    proptest! {
        #[test]
        fn every_pair_is_found_once(boxes in (2..60_u8).prop_flat_map(|size| prop::collection::vec(on_a_lattice(size), 0..300))) {
            prop_assert_eq!(found(&boxes), by_definition(&boxes));
        }
    }

    #[test]
    fn boxes_side_by_side_across_any_axis_do_not_overlap() {
        for axis in 0..3 {
            let boxes: Vec<BoxBounds> = (0..100_000)
                .map(|number| {
                    let (mut low, mut high) = ([0.0; 3], [1e6; 3]);
                    low[axis] = number as f32;
                    high[axis] = (number + 1) as f32;
                    [low, high]
                })
                .collect();
            assert_eq!(found(&boxes), []);
        }
    }

    #[test]
    fn the_search_ends_when_it_is_stopped() {
        let side_by_side = |number: u32| [[0.0, 0.0, number as f32], [1.0, 1.0, (number + 1) as f32]];
        let ended = box_pairs(100_000, side_by_side, StopPoll::new(&|| true), |_, _| ControlFlow::Continue(()));
        assert_eq!(ended, ControlFlow::Break(()));
    }

    #[test]
    fn the_search_ends_when_the_caller_breaks() {
        let boxes = vec![[[0.0; 3], [1.0; 3]]; 100_000];
        let mut count = 0;
        let ended = box_pairs(
            boxes.len(),
            |number| boxes[number as usize],
            StopPoll::new(&|| false),
            |_, _| {
                count += 1;
                if count == 1000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        assert_eq!((ended, count), (ControlFlow::Break(()), 1000));
    }
}
