//! Streams as converters of CAD files write them: docs/cad-stream.md.

/// The first bytes of every stream.
pub const MAGIC: &[u8] = b"PWCAD\r\n\x01";

/// A stream of records, each a tag and its payload.
pub fn stream<'r>(records: impl IntoIterator<Item = (&'r [u8], &'r [u8])>) -> Vec<u8> {
    let mut stream = MAGIC.to_vec();
    for (tag, payload) in records {
        stream.extend(tag);
        stream.extend((payload.len() as u32).to_le_bytes());
        stream.extend(payload);
    }
    stream
}

/// A stream of a cube of a centimetre, in centimetres, whose solid is said to have another volume.
pub fn cube(volume: &str) -> Vec<u8> {
    let solid = format!(
        r#"{{"name":"cube","points":8,"triangles":12,"copies":1,
            "exact":{{"volume":{volume},"area":6.0,"mesh_volume":1.0,"deflection":0.001}}}}"#
    );
    let here = [1.0_f64, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    let corners = (0..8_u32).flat_map(|corner| [0, 1, 2].map(|axis| ((corner >> axis) & 1) as f32));
    let corners: Vec<[u8; 4]> = corners.map(f32::to_le_bytes).collect();
    let sides: [[u32; 4]; 6] = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let triangles: Vec<[u8; 4]> =
        sides.iter().flat_map(|&[a, b, c, d]| [a, b, c, a, c, d]).map(u32::to_le_bytes).collect();
    stream([
        (&b"FILE"[..], &br#"{"unit_mm":10.0,"triangles":12,"meshes":"tessellated"}"#[..]),
        (b"SOLD", solid.as_bytes()),
        (b"PLAC", here.map(f64::to_le_bytes).as_flattened()),
        (b"PNTS", corners.as_flattened()),
        (b"TRIS", triangles.as_flattened()),
        (b"END ", br#"{"solids":1,"sha256":"00"}"#),
    ])
}
