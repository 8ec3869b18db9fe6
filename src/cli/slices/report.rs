//! The layers of a model as a table, as JSON and as CSV. All lengths are in millimetres.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use super::CutModel;
use crate::cli::terminal_text::{grouped, printable, rounded};
use crate::contract::ModelInfo;
use crate::section::{LayerSums, LoopCounts};

/// All layers of a model, with what they add up to.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    path: String,
    model: ModelInfo,
    layer_height_mm: f64,
    /// The volume of the layers: each area times the layer's thickness.
    sliced_volume_mm3: f64,
    /// By how much it may differ from the model's at most.
    most_volume_error_mm3: f64,
    /// The volume of the model, as it is priced.
    volume_mm3: f64,
    layers: Vec<Row>,
    /// Why loops and islands were not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    loops_not_counted: Option<String>,
}

/// A layer.
#[derive(Debug, Serialize)]
struct Row {
    layer: u32,
    z_mm: f64,
    thickness_mm: f64,
    outline_mm: f64,
    area_mm2: f64,
    #[serde(flatten)]
    loops: Option<Loops>,
    up_mm2: f64,
    down_mm2: f64,
    overhang_mm2: f64,
    bridge_mm2: f64,
}

#[derive(Debug, Serialize)]
struct Loops {
    loops: u32,
    islands: u32,
}

/// Blank columns between two columns.
const GAP: u16 = 2;
const COLUMNS: [&str; 10] =
    ["layer", "z mm", "outline mm", "area mm²", "loops", "islands", "up mm²", "down mm²", "overhang mm²", "bridge mm²"];

impl Report {
    pub fn of(path: &str, cut: &CutModel) -> Self {
        let CutModel { model, grid, sliced, .. } = cut;
        let mm = model.model.unit.name.millimetres();
        let row = |(layer, sums): (u32, &LayerSums)| Row {
            layer: layer + 1,
            z_mm: grid.plane(layer) * mm,
            thickness_mm: grid.thickness(layer) * mm,
            outline_mm: sums.outline * mm,
            area_mm2: sums.area * mm * mm,
            loops: sliced.loops.as_ref().ok().map(|counts| Loops::of(counts[layer as usize])),
            up_mm2: sums.up * mm * mm,
            down_mm2: sums.down * mm * mm,
            overhang_mm2: sums.overhang * mm * mm,
            bridge_mm2: sums.bridge * mm * mm,
        };
        Self {
            path: path.to_owned(),
            model: model.model.clone(),
            layer_height_mm: grid.height() * mm,
            sliced_volume_mm3: sliced.volume * mm.powi(3),
            most_volume_error_mm3: sliced.most_volume_error * mm.powi(3),
            volume_mm3: model.geometry.volume_mm3,
            layers: (0..).zip(&sliced.layers).map(row).collect(),
            loops_not_counted: sliced.loops.as_ref().err().map(ToString::to_string),
        }
    }

    /// The table for people, with the sum below.
    pub fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(COLUMNS);
        for column in table.column_iter_mut() {
            column.set_padding((0, GAP));
            column.set_cell_alignment(CellAlignment::Right);
        }
        for row in &self.layers {
            let count =
                |of: fn(&Loops) -> u32| row.loops.as_ref().map_or("-".into(), |loops| grouped(of(loops).into()));
            table.add_row([
                row.layer.to_string(),
                format!("{:.3}", row.z_mm),
                rounded(row.outline_mm),
                rounded(row.area_mm2),
                count(|loops| loops.loops),
                count(|loops| loops.islands),
                rounded(row.up_mm2),
                rounded(row.down_mm2),
                rounded(row.overhang_mm2),
                rounded(row.bridge_mm2),
            ]);
        }
        let mut text = table.lines().map(|line| line.trim_end().to_owned() + "\n").collect::<String>();
        let Self { sliced_volume_mm3, most_volume_error_mm3, volume_mm3, .. } = self;
        let _ = write!(
            text,
            "\n{}: {} layers, {} mm³ together (within {} mm³); the model has {} mm³",
            printable(&self.path),
            grouped(self.layers.len() as u64),
            rounded(*sliced_volume_mm3),
            rounded(*most_volume_error_mm3),
            rounded(*volume_mm3),
        );
        if let Some(why) = &self.loops_not_counted {
            let _ = write!(text, "\nloops and islands are not counted: {why}");
        }
        text
    }

    /// One line of JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("plain data with string keys always serialises")
    }

    /// A line a layer.
    pub fn csv(&self) -> String {
        let mut text = String::from(
            "layer,z_mm,thickness_mm,outline_mm,area_mm2,loops,islands,up_mm2,down_mm2,overhang_mm2,bridge_mm2",
        );
        for row in &self.layers {
            let Row {
                layer,
                z_mm,
                thickness_mm,
                outline_mm,
                area_mm2,
                loops,
                up_mm2,
                down_mm2,
                overhang_mm2,
                bridge_mm2,
            } = row;
            let counts = loops.as_ref().map_or(",".into(), |loops| format!("{},{}", loops.loops, loops.islands));
            let _ = write!(
                text,
                "\n{layer},{z_mm},{thickness_mm},{outline_mm},{area_mm2},{counts},{up_mm2},{down_mm2},{overhang_mm2},{bridge_mm2}"
            );
        }
        text
    }
}

impl Loops {
    fn of(LoopCounts { loops, islands }: LoopCounts) -> Self {
        Self { loops, islands }
    }
}
