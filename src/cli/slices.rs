//! `slices`: cuts the solid of one model into layers, and prints what each is.

mod report;
mod svg;

use std::fs;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use self::report::Report;
use super::items::unit;
use super::{CommandError, Exit, book, cad};
use crate::adapter::files::Files;
use crate::appraise::{self, Appraiser, MeasuredModel, QuoteRequest, Stop};
use crate::config::{BookSource, Cad, Environment, Flags, Jobs};
use crate::contract::{ObjectInfo, Reason, RejectionCode, RequestIdentity, SOURCE, Unit};
use crate::mesh::{SolidMesh, Stopped, Surface};
use crate::quantity::units::{self, Dimension};
use crate::section::{GridError, LayerGrid, Loop, Sliced, loops, slice};
use crate::worker::job::RequestedJob;
use crate::worker::job::study::Study;
use crate::worker::{Handler, Health};

/// Prints the layers of a model: the outline, area, loops and islands of each, and what has no layer above or below it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pricing-worker slices ring.stl --layer-height 0.05mm
  pricing-worker slices ring.stl --layer-height 0.05mm --layer 20 --svg layer-20.svg
  pricing-worker slices bracket.step --layer-height 0.2mm --format csv > layers.csv

Exit status: 0 done, 1 the model cannot be sliced, 2 usage or configuration.")]
pub struct SlicesArgs {
    /// The model file
    #[arg(value_name = "MODEL")]
    path: PathBuf,
    /// The height of a layer, with its unit: 0.2mm
    #[arg(long, value_name = "LENGTH", value_parser = length)]
    layer_height: f64,
    /// The height of the first layer [default: that of the others]
    #[arg(long, value_name = "LENGTH", value_parser = length)]
    first_layer_height: Option<f64>,
    /// The angle from the vertical beyond which what faces down overhangs, in degrees
    #[arg(long, value_name = "DEGREES", default_value_t = 45.0, value_parser = angle)]
    overhang_angle: f64,
    /// The unit of the coordinates: mm, cm, m, inch, foot or micron; wins over the file's own [default: the file's own, or mm]
    #[arg(long, value_name = "UNIT", value_parser = unit)]
    unit: Option<Unit>,
    /// `table` for people, `json` or `csv` for programs [default: table on a terminal, json elsewhere]
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    format: Option<SliceFormat>,
    /// The number of the layer to draw, from 1
    #[arg(long, value_name = "N", requires = "svg", value_parser = clap::value_parser!(u32).range(1..))]
    layer: Option<u32>,
    /// The file to draw the layer into, as SVG
    #[arg(long, value_name = "FILE", requires = "layer")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    book: Flags<BookSource>,
    #[command(flatten)]
    jobs: Flags<Jobs>,
    #[command(flatten)]
    cad: Flags<Cad>,
}

/// The format of the layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SliceFormat {
    Table,
    Json,
    Csv,
}

/// How a model is cut, in millimetres and degrees.
#[derive(Debug, Clone, Copy)]
struct Cut {
    layer_height: f64,
    first_layer_height: f64,
    overhang_angle: f64,
    /// The layer to draw, from 0.
    drawn: Option<u32>,
}

/// A model that was cut.
struct CutModel {
    model: MeasuredModel,
    grid: LayerGrid,
    sliced: Sliced,
    /// The loops of the layer to draw.
    drawn: Vec<Loop>,
}

