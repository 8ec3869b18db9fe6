//! A bounding-volume hierarchy over numbered items, each of which has an axis-parallel box.
//!
//! The tree is balanced and has no pointers: the items lie in one order, a node is a range of it, and its children are the
//! halves of the range. No two nodes divide at the same place, so that the box of a node is kept at the place where it divides.
//! The box of a single item is asked of the caller, which has the item anyway. This takes 28 bytes an item.
//!
//! The order is that of a k-d tree over the centres of the boxes: each range is divided at the median along the axis on which
//! its centres spread most. Unlike an order along a space-filling curve, which has a grid of fixed fineness, it divides a small
//! part as well as a large one, wherever a single item lies far away. It depends on the boxes alone, not on threads.

use std::ops::{ControlFlow, Range};

use super::triangle::Point;

/// An axis-parallel box. Its sides belong to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::mesh) struct Bounds {
    pub low: Point,
    pub high: Point,
}

/// The items of a join, and what is done with its pairs.
pub(in crate::mesh) trait Join {
    /// Why a join ends early.
    type Break;

    /// The box of an item.
    fn bounds(&self, item: u32) -> Bounds;

    /// Counts the comparison of two boxes.
    fn count_step(&mut self) -> ControlFlow<Self::Break>;

    /// Takes a pair of items whose boxes meet.
    fn pair(&mut self, a: u32, b: u32) -> ControlFlow<Self::Break>;
}

/// Items and the tree of their boxes.
#[derive(Debug)]
pub(in crate::mesh) struct BoxTree {
    order: Vec<u32>,
    /// The box of the node that divides at each place.
    boxes: Vec<Bounds>,
}

/// An item while the tree is built.
#[derive(Debug, Clone, Copy)]
struct Item {
    centre: Point,
    number: u32,
}

/// A range of the order, and the box about its items.
#[derive(Debug)]
pub(in crate::mesh) struct Node {
    range: Range<usize>,
    pub bounds: Bounds,
}

impl Bounds {
    /// The box of nothing.
    pub const EMPTY: Self = Self { low: [f32::INFINITY; 3], high: [f32::NEG_INFINITY; 3] };

    /// The smallest box about some points.
    pub fn of(points: &[Point]) -> Self {
        points.iter().fold(Self::EMPTY, |bounds, &point| bounds.joined(&Self { low: point, high: point }))
    }

    /// The smallest box about both.
    pub fn joined(&self, other: &Self) -> Self {
        Self {
            low: [0, 1, 2].map(|axis| if other.low[axis] < self.low[axis] { other.low[axis] } else { self.low[axis] }),
            high: [0, 1, 2].map(|axis| if other.high[axis] > self.high[axis] { other.high[axis] } else { self.high[axis] }),
        }
    }

    /// Whether the boxes have a point in common.
    pub fn meets(&self, other: &Self) -> bool {
        let along = |axis: usize| (self.low[axis] <= other.high[axis]) & (other.low[axis] <= self.high[axis]);
        along(0) & along(1) & along(2)
    }

    /// Whether the other box lies in this one.
    pub fn contains(&self, other: &Self) -> bool {
        let along = |axis: usize| (self.low[axis] <= other.low[axis]) & (other.high[axis] <= self.high[axis]);
        along(0) & along(1) & along(2)
    }

    fn centre(&self) -> Point {
        // Halved first: the sum of two large coordinates is none.
        [0, 1, 2].map(|axis| self.low[axis] * 0.5 + self.high[axis] * 0.5)
    }

    fn width(&self, axis: usize) -> f32 {
        self.high[axis] * 0.5 - self.low[axis] * 0.5
    }

    fn girth(&self) -> f32 {
        self.width(0) + self.width(1) + self.width(2)
    }
}

impl BoxTree {
    /// The memory of a tree, in bytes an item.
    pub const BYTES_PER_ITEM: usize = size_of::<u32>() + size_of::<Bounds>();
    /// The most memory while a tree is built, in bytes an item.
    pub const BUILD_BYTES_PER_ITEM: usize = size_of::<Item>() + Self::BYTES_PER_ITEM;

    /// Builds the tree of some items.
    pub fn of(numbers: impl Iterator<Item = u32>, bounds: impl Fn(u32) -> Bounds) -> Self {
        let mut items = Vec::with_capacity(numbers.size_hint().0);
        items.extend(numbers.map(|number| Item { centre: bounds(number).centre(), number }));
        let mut boxes = vec![Bounds::EMPTY; items.len()];
        if !items.is_empty() {
            build(&mut items, &mut boxes, &bounds);
        }
        let mut order = Vec::with_capacity(items.len());
        order.extend(items.iter().map(|item| item.number));
        Self { order, boxes }
    }

