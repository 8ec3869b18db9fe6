//! The report of panics: those that the core catches are no news for whoever reads standard error.

use std::panic;

use crate::appraise::catches_panics;

/// Keeps panics that the core catches off standard error. All others are reported as before.
pub fn report_uncaught() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !catches_panics() {
            report(panic);
        }
    }));
}
