"""Kernelspecs that are plain files are read without jupyter_client, which takes long to import."""

from __future__ import annotations

import json
import os
import subprocess
import sys

_PROGRAM = """
import json, sys
from jupyter_containerize.kernels.specs import find_spec
spec = find_spec(sys.argv[1])
print(json.dumps({"argv": spec.argv, "language": spec.language, "imported": "jupyter_client" in sys.modules}))
"""


def _found(name, place):
    environ = {**os.environ, "JUPYTER_PATH": str(place)}
    done = subprocess.run((sys.executable, "-c", _PROGRAM, name), env=environ, capture_output=True, check=True)
    return json.loads(done.stdout)


def test_find_spec__as_the_installed_ipykernel_writes_it__needs_no_jupyter_client(tmp_path):
    """The most usual kernelspec, whatever keys the newest ipykernel gives it."""
    script = "from ipykernel.kernelspec import write_kernel_spec; import sys; write_kernel_spec(sys.argv[1])"
    subprocess.run((sys.executable, "-c", script, str(tmp_path / "kernels" / "usual")), check=True)

    found = _found("usual", tmp_path)

    assert found["argv"][1:3] == ["-m", "ipykernel_launcher"]
    assert (found["language"], found["imported"]) == ("python", False)


def test_find_spec__with_a_provisioner__asks_jupyter_client(tmp_path):
    """Only jupyter_client knows what a provisioner means."""
    folder = tmp_path / "kernels" / "elsewhere"
    folder.mkdir(parents=True)
    metadata = {"kernel_provisioner": {"provisioner_name": "local-provisioner"}}
    spec = {"argv": ["python"], "display_name": "x", "language": "python", "metadata": metadata}
    (folder / "kernel.json").write_text(json.dumps(spec))

    assert _found("elsewhere", tmp_path)["imported"] is True
