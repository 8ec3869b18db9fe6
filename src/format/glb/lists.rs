//! Lists of a document that take no more memory than they may, whatever the JSON has.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

use super::error::GlbError;

/// The most items of a list: nodes, meshes, accessors.
pub(super) const MOST_ITEMS: usize = 1 << 16;

/// A list of which the first items are kept.
#[derive(Debug)]
pub(super) struct List<T> {
    items: Vec<T>,
    count: u64,
}

/// Whether a weight is not zero.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weights {
    pub are_used: bool,
}

impl<T> List<T> {
    /// The item of a number.
    pub fn get(&self, number: u32) -> Option<&T> {
        self.items.get(number as usize)
    }

    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// Refuses a list that is longer than what was kept of it.
    pub fn check(&self, what: &'static str) -> Result<(), GlbError> {
        let Self { items, count } = self;
        if *count > items.len() as u64 { Err(GlbError::TooMany { what, count: *count }) } else { Ok(()) }
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { items: Vec::new(), count: 0 }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while items.len() < MOST_ITEMS
                    && let Some(item) = seq.next_element()?
                {
                    items.push(item);
                }
                let mut count = items.len() as u64;
                while seq.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(List { items, count })
            }
        }
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Weights {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WeightsVisitor;
        impl<'de> Visitor<'de> for WeightsVisitor {
            type Value = Weights;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of weights")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut are_used = false;
                while let Some(weight) = seq.next_element::<f64>()? {
                    are_used |= weight != 0.0;
                }
                Ok(Weights { are_used })
            }
        }
        deserializer.deserialize_seq(WeightsVisitor)
    }
}
