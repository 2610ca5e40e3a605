"""The server extension: its settings, its routes, and the queue behind them."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import path_regex
from jupyter_server.extension.application import ExtensionApp
from jupyter_server.nbconvert.handlers import NbconvertFileHandler
from tornado.websocket import WebSocketHandler
from traitlets import Integer, Unicode, default

from jupyter_containerize.builds.queue import BuildQueue, builds_folder
from jupyter_containerize.kernels.standby import idle_seconds
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.collecting import collect
from jupyter_containerize.publishing.listing import Listed
from jupyter_containerize.server import (
    handlers,
    image_handlers,
    running_handlers,
    settings_handlers,
    task_handlers,
)
from jupyter_containerize.server.configured import Configured
from jupyter_containerize.server.images import Images
from jupyter_containerize.server.running import Containers
from jupyter_containerize.server.saved_outputs import SavedOutputs
from jupyter_containerize.server.stream import EventStream

_BUILD = r"/containerize/builds/(?P<build_id>[^/]+)"
_IMAGE = r"/containerize/images/(?P<digest>[^/]+)"
_RUNNING = r"/containerize/running/(?P<running_id>[^/]+)"

ROUTES: tuple[tuple[str, type], ...] = (
    (r"/containerize/preview", handlers.PreviewHandler),
    (r"/containerize/builds", handlers.BuildsHandler),
    (_BUILD, handlers.BuildHandler),
    (_BUILD + r"/cancel", handlers.CancelHandler),
    (_BUILD + r"/events", handlers.EventsHandler),
    (_BUILD + r"/log", handlers.LogHandler),
    (r"/containerize/events", EventStream),
    (r"/containerize/images", image_handlers.ImagesHandler),
    (_IMAGE, image_handlers.ImageHandler),
    (_IMAGE + r"/sbom", image_handlers.BillHandler),
    (_IMAGE + r"/archive", image_handlers.ArchiveHandler),
    (r"/containerize/comparison", image_handlers.ComparisonHandler),
    (r"/containerize/plans", task_handlers.PlansHandler),
    (r"/containerize/tasks", task_handlers.TasksHandler),
    (r"/containerize/running", running_handlers.RunningHandler),
    (_RUNNING, running_handlers.ContainerHandler),
    (_RUNNING + r"/log", running_handlers.ContainerLogHandler),
    (_RUNNING + r"/schema", running_handlers.ContainerSchemaHandler),
    (_RUNNING + r"/ask", running_handlers.AskHandler),
    (r"/containerize/settings", settings_handlers.SettingsHandler),
)

# Jupyter Server's own route for exports knows only formats of letters, digits and underscores.
EXPORT_ROUTE = (r"/nbconvert/(?P<format>serving-image)" + path_regex, NbconvertFileHandler)


class ContainerizeExtension(Configured, ExtensionApp):
    """One click from a notebook to a model-serving image."""

    name = "jupyter_containerize"

    run_limit = Integer(
        4, min=0, help="How many images run at the same time to be tried from the sidebar; 0 allows none."
    ).tag(config=True)
    builds_dir = Unicode(help="The folder that records builds. Servers with the same folder show the same builds.").tag(
        config=True
    )

    @default("builds_dir")
    def _default_builds_dir(self) -> str:
        return str(builds_folder())

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.streams: set[WebSocketHandler] = set()
        self.images = Images()
        self.outputs = SavedOutputs()
        self.containers = Containers()
        self.machine = settings_handlers.Machine(self.runner)
        self._queue: BuildQueue | None = None
        self._queue_lock = threading.Lock()
        self._quota_lock = threading.Lock()

    @property
    def queue(self) -> BuildQueue:
        """The queue, opened when first asked for: previews and images work without it.

        Opening reads the disk, so this is for other threads than the server's loop.

        Raises:
            HistoryUnusable: the database of builds cannot be used.
        """
        with self._queue_lock:
            if self._queue is None:
                self._queue = BuildQueue(
                    Path(self.builds_dir),
                    max_concurrent=self.max_concurrent_builds,
                    spare_seconds=idle_seconds(),
                    timeout_seconds=self.build_timeout_seconds,
                    on_end=self.keep_quota,
                )
            return self._queue

    def keep_quota(self) -> None:
        """Make the local store smaller where it is larger than it may be.

        Raises:
            ImageUnreadable, NotWritable, DiskFull: it cannot be.
        """
        quota = self.storage_quota_bytes
        if quota is None:
            return
        # Several builds may end at once; one of them collects, and looks again after the others.
        with self._quota_lock:
            left = collect(LocalStore.default(), quota).after_bytes
        if left > quota:
            self.log.warning("the store has %d bytes, %d are allowed: what it keeps is in use or named", left, quota)

    def running_ids(self, image: Listed) -> tuple[str, ...]:
        """Return the ids of the containers of an image that this server runs."""
        return self.containers.ids_of((image.digest, *image.members))

    def initialize_handlers(self) -> None:
        """Add the routes.

        Raises:
            TraitError: the configuration is wrong, so that nothing may be served.
        """
        self.check_configuration()
        self.handlers.extend((*ROUTES, EXPORT_ROUTE))

    def current_activity(self) -> tuple[str, ...]:
        """Return the builds under way: a server that ends itself when nobody uses it waits for them."""
        return () if self._queue is None else self._queue.unfinished()

    async def stop_extension(self) -> None:
        """Close the pages' streams, stop the containers, and the builds, which become interrupted."""
        for stream in tuple(self.streams):
            stream.close()
            stream.on_close()
        await asyncio.to_thread(self.containers.close)
        if self._queue is not None:
            await asyncio.to_thread(self._queue.close)
