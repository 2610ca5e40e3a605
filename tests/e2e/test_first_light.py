"""An example notebook becomes an image that answers: in Docker, from a registry, again and again the same."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jupyter_containerize.lifecycle.prove import same_answer

EXAMPLES = Path(__file__).parents[2] / "examples"
FLOWER = {"sepal_length": 6.1, "sepal_width": 2.9, "petal_length": 4.7, "petal_width": 1.4}

pytestmark = [pytest.mark.slow, pytest.mark.network]


def output(*command: str | Path) -> str:
    """Return what a command prints; it must succeed."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout.strip()


@contextmanager
def container(image: str) -> Iterator[str]:
    """Run an image as the README says, but with a read-only root; give its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    name = output("docker", "run", "--detach", "--read-only", "--publish", f"127.0.0.1:{port}:8080", image)
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{url}/health/ready", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        output("docker", "rm", "--force", name)


def ask(url: str, body: object) -> object:
    """Return the answer of ``POST /predict``."""
    request = urllib.request.Request(
        f"{url}/predict", json.dumps(body).encode(), headers={"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_build__iris__reports_what_the_interface_promises(iris):
    """The closing object has the promised fields, and the image answered as the notebook did."""
    assert {"reference", "digest", "size_bytes", "layers", "timings", "selftest"} <= iris.keys()
    assert iris["selftest"]["ran"]
    assert iris["selftest"]["passed"]
    assert {"detect", "analyze", "restore", "build", "export"} <= iris["timings"].keys()
    roles = {layer["role"] for layer in iris["layers"]}
    assert roles == {"os", "python", "dependencies", "runtime", "code", "state"}
    assert iris["size_bytes"] > sum(layer["size_bytes"] for layer in iris["layers"])
    assert iris["tags"][0] == "iris:latest"


def test_build__iris__tells_of_the_five_phases(iris):
    """Every phase starts and finishes, in order, and the last event is the report."""
    started = [event["phase"] for event in iris["events"] if event["event"] == "phase_started"]
    finished = [event["phase"] for event in iris["events"] if event["event"] == "phase_finished"]
    assert started == finished == ["detect", "analyze", "restore", "build", "export"]
    assert iris["events"][-1]["event"] == "build_done"


def test_build__iris_again__gives_the_same_digest_from_reused_layers(iris, containerize):
    """Same input, same bytes; even when the notebook is run anew."""
    again = containerize("build", EXAMPLES / "iris.ipynb", "--json", "--rerun", "--selftest", "skip").closing
    assert again["digest"] == iris["digest"]
    assert all(layer["reused"] for layer in again["layers"])


def test_build__another_store__gives_the_same_digest(iris, containerize, tmp_path):
    """The digest does not depend on what was built before."""
    elsewhere = {"JUPYTER_CONTAINERIZE_STORE": str(tmp_path / "other")}
    fresh = containerize("build", EXAMPLES / "iris.ipynb", "--json", "--selftest", "skip", env=elsewhere).closing
    assert fresh["digest"] == iris["digest"]
    assert not any(layer["reused"] for layer in fresh["layers"])


@pytest.mark.parametrize("notebook", ["house_prices.ipynb", "news_topics.ipynb"])
def test_build__other_examples__answer_as_their_notebooks_did(containerize, notebook):
    """Every example passes its self-test."""
    ran = containerize("build", EXAMPLES / notebook, "--json", "--selftest", "require")
    assert ran.code == 0, ran.err[-3000:]
    assert ran.closing["selftest"]["passed"]


def test_image__only_what_serving_needs__is_installed(iris, containerize, tmp_path):
    """The notebook plots with matplotlib; the image has none of it."""
    model = json.loads(unpacked(iris, tmp_path, "workspace/model.json"))
    assert {"scikit-learn", "numpy", "scipy"} <= model["versions"].keys()
    assert not {"matplotlib", "pillow", "ipython", "jupyterlab"} & model["versions"].keys()


def unpacked(report, folder: Path, path: str) -> str:
    """Return one file of the image, unpacked by a tool that is not ours."""
    output("skopeo", "copy", f"oci-archive:{report['archive']}", f"oci:{folder}/layout:iris")
    output("umoci", "unpack", "--rootless", "--image", f"{folder}/layout:iris", folder / "bundle")
    return (folder / "bundle" / "rootfs" / path).read_text()


@pytest.mark.docker
def test_docker__loaded_archive__answers_as_the_notebook_did(iris, iris_answer):
    """``docker load`` of the archive and ``docker run`` give the notebook's own answer, on a read-only root."""
    output("docker", "load", "--input", iris["archive"])
    assert output("docker", "image", "inspect", "--format", "{{.Config.User}}", "iris:latest") == "65532:65532"
    with container("iris:latest") as url:
        assert same_answer(iris_answer, ask(url, FLOWER))


