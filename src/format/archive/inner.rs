//! The reader of the file in an archive, which gets the bytes as they are unpacked.

use crate::contract::Position;
use crate::format::{FileFacts, Needs, ReadError, Reader, Sink};
use crate::mesh::NonFinite;

/// The file in an archive.
#[derive(Debug)]
pub(super) struct Inner {
    reader: Box<dyn Reader>,
    size_bytes: u64,
    /// The bytes so far, where the reader needs them as one chunk.
    whole_file: Option<Vec<u8>>,
}

impl Inner {
    /// A file of this length.
    pub fn new(reader: Box<dyn Reader>, size_bytes: u64) -> Self {
        let whole_file = reader.needs().whole_file.then(Vec::new);
        Self { reader, size_bytes, whole_file }
    }

    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// What reading the file takes while an archive is unpacked that must be there whole or not, with so much memory.
    pub fn needs(&self, unpacking_bytes: u64, whole_archive: bool) -> Needs {
        let needs = self.reader.needs();
        let held_bytes = if needs.whole_file { self.size_bytes } else { 0 };
        let own_bytes = needs.own_bytes.saturating_add(held_bytes).saturating_add(unpacking_bytes);
        Needs { own_bytes, whole_file: whole_archive, ..needs }
    }

    /// Takes the next bytes of the file, of which there are no more than its length.
    pub fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        let Some(held) = &mut self.whole_file else { return self.reader.push(bytes, sink) };
        if held.capacity() == 0 {
            // Reserved at once: a vector that grows takes up to twice the memory that the plan counts.
            held.reserve_exact(usize::try_from(self.size_bytes).unwrap_or_default());
        }
        held.extend_from_slice(bytes);
        Ok(())
    }

    pub fn finish(&mut self, sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        if let Some(held) = self.whole_file.take() {
            self.reader.push(&held, sink)?;
        }
        self.reader.finish(sink)
    }

    pub fn position(&self, place: NonFinite) -> Option<Position> {
        self.reader.position(place)
    }
}
