"""A notebook that pins an old version of a library which the server has too: each runs on its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import urllib.request
from pathlib import Path

import nbformat
import pytest
from uv import find_uv_bin

from jupyter_containerize.buildpacks.model_server import PACKAGE
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.lifecycle.trying import free_port, running
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.runtime.requirements import VENDORED

pytestmark = [pytest.mark.slow, pytest.mark.network]

# The oldest that has wheels for this Python.
OLD = "0.6.1" if sys.version_info < (3, 13) else "0.7.1"
CELLS = (
    "import sys\nimport httptools",
    f"""\
class Asked:
    def on_url(self, url):
        self.url = url.decode()

def predict(path: str) -> list[str]:
    asked = Asked()
    httptools.HttpRequestParser(asked).feed_data(f"GET {{path}} HTTP/1.1\\r\\n\\r\\n".encode())
    server = sys.modules.get("{PACKAGE}._vendor.httptools")
    return [asked.url, httptools.__version__, getattr(server, "__version__", "no server")]""",
)
LARGEST_BYTES = 15_000_000


@pytest.fixture(scope="module")
def kernel(tmp_path_factory) -> dict[str, str]:
    """Install a kernel that has an old version of the library; return what makes Jupyter find it."""
    folder = tmp_path_factory.mktemp("kernel")
    home, spec = folder / "venv", folder / "jupyter" / "kernels" / "old"
    uv = [find_uv_bin(), "--quiet"]
    subprocess.run([*uv, "venv", "--python", sys.executable, home], check=True)
    python = home / "bin" / "python"
    wanted = ["ipykernel", "cloudpickle", f"httptools=={OLD}"]
    subprocess.run([*uv, "pip", "install", "--python", python, *wanted], check=True)
    spec.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "old", "language": "python"}))
    return {"JUPYTER_PATH": str(folder / "jupyter")}


@pytest.fixture(scope="module")
def layout(kernel, containerize, tmp_path_factory) -> tuple[dict, Path]:
    """Return the report of the build, and the layout that it wrote."""
    folder = tmp_path_factory.mktemp("notebook")
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "old", "display_name": "old", "language": "python"}},
        cells=[nbformat.v4.new_code_cell(text) for text in CELLS],
    )
    nbformat.write(notebook, folder / "pins.ipynb")
    options = ("--serve", "predict", "--json", "--to", f"oci:{folder / 'layout'}", "--tag", "pins:test")
    ran = containerize("build", folder / "pins.ipynb", *options, env=kernel)
    assert ran.code == 0, ran.err[-3000:]
    return ran.closing, folder / "layout"


def test_image__notebook_pins_an_old_version__each_has_its_own(layout, store):
    """The notebook's function parses with its version while the server answers with ours."""
    assert layout[0]["selftest"]["passed"]
    with running("pins:test", port=free_port(), cancel=CancelToken(), store=LocalStore(store)) as container:
        request = urllib.request.Request(
            f"{container.url}/predict",
            json.dumps({"path": "/a"}).encode(),
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            body = json.load(answer)
    assert f"httptools=={body[2]}" in VENDORED
    assert body == ["/a", OLD, body[2]]


def test_image__layer_of_the_server__is_small(layout):
    """What every image has of us: modules, bytecode and the libraries of the server's own, unpacked."""
    report, folder = layout
    (layer,) = (item for item in report["layers"] if item["title"] == "Model server")
    with tarfile.open(folder / "blobs" / layer["digest"].replace(":", "/")) as content:
        members = content.getmembers()
    assert any("/_vendor/httptools/" in member.name for member in members)
    assert sum(member.size for member in members) < LARGEST_BYTES


def test_image__bill_of_materials__has_both(layout):
    """Nothing of the server's is hidden from a scanner, and nothing of the user's is taken for it."""
    report, folder = layout
    (layer,) = (item for item in report["layers"] if item["title"] == "Bill of materials")
    with tarfile.open(folder / "blobs" / layer["digest"].replace(":", "/")) as content:
        (path,) = (name for name in content.getnames() if name.endswith(".cdx.json"))
        document = json.load(content.extractfile(path))
    purls = {item["bom-ref"]: item["purl"] for item in document["components"] if item["name"] == "httptools"}
    assert purls == {
        "vendored:httptools": f"pkg:pypi/{VENDORED[0].replace('==', '@')}",
        f"pkg:pypi/httptools@{OLD}": f"pkg:pypi/httptools@{OLD}",
    }
