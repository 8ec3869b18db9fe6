#!/usr/bin/env python3
"""Asks other programs for the volume of each file in fixtures/kinds and fixtures/formats, and writes docs/geometry/peers.json and
docs/formats/peers.json.

    docs/peers.py

It needs Debian's packages admesh, assimp-utils and prusa-slicer, and an index of Python packages for trimesh and numpy-stl, which
go into a virtual environment below $XDG_CACHE_HOME. Each program answers as people use it: with its defaults, on the file as it is;
assimp by the STL file that it makes. Of several objects the volumes are added up. A program has failed that ends with an error, says
no number, or takes 10 seconds of a processor for a few triangles. Afterwards `UPDATE_FIXTURES=1 tests/run kinds traps` writes the
tables of docs/geometry.md and docs/formats.md.
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

ROOT = Path(__file__).resolve().parent.parent
# trimesh counts bodies by scipy and networkx, and reads 3MF with lxml.
PACKAGES = ["lxml==6.0.2", "trimesh==5.2.0", "numpy-stl==4.1.1", "numpy==2.4.6", "scipy==1.17.1", "networkx==3.6.1"]
TRIMESH = "import sys, trimesh; print('volume', trimesh.load(sys.argv[1], force='mesh').volume)"
NUMPY_STL = "import sys; from stl import mesh; print('volume', mesh.Mesh.from_file(sys.argv[1]).get_mass_properties()[0])"
ASSIMP = """
import subprocess, sys, tempfile, trimesh
with tempfile.NamedTemporaryFile(suffix=".stl") as made:
    subprocess.run(["assimp", "export", sys.argv[1], made.name], check=True, stdout=subprocess.DEVNULL)
    print("volume", trimesh.load(made.name, force="mesh").volume)
"""
NUMBER = r"(\S+)"
# A program that takes longer hangs: each takes a second at most, most of it to start.
SECONDS = 10


def environment() -> Path:
    """The interpreter of an environment with the packages."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    home = cache / "pricing-worker-peers"
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
    return re.split(r"[+~-]", asked.stdout)[0]


def volume(command: list, pattern: str) -> float | None:
    """The volume that a program says; none if it fails."""
    limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    ran = subprocess.run(command, capture_output=True, text=True, errors="replace", preexec_fn=limit)
    found = re.findall(pattern, ran.stdout)
    if ran.returncode or not found:
        return None
    try:
        said = sum(map(float, found))
    except ValueError:
        return None
    # Six digits are what the table shows; programs that compute in f32 have no more.
    return float(f"{said:.6g}") if math.isfinite(said) else None


def main() -> None:
    python = environment()
    trimesh = ("trimesh", "5.2.0", [python, "-c", TRIMESH], f"volume {NUMBER}")
    slicer = ("PrusaSlicer", version_of("prusa-slicer"), ["prusa-slicer", "--info"], f"volume = {NUMBER}")
    ask(
        "fixtures/kinds",
        "docs/geometry/peers.json",
        [
            trimesh,
            ("ADMesh", version_of("admesh"), ["admesh"], rf"Volume\s*:\s*{NUMBER}"),
            slicer,
            ("numpy-stl", "4.1.1", [python, "-c", NUMPY_STL], f"volume {NUMBER}"),
        ],
    )
    assimp = ("assimp", version_of("assimp-utils"), [python, "-c", ASSIMP], f"volume {NUMBER}")
    ask("fixtures/formats", "docs/formats/peers.json", [trimesh, assimp, slicer])


def ask(folder: str, answers: str, programs: list) -> None:
    """Asks programs about the files of a folder, and writes their answers."""
    files = {}
    for file in sorted((ROOT / folder).iterdir()):
        volumes = {name: volume([*command, file], pattern) for name, _, command, pattern in programs}
        files[file.name] = {"sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "volumes": volumes}
    said = {"programs": [{"name": name, "version": version} for name, version, *_ in programs], "files": files}
    (ROOT / answers).parent.mkdir(exist_ok=True)
    (ROOT / answers).write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n")


main()
