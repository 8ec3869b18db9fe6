//! A bounding-volume hierarchy over numbered items, each of which has an axis-parallel box.
//!
//! The tree is balanced and has no pointers: the items lie in one order, in blocks of a few; a node is a range of blocks, and
//! its children are the halves of the range. No two nodes divide at the same place, so that the box of a node is kept at the
//! place where it divides.
//!
//! The order is that of a k-d tree over the centres of the boxes: each range is divided at the median along the axis on which
//! its centres spread most. Unlike an order along a space-filling curve, which has a grid of fixed fineness, it divides a small
//! part as well as a large one, wherever a single item lies far away. It depends on the boxes alone, not on threads.

use std::ops::{ControlFlow, Range};

use nalgebra::Vector3;

use super::triangle::{Point, to_f64};

/// The number of items in a block.
const BLOCK: usize = 4;

/// An axis-parallel box. Its sides belong to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::mesh) struct Bounds {
    pub low: Point,
    pub high: Point,
}

/// What is done with the pairs of a join.
pub(in crate::mesh) trait Join {
    /// Why a join ends early.
    type Break;

    /// Whether items of two groups are a pair. Nodes are compared by their groups first.
    fn pairs_groups(&self, a: u32, b: u32) -> bool;

    /// Counts comparisons of two boxes.
    fn count_steps(&mut self, steps: u32) -> ControlFlow<Self::Break>;

    /// Takes a pair of items whose boxes meet.
    fn pair(&mut self, a: u32, b: u32) -> ControlFlow<Self::Break>;
}

/// Items and the tree of their boxes.
#[derive(Debug)]
pub(in crate::mesh) struct BoxTree {
    order: Vec<u32>,
    /// The boxes of the items in their order.
    boxes: Vec<Bounds>,
    /// What is known of each block.
    blocks: Vec<Summary>,
    /// What is known of the node that divides before each block.
    nodes: Vec<Summary>,
}

/// A range of blocks, and the box about their items.
#[derive(Debug)]
pub(in crate::mesh) struct Node {
    blocks: Range<usize>,
    pub bounds: Bounds,
    group: u32,
}

/// The box about some items, and the group that all of them belong to.
#[derive(Debug, Clone, Copy)]
struct Summary {
    bounds: Bounds,
    /// [`MIXED`](Self::MIXED) if they belong to several.
    group: u32,
}

/// An item while the tree is built.
#[derive(Debug, Clone, Copy)]
struct Item {
    centre: Point,
    number: u32,
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
            high: [0, 1, 2]
                .map(|axis| if other.high[axis] > self.high[axis] { other.high[axis] } else { self.high[axis] }),
        }
    }

    /// The point in its middle.
    pub fn middle(&self) -> Vector3<f64> {
        (to_f64(self.low) + to_f64(self.high)) / 2.0
    }

    /// The part that both have in common, or the box of nothing.
    pub fn common(&self, other: &Self) -> Self {
        if !self.meets(other) {
            return Self::EMPTY;
        }
        Self {
            low: [0, 1, 2].map(|axis| self.low[axis].max(other.low[axis])),
            high: [0, 1, 2].map(|axis| self.high[axis].min(other.high[axis])),
        }
    }

    /// Whether the boxes have a point in common.
    #[expect(clippy::needless_bitwise_bool, reason = "no processor guesses well which axis says no")]
    pub fn meets(&self, other: &Self) -> bool {
        let along = |axis: usize| (self.low[axis] <= other.high[axis]) & (other.low[axis] <= self.high[axis]);
        along(0) & along(1) & along(2)
    }

    /// Whether the other box lies in this one.
    #[expect(clippy::needless_bitwise_bool, reason = "no processor guesses well which axis says no")]
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

    fn widest_axis(&self) -> usize {
        let widths = [0, 1, 2].map(|axis| self.width(axis));
        if widths[0] >= widths[1] && widths[0] >= widths[2] {
            0
        } else if widths[1] >= widths[2] {
            1
        } else {
            2
        }
    }

    fn girth(&self) -> f32 {
        self.width(0) + self.width(1) + self.width(2)
    }
}

impl Summary {
    const MIXED: u32 = u32::MAX;
    const NONE: Self = Self { bounds: Bounds::EMPTY, group: Self::MIXED };

    fn joined(&self, other: &Self) -> Self {
        let group = if self.group == other.group { self.group } else { Self::MIXED };
        Self { bounds: self.bounds.joined(&other.bounds), group }
    }
}

impl BoxTree {
    /// The most memory while a tree is built, in bytes an item, but for those of a block.
    pub const BYTES_PER_ITEM: usize =
        size_of::<Item>() + size_of::<u32>() + size_of::<Bounds>() + 2 * size_of::<Summary>() / BLOCK;

    /// Builds the tree of some items, which all are of one group.
    pub fn of(numbers: impl Iterator<Item = u32>, bounds: impl Fn(u32) -> Bounds) -> Self {
        Self::of_groups(numbers, bounds, |_| 0)
    }