    /// Calls the join with each pair of items whose boxes meet, once.
    pub fn join<J: Join>(&self, join: &mut J) -> ControlFlow<J::Break> {
        match self.root(|item| join.bounds(item)) {
            Some(root) => self.join_within(&root, join),
            None => ControlFlow::Continue(()),
        }
    }

    /// Appends the items to `found` whose boxes `meets` accepts. It must accept every box about one that it accepts.
    pub fn search(&self, bounds: impl Fn(u32) -> Bounds, meets: impl Fn(&Bounds) -> bool, found: &mut Vec<u32>) {
        let mut left_over: Vec<Node> = self.root(&bounds).into_iter().collect();
        while let Some(node) = left_over.pop() {
            if !meets(&node.bounds) {
                continue;
            }
            match *self.items(&node) {
                [item] => found.push(item),
                _ => left_over.extend(self.halves(&node, &bounds)),
            }
        }
    }

    /// The node of all items.
    pub fn root(&self, bounds: impl Fn(u32) -> Bounds) -> Option<Node> {
        (!self.order.is_empty()).then(|| self.node(0..self.order.len(), bounds))
    }

    /// The halves of a node of several items. The first item of the first half is that of the node.
    pub fn halves(&self, node: &Node, bounds: impl Fn(u32) -> Bounds) -> [Node; 2] {
        let middle = middle(&node.range);
        [node.range.start..middle, middle..node.range.end].map(|range| self.node(range, &bounds))
    }

    /// The items of a node, at least one.
    pub fn items(&self, node: &Node) -> &[u32] {
        &self.order[node.range.clone()]
    }

    fn join_within<J: Join>(&self, node: &Node, join: &mut J) -> ControlFlow<J::Break> {
        if self.single(node).is_some() {
            return ControlFlow::Continue(());
        }
        let [left, right] = self.halves(node, |item| join.bounds(item));
        self.join_within(&left, join)?;
        self.join_within(&right, join)?;
        self.join_between(&left, &right, join)
    }

    /// Joins two nodes that have no item in common, the larger of which is divided.
    fn join_between<J: Join>(&self, a: &Node, b: &Node, join: &mut J) -> ControlFlow<J::Break> {
        join.count_step()?;
        if !a.bounds.meets(&b.bounds) {
            return ControlFlow::Continue(());
        }
        let (single_a, single_b) = (self.single(a), self.single(b));
        if let (Some(a), Some(b)) = (single_a, single_b) {
            return join.pair(a, b);
        }
        let divides_a = single_b.is_some() || single_a.is_none() && a.bounds.girth() >= b.bounds.girth();
        let (divided, other) = if divides_a { (a, b) } else { (b, a) };
        for half in self.halves(divided, |item| join.bounds(item)) {
            self.join_between(&half, other, join)?;
        }
        ControlFlow::Continue(())
    }

    fn node(&self, range: Range<usize>, bounds: impl Fn(u32) -> Bounds) -> Node {
        let bounds = if range.len() == 1 { bounds(self.order[range.start]) } else { self.boxes[middle(&range)] };
        Node { range, bounds }
    }

    /// The item of a node that is divided no more.
    fn single(&self, node: &Node) -> Option<u32> {
        (node.range.len() == 1).then(|| self.order[node.range.start])
    }
}

/// The place where a range of at least two items is divided.
fn middle(range: &Range<usize>) -> usize {
    range.start + range.len() / 2
}

/// Brings items into their order, and gives their box. `boxes` are those of as many places.
fn build(items: &mut [Item], boxes: &mut [Bounds], bounds: &impl Fn(u32) -> Bounds) -> Bounds {
    if let [item] = items {
        return bounds(item.number);
    }
    let centres = items.iter().fold(Bounds::EMPTY, |all, item| all.joined(&Bounds { low: item.centre, high: item.centre }));
    let axis = if centres.width(0) >= centres.width(1) && centres.width(0) >= centres.width(2) {
        0
    } else if centres.width(1) >= centres.width(2) {
        1
    } else {
        2
    };
    let middle = middle(&(0..items.len()));
    items.select_nth_unstable_by(middle, |a, b| {
        a.centre[axis].total_cmp(&b.centre[axis]).then(a.number.cmp(&b.number))
    });
    let (left, right) = items.split_at_mut(middle);
    let (of_left, of_right) = boxes.split_at_mut(middle);
    let joined = build(left, of_left, bounds).joined(&build(right, of_right, bounds));
    boxes[middle] = joined;
    joined
}

