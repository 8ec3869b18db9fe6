//! The product structure of a STEP file: which solids stand where.

use std::collections::HashMap;

use occt_wasm::{DocumentHandle, LabelInfo, OcctKernel, ShapeHandle};

use crate::kernel::Handles;
use crate::refusal::{Code, Refusal};
use crate::stream::{HERE, Placement};

/// The most components on the way to the solids, each as often as it is placed: a tower of copies of copies is not walked.
const MOST_COMPONENTS: usize = 100_000;
/// The most assemblies within one another.
const MOST_DEPTH: usize = 64;
/// The longest name that is kept, in letters.
const LONGEST_NAME: usize = 200;

/// The solids of a file.
#[derive(Debug, Default)]
pub struct Product {
    /// The solids, in the order of the file.
    pub solids: Vec<Solid>,
    /// The faces that belong to no solid.
    pub surface_count: u64,
}

/// A solid of the kernel.
#[derive(Debug)]
pub struct Solid {
    /// The kernel's shape.
    pub shape: ShapeHandle,
    /// The name of its part.
    pub name: String,
    /// The placement of each copy, in the unit of the file.
    pub placements: Vec<Placement>,
}

/// A walk over the assemblies of a document.
struct Walk<'a> {
    kernel: &'a mut OcctKernel,
    handles: Handles,
    document: DocumentHandle,
    unit_mm: f64,
    component_count: usize,
    /// The solids of each part, by the part's label.
    parts: HashMap<i32, Vec<usize>>,
    product: Product,
}

impl Product {
    /// Has the kernel read a file.
    pub fn read(kernel: &mut OcctKernel, text: &str, unit_mm: f64) -> Result<Self, Refusal> {
        let reading = |error| Refusal::of_kernel(&error, "read the file");
        let handles = Handles::of(kernel).map_err(reading)?;
        let document = kernel.xcaf_import_step(text).map_err(reading)?;
        let roots = kernel.xcaf_get_root_labels(document).map_err(reading)?;
        let (parts, product) = (HashMap::new(), Self::default());
        let mut walk = Walk { kernel, handles, document, unit_mm, component_count: 0, parts, product };
        for root in roots {
            walk.visit(root, "", &HERE, 0)?;
        }
        Ok(walk.product)
    }
}

impl Walk<'_> {
    /// Visits a label: an assembly, a component of one, or a part.
    fn visit(&mut self, label: i32, name: &str, placement: &Placement, depth: usize) -> Result<(), Refusal> {
        self.component_count += 1;
        if self.component_count > MOST_COMPONENTS || depth > MOST_DEPTH {
            let message = format!(
                "the assembly has more than {MOST_COMPONENTS} components, or more than {MOST_DEPTH} within one another"
            );
            return Err(Refusal::new(Code::TooLarge, message));
        }
        let reading = |error| Refusal::of_kernel(&error, "read an assembly");
        let (document, kernel) = (self.document, &mut *self.kernel);
        let info = kernel.xcaf_get_label_info(document, label).map_err(reading)?;
        let referred = kernel.xcaf_get_referred_label(document, label).map_err(reading)?;
        let name = if info.name.is_empty() { name.to_owned() } else { info.name.chars().take(LONGEST_NAME).collect() };
        if referred > 0 {
            let location = kernel.xcaf_get_label_location(document, label).map_err(reading)?;
            self.release(&info)?;
            let placement = compose(placement, &self.in_unit_of_file(&location));
            return self.visit(referred, &name, &placement, depth + 1);
        }
        if info.is_assembly {
            self.release(&info)?;
            for child in self.kernel.xcaf_get_child_labels(document, label).map_err(reading)? {
                self.visit(child, &name, placement, depth + 1)?;
            }
            return Ok(());
        }
        self.part(&info, &name, placement)
    }

    /// Places the solids of a part.
    fn part(&mut self, info: &LabelInfo, name: &str, placement: &Placement) -> Result<(), Refusal> {
        if let Some(solids) = self.parts.get(&info.label_id) {
            for &solid in solids {
                self.product.solids[solid].placements.push(*placement);
            }
            return self.release(info);
        }
        let reading = |error| Refusal::of_kernel(&error, "read a part");
        let (kernel, solids) = (&mut *self.kernel, &mut self.product.solids);
        let first = solids.len();
        if info.shape_id > 0 {
            let shape = self.handles.handle(info.shape_id);
            let mut faces_of_solids = 0;
            for solid in kernel.get_sub_shapes(shape, "solid").map_err(reading)? {
                faces_of_solids += kernel.sub_shape_count(solid, "face").map_err(reading)?;
                solids.push(Solid { shape: solid, name: name.to_owned(), placements: vec![*placement] });
            }
            let faces = kernel.sub_shape_count(shape, "face").map_err(reading)?;
            self.product.surface_count += u64::try_from(faces - faces_of_solids).unwrap_or_default();
        }
        self.parts.insert(info.label_id, (first..solids.len()).collect());
        self.release(info)
    }

    fn release(&mut self, info: &LabelInfo) -> Result<(), Refusal> {
        if info.shape_id == 0 {
            return Ok(());
        }
        let shape = self.handles.handle(info.shape_id);
        self.kernel.release(shape).map_err(|error| Refusal::of_kernel(&error, "read an assembly"))
    }

    /// A location of the kernel, whose lengths are in millimetres.
    fn in_unit_of_file(&self, location: &[f64]) -> Placement {
        let Ok(mut placement) = Placement::try_from(location) else { return HERE };
        for translation in [3, 7, 11] {
            placement[translation] /= self.unit_mm;
        }
        placement
    }
}

/// The placement of what is placed within something that is placed itself.
fn compose(outer: &Placement, inner: &Placement) -> Placement {
    std::array::from_fn(|place| {
        let (row, column) = (place / 4 * 4, place % 4);
        let sum: f64 = (0..3).map(|k| outer[row + k] * inner[k * 4 + column]).sum();
        if column == 3 { sum + outer[row + 3] } else { sum }
    })
}
