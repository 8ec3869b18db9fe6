#!/usr/bin/env python3
"""Asks other programs for the volume of each file in fixtures/kinds, and writes docs/geometry/peers.json.

    docs/geometry/peers.py

It needs Debian's packages admesh and prusa-slicer, and an index of Python packages for trimesh and numpy-stl, which go into
a virtual environment below $XDG_CACHE_HOME. Each program answers as people use it: with its defaults, on the file as it is.
A program has failed that ends with an error, says no number, or takes 10 seconds of a processor for a few triangles. Afterwards
`UPDATE_FIXTURES=1 tests/run kinds` writes the table of docs/geometry.md.
"""

import hashlib
import json
import math
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ANSWERS = ROOT / "docs/geometry/peers.json"
# trimesh counts bodies by scipy and networkx.
PACKAGES = ["trimesh==5.2.0", "numpy-stl==4.1.1", "numpy==2.4.6", "scipy==1.17.1", "networkx==3.6.1"]
TRIMESH = "import sys, trimesh; print('volume', trimesh.load(sys.argv[1], force='mesh').volume)"
NUMPY_STL = "import sys; from stl import mesh; print('volume', mesh.Mesh.from_file(sys.argv[1]).get_mass_properties()[0])"
NUMBER = r"(\S+)"
# A program that takes longer hangs: each takes a second at most, most of it to start.
SECONDS = 10


def environment() -> Path:
    """The interpreter of an environment with the packages."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    home = cache / "pricing-worker-kinds-peers"
    python, ready = home / "bin/python", home / "packages"
    wanted = "\n".join(PACKAGES)
    if not ready.exists() or ready.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        # Written last: an unfinished environment is made again.
        ready.write_text(wanted)
    return python


def version_of(package: str) -> str:
    """The version of a package of Debian's, without the distribution's own part."""
    asked = subprocess.run(["dpkg-query", "--show", "--showformat=${Version}", package], capture_output=True, text=True)
    if asked.returncode:
        sys.exit(f"peers.py: {package} is missing: apt-get install {package}")
    return re.split(r"[+-]", asked.stdout)[0]


def volume(command: list, pattern: str) -> float | None:
    """The volume that a program says; none if it fails."""
    limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    ran = subprocess.run(command, capture_output=True, text=True, errors="replace", preexec_fn=limit)
    found = re.search(pattern, ran.stdout)
    if ran.returncode or not found:
        return None
    try:
        said = float(found[1])
    except ValueError:
        return None
    # Six digits are what the table shows; programs that compute in f32 have no more.
    return float(f"{said:.6g}") if math.isfinite(said) else None


def main() -> None:
    python = environment()
    programs = [
        ("trimesh", "5.2.0", [python, "-c", TRIMESH], f"volume {NUMBER}"),
        ("ADMesh", version_of("admesh"), ["admesh"], rf"Volume\s*:\s*{NUMBER}"),
        ("PrusaSlicer", version_of("prusa-slicer"), ["prusa-slicer", "--info"], f"volume = {NUMBER}"),
        ("numpy-stl", "4.1.1", [python, "-c", NUMPY_STL], f"volume {NUMBER}"),
    ]
    kinds = {}
    for file in sorted((ROOT / "fixtures/kinds").glob("*.stl")):
        volumes = {name: volume([*command, file], pattern) for name, _, command, pattern in programs}
        kinds[file.stem] = {"sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "volumes": volumes}
    answers = {"programs": [{"name": name, "version": version} for name, version, *_ in programs], "kinds": kinds}
    ANSWERS.write_text(json.dumps(answers, indent=1, ensure_ascii=False) + "\n")


main()
