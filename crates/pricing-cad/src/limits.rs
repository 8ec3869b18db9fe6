//! The limits of a conversion, and what the process denies itself before it reads a byte of the file.

use std::io;

use clap::Args;
use rustix::process::{Resource, Rlimit, setrlimit};

/// The memory of the process beside the kernel's own: the file's bytes, one mesh, and tables of the module.
const PROCESS_MIB: u64 = 64;

/// The limits of a conversion.
#[derive(Debug, Clone, Copy, Args)]
pub struct Limits {
    /// The memory of the process, in MiB
    #[arg(long, default_value_t = 384, value_parser = clap::value_parser!(u64).range(256..))]
    pub memory_mib: u64,
    /// The most seconds of processor time
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    pub cpu_seconds: u64,
    /// The most triangles of the model, copies included
    #[arg(long, default_value_t = 1_000_000)]
    pub triangles: u64,
    /// The most that a mesh may be off the faces of its solid, as a share of the solid's diagonal
    #[arg(long, default_value_t = 1e-3)]
    pub deflection: f64,
    /// The most that neighbouring triangles of a curved face may turn, in radians
    #[arg(long, default_value_t = 0.1)]
    pub angle: f64,
}

impl Limits {
    /// The memory of the kernel, in bytes.
    pub fn kernel_bytes(&self) -> usize {
        ((self.memory_mib - PROCESS_MIB) << 20) as usize
    }

    /// Denies this process, for good, what a conversion does not need: files, sockets, other processes, more memory and more
    /// time. Whatever a file does to the kernel, and the kernel to its sandbox, finds a process that can only compute and
    /// write to its output.
    pub fn enforce(&self) -> io::Result<()> {
        let limits = [
            // No descriptor beyond the three that are open: no file, and no socket.
            (Resource::Nofile, 3),
            (Resource::Nproc, 0),
            (Resource::Core, 0),
            (Resource::Data, self.memory_mib << 20),
            (Resource::Cpu, self.cpu_seconds),
        ];
        for (resource, most) in limits {
            setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
        }
        Ok(())
    }
}
