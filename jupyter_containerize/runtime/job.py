"""A notebook that runs once and ends: a job image's ``serving.py``, with the parameters of whoever starts it.

    docker run IMAGE -p alpha 0.5 -p name x      parameters, read as papermill reads them
    docker run IMAGE -r name 007                 a text as it is
    docker run IMAGE -y '{"alpha": 0.5}'         a JSON object; also in JUPYTER_CONTAINERIZE_PARAMETERS

It runs in a folder of its own, JUPYTER_CONTAINERIZE_OUTPUT or a new one, where the image's data files are to be found
by their relative paths. It ends with 0, or with 1 and the traceback of what it raised, or with 2 for a bad parameter.
"""

from __future__ import annotations
import __future__

import ast
import os
import signal
import sys
import tempfile
import traceback
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import notebook
from .errors import BadParameter, LoadFailed
from .loading import lead_imports, read_card
from .parameters import read_parameters, usage
from .parts import read_object

_OWN = frozenset({"model.json", "serving.py", "state", "__pycache__"})
_FUTURES = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})
_TERMINATED = 128 + signal.SIGTERM


def run_job(app: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the job and return its exit code. What it prints goes out line by line."""
    # The server's way with the signal is to end well, which a job that was cut off has not.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True)
    app = app.resolve()
    script = app / "serving.py"
    try:
        card = read_card(app)
        tree = ast.parse(script.read_bytes(), str(script))
        names, end = card["job"]["parameters"], card["job"]["parameters_end"]
        if {"-h", "--help"} & {*arguments}:
            _say(usage(card.get("notebook", ""), names, _defaults(tree, names, end)), sys.stdout)
            return 0
        given = read_parameters(arguments, environment, names)
        objects = {item["name"]: read_object(app, item) for item in card["objects"]}
        folder = _folder(app, environment)
    except BadParameter as error:
        _say(f"{error.given}: {error.expected}", sys.stderr)
        return 2
    except (LoadFailed, OSError, SyntaxError, KeyError, TypeError) as error:
        _say(f"the job cannot start: {error!r}", sys.stderr)
        return 1
    lead_imports(app)
    os.chdir(folder)
    return _run(script, tree, objects, given, end)


def _run(script: Path, tree: ast.Module, objects: Mapping[str, Any], given: Mapping[str, Any], end: int) -> int:
    """Run the statements that give the parameters their defaults, then put ours in place, then run the others."""
    module = types.ModuleType("__main__")
    module.__file__ = str(script)
    namespace = vars(module)
    namespace.update({**notebook.NAMES, **objects})
    # Both names: pickle and dataclasses look for the first, a local module may import the second.
    sys.modules["__main__"] = sys.modules["serving"] = module
    before = [statement for statement in tree.body if (statement.end_lineno or statement.lineno) <= end]
    after = [statement for statement in tree.body if (statement.end_lineno or statement.lineno) > end]
    try:
        code = compile(ast.Module(before, []), str(script), "exec", dont_inherit=True)
        exec(code, namespace)  # noqa: S102  # our purpose
        namespace.update(given)
        flags = code.co_flags & _FUTURES
        exec(compile(ast.Module(after, []), str(script), "exec", flags, dont_inherit=True), namespace)  # noqa: S102
    except SystemExit as error:
        if error.code is None or isinstance(error.code, int):
            return error.code or 0
        _say(str(error.code), sys.stderr)
        return 1
    except BaseException as error:  # also KeyboardInterrupt: a job that was cut off did not succeed
        _say(_trace(error, script), sys.stderr)
        return 1
    return 0


def _trace(error: BaseException, script: Path) -> str:
    """Return the traceback from the script on, without our own frames."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != str(script):
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace)).rstrip()


def _folder(app: Path, environment: Mapping[str, str]) -> Path:
    """Return the folder to run in: it can be written to, and the image's data files seem to lie there."""
    named = environment.get("JUPYTER_CONTAINERIZE_OUTPUT")
    folder = Path(named or tempfile.mkdtemp(prefix="job-"))
    for parent, folders, files in os.walk(app):
        inside = Path(parent).relative_to(app)
        ours = _OWN if not inside.parts else frozenset({"__pycache__"})
        folders[:] = [name for name in folders if name not in ours]
        (folder / inside).mkdir(parents=True, exist_ok=True)
        for name in (name for name in files if name not in ours):
            target = folder / inside / name
            if not target.exists() and not target.is_symlink():
                target.symlink_to(Path(parent, name))
    return folder


def _defaults(tree: ast.Module, names: Sequence[str], end: int) -> dict[str, str]:
    """Return what the code says that parameters are without anybody's saying."""
    found: dict[str, str] = {}
    for statement in tree.body:
        if statement.lineno > end:
            break
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        value = getattr(statement, "value", None)
        found.update(
            {target.id: ast.unparse(value) for target in targets if isinstance(target, ast.Name) and value is not None}
        )
    return {name: found[name] for name in names if name in found}


def _say(text: str, stream: Any) -> None:
    print(text, file=stream, flush=True)  # for whoever started the job
