#!/usr/bin/env python3
"""Draws docs/terminal.svg: what `pricing-worker price` prints on a terminal of 120 columns.

    docs/terminal.py                      draws it again, with target/release/pricing-worker or target/debug/pricing-worker
    docs/terminal.py --program PATH       with this program
    docs/terminal.py --check              changes nothing; exit status 1 where the picture is not what the program prints

The program runs in fixtures/models on a pseudo-terminal, so that it prints its table with colours. tests/it/documents.rs runs
the check; UPDATE_FIXTURES=1 tests/run documents draws the picture again.
"""

import argparse
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs/terminal.svg"
FOLDER = ROOT / "fixtures/models"
OPTIONS = ["price", "--material", "pa12-sls", "--material", "pla-fdm"]
# As the shell expands it.
PATTERN = "*.stl"
REJECTED = "../rejected/truncated--cut-in-a-triangle.stl"
COLUMNS = 120

# In pixels: the advance is that of most monospaced fonts, 0.6 of their size; textLength holds the others to it.
FONT_SIZE, ADVANCE, LINE_HEIGHT, MARGIN, TITLE_BAR = 14, 8.4, 19, 18, 30
BACKGROUND, BORDER, FOREGROUND, DIM = "#0d1117", "#444c56", "#e6edf3", "#8b949e"
COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff", "35": "#d2a8ff", "36": "#a5d6ff"}
SEQUENCE = re.compile(r"\x1b\[([0-9;]*)m")


def printed(program: Path) -> str:
    """What the program prints on the terminal; how long it took is not part of the picture."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    process = subprocess.Popen(
        [program, *OPTIONS, *sorted(path.name for path in FOLDER.glob(PATTERN)), REJECTED],
        cwd=FOLDER,
        env={"TERM": "xterm-256color"},
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        # The progress bar is drawn here, and is gone at the end.
        stderr=subprocess.DEVNULL,
    )
    os.close(terminal)
    output = b""
    while True:
        try:
            piece = os.read(controller, 1 << 16)
        except OSError:
            # Linux ends a terminal that has no writer any more with an error.
            break
        if not piece:
            break
        output += piece
    # One model is rejected: status 1.
    if process.wait() != 1:
        sys.exit(f"terminal.py: {program} ended with {process.returncode}:\n{output.decode()}")
    text = output.decode().replace("\r\n", "\n").rstrip("\n")
    return re.sub(r"; \d+\.\d+ s$", "; 0.0 s", text)


def runs(text: str):
    """The lines of a text, each a list of runs: column, text, colour, whether it is bold."""
    colour, bold = FOREGROUND, False
    for line in text.split("\n"):
        column, found = 0, []
        # Every second part is the parameters of an escape sequence.
        for number, part in enumerate(SEQUENCE.split(line)):
            if number % 2 == 0:
                if part.strip():
                    found.append((column, part, colour, bold))
                column += len(part)
                continue
            for parameter in part.split(";"):
                if parameter in ("", "0"):
                    colour, bold = FOREGROUND, False
                elif parameter == "1":
                    bold = True
                elif parameter == "39":
                    colour = FOREGROUND
                else:
                    colour = COLOURS[parameter]
        yield found


def svg(text: str) -> str:
    """The picture."""
    command = " ".join(["pricing-worker", *OPTIONS, PATTERN, REJECTED])
    lines = [[(0, "$", DIM, False), (2, command, FOREGROUND, True)], *runs(text)]
    width = round(COLUMNS * ADVANCE + 2 * MARGIN)
    height = TITLE_BAR + LINE_HEIGHT * len(lines) + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' role="img" font-family="ui-monospace, \'DejaVu Sans Mono\', Menlo, Consolas, monospace" font-size="{FONT_SIZE}">',
        f"<title>{escape(command)}</title>",
        "<!-- Drawn by docs/terminal.py. -->",
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" fill="{BACKGROUND}" stroke="{BORDER}"/>',
    ]
    for number, colour in enumerate(["#ff5f57", "#febc2e", "#28c840"]):
        parts.append(f'<circle cx="{MARGIN + 4 + 18 * number}" cy="16" r="5.5" fill="{colour}"/>')
    for number, line in enumerate(lines):
        y = TITLE_BAR + LINE_HEIGHT * (number + 1) - 5
        for column, run, colour, bold in line:
            start = column + len(run) - len(run.lstrip())
            run = run.strip()
            x, length = MARGIN + start * ADVANCE, len(run) * ADVANCE
            weight = ' font-weight="bold"' if bold else ""
            parts.append(
                f'<text x="{x:.1f}" y="{y}" fill="{colour}"{weight} textLength="{length:.1f}"'
                f' lengthAdjust="spacingAndGlyphs" xml:space="preserve">{escape(run)}</text>'
            )
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Draws docs/terminal.svg.")
    parser.add_argument("--program", type=Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    built = [ROOT / "target" / profile / "pricing-worker" for profile in ("release", "debug")]
    program = arguments.program or next((path for path in built if path.exists()), None)
    if program is None:
        sys.exit("terminal.py: there is no program; cargo build makes one")
    picture = svg(printed(program.resolve()))
    if not arguments.check:
        PICTURE.write_text(picture)
    elif not PICTURE.exists() or PICTURE.read_text() != picture:
        sys.exit("docs/terminal.svg is not what the program prints; docs/terminal.py draws it again")


if __name__ == "__main__":
    main()
