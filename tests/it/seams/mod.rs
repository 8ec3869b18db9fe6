//! The seams of the core: a format and a driver of the tests, each one file and one row of a table.

mod area_above;
mod drivers;
mod formats;
mod point_list;

use pricing_worker::driver::Driver;
use pricing_worker::format::{FORMATS, Format};

/// The program's format and the tests' own.
static FORMATS_AND_OURS: [&dyn Format; 2] = [FORMATS[0], &point_list::PointList { whole_file: false }];
/// The tests' own driver.
static OUR_DRIVERS: [Driver; 1] = [area_above::ROW];
