//! Tests of printed parts of two public printers, in `../shared/models/fdm`. A clone lacks that folder: without it,
//! `tests/run` leaves these tests out, and says so.

use std::path::Path;

use super::problem;
use crate::project::assert_none;

/// The volume of each part in mm³ by `trimesh` 5.2, with which `prusa-slicer` 2.5 agrees to the precision of `f32`.
const PARTS: [(&str, f64); 24] = [
    ("prusa-Printed-Parts_STL_Einsy-doors.stl", 21_154.721_454_648_443),
    ("prusa-Printed-Parts_STL_Einsy-hinges.stl", 1_932.045_046_521_159_7),
    ("prusa-Printed-Parts_STL_Extruder-cable-clip.stl", 1_765.397_766_371_712_1),
    ("prusa-Printed-Parts_STL_Heatbed-cable-clip.stl", 2_565.516_575_686_227_5),
    ("prusa-Printed-Parts_STL_LCD-knob.stl", 2_298.082_862_310_598_6),
    ("prusa-Printed-Parts_STL_cable-holder.stl", 3_599.533_449_970_684),
    ("prusa-Printed-Parts_STL_endstop-block.stl", 968.722_792_915_522_7),
    ("prusa-Printed-Parts_STL_extruder-cover.stl", 13_490.292_244_659_19),
    ("prusa-Printed-Parts_STL_extruder-idler.stl", 5_512.496_834_273_276),
    ("prusa-Printed-Parts_STL_fs-cover-mmu2s.stl", 5_131.492_758_751_167_5),
    ("prusa-Printed-Parts_STL_fs-lever.stl", 711.669_591_331_890_8),
    ("prusa-Printed-Parts_STL_plug-aligner.stl", 218.515_005_061_626_1),
    ("prusa-Printed-Parts_STL_print-fan-support.stl", 2_212.807_761_456_888),
    ("prusa-Printed-Parts_STL_psu-cover-DELTA.stl", 12_465.651_052_546_606),
    ("prusa-Printed-Parts_STL_raspberry_cover.stl", 2_539.739_706_187_201_6),
    ("prusa-Printed-Parts_STL_y-belt-holder.stl", 5_346.600_699_854_403),
    ("prusa-Printed-Parts_STL_y-belt-idler.stl", 11_112.296_932_271_698),
    ("prusa-Printed-Parts_STL_y-rod-holder.stl", 2_649.763_802_410_486),
    ("voron-STLs_Display__a__Display_Faceplate_x1.stl", 8_312.672_979_932_942),
    ("voron-STLs_Display__c__Display_Diffuser_x1.STL", 286.649_837_770_017_26),
    ("voron-STLs_M2_Nut_Adapter_Rotated_x5.stl", 1_618.002_719_883_682_2),
    ("voron-STLs_Panel_Mounting_Right_Bottom_Front_Hinge_x1.stl", 2_397.612_613_489_270_6),
    ("voron-STLs_Toolheads_Hotend_Mounts_Fan_Saver__a__FS_Hotend_Mount_Bambu_X1C.stl", 11_788.290_972_297_591),
    ("voron-STLs_Toolheads_Hotend_Mounts_Standard__a__Hotend_Mount_MicroSwiss_All_Metal.stl", 6_789.352_830_651_427),
];

#[test]
fn printed_parts_are_priced_without_a_review() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models/fdm");
    let mut problems = Vec::new();
    for (name, volume) in PARTS {
        let path = folder.join(name);
        let bytes = std::fs::read(&path).unwrap_or_else(|error| {
            panic!("{}: {error}; without it, tests/run leaves this test out, and says so", path.display())
        });
        problems.extend(problem(name, &bytes, volume, 1e-6));
    }
    assert_none("printed parts", &problems);
}
