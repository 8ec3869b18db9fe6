//! A queue that puts results, which come in the order in which jobs end, into the order of their questions.
//!
//! The caller bounds it: it asks nothing while [`OrderedResults::len`] is at its limit.

use std::collections::{BTreeMap, HashMap, VecDeque};

/// The questions whose answers were not shown yet.
#[derive(Debug)]
pub struct OrderedResults<T> {
    /// The number of the next question.
    asked: u64,
    /// The number of the next answer to show.
    shown: u64,
    /// The questions without an answer. An id may have several: their answers are the same.
    open: HashMap<String, VecDeque<u64>>,
    /// The answers that wait for an earlier one.
    answered: BTreeMap<u64, T>,
}

impl<T> Default for OrderedResults<T> {
    fn default() -> Self {
        Self { asked: 0, shown: 0, open: HashMap::new(), answered: BTreeMap::new() }
    }
}

impl<T> OrderedResults<T> {
    /// Adds a question about an id.
    pub fn ask(&mut self, id: String) {
        self.open.entry(id).or_default().push_back(self.asked);
        self.asked += 1;
    }

    /// Adds an answer; false where no question about the id is open.
    pub fn answer(&mut self, id: &str, answer: T) -> bool {
        let Some(numbers) = self.open.get_mut(id) else { return false };
        let number = numbers.pop_front().expect("an id without questions is removed");
        if numbers.is_empty() {
            self.open.remove(id);
        }
        self.answered.insert(number, answer);
        true
    }

    /// The next answer in order; none where it has not come yet.
    pub fn next(&mut self) -> Option<T> {
        let answer = self.answered.remove(&self.shown)?;
        self.shown += 1;
        Some(answer)
    }

    /// The number of questions whose answers were not shown yet.
    pub fn len(&self) -> u64 {
        self.asked - self.shown
    }

    /// Whether every answer was shown.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_out_in_the_order_of_the_questions() {
        // Questions; answers as (id, value); what comes out after each.
        type Row = (&'static [&'static str], &'static [(&'static str, u8)], &'static [&'static [u8]]);
        let table: [Row; 4] = [
            (&["a", "b"], &[("a", 1), ("b", 2)], &[&[1], &[2]]),
            (&["a", "b", "c"], &[("c", 3), ("b", 2), ("a", 1)], &[&[], &[], &[1, 2, 3]]),
            (&["a", "a", "b"], &[("a", 1), ("b", 3), ("a", 2)], &[&[1], &[], &[2, 3]]),
            (&["a"], &[("stranger", 9), ("a", 1), ("a", 2)], &[&[], &[1], &[]]),
        ];
        for (questions, answers, expected) in table {
            let mut order = OrderedResults::default();
            for id in questions {
                order.ask((*id).to_owned());
            }
            let shown: Vec<Vec<u8>> = answers
                .iter()
                .map(|(id, value)| {
                    order.answer(id, *value);
                    std::iter::from_fn(|| order.next()).collect()
                })
                .collect();
            assert_eq!(shown, expected, "{questions:?} {answers:?}");
            assert!(order.is_empty());
        }
    }
}
