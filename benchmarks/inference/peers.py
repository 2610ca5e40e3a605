"""The peers, each as its own documentation says to use it on a notebook."""

from __future__ import annotations

import json
import tempfile
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path

from folders import Laid
from running import Run, run
from tools import Answer, Peer


class OneAtATime(Peer):
    """A peer that reads what is in a folder: one run for each notebook."""

    def answer(self, laid: Sequence[Laid]) -> Answer:
        """Run the program in the notebook's folder."""
        (item,) = laid
        done = run(self._command(item.notebook.parent), cwd=item.notebook.parent, environ=self._environ())
        names = self._names(item.notebook.parent, done)
        if names is None:
            return Answer(predictions={}, cpu_seconds=done.cpu_seconds, crashed=(item.identifier,))
        return Answer(predictions={item.identifier: names}, cpu_seconds=done.cpu_seconds)

    @abstractmethod
    def _command(self, folder: Path) -> Sequence[str]:
        """What its users type, in the notebook's folder."""

    @abstractmethod
    def _names(self, folder: Path, done: Run) -> frozenset[str] | None:
        """Read its answer; ``None`` when it gave none."""


class Pipreqs(OneAtATime):
    """Reads a folder's notebooks with nbconvert, maps by its own list, asks an index for the rest."""

    name = "pipreqs"
    packages = ("pipreqs==0.5.0",)

    def _command(self, folder: Path) -> Sequence[str]:
        options = ("--scan-notebooks", "--print", "--pypi-server", f"{self._setting.index}pypi/")
        return (self._program("pipreqs"), *options, str(folder))

    def _names(self, folder: Path, done: Run) -> frozenset[str] | None:  # noqa: ARG002 - it prints its answer
        return None if done.failed else frozenset(filter(None, map(str.strip, done.output.splitlines())))


class Pigar(OneAtATime):
    """Reads a folder, maps by the database that comes with it, asks an index for versions.

    Where several distributions have a module of that name and it cannot tell them apart, it lists them all.
    """

    name = "pigar"
    packages = ("pigar==2.2.0",)

    def _command(self, folder: Path) -> Sequence[str]:
        answers = ("--question-answer", "yes", "--auto-select", "--dont-show-differences")
        index = ("--index-url", f"{self._setting.index}simple/")
        file = str(folder / "requirements-of-pigar.txt")
        return (self._program("pigar"), "generate", *answers, *index, "-f", file, str(folder))

    def _names(self, folder: Path, done: Run) -> frozenset[str] | None:  # noqa: ARG002 - it writes its answer
        file = folder / "requirements-of-pigar.txt"
        try:
            lines = file.read_text().splitlines()
        except FileNotFoundError:
            return None
        file.unlink()
        # It goes on after a cell that it cannot parse, without the rest of the notebook.
        return frozenset(line for line in map(str.strip, lines) if line and not line.startswith("#"))


class FawltyDeps(Peer):
    """Lists undeclared imports of all notebooks in one run; knows distributions only by what is installed."""

    name = "fawltydeps"
    packages = ("fawltydeps==0.20.0",)
    at_once = True
    _FOUND_UNDECLARED = 3

    def answer(self, laid: Sequence[Laid]) -> Answer:
        """Run it once over all notebooks; what it says of each is told by the file that it names."""
        with tempfile.TemporaryDirectory() as folder:
            nothing_declared = Path(folder) / "requirements.txt"
            nothing_declared.touch()
            options = ("--check-undeclared", "--json", "--deps", str(nothing_declared), *self._more_options())
            notebooks = [str(item.notebook) for item in laid]
            command = (self._program("fawltydeps"), *options, "--code", *notebooks)
            done = run(command, cwd=Path(folder), environ=self._environ())
        if done.failed and done.status != self._FOUND_UNDECLARED:
            return Answer(predictions={}, cpu_seconds=done.cpu_seconds, crashed=tuple(one.identifier for one in laid))
        names: dict[str, set[str]] = {path: set() for path in notebooks}
        for row in json.loads(done.output)["undeclared_deps"]:
            for path in {reference["path"] for reference in row["references"]}:
                names[path].update(row["candidates"] or [row["name"]])
        return Answer(
            predictions={item.identifier: frozenset(names[str(item.notebook)]) for item in laid},
            cpu_seconds=done.cpu_seconds,
        )

    def _more_options(self) -> Sequence[str]:
        return ()


class FawltyDepsWithEnvironment(FawltyDeps):
    """The same with the environment in which the notebooks' distributions are installed."""

    name = "fawltydeps with environment"

    def _more_options(self) -> Sequence[str]:
        if self._setting.environment is None:
            raise ValueError(self.name)
        return ("--pyenv", str(self._setting.environment.parent.parent))


class Depfinder(Peer):
    """Reads notebooks through its documented function; its names are those of conda-forge.

    Its program takes one notebook and reads its 2 MB of names at each start: through the function that is counted once.
    It transforms magics if this IPython, which still has the module that it wants, is beside it.
    """

    name = "depfinder"
    packages = ("depfinder==2.10.0", "ipython==8.12.3")
    at_once = True
    _SCRIPT = """\
import json, sys
from depfinder import notebook_path_to_dependencies
for path in sys.argv[1:]:
    try:
        print(json.dumps([path, notebook_path_to_dependencies(path)]))
    except Exception as error:
        print(f"{path}: {error!r}", file=sys.stderr)
"""

    def answer(self, laid: Sequence[Laid]) -> Answer:
        """Ask its function for each notebook; an exception is a crash on that one."""
        notebooks = [str(item.notebook) for item in laid]
        command = (self._program("python"), "-c", self._SCRIPT, *notebooks)
        done = run(command, cwd=laid[0].notebook.parent, environ=self._environ())
        said = dict(map(json.loads, done.output.splitlines()))
        return Answer(
            predictions={
                item.identifier: frozenset((*said[path].get("required", ()), *said[path].get("questionable", ())))
                for item, path in zip(laid, notebooks, strict=True)
                if path in said
            },
            cpu_seconds=done.cpu_seconds,
            crashed=tuple(item.identifier for item, path in zip(laid, notebooks, strict=True) if path not in said),
        )


class Deptry(OneAtATime):
    """Lists imports that nothing declares; without an environment it knows no distribution's name."""

    name = "deptry"
    packages = ("deptry==0.25.1",)

    def _command(self, folder: Path) -> Sequence[str]:
        declared = folder / "requirements-of-deptry.txt"
        declared.touch()
        out = str(folder / "out-of-deptry.json")
        return (self._program("deptry"), "--no-ansi", "--requirements-files", declared.name, "-o", out, ".")

    def _names(self, folder: Path, done: Run) -> frozenset[str] | None:  # noqa: ARG002 - it writes its answer
        (folder / "requirements-of-deptry.txt").unlink()
        file = folder / "out-of-deptry.json"
        try:
            rows = json.loads(file.read_text())
        except FileNotFoundError:
            return None
        file.unlink()
        return frozenset(row["module"] for row in rows if row["error"]["code"] in {"DEP001", "DEP003"})


PEERS: tuple[type[Peer], ...] = (Pipreqs, Pigar, FawltyDeps, Depfinder, Deptry)
