"""Says which distributions of an environment modules need, and how big they are with all that they require."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Runs in the environment: what provides each module, what each distribution requires there, and its size on disk.
_ASK = """
import importlib.metadata as m, json, re
from packaging.requirements import Requirement
norm = lambda name: re.sub(r"[-_.]+", "-", name).lower()
requires, size_bytes, modules = {}, {}, {}
for dist in m.distributions():
    name = norm(dist.metadata["Name"])
    wanted = [Requirement(text) for text in dist.requires or ()]
    requires[name] = sorted({norm(r.name) for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""})})
    files = [dist.locate_file(file) for file in dist.files or () if not str(file).startswith("..")]
    size_bytes[name] = sum(file.lstat().st_size for file in files if file.exists())
for module, names in m.packages_distributions().items():
    modules[module] = sorted({norm(name) for name in names})
print(json.dumps({"modules": modules, "requires": requires, "size_bytes": size_bytes}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What an environment has. Distributions have normalised names."""

    modules: Mapping[str, Sequence[str]]
    requires: Mapping[str, Sequence[str]]
    size_bytes: Mapping[str, int]

    def providing(self, modules: Iterable[str]) -> frozenset[str]:
        """Return the distributions that provide modules, given by dotted names; of several all."""
        tops = {module.partition(".")[0] for module in modules}
        return frozenset(name for top in tops for name in self.modules.get(top, ()))

    def with_required(self, names: Iterable[str]) -> frozenset[str]:
        """Return distributions with all that they require."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found and name in self.size_bytes:
                found.add(name)
                waiting += self.requires[name]
        return frozenset(found)

    def total_bytes(self, names: Iterable[str]) -> int:
        """Return the size on disk of distributions with all that they require."""
        return sum(self.size_bytes[name] for name in self.with_required(names))


def installed(python: Path) -> Installed:
    """Ask an environment, which needs ``packaging``."""
    done = subprocess.run((str(python), "-c", _ASK), capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    return Installed(modules=found["modules"], requires=found["requires"], size_bytes=found["size_bytes"])
