"""Lets atheris look for inputs that break the reading of notebooks, guided by what code they reach.

    python -m pip install atheris          # a wheel for CPython 3.11 to 3.13 on Linux, not one of our requirements
    python -m tests.fuzz.with_atheris FOLDER [-max_total_time=600] [any other option of libFuzzer]

An input that begins with a brace is a notebook's file. Any other is the text of cells with ``# %%`` between them, so
that most changes reach code and not just JSON. FOLDER keeps the inputs that reached something new; it is filled with
our seeds when it is empty. An input that breaks something is left as ``crash-...`` in the working directory. pytest
does not collect this file.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["jupyter_containerize"]):
    from tests.fuzz.making import bytes_of, content_of, seeds
    from tests.fuzz.one_input import lay_beside, read_one
    from tests.fuzz.pieces import BROKEN, CODE, IMPORTS, MAGICS

# The code under test runs several times slower with its instruments.
_LIMIT_SECONDS = 10.0
_BETWEEN = "\n# %%\n"


def main() -> None:
    """Fuzz until libFuzzer's own options say stop."""
    inputs = Path(sys.argv[1])
    inputs.mkdir(parents=True, exist_ok=True)
    if not any(inputs.iterdir()):
        texts = [_BETWEEN.join(pieces).encode(errors="surrogatepass") for pieces in (IMPORTS, CODE, MAGICS, BROKEN)]
        for number, content in enumerate([*seeds().values(), *texts]):
            (inputs / f"seed-{number}").write_bytes(content)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name)
        lay_beside(folder)

        def one(content: bytes) -> None:
            read_one(_as_file(content), folder, limit_seconds=_LIMIT_SECONDS)

        atheris.Setup(sys.argv, one)
        atheris.Fuzz()


def _as_file(content: bytes) -> bytes:
    if content.startswith(b"{"):
        return content
    cells = content.decode(errors="replace").split(_BETWEEN)
    return bytes_of(content_of(cells, {"language_info": {"name": "python"}}))


if __name__ == "__main__":
    main()
