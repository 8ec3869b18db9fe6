//! Tests of the core's interfaces for formats and drivers: they add one of each, by one file and one row of a table.

mod area_above;
mod drivers;
mod formats;
mod point_list;

use pricing_worker::driver::Driver;
use pricing_worker::format::{FORMATS, FileFormat};

/// The program's format and the test format.
static FORMATS_AND_OURS: [&dyn FileFormat; 2] = [FORMATS[0], &point_list::PointList { whole_file: false }];
/// The test driver.
static OUR_DRIVERS: [Driver; 1] = [area_above::ROW];