    /// Builds the tree of some items, each of which belongs to a group.
    pub fn of_groups(
        numbers: impl Iterator<Item = u32>,
        bounds: impl Fn(u32) -> Bounds,
        group: impl Fn(u32) -> u32,
    ) -> Self {
        let mut items = Vec::with_capacity(numbers.size_hint().1.unwrap_or_default());
        items.extend(numbers.map(|number| Item { centre: bounds(number).centre(), number }));
        bring_into_order(&mut items);
        let mut order = Vec::with_capacity(items.len());
        order.extend(items.iter().map(|item| item.number));
        drop(items);
        let boxes: Vec<Bounds> = order.iter().map(|&number| bounds(number)).collect();
        let block = |(numbers, boxes): (&[u32], &[Bounds])| {
            let of_items = numbers.iter().zip(boxes).map(|(&number, &bounds)| Summary { bounds, group: group(number) });
            of_items.reduce(|all, item| all.joined(&item)).unwrap_or(Summary::NONE)
        };
        let blocks: Vec<Summary> = order.chunks(BLOCK).zip(boxes.chunks(BLOCK)).map(block).collect();
        let mut nodes = vec![Summary::NONE; blocks.len()];
        join_halves(&blocks, &mut nodes);
        Self { order, boxes, blocks, nodes }
    }

    /// Calls the join with each pair of items whose boxes meet, once.
    pub fn join<J: Join>(&self, join: &mut J) -> ControlFlow<J::Break> {
        self.root().map_or(ControlFlow::Continue(()), |root| self.join_within(&root, join))
    }

    /// Appends the items to `found` whose boxes `meets` accepts. It must accept every box about one that it accepts.
    pub fn search(&self, meets: impl Fn(&Bounds) -> bool, found: &mut Vec<u32>) {
        let mut left_over: Vec<Node> = self.root().into_iter().collect();
        while let Some(node) = left_over.pop() {
            if !meets(&node.bounds) {
                continue;
            }
            if let Some(halves) = self.halves(&node) {
                left_over.extend(halves);
            } else {
                let items = self.places(&node).filter(|&place| meets(&self.boxes[place]));
                found.extend(items.map(|place| self.order[place]));
            }
        }
    }

    /// The node of all items, if there are any.
    pub fn root(&self) -> Option<Node> {
        (!self.blocks.is_empty()).then(|| self.node(0..self.blocks.len()))
    }

    /// The halves of a node, unless it is a block of few items. The first item of the first half is that of the node.
    pub fn halves(&self, node: &Node) -> Option<[Node; 2]> {
        let middle = middle(&node.blocks);
        let halves = [node.blocks.start..middle, middle..node.blocks.end];
        (node.blocks.len() > 1).then(|| halves.map(|blocks| self.node(blocks)))
    }

    /// The items of a node, at least one.
    pub fn items(&self, node: &Node) -> &[u32] {
        &self.order[self.places(node)]
    }

    fn node(&self, blocks: Range<usize>) -> Node {
        let summary = if blocks.len() == 1 { self.blocks[blocks.start] } else { self.nodes[middle(&blocks)] };
        Node { blocks, bounds: summary.bounds, group: summary.group }
    }

    fn places(&self, node: &Node) -> Range<usize> {
        node.blocks.start * BLOCK..self.order.len().min(node.blocks.end * BLOCK)
    }

    fn join_within<J: Join>(&self, node: &Node, join: &mut J) -> ControlFlow<J::Break> {
        if !Self::pairs_nodes(node, node, join) {
            return ControlFlow::Continue(());
        }
        let Some([left, right]) = self.halves(node) else {
            let places = self.places(node);
            return places
                .clone()
                .try_for_each(|place| self.join_places(place..place + 1, place + 1..places.end, join));
        };
        self.join_within(&left, join)?;
        self.join_within(&right, join)?;
        self.join_between(&left, &right, join)
    }

    /// Joins two nodes that have no item in common. The larger one is divided.
    fn join_between<J: Join>(&self, a: &Node, b: &Node, join: &mut J) -> ControlFlow<J::Break> {
        join.count_steps(1)?;
        if !a.bounds.meets(&b.bounds) || !Self::pairs_nodes(a, b, join) {
            return ControlFlow::Continue(());
        }
        let a_is_larger = b.blocks.len() == 1 || a.blocks.len() > 1 && a.bounds.girth() >= b.bounds.girth();
        let (divided, other) = if a_is_larger { (a, b) } else { (b, a) };
        let Some([left, right]) = self.halves(divided) else {
            return self.join_places(self.places(a), self.places(b), join);
        };
        self.join_between(&left, other, join)?;
        self.join_between(&right, other, join)
    }

    fn pairs_nodes<J: Join>(a: &Node, b: &Node, join: &J) -> bool {
        a.group == Summary::MIXED || b.group == Summary::MIXED || join.pairs_groups(a.group, b.group)
    }

