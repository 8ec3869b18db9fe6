//! The loads: models of one size, a shop's mixture, and small models.
//!
//! A load has some tens of distinct models, which requests with distinct ids use in turn: few enough to keep the folder
//! small. The worker caches none of them.

use autoscaling_model::arrivals::{Random, Sizes};
use bench_report::words::thousands;
use test_support::shapes;

/// Distinct models of a load.
const MODELS: usize = 50;
const SEED: u64 = 1;

/// A set of models with its names.
#[derive(Debug, Clone)]
pub struct Load {
    /// The name in keys and request ids.
    pub name: &'static str,
    /// The name for people.
    pub title: String,
    /// The triangles of each model.
    pub triangles: Vec<usize>,
}

impl Load {
    /// 20,000 triangles each, 1 MB.
    pub fn usual() -> Self {
        Self::alike("usual", 20_000)
    }

    /// 200 triangles each, 10 KB: the time is mostly that of the way to the broker and to the store and back.
    pub fn small() -> Self {
        Self::alike("small", 200)
    }

    fn alike(name: &'static str, triangles: usize) -> Self {
        let title = format!("{} triangles", thousands(triangles as f64));
        Self { name, title, triangles: vec![triangles; MODELS] }
    }

    /// A shop's sizes: log-normal, many small and few huge, by the same numbers as in `benches/autoscaling`.
    pub fn shop() -> Self {
        let sizes = Sizes { mean_triangles: 100_000.0, sigma: 0.95 };
        let mut random = Random::new(SEED);
        // At least four each.
        #[allow(clippy::cast_sign_loss)]
        let triangles: Vec<_> = (0..MODELS).map(|_| sizes.triangles(&mut random) as usize).collect();
        let (least, most) = (triangles.iter().min().expect("some"), triangles.iter().max().expect("some"));
        let title = format!("a shop's mixture, {} to {} triangles", thousands(*least as f64), thousands(*most as f64));
        Self { name: "shop", title, triangles }
    }

    /// The key of the model of a request.
    pub fn key(&self, request: usize) -> String {
        format!("{}/{}.stl", self.name, request % self.triangles.len())
    }

    /// Binary STL of a sphere, larger from model to model, so that no two have the same bytes.
    pub fn model(&self, number: usize) -> Vec<u8> {
        // 2 segments (rings - 1) triangles, with as many rings as segments or nearly so.
        let segments = (self.triangles[number] / 2).isqrt().max(3);
        let rings = (self.triangles[number] / (2 * segments)).max(2) + 1;
        // The lattice is fine enough for corners to differ; the scale makes it as large as a part.
        let sphere = shapes::sphere(400_000.0, rings, segments).triangles();
        let scale = 1e-4 * (1.0 + number as f32 / 100.0);
        let part: Vec<_> = sphere.iter().map(|corners| corners.map(|corner| corner.map(|c| c * scale))).collect();
        shapes::binary(&part)
    }
}
