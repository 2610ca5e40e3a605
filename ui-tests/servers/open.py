"""A JupyterLab and Notebook 7 for Galata: without token and XSRF check, in folders of their own."""

import atexit
import os
import shutil
import tempfile

from jupyterlab.galata import configure_jupyter_server

# An empty store and an empty list of builds, whatever this machine has built before.
folder = os.environ.get("UI_FOLDER") or tempfile.mkdtemp(prefix="containerize-ui-")
shutil.rmtree(folder, ignore_errors=True)
atexit.register(shutil.rmtree, folder, ignore_errors=True)
os.environ["JUPYTER_DATA_DIR"] = os.path.join(folder, "data")

c = get_config()
configure_jupyter_server(c)
c.ServerApp.root_dir = os.path.join(folder, "root")
os.makedirs(c.ServerApp.root_dir)
c.ServerApp.port = int(os.environ["UI_PORT"])
c.ServerApp.port_retries = 0
c.ServerApp.allow_root = True
# A page without Galata changes settings on the server: not those of whoever runs the tests.
c.LabServerApp.user_settings_dir = os.path.join(folder, "settings")
# The same server has Notebook 7 below /notebooks; Galata finds the application in the page.
c.JupyterNotebookApp.expose_app_in_browser = True
# The images stay in the store of this run: none is left in this machine's Docker Engine.
c.ContainerizeExtension.default_destination = ""
