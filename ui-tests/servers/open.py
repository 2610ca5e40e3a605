"""A JupyterLab and Notebook 7 for Galata: without token and XSRF check, in folders of their own."""

import os
import tempfile

from jupyterlab.galata import configure_jupyter_server

# An empty store and an empty list of builds, whatever this machine has built before.
os.environ["JUPYTER_DATA_DIR"] = tempfile.mkdtemp(prefix="containerize-ui-")

c = get_config()
configure_jupyter_server(c)
c.ServerApp.port = int(os.environ["UI_PORT"])
c.ServerApp.port_retries = 0
c.ServerApp.allow_root = True
# The same server has Notebook 7 below /notebooks; Galata finds the application in the page.
c.JupyterNotebookApp.expose_app_in_browser = True
# The images stay in the store of this run: none is left in this machine's Docker Engine.
c.ContainerizeExtension.default_destination = ""
