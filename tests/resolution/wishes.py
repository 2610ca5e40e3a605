"""What users ask to have installed, as values."""

from __future__ import annotations

from dataclasses import replace

from jupyter_containerize.domain.notebook import Declared, Location, Manager
from jupyter_containerize.domain.requirement_line import declared_of


def pip(text: str, *, line: int = 1, rule: str = "%pip") -> Declared:
    """Return one requirement of a command in the first cell."""
    found = declared_of(text, location=Location(path="n.ipynb", cell=1, line=line), rule=rule)
    assert found is not None, text
    return found


def conda(name: str, specifier: str = "", *, rule: str = "%conda") -> Declared:
    """Return one package of a conda command in the first cell."""
    place = Location(path="n.ipynb", cell=1, line=1)
    return Declared(manager=Manager.CONDA, name=name, specifier=specifier, location=place, rule=rule)


def apt(name: str, *, line: int = 1) -> Declared:
    """Return one package of an apt command in the first cell."""
    place = Location(path="n.ipynb", cell=1, line=line)
    return Declared(manager=Manager.APT, name=name, location=place, rule="!apt")


def in_file(text: str, path: str, *, rule: str = "", exact: bool = False) -> Declared:
    """Return one requirement of a file; the rule is the file's name unless given."""
    found = declared_of(text, location=Location(path=path, line=1), rule=rule or path.rpartition("/")[2])
    assert found is not None, text
    return replace(found, exact=exact)


def in_metadata(text: str, *, exact: bool = False) -> Declared:
    """Return one requirement of the notebook's metadata."""
    return in_file(text, "n.ipynb", rule="metadata", exact=exact)
