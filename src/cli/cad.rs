//! The converter of CAD files that a command uses.

use std::sync::Arc;

use crate::adapter::CadProgram;
use crate::appraise::Appraiser;
use crate::config::{Cad, CadSource, Environment};
use crate::worker::conversion::CadConverter;

/// The name of the converter's program.
const PROGRAM: &str = "pricing-cad";

/// A converter, where there is one.
pub type Converter = Option<Arc<dyn CadConverter>>;

/// The converter that the configuration names, or that is installed, and the appraiser that reads what it makes.
pub fn with_converter(appraiser: Appraiser, cad: &Cad, environment: &Environment) -> (Appraiser, Converter) {
    let program = match &cad.source {
        CadSource::Off => None,
        CadSource::Installed => environment.find_program(PROGRAM),
        CadSource::Program(path) => Some(path.clone()),
    };
    match program {
        None => (appraiser, None),
        Some(program) => {
            let converter: Arc<dyn CadConverter> = Arc::new(CadProgram::new(program, cad.timeout));
            (appraiser.converting(cad.memory_bytes), Some(converter))
        }
    }
}