    /// Joins the items at a few places with those at others.
    fn join_places<J: Join>(&self, a: Range<usize>, b: Range<usize>, join: &mut J) -> ControlFlow<J::Break> {
        join.count_steps((a.len() * b.len()) as u32)?;
        // One comparison in two says yes: no processor guesses which.
        let (mut meeting, mut count) = ([[0; 2]; BLOCK * BLOCK], 0);
        for a in a {
            for b in b.clone() {
                meeting[count] = [self.order[a], self.order[b]];
                count += usize::from(self.boxes[a].meets(&self.boxes[b]));
            }
        }
        meeting[..count].iter().try_for_each(|&[a, b]| join.pair(a, b))
    }
}

/// The block before which a range of blocks is divided.
fn middle(blocks: &Range<usize>) -> usize {
    blocks.start + blocks.len() / 2
}

/// Brings items into the order of the tree.
fn bring_into_order(items: &mut [Item]) {
    if items.len() <= BLOCK {
        return;
    }
    let points = items.iter().map(|item| Bounds { low: item.centre, high: item.centre });
    let axis = points.fold(Bounds::EMPTY, |all, point| all.joined(&point)).widest_axis();
    let middle = BLOCK * middle(&(0..items.len().div_ceil(BLOCK)));
    items
        .select_nth_unstable_by(middle, |a, b| a.centre[axis].total_cmp(&b.centre[axis]).then(a.number.cmp(&b.number)));
    let (left, right) = items.split_at_mut(middle);
    bring_into_order(left);
    bring_into_order(right);
}

/// Joins what is known of blocks to what is known of nodes, and gives that of all.
fn join_halves(blocks: &[Summary], nodes: &mut [Summary]) -> Summary {
    if blocks.len() <= 1 {
        return blocks.first().copied().unwrap_or(Summary::NONE);
    }
    let middle = middle(&(0..blocks.len()));
    let (left, right) = nodes.split_at_mut(middle);
    let joined = join_halves(&blocks[..middle], left).joined(&join_halves(&blocks[middle..], right));
    nodes[middle] = joined;
    joined
}

/// The largest `f32` that is not above a number, and the smallest that is not below it.
pub(in crate::mesh) fn rounded_out(number: f64) -> [f32; 2] {
    let nearest = number as f32;
    let exact = f64::from(nearest);
    [
        if exact > number { nearest.next_down() } else { nearest },
        if exact < number { nearest.next_up() } else { nearest },
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Collects the pairs of a join, and breaks after a number of them.
    struct Pairs {
        within: bool,
        found: Vec<(u32, u32)>,
        most: usize,
    }

    impl Join for Pairs {
        type Break = ();

        fn pairs_groups(&self, a: u32, b: u32) -> bool {
            (a == b) == self.within
        }

        fn count_steps(&mut self, _: u32) -> ControlFlow<()> {
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
            let mut pairs = Pairs { within: true, found: Vec::new(), most: usize::MAX };
            prop_assert!(tree(&boxes).join(&mut pairs).is_continue());
            pairs.found.sort_unstable();
            let all = (0..boxes.len()).flat_map(|a| (a + 1..boxes.len()).map(move |b| (a, b)));
            let expected: Vec<_> = all.filter(|&(a, b)| boxes[a].meets(&boxes[b])).map(|(a, b)| (a as u32, b as u32)).collect();
            prop_assert_eq!(pairs.found, expected);
        }

        #[test]
        fn every_pair_is_found_of_one_group_or_of_two(boxes in boxes(), groups in 1..9_u32) {
            // Neighbours are mostly of one group.
            let group = |item: u32| (boxes[item as usize].low[0].to_bits() / 7 + item % 2) % groups;
            let tree = BoxTree::of_groups(0..boxes.len() as u32, |item| boxes[item as usize], group);
            for within in [false, true] {
                let mut pairs = Pairs { within, found: Vec::new(), most: usize::MAX };
                prop_assert!(tree.join(&mut pairs).is_continue());
                pairs.found.retain(|&(a, b)| (group(a) == group(b)) == within);
                pairs.found.sort_unstable();
                let all = (0..boxes.len() as u32).flat_map(|a| (a + 1..boxes.len() as u32).map(move |b| (a, b)));
                let wanted = all.filter(|&(a, b)| (group(a) == group(b)) == within);
                let expected: Vec<_> = wanted.filter(|&(a, b)| boxes[a as usize].meets(&boxes[b as usize])).collect();
                prop_assert_eq!(pairs.found, expected);
            }
        }

        #[test]
        fn every_box_is_found_that_meets_a_box(boxes in boxes(), wanted in on_a_lattice(40)) {
            let mut found = Vec::new();
            tree(&boxes).search(|bounds| bounds.meets(&wanted), &mut found);
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
        let mut pairs = Pairs { within: true, found: Vec::new(), most: 100 };
        assert!(tree(&boxes).join(&mut pairs).is_break());
        assert_eq!(pairs.found.len(), 100);
    }

    #[test]
    fn largest_coordinates_have_a_centre() {
        let boxes = [-1.0, 0.0, 1.0].map(|side| Bounds::of(&[[side * f32::MAX; 3]]));
        let mut pairs = Pairs { within: true, found: Vec::new(), most: usize::MAX };
        assert!(tree(&boxes).join(&mut pairs).is_continue());
        assert_eq!(pairs.found, []);
    }
}
