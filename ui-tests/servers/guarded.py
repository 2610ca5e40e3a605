"""A JupyterLab as a hub runs it: base URL, token, XSRF check, nothing without authentication."""

import atexit
import os
import shutil
import tempfile

folder = tempfile.mkdtemp(prefix="containerize-ui-")
atexit.register(shutil.rmtree, folder, ignore_errors=True)
os.environ["JUPYTER_DATA_DIR"] = os.path.join(folder, "data")

c = get_config()
c.ServerApp.root_dir = os.path.join(folder, "root")
os.makedirs(c.ServerApp.root_dir)
c.ServerApp.port = int(os.environ["UI_PORT"])
c.ServerApp.port_retries = 0
c.ServerApp.allow_root = True
c.ServerApp.open_browser = False
c.ServerApp.base_url = "/user/me/"
c.ServerApp.allow_unauthenticated_access = False
c.IdentityProvider.token = "a-token-for-tests"  # noqa: S105
c.LabServerApp.workspaces_dir = os.path.join(folder, "workspaces")
c.LabServerApp.user_settings_dir = os.path.join(folder, "settings")
c.LabApp.news_url = None
# The images stay in the store of this run: none is left in this machine's Docker Engine.
c.ContainerizeExtension.default_destination = ""
