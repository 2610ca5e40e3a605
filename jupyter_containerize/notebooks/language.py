"""Says which language a notebook is written in, from its metadata or else from its code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from jupyter_containerize.notebooks.magics import parses, transform

PYTHON = "python"

# How kernels other than IPython begin their names, for notebooks that name nothing else.
_KERNELS = {"ir": "R", "julia": "julia", "bash": "bash", "sos": "sos", "scala": "scala", "almond": "scala"}

# What nobody writes in Python and is common at the start of a line, for notebooks without any metadata.
_SIGNS = {
    "R": re.compile(r"^\s*(?:library\(|[\w.]+\s*<-\s|require\()", re.MULTILINE),
    "julia": re.compile(r"^\s*(?:using\s+[A-Z]\w*|end\s*$|println\()", re.MULTILINE),
}
_PYTHON_SIGN = re.compile(r"^\s*(?:import|from|def|class)\s", re.MULTILINE)


def language_of(metadata: Mapping[str, object], sources: Sequence[str]) -> str:
    """Return the language in lower case for Python, else as the notebook or the sign names it.

    Args:
        metadata: The notebook's own metadata; any part may be missing or of the wrong type.
        sources: The code cells' texts, as written.
    """
    named = _named(metadata)
    if named:
        return PYTHON if named.lower() in {"python", "ipython", "python3"} else named
    text = "\n".join(sources)
    # Some R parses as Python: `x <- c(1)` compares. So its signs count too, unless Python's are there.
    if _PYTHON_SIGN.search(text) or (_mostly_python(sources) and not _SIGNS["R"].search(text)):
        return PYTHON
    for language, sign in _SIGNS.items():
        if sign.search(text):
            return language
    return PYTHON


def kernel_of(metadata: Mapping[str, object]) -> str | None:
    """Return the kernelspec's name, or ``None`` when the notebook names none."""
    return _text(_table(metadata, "kernelspec"), "name") or None


def _named(metadata: Mapping[str, object]) -> str:
    kernelspec = _table(metadata, "kernelspec")
    named = _text(_table(metadata, "language_info"), "name") or _text(kernelspec, "language")
    if named:
        return named
    kernel = _text(kernelspec, "name").lower()
    if kernel.startswith(PYTHON):
        return PYTHON
    return _KERNELS.get(kernel.partition("-")[0], "")


def _mostly_python(sources: Sequence[str]) -> bool:
    # A foreign cell magic says that IPython runs the notebook.
    readable = [source.strip() for source in sources if source.strip()]
    good = sum(1 for source in readable if (python := transform(source).source) is None or parses(python))
    return good * 2 > len(readable)


def _table(metadata: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = metadata.get(key)
    return value if isinstance(value, Mapping) else {}


def _text(table: Mapping[str, object], key: str) -> str:
    value = table.get(key)
    return value.strip() if isinstance(value, str) else ""
