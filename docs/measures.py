#!/usr/bin/env python3
"""Asks trimesh and PrusaSlicer for measures of real models, and writes docs/measures/peers.json.

    docs/measures.py ../shared/models/fdm/*.stl

It needs Debian's package prusa-slicer, and an index of Python packages, which go into a virtual environment below $XDG_CACHE_HOME.
Each model is cut into about twenty layers, each in its middle. trimesh says the length and the area of each section; PrusaSlicer
draws each layer for a resin printer, in pixels of 0.05 mm, of which the area is counted. trimesh says the volumes of the convex hull
and of the smallest box too. `tests/run measures` holds ours against both.
"""

import hashlib
import io
import json
import math
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["trimesh==5.2.0", "numpy==2.4.6", "scipy==1.17.1", "networkx==3.6.1", "shapely==2.1.2", "rtree==1.4.1", "pillow==12.0.0"]
LAYERS = 20
PLATE_MM, PIXEL_MM = 300, 0.05
PRINTER = {
    "printer_technology": "SLA",
    "supports_enable": 0,
    "pad_enable": 0,
    "support_object_elevation": 0,
    "display_width": PLATE_MM,
    "display_height": PLATE_MM,
    "display_pixels_x": round(PLATE_MM / PIXEL_MM),
    "display_pixels_y": round(PLATE_MM / PIXEL_MM),
    "display_orientation": "landscape",
    "bed_shape": f"0x0,{PLATE_MM}x0,{PLATE_MM}x{PLATE_MM},0x{PLATE_MM}",
    "max_print_height": 1000,
    "faded_layers": 0,
    "gamma_correction": 1,
    "elefant_foot_compensation": 0,
    "absolute_correction": 0,
    "relative_correction": "1,1,1",
    "slice_closing_radius": 0,
}


def in_environment() -> None:
    """Goes on in an environment with the packages."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    home = cache / "pricing-worker-measures"
    python, ready = home / "bin/python", home / "packages"
    if Path(sys.prefix) == home:
        return
    wanted = "\n".join(PACKAGES)
    if not ready.exists() or ready.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        # Written last: an unfinished environment is made again.
        ready.write_text(wanted)
    os.execv(python, [python, __file__, *sys.argv[1:]])


def of_trimesh(mesh, planes: list) -> list:
    """The length and the area of each section."""
    import numpy

    sections = mesh.section_multiplane([0, 0, 0], [0, 0, 1], numpy.array(planes))
    return [[0, 0] if section is None else [float(f"{section.length:.9g}"), float(f"{section.area:.9g}")] for section in sections]


def of_slicer(file: Path, height: float) -> list:
    """The area of each layer."""
    import numpy
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        printer, made = Path(folder) / "printer.ini", Path(folder) / "layers.sl1"
        settings = {**PRINTER, "layer_height": height, "initial_layer_height": height}
        printer.write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
        command = ["prusa-slicer", "--load", printer, "--export-sla", "--center", f"{PLATE_MM / 2},{PLATE_MM / 2}", "-o", made, file]
        subprocess.run(command, check=True, capture_output=True)
        with zipfile.ZipFile(made) as layers:
            names = sorted(name for name in layers.namelist() if name.endswith(".png"))
            pictures = (numpy.asarray(Image.open(io.BytesIO(layers.read(name))).convert("L")) for name in names)
            return [float(f"{picture.sum(dtype=float) / 255 * PIXEL_MM**2:.6g}") for picture in pictures]


def main() -> None:
    import trimesh

    files = {}
    for path in map(Path, sys.argv[1:]):
        mesh = trimesh.load(path, force="mesh")
        low, high = mesh.bounds[:, 2]
        height = math.ceil((high - low) / LAYERS * 1e4) / 1e4
        count = math.ceil((high - low - height / 2) / height)
        planes = [low + (layer + 0.5) * height for layer in range(count)]
        files[path.name] = {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "layer_height_mm": height,
            "is_watertight": bool(mesh.is_watertight),
            "hull_volume": float(f"{mesh.convex_hull.volume:.12g}"),
            "oriented_box_volume": float(f"{mesh.bounding_box_oriented.volume:.9g}"),
            "trimesh": of_trimesh(mesh, planes),
            "PrusaSlicer": of_slicer(path, height),
        }
        print(path.name, height, count, len(files[path.name]["PrusaSlicer"]))
    answers = ROOT / "docs/measures/peers.json"
    answers.parent.mkdir(exist_ok=True)
    answers.write_text(json.dumps(files, indent=None, separators=(",", ":")).replace("},", "},\n") + "\n")


in_environment()
main()
