"""Says which language a notebook is written in, from its metadata or else from its code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from jupyter_containerize.notebooks.magics import transform
from jupyter_containerize.notebooks.parsing import parses

PYTHON = "python"

# What notebooks call a language -> what we call it. Sparkmagic's PySpark and Coconut take any Python.
_LANGUAGES = {
    **dict.fromkeys(("python", "ipython", "python2", "python3", "pyspark", "pyspark3", "coconut"), PYTHON),
    **dict.fromkeys(("r", "ir", "sparkr"), "R"),
    **dict.fromkeys(("scala", "almond", "spark", "toree"), "scala"),
    **{name: name for name in ("julia", "bash", "sos", "sql", "java", "ruby", "rust", "go", "octave", "matlab")},
}
# Names that say nothing.
_NO_LANGUAGE = frozenset({"", "none", "null", "text", "unknown", "undefined"})

# How a kernelspec that names no language may call itself. Source: the kernels' own kernel.json files,
# Sparkmagic's, and nb_conda_kernels' (``conda-env-NAME-py`` and ``-r``, shown as ``Python [conda env:NAME]``).
_KERNELS = (
    (re.compile(r"i?python|.*\bpython|pyspark|xpython|xeus-python|conda-.*-py$|pypy|coconut"), PYTHON),
    (re.compile(r"ir\b|r\b|xr\b|sparkr|conda-.*-r$"), "R"),
    (re.compile(r"i?julia"), "julia"),
    (re.compile(r"scala|almond|spark|.*toree_scala"), "scala"),
    (re.compile(r"bash"), "bash"),
    (re.compile(r"sos"), "sos"),
)

# What nobody writes in Python and is common at the start of a line, for notebooks without any metadata.
_SIGNS = {
    "R": re.compile(r"^[ \t]*(?:library\(|[\w.]+[ \t]*<-\s|require\()", re.MULTILINE),
    "julia": re.compile(r"^[ \t]*(?:using[ \t]+[A-Z]\w*|end[ \t]*$|println\()", re.MULTILINE),
}
_PYTHON_SIGN = re.compile(r"^[ \t]*(?:import|from|def|class)\s", re.MULTILINE)


def language_of(metadata: Mapping[str, object], sources: Sequence[str]) -> str:
    """Return the language: ``python``, ``R``, ``julia``, ... or as the notebook names it.

    Args:
        metadata: The notebook's own metadata; any part may be missing or of the wrong type.
        sources: The code cells' texts, as written.
    """
    named = _named(metadata)
    if named:
        return named
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
    info, kernelspec = _table(metadata, "language_info"), _table(metadata, "kernelspec")
    if _text(info, "mimetype").lower().startswith("text/x-python"):
        return PYTHON
    for table, key in ((info, "name"), (kernelspec, "language")):
        name = _text(table, key)
        if name.lower() not in _NO_LANGUAGE:
            return _LANGUAGES.get(name.lower(), name)
    for key in ("name", "display_name"):
        name = _text(kernelspec, key).lower()
        language = next((language for sign, language in _KERNELS if name and sign.match(name)), "")
        if language:
            return language
    return ""


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
