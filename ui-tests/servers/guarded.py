"""A JupyterLab as a hub runs it: base URL, token, XSRF check, nothing without authentication."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from jupyter_server.auth.authorizer import Authorizer

folder = tempfile.mkdtemp(prefix="containerize-ui-")
atexit.register(shutil.rmtree, folder, ignore_errors=True)
os.environ["JUPYTER_DATA_DIR"] = os.path.join(folder, "data")


class ReadOnlyOnRequest(Authorizer):
    """Lets pages that say so look at builds and images, and not act: a test has users of both kinds."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        """Allow reading, and to others everything."""
        del user
        return resource != "containerize" or action == "read" or "X-Read-Only" not in handler.request.headers


c = get_config()
c.ServerApp.authorizer_class = ReadOnlyOnRequest
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
# The open server runs images in namespaces.
c.ContainerizeExtension.run_with = "podman"
os.environ["CONTAINERS_CONF"] = str(Path.cwd().parent / "tests" / "publishing" / "containers.conf")
