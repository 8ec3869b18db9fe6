//! Tests of admission by bytes: which jobs wait, and for which others.

use futures_util::poll;
use pricing_worker::worker::compute::memory_budget::MemoryBudget;

use crate::support::soon;

const KIB: u64 = 1024;

#[tokio::test]
async fn what_does_not_fit_waits_until_it_does() {
    let budget = MemoryBudget::new(100 * KIB);
    let first = budget.try_reserve(60 * KIB).expect("it fits");
    assert!(budget.try_reserve(41 * KIB).is_none());
    let second = budget.try_reserve(40 * KIB).expect("it fits exactly");
    assert_eq!(budget.used_bytes(), 100 * KIB);

    let mut third = Box::pin(budget.reserve(30 * KIB));
    assert!(poll!(&mut third).is_pending());
    drop(second);
    let third = soon("the third fits", third).await;
    assert_eq!(budget.used_bytes(), 90 * KIB);
    drop((first, third));
    assert_eq!(budget.used_bytes(), 0);
}

#[tokio::test]
async fn a_model_larger_than_the_budget_takes_all_of_it_and_is_not_refused() {
    let budget = MemoryBudget::new(100 * KIB);
    let whole = soon("the whole budget", budget.reserve(u64::MAX)).await;
    assert_eq!(budget.used_bytes(), 100 * KIB);
    assert!(budget.try_reserve(1).is_none());
    drop(whole);
    assert!(budget.try_reserve(1).is_some());
}

#[tokio::test]
async fn small_ones_do_not_overtake_a_large_one_for_ever() {
    let budget = MemoryBudget::new(100 * KIB);
    let small = budget.try_reserve(10 * KIB).expect("it fits");
    let mut large = Box::pin(budget.reserve(100 * KIB));
    assert!(poll!(&mut large).is_pending());
    assert!(budget.try_reserve(10 * KIB).is_none(), "90 KiB are free, and the large one was first");
    let mut later = Box::pin(budget.reserve(10 * KIB));
    assert!(poll!(&mut later).is_pending());
    drop(small);
    let large = soon("the large one", large).await;
    assert!(poll!(&mut later).is_pending());
    drop(large);
    soon("the later one", later).await;
}

#[tokio::test]
async fn who_stops_waiting_gives_back_what_was_set_aside() {
    let budget = MemoryBudget::new(100 * KIB);
    let held = budget.try_reserve(50 * KIB).expect("it fits");
    let mut waiting = Box::pin(budget.reserve(80 * KIB));
    assert!(poll!(&mut waiting).is_pending());
    drop(waiting);
    assert!(budget.try_reserve(50 * KIB).is_some());
    drop(held);
}

#[tokio::test]
async fn budgets_of_any_size_are_counted() {
    let rows = [(0, KIB), (1, KIB), (KIB, KIB), (512 << 20, 512 << 20), (8 << 30, 8 << 30)];
    for (budget_bytes, whole_bytes) in rows {
        let budget = MemoryBudget::new(budget_bytes);
        let _whole = budget.try_reserve(budget_bytes.max(1)).expect("the whole budget");
        assert_eq!(budget.used_bytes(), whole_bytes, "a budget of {budget_bytes}");
    }
}