/// The largest `f32` that is not above a number, and the smallest that is not below it.
pub(in crate::mesh) fn rounded_out(number: f64) -> [f32; 2] {
    let nearest = number as f32;
    let exact = f64::from(nearest);
    [if exact > number { nearest.next_down() } else { nearest }, if exact < number { nearest.next_up() } else { nearest }]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Collects the pairs of a join, and breaks after a number of them.
    struct Pairs<'a> {
        boxes: &'a [Bounds],
        found: Vec<(u32, u32)>,
        most: usize,
    }

    impl Join for Pairs<'_> {
        type Break = ();

        fn bounds(&self, item: u32) -> Bounds {
            self.boxes[item as usize]
        }

        fn count_step(&mut self) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }

        fn pair(&mut self, a: u32, b: u32) -> ControlFlow<()> {
            self.found.push((a.min(b), a.max(b)));
            if self.found.len() < self.most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        }
    }

    fn tree(boxes: &[Bounds]) -> BoxTree {
        BoxTree::of(0..boxes.len() as u32, |item| boxes[item as usize])
    }

    /// A box on a small lattice, so that many sides and centres are the same; flat ones among them.
    fn on_a_lattice(size: u8) -> impl Strategy<Value = Bounds> {
        let point = move || prop::array::uniform3(0..size).prop_map(|point| point.map(f32::from));
        prop::array::uniform2(point()).prop_map(|corners| Bounds::of(&corners))
    }

    fn boxes() -> impl Strategy<Value = Vec<Bounds>> {
        (2..60_u8).prop_flat_map(|size| prop::collection::vec(on_a_lattice(size), 0..200))
    }

    proptest! {
        #[test]
        fn every_pair_of_boxes_that_meet_is_found_once(boxes in boxes()) {
            let mut pairs = Pairs { boxes: &boxes, found: Vec::new(), most: usize::MAX };
            prop_assert!(tree(&boxes).join(&mut pairs).is_continue());
            pairs.found.sort_unstable();
            let all = (0..boxes.len()).flat_map(|a| (a + 1..boxes.len()).map(move |b| (a, b)));
            let expected: Vec<_> = all.filter(|&(a, b)| boxes[a].meets(&boxes[b])).map(|(a, b)| (a as u32, b as u32)).collect();
            prop_assert_eq!(pairs.found, expected);
        }

        #[test]
        fn every_box_is_found_that_meets_a_box(boxes in boxes(), wanted in on_a_lattice(40)) {
            let mut found = Vec::new();
            tree(&boxes).search(|item| boxes[item as usize], |bounds| bounds.meets(&wanted), &mut found);
            found.sort_unstable();
            let expected: Vec<_> = (0..).zip(&boxes).filter(|(_, bounds)| bounds.meets(&wanted)).map(|(item, _)| item).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn numbers_are_rounded_outward(number in prop_oneof![any::<f64>(), (-4.0..4.0_f64), any::<f32>().prop_map(f64::from)]) {
            prop_assume!(!number.is_nan());
            let [below, above] = rounded_out(number);
            prop_assert!(f64::from(below) <= number && number <= f64::from(above));
            prop_assert!(below == above || below.next_up() == above, "{} and {} are not neighbours", below, above);
        }
    }

    #[test]
    fn a_join_ends_when_it_is_told_to() {
        let boxes = vec![Bounds::of(&[[0.0; 3], [1.0; 3]]); 1000];
        let mut pairs = Pairs { boxes: &boxes, found: Vec::new(), most: 100 };
        assert!(tree(&boxes).join(&mut pairs).is_break());
        assert_eq!(pairs.found.len(), 100);
    }

    #[test]
    fn largest_coordinates_have_a_centre() {
        let boxes = [-1.0, 0.0, 1.0].map(|side| Bounds::of(&[[side * f32::MAX; 3]]));
        let mut pairs = Pairs { boxes: &boxes, found: Vec::new(), most: usize::MAX };
        assert!(tree(&boxes).join(&mut pairs).is_continue());
        assert_eq!(pairs.found, []);
    }
}