@pytest.mark.docker
def test_docker__destination__answers_as_the_notebook_did(containerize, iris, iris_answer):
    """``--to docker`` puts the same image into the Engine."""
    ran = containerize("build", EXAMPLES / "iris.ipynb", "--json", "--to", "docker", "--tag", "iris-docker:test")
    assert ran.code == 0, ran.err[-3000:]
    assert ran.closing["digest"] == iris["digest"]
    try:
        with container("iris-docker:test") as url:
            assert same_answer(iris_answer, ask(url, FLOWER))
    finally:
        output("docker", "image", "rm", "--force", "iris-docker:test")


@pytest.mark.registry
def test_registry__pushed_image__comes_back_the_same(containerize, iris, registry, tmp_path):
    """A push to a real registry and a pull by another tool keep every byte."""
    reference = f"{registry}/team/iris:v1"
    ran = containerize("build", EXAMPLES / "iris.ipynb", "--json", "--selftest", "skip", "--to", reference)
    assert ran.code == 0, ran.err[-3000:]
    assert ran.closing["reference"] == reference
    inspected = json.loads(output("skopeo", "inspect", "--tls-verify=false", f"docker://{reference}"))
    # Its labels name the base that lies beside it there, so its digest is another than that of the local store.
    assert inspected["Digest"] == ran.closing["digest"]
    assert inspected["Layers"] == [layer["digest"] for layer in iris["layers"]]
    output("skopeo", "copy", "--src-tls-verify=false", f"docker://{reference}", f"oci:{tmp_path}/back:iris")
    index = json.loads((tmp_path / "back" / "index.json").read_text())
    assert index["manifests"][0]["digest"] == ran.closing["digest"]


@pytest.mark.registry
def test_base__image_of_a_registry__is_built_upon(containerize, registry, tmp_path):
    """An image with the kernel's Python serves as base: its layers come first, unchanged, and the result answers."""
    reference = f"{registry}/base/python:1"
    notebook = EXAMPLES / "iris.ipynb"
    assert containerize("build", notebook, "--quiet", "--selftest", "skip", "--to", reference).code == 0
    options = ("--tag", "on-base", "--selftest", "require", "--to", f"oci:{tmp_path}/layout")
    ran = containerize("build", notebook, "--json", "--base", reference, *options)
    assert ran.code == 0, ran.err[-3000:]
    assert ran.closing["selftest"]["passed"]
    assert {layer["role"] for layer in ran.closing["layers"]} == {"dependencies", "runtime", "state", "code"}

    def layers(image: str) -> list[str]:
        return json.loads(output("skopeo", "inspect", "--tls-verify=false", image))["Layers"]

    base = layers(f"docker://{reference}")
    assert layers(f"oci:{tmp_path}/layout:on-base:latest")[: len(base)] == base


def test_build__interrupted__stops_and_names_nothing(tmp_path):
    """Ctrl+C ends a build within seconds with 130; no image is named and no scratch folder is left."""
    content = json.loads((EXAMPLES / "iris.ipynb").read_text())
    content["cells"].insert(1, {**content["cells"][1], "id": "sleeper", "source": "import time\ntime.sleep(120)"})
    notebook = tmp_path / "slow.ipynb"
    notebook.write_text(json.dumps(content))
    store = tmp_path / "store"
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter_containerize.cli", "build", notebook, "--json"],
        env={**os.environ, "JUPYTER_CONTAINERIZE_STORE": str(store)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stderr:
        if json.loads(line).get("step") == "Running the notebook":
            break
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert json.loads(out)["problem"]["code"] == "JC-BUILD-01"
    assert [path for path in (store / "scratch").glob("*") if path.is_dir()] == []


def test_build__changed_function__is_rebuilt_without_running_the_notebook(containerize, tmp_path):
    """Only the code layer is new, the image answers as the new code does, and the notebook ran once."""
    runs = tmp_path / "runs"
    content = json.loads((EXAMPLES / "iris.ipynb").read_text())
    sources = (
        "import os\nwith open(os.environ['RUNS'], 'a') as file:\n    file.write('x')\nfactor = 2.0",
        "def predict(x: float) -> float:\n    return x * factor",
        "predict(21.0)",
    )

    def build(*sources: str):
        cells = [{**content["cells"][1], "id": f"c{n}", "outputs": [], "source": s} for n, s in enumerate(sources)]
        (tmp_path / "work.ipynb").write_text(json.dumps({**content, "cells": cells}))
        env = {"RUNS": str(runs), "JUPYTER_CONTAINERIZE_STORE": str(tmp_path / "store")}
        ran = containerize("build", tmp_path / "work.ipynb", "--json", "--selftest", "require", env=env)
        assert ran.code == 0, ran.err[-3000:]
        return [layer["role"] for layer in ran.closing["layers"] if not layer["reused"]]

    build(*sources)
    assert build(sources[0], sources[1].replace("factor", "factor + 1"), sources[2]) == ["code"]
    assert runs.read_text() == "x"
    build(sources[0].replace("2.0", "3.0"), *sources[1:])
    assert runs.read_text() == "xx"
