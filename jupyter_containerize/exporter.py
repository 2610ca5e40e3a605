"""The nbconvert door: a notebook in, its image as an OCI archive out.

``jupyter nbconvert --to serving-image NB`` and JupyterLab's File > Save and Export Notebook As.
The build runs in a worker process, as the server's builds do, so that an export does not hold up
the Jupyter server that was asked for it.
"""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any, ClassVar

from nbconvert.exporters import Exporter
from nbconvert.utils.exceptions import ConversionException
from nbformat import NotebookNode
from traitlets import Enum, Unicode, default

from jupyter_containerize.builds.errors import WorkerDied
from jupyter_containerize.builds.process import WORKER_COMMAND, WorkerProcess
from jupyter_containerize.builds.record import EventJson
from jupyter_containerize.domain.build import BuildRequest
from jupyter_containerize.domain.serving import StateSource

_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class NotExported(ConversionException):
    """The build gave no image; the text is the problem, in words."""


class ServingImageExporter(Exporter):
    """Exports a notebook as the image that serves it. Every export gives the archive's bytes."""

    export_from_notebook = "Serving image (OCI archive)"
    output_mimetype = "application/x-tar"
    worker_command: ClassVar[tuple[str, ...]] = WORKER_COMMAND

    tag = Unicode(help="The image's name; empty for one made from the notebook's file name.").tag(config=True)
    symbol = Unicode(help="What to serve; empty for what the notebook says, or what is found.").tag(config=True)
    state = Enum(
        ["", StateSource.RUN.value, StateSource.STARTUP.value],
        default_value="",
        help="Where the objects come from: run the notebook now, or at the container's start; "
        "empty for what the notebook says.",
    ).tag(config=True)

    @default("file_extension")
    def _default_file_extension(self) -> str:
        return ".tar"

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **_kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Export a notebook file, with the data files beside it.

        Raises:
            NotExported: the build gave no image.
        """
        resources = self._complete(resources)
        file = Path(filename)
        # As the base class does: the writer puts the archive where these say.
        resources["metadata"] |= {"name": file.stem, "path": str(file.parent)}
        return self._archive(file.absolute()), resources

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **_kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Export a notebook in memory; where ``resources`` tell its file, that file as it was saved.

        Raises:
            NotExported: the build gave no image.
        """
        resources = self._complete(resources)
        file = _file(resources)
        if file is not None:
            return self._archive(file), resources
        return self._archive_of(json.dumps(nb), resources), resources

    def from_file(
        self, file_stream: Any, resources: dict[str, Any] | None = None, **_kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Export what a stream holds; it has no data files.

        Raises:
            NotExported: the build gave no image.
        """
        resources = self._complete(resources)
        return self._archive_of(file_stream.read(), resources), resources

    def _complete(self, resources: dict[str, Any] | None) -> dict[str, Any]:
        complete: dict[str, Any] = self._init_resources(resources)  # type: ignore[no-untyped-call]  # not typed there
        return complete

    def _archive_of(self, text: str, resources: Mapping[str, Any]) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            notebook = Path(folder) / f"{_name(resources)}.ipynb"
            notebook.write_text(text, encoding="utf-8")
            return self._archive(notebook)

    def _archive(self, notebook: Path) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder) / "image.tar"
            request = BuildRequest(
                notebook=notebook,
                tag=self.tag,
                symbols=(self.symbol,) if self.symbol else (),
                state=StateSource(self.state) if self.state else None,
                destination=f"archive:{archive}",
            )
            self._build(request)
            return archive.read_bytes()

    def _build(self, request: BuildRequest) -> None:
        try:
            worker = WorkerProcess(self.worker_command, request)
        except WorkerDied as error:
            raise self._not_exported(_words(error)) from None
        problem = self._problem(worker)
        if problem is not None:
            raise self._not_exported(problem)

    def _problem(self, worker: WorkerProcess) -> Mapping[str, Any] | None:
        """Let the worker build, and return what went wrong, if anything did."""
        outcome: EventJson | None = None
        try:
            for event in worker.events():
                self._tell(event)
                if event["event"] in {"build_done", "build_failed"}:
                    outcome = event
                    worker.expect_end()
        except BaseException:  # Ctrl+C, most often
            worker.stop()
            raise
        finally:
            worker.wait()
        match outcome:
            case {"event": "build_done"}:
                return None
            case {"event": "build_failed", "problem": Mapping() as problem}:
                return problem
        return _words(worker.death())

    def _tell(self, event: EventJson) -> None:
        match event:
            case {"event": "phase_started", "phase": phase}:
                self.log.info("%s", phase)
            case {"event": "log_line", "text": text, "level": str(level)}:
                self.log.log(_LEVELS[level], "%s", text)

    def _not_exported(self, problem: Mapping[str, Any]) -> NotExported:
        getattr(self.log, "logger", self.log).addFilter(_without_trace)
        parts = (problem.get(part) for part in ("title", "location", "saw", "todo", "details"))
        return NotExported("\n".join(str(part) for part in parts if part))


def _words(error: WorkerDied) -> dict[str, Any]:
    # Imported when needed: nbconvert loads every exporter at every start, and explain brings every room.
    from jupyter_containerize.builds import words  # noqa: F401, PLC0415  # it registers the words for the error
    from jupyter_containerize.explain import explain  # noqa: PLC0415

    return asdict(explain(error))


def _file(resources: Mapping[str, Any]) -> Path | None:
    """Return the notebook's own file, if the resources say where it is and it is there."""
    folder = resources["metadata"]["path"]
    file = Path(folder).absolute() / f"{_name(resources)}.ipynb" if folder else None
    return file if file is not None and file.is_file() else None


def _name(resources: Mapping[str, Any]) -> str:
    return PurePath(resources["metadata"]["name"] or "notebook").name


def _without_trace(record: logging.LogRecord) -> bool:
    """Replace the stack trace that nbconvert logs with every failure by the problem's own words."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, NotExported):
        record.msg, record.args, record.exc_info = f"{record.getMessage()}\n{error}", (), None
    return True
