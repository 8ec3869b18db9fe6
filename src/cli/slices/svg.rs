//! A layer as a drawing, to scale: what is solid is filled.

use std::fmt::Write as _;

use super::CutModel;

/// The margin around the model, as a share of its longer side.
const MARGIN: f64 = 0.05;
/// The width of the outlines, as a share of the longer side.
const STROKE: f64 = 0.002;

/// Draws the loops of a layer within the bounds of the model, one unit of the drawing a millimetre, seen from above.
pub(super) fn draw(cut: &CutModel, layer: u32) -> String {
    let unit_mm = cut.model.model.unit.name.millimetres();
    let bounds = &cut.model.geometry.bounds_mm;
    let [width, height, _] = cut.model.geometry.extents_mm;
    let longer = width.max(height);
    let margin = MARGIN * longer;
    // In a drawing y goes down.
    let (left, top) = (bounds.min[0] - margin, -bounds.max[1] - margin);
    let (across, down) = (width + 2.0 * margin, height + 2.0 * margin);
    let z = cut.grid.plane(layer) * unit_mm;
    let mut path = String::new();
    for of_layer in &cut.drawn {
        for (number, point) in of_layer.points.iter().enumerate() {
            let letter = if number == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{letter}{:.4} {:.4}", point.x * unit_mm, 0.0 - point.y * unit_mm);
        }
        path.push('Z');
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{across:.3}mm\" height=\"{down:.3}mm\" \
         viewBox=\"{left:.4} {top:.4} {across:.4} {down:.4}\">\n\
         <title>Layer {} of {}, cut at z = {z:.4} mm</title>\n\
         <rect x=\"{left:.4}\" y=\"{top:.4}\" width=\"{across:.4}\" height=\"{down:.4}\" fill=\"#ffffff\"/>\n\
         <path d=\"{path}\" fill=\"#8ab4d8\" fill-rule=\"evenodd\" stroke=\"#1c3a57\" stroke-width=\"{:.4}\"/>\n\
         </svg>\n",
        layer + 1,
        cut.grid.count(),
        STROKE * longer,
    )
}
