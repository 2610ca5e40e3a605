"""What can bind names of the notebook that no statement shows, among calls, attributes and imports."""

from __future__ import annotations

import ast
import re

from jupyter_containerize.analysis.magic_calls import magic_of
from jupyter_containerize.analysis.run_names.scopes import Names

# Ways to the notebook's namespace past its statements.
SEEING_ATTRIBUTES = frozenset({"ex", "modules", "push", "run_cell", "user_global_ns", "user_ns"})
SEEING_IMPORTS = frozenset({"*", "__main__", "builtins", "init_session", "pyforest", "var"})
SEEING_METHODS = frozenset({"init_session", "magic", "run_cell_magic", "run_line_magic", "var"})
_QUIET_MAGICS = frozenset({
    "aimport", "alias", "alias_magic", "autoawait", "autocall", "automagic", "autoreload", "autosave", "bookmark",
    "cat", "cd", "clear", "colors", "conda", "config", "cp", "debug", "dhist", "dirs", "doctest_mode", "env", "gui",
    "hist", "history", "ldir", "less", "lf", "lk", "ll", "logoff", "logon", "logstart", "logstate", "logstop", "ls",
    "lsmagic", "lx", "mamba", "man", "matplotlib", "micromamba", "mkdir", "more", "mv", "page", "pdb", "pdef", "pdoc",
    "pfile", "pinfo", "pinfo2", "pip", "popd", "pprint", "precision", "psearch", "psource", "pushd", "pwd", "pycat",
    "quickref", "rehashx", "rm", "rmdir", "set_env", "system", "sx", "tb", "tensorboard", "unload_ext", "uv",
    "watermark", "who", "who_ls", "whos", "xmode",
})  # fmt: skip
# They run their argument, which may bind what it names.
_TIMING = frozenset({"lprun", "memit", "mprun", "prun", "time", "timeit"})
_WORD = re.compile(r"[^\W\d]\w*")
# Extensions that bind nothing when they are loaded.
_QUIET_EXTENSIONS = frozenset({
    "Cython", "autoreload", "black", "cython", "dotenv", "google.cloud.bigquery", "jupyter_black", "lab_black",
    "line_profiler", "memory_profiler", "nb_black", "nb_mypy", "rpy2.ipython", "sql", "tensorboard", "watermark",
})  # fmt: skip


def see_attribute(names: Names, node: ast.Attribute) -> None:
    """Take in one of ``SEEING_ATTRIBUTES``; ``modules`` are a network's layers unless they are of ``sys``."""
    if node.attr != "modules" or getattr(node.value, "id", "") == "sys":
        names.unseen = True


def see_method(names: Names, node: ast.Call, method: str) -> None:
    """Take in a call of one of ``SEEING_METHODS``, as far as it says what it binds."""
    magic = magic_of(node)
    if method == "var":
        # SymPy's puts symbols into the notebook: var("x y"). That of a table takes no text.
        names.unseen |= bool(node.args) and isinstance(node.args[0], ast.Constant | ast.JoinedStr)
    elif magic is None:
        names.unseen = True
    elif magic[0] in {"load_ext", "reload_ext"}:
        names.unseen |= not set(magic[1].split()) <= _QUIET_EXTENSIONS
    elif magic[0] in _TIMING:
        names.bound.update(_WORD.findall(magic[1]))
    else:
        names.unseen |= magic[0] not in _QUIET_MAGICS
