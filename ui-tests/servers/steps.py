"""A JupyterLab whose builds do what the first code cell of their notebook says, for tests of how builds are shown.

UI_PORT and UI_FOLDER come from the test, so that a server can be started again on the same builds; UI_BUILDS of them
run at the same time.
"""

import functools
import os
import sys
from pathlib import Path

from jupyterlab.galata import configure_jupyter_server

from jupyter_containerize.server import extension

here = Path(os.environ["UI_SERVERS"])
folder = Path(os.environ["UI_FOLDER"])
os.environ["JUPYTER_DATA_DIR"] = str(folder / "data")
os.environ["JUPYTER_CONTAINERIZE_STANDBY"] = "0"
extension.BuildQueue = functools.partial(
    extension.BuildQueue, command=[sys.executable, str(here / "steps_worker.py")], grace_seconds=2.0
)

c = get_config()
configure_jupyter_server(c)
c.ServerApp.root_dir = str(folder / "root")
(folder / "root").mkdir(parents=True, exist_ok=True)
c.ServerApp.port = int(os.environ["UI_PORT"])
c.ServerApp.port_retries = 0
c.ServerApp.allow_root = True
# A page without Galata changes settings on the server: not those of whoever runs the tests.
c.LabServerApp.user_settings_dir = str(folder / "settings")
c.ContainerizeExtension.default_destination = ""
c.ContainerizeExtension.max_concurrent_builds = int(os.environ["UI_BUILDS"])
