"""A build takes little memory, however large the image is."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from jupyter_containerize.domain.image import Compression

ROOT = Path(__file__).parents[2]
SIZE = 600_000_000
MOST_KB = 200_000
RECORD = f"huge/lib.so,sha256={'A' * 43},{SIZE}\nhuge-1.0.dist-info/WHEEL,sha256={'A' * 43},70\n"
SCRIPT = """
import dataclasses, hashlib, os, pathlib, re, sys
from jupyter_containerize.domain.environment import LockedPackage
from jupyter_containerize.domain.image import Compression
from test_making import OPTIONS, Bench

folder = pathlib.Path(sys.argv[1])
bench = Bench(folder)
wheel = folder / "huge-1.0-py3-none-any.whl"
sha256 = hashlib.file_digest(wheel.open("rb"), "sha256").hexdigest()
os.link(wheel, bench.store.downloads / sha256)
package = LockedPackage(
    name="huge", version="1.0", filename=wheel.name, url="", sha256=sha256, size_bytes=wheel.stat().st_size
)
bench.build(bench.target(package, options=dataclasses.replace(OPTIONS, compression=Compression(sys.argv[2]))))
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""


@pytest.mark.slow
@pytest.mark.parametrize("compression", list(Compression))
def test_build__huge_wheel__takes_little_memory(tmp_path: Path, compression: Compression) -> None:
    """A library of 600 MB is read, compressed and hashed in pieces."""
    with zipfile.ZipFile(tmp_path / "huge-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as wheel:
        with wheel.open("huge/lib.so", "w") as library:
            for number in range(SIZE // 1_000_000):
                library.write(number.to_bytes(4) * 250_000)
        wheel.writestr(
            "huge-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr("huge-1.0.dist-info/RECORD", f"{RECORD}huge-1.0.dist-info/RECORD,,\n")
    path = os.pathsep.join(map(str, (ROOT, ROOT / "tests", Path(__file__).parent)))
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, str(tmp_path), compression]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=True)
    assert int(done.stdout) < MOST_KB