/// Slices the model.
pub fn run(args: &SlicesArgs, environment: &Environment) -> Result<Exit, CommandError> {
    let jobs = args.jobs.parse(environment)?;
    let book = book::load(&args.book, environment)?;
    let limits = super::limits(&jobs, &book)?;
    let bounds = super::bounds(&jobs, Duration::ZERO);
    let path = args.path.to_str().ok_or_else(|| CommandError::usage("the path of the model is not UTF-8"))?;
    let converting = args.cad.parse(environment)?;
    let (appraiser, converter) = cad::with_converter(Appraiser::new(book, limits), &converting, environment);
    let (health, _) = Health::starting();
    let handler = Handler::<_, RequestedJob>::with_converter(Files, appraiser, converter, &bounds, &health);
    super::set_compute_threads(jobs.threads);
    let cut = Cut {
        layer_height: args.layer_height,
        first_layer_height: args.first_layer_height.unwrap_or(args.layer_height),
        overhang_angle: args.overhang_angle,
        drawn: args.layer.map(|layer| layer - 1),
    };
    let study = Study::new(SolidMesh::BYTES_PER_TRIANGLE, move |model, surface, stop| cut.of(model, surface, stop));
    let sliced = super::runtime_of_one_thread()?.block_on(handler.study(request(path, args.unit), study));
    let cut_model = sliced.map_err(|error| CommandError::other(format!("{path}: {error}")))?;
    if let (Some(file), Some(layer)) = (&args.svg, cut.drawn) {
        let drawing = svg::draw(&cut_model, layer);
        fs::write(file, drawing).map_err(|error| CommandError::other(format!("{}: {error}", file.display())))?;
    }
    let report = Report::of(path, &cut_model);
    let usual = if std::io::stdout().is_terminal() { SliceFormat::Table } else { SliceFormat::Json };
    super::schema::print(&match args.format.unwrap_or(usual) {
        SliceFormat::Table => report.table(),
        SliceFormat::Json => report.json(),
        SliceFormat::Csv => report.csv(),
    })
}

impl Cut {
    /// Cuts a model. Computes.
    fn of(&self, model: &MeasuredModel, surface: &Surface, stop: &Stop) -> Result<CutModel, Reason> {
        let millimetre = 1.0 / model.model.unit.name.millimetres();
        let mesh = surface.to_solid_mesh();
        let [low, high] = mesh.bounds().ok_or_else(|| Reason::new(RejectionCode::NoVolume, "there is no solid"))?;
        let [height, first] = [self.layer_height, self.first_layer_height].map(|height| height * millimetre);
        let grid = LayerGrid::new([low.z, high.z], height, first).map_err(|error| no_layers(&error, millimetre))?;
        let stopped = || stop.is_stopped();
        if let Some(layer) = self.drawn.filter(|&layer| layer >= grid.count()) {
            let message = format!("there is no layer {}; the model has {}", layer + 1, grid.count());
            return Err(Reason::new(RejectionCode::InvalidRequest, message));
        }
        let timed_out = |Stopped| appraise::stopped();
        let sliced = slice(&mesh, &grid, self.overhang_angle.to_radians(), &stopped).map_err(timed_out)?;
        let drawn = self.drawn.map(|layer| loops(&mesh, &grid, layer, &sliced.layers, &stopped)).transpose();
        let drawn = drawn.map_err(timed_out)?.unwrap_or_default();
        Ok(CutModel { model: model.clone(), grid, sliced, drawn })
    }
}

fn no_layers(error: &GridError, millimetre: f64) -> Reason {
    let message = match error {
        GridError::TooMany { most, least_height } => {
            let least_mm = least_height / millimetre;
            format!("the model would have more than {most} layers; the least layer height for it is {least_mm:.6} mm")
        }
        other => other.to_string(),
    };
    Reason::new(RejectionCode::InvalidRequest, message)
}

fn request(path: &str, unit: Option<Unit>) -> QuoteRequest {
    QuoteRequest {
        identity: RequestIdentity::new(SOURCE, path, &path),
        time: None,
        order_id: None,
        object: ObjectInfo { key: Some(path.to_owned()), ..ObjectInfo::default() },
        format: None,
        unit,
        items: Vec::new(),
        deadline: None,
    }
}

/// Parses a length with its unit, in millimetres.
fn length(text: &str) -> Result<f64, String> {
    let expected = || format!("expected a length with its unit, like 0.2mm; units: {}", Dimension::Length.unit_names());
    let end = text.trim_end().trim_end_matches(|letter: char| letter.is_ascii_alphabetic()).len();
    let (number, name) = text.split_at(end);
    let unit = units::find(name.trim()).filter(|unit| unit.dimension == Dimension::Length).ok_or_else(expected)?;
    let number: f64 = number.trim().parse().map_err(|_| expected())?;
    let length = number * unit.in_base().to_f64().value();
    if length > 0.0 && length.is_finite() { Ok(length) } else { Err("expected a length greater than zero".into()) }
}

/// Parses an angle from the vertical, in degrees.
fn angle(text: &str) -> Result<f64, String> {
    let angle = text.trim().parse().ok().filter(|angle| (0.0..90.0).contains(angle));
    angle.ok_or_else(|| "expected degrees, from 0 to less than 90".to_owned())
}
