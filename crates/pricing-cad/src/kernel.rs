//! The CAD kernel: `OpenCascade` in `WebAssembly`, with a limit of memory.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use occt_wasm::wasmtime::{self, Config, Engine, Module, StoreLimitsBuilder};
use occt_wasm::{EvolutionData, OcctError, OcctKernel, ShapeHandle};

/// The file of the module that was compiled ahead of time, beside the program. The name has the kernel's release: wasmtime
/// refuses a module of another wasmtime, and cannot tell a module of another kernel.
const MODULE_NAME: &str = "pricing-cad-occt-7.0.0.module";

/// Compiles the kernel's module into a file.
pub fn compile_module(path: &Path) -> Result<(), ModuleError> {
    let module = OcctKernel::compile(&engine()?)?;
    Ok(fs::write(path, module.serialize()?)?)
}

/// The kernel's module: as compiled ahead of time, where the file beside the program fits; else compiled now, which takes
/// minutes of processor time.
pub fn module() -> Result<Module, ModuleError> {
    let engine = engine()?;
    let path = module_path()?;
    match deserialize(&engine, &path) {
        Ok(module) => Ok(module),
        Err(error) => {
            eprintln!(
                "pricing-cad: the CAD kernel is compiled anew, which takes a minute and more; \
                 `pricing-cad compile-module {}` does it once ({error})",
                path.display()
            );
            Ok(OcctKernel::compile(&engine)?)
        }
    }
}

/// Where the module that was compiled ahead of time is looked for.
pub fn module_path() -> io::Result<PathBuf> {
    Ok(env::current_exe()?.with_file_name(MODULE_NAME))
}

/// A kernel of its own memory, which never grows beyond a limit.
pub fn start(module: &Module, most_bytes: usize) -> Result<OcctKernel, OcctError> {
    OcctKernel::from_module_with_limiter(module, StoreLimitsBuilder::new().memory_size(most_bytes).build())
}

/// Makes handles of the numbers by which a document names its shapes. The kernel's own crate gives such a number, and takes a
/// handle for it; the one public way from the one to the other is the result of an operation that keeps a history.
pub struct Handles(EvolutionData);

impl Handles {
    /// Handles of a kernel's shapes.
    pub fn of(kernel: &mut OcctKernel) -> Result<Self, OcctError> {
        let cube = kernel.make_box(1.0, 1.0, 1.0)?;
        let moved = kernel.translate_with_history(cube, 1.0, 0.0, 0.0, &[], 1)?;
        kernel.release(cube)?;
        kernel.release(moved.result())?;
        Ok(Self(moved))
    }

    /// The handle of a shape.
    pub fn handle(&mut self, shape_id: u32) -> ShapeHandle {
        self.0.result_id = shape_id;
        self.0.result()
    }
}

/// An engine for any processor of this architecture: a module is compiled on one machine and loaded on others.
fn engine() -> Result<Engine, wasmtime::Error> {
    let mut config: Config = OcctKernel::engine_config();
    config.target(&format!("{}-unknown-linux-gnu", env::consts::ARCH))?;
    // Where in the module a trap was is of no use without its source, and takes a third of the file.
    config.generate_address_map(false);
    config.wasm_backtrace_max_frames(None);
    Engine::new(&config)
}

#[allow(unsafe_code, reason = "wasmtime runs what the file says it compiled")]
fn deserialize(engine: &Engine, path: &Path) -> Result<Module, wasmtime::Error> {
    // SAFETY: The file is as trusted as this program: it stands beside it, and whoever can write the one can write the other.
    // `compile_module` of this program made it; wasmtime itself refuses a file of another release, processor or configuration.
    unsafe { Module::deserialize_file(engine, path) }
}

/// Why there is no module.
#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
    /// wasmtime refused it.
    #[error(transparent)]
    Wasmtime(#[from] wasmtime::Error),
    /// The kernel's crate failed.
    #[error(transparent)]
    Kernel(#[from] OcctError),
    /// A file cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}
