# ruff: noqa: INP001 - a script
"""Make one animated picture of the frames that ui-tests/pictures/path.spec.ts took, and the pictures around it small.

Usage: python scripts/animation.py FRAMES OUT.gif [PICTURE.png...]

Needs Pillow, which nothing else here does: `uv run --with pillow`, or a venv that has it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PIL import Image

WIDTH = 960
COLOURS = 256
EXACT = 128
LIMIT_BYTES = 2_000_000


def animate(frames: Path, out: Path) -> int:
    """Write the frames as a GIF that repeats, and return its size in bytes; equal frames in a row become one."""
    told = json.loads((frames / "frames.json").read_text())
    images: list[Image.Image] = []
    durations: list[int] = []
    for frame in told:
        image = Image.open(frames / frame["file"]).convert("RGB")
        image = image.resize((WIDTH, round(image.height * WIDTH / image.width)), Image.Resampling.LANCZOS)
        if images and image.tobytes() == images[-1].tobytes():
            durations[-1] += frame["milliseconds"]
        else:
            images.append(image)
            durations.append(frame["milliseconds"])
    # One palette for all: colours that differ from frame to frame flicker, and cost bytes.
    sheet = Image.new("RGB", (WIDTH, images[0].height * len(images)))
    for row, image in enumerate(images):
        sheet.paste(image, (0, row * image.height))
    palette = _palette(sheet)
    first, *rest = (image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images)
    first.save(out, save_all=True, append_images=rest, duration=durations, loop=0, optimize=True)
    return out.stat().st_size


def _palette(sheet: Image.Image) -> Image.Image:
    """Return a palette: the most frequent colours as they are, since greys show it at once, and a mix of the rest."""
    counted = sorted(sheet.getcolors(sheet.width * sheet.height) or [], key=lambda item: -item[0])
    exact = [colour for _, colour in counted[:EXACT]]
    rest = sheet.quantize(COLOURS - len(exact), method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in exact for part in colour] + rest[: 3 * (COLOURS - len(exact))])
    return palette


def shrink(picture: Path) -> None:
    """Save a screenshot with a palette of 256 colours: it has few, and looks the same."""
    image = Image.open(picture).convert("RGB")
    small = image.quantize(palette=_palette(image), dither=Image.Dither.NONE)
    small.save(picture, optimize=True)


def main() -> int:
    """Make the animation and say how large it is; 1 if that is too much for a README."""
    frames, out, *pictures = map(Path, sys.argv[1:])
    size = animate(frames, out)
    for picture in pictures:
        shrink(picture)
    sys.stdout.write(f"{out}: {size / 1e6:.2f} MB\n")
    return int(size > LIMIT_BYTES)


if __name__ == "__main__":
    sys.exit(main())
