"""The buildpack's folder, and its detection run by hand."""

from __future__ import annotations

import json
import os
import subprocess
import tomllib

import pytest

from jupyter_containerize import cnb

PLAIN = json.dumps({"cells": [], "metadata": {}})
MARKED = json.dumps({"cells": [], "metadata": {"containerize": {"serve": ["predict"]}}})


def test_write_buildpack__a_new_folder__has_programs_and_description(tmp_path):
    """The lifecycle wants exactly these."""
    written = cnb.write_buildpack(tmp_path / "new", version="1.2.3")
    found = {path.relative_to(tmp_path / "new") for path in (tmp_path / "new").rglob("*") if path.is_file()}
    assert found == {*written}
    described = tomllib.loads((tmp_path / "new/buildpack.toml").read_text())
    assert described["buildpack"]["id"] == cnb.BUILDPACK_ID
    assert described["buildpack"]["version"] == "1.2.3"
    assert all(os.access(tmp_path / "new/bin" / name, os.X_OK) for name in ("detect", "build"))


def test_write_buildpack__one_of_ours__is_replaced(tmp_path):
    """A newer version goes over an older one."""
    cnb.write_buildpack(tmp_path, version="1.2.3")
    cnb.write_buildpack(tmp_path, version="1.2.4")
    assert 'version = "1.2.4"' in (tmp_path / "buildpack.toml").read_text()


@pytest.mark.parametrize("name", ["notes.txt", "buildpack.toml"])
def test_write_buildpack__somebody_elses_folder__is_left_alone(tmp_path, name):
    """Nothing is written over."""
    (tmp_path / name).write_text("id = 'acme/other'\n")
    with pytest.raises(cnb.BuildpackFolderTaken):
        cnb.write_buildpack(tmp_path, version="1.2.3")
    assert [path.name for path in tmp_path.iterdir()] == [name]


DETECTED = {
    "one notebook": ({"a b.ipynb": PLAIN}, "", 0, "a b.ipynb"),
    "a quote in its name": ({'a".ipynb': PLAIN}, "", 0, 'a".ipynb'),
    "no notebook": ({"a.py": ""}, "", 100, "there is no notebook"),
    "several": ({"a.ipynb": PLAIN, "b.ipynb": PLAIN}, "", 100, "there are several notebooks"),
    "several, one says what it serves": ({"a.ipynb": PLAIN, "b.ipynb": MARKED, "c.ipynb": PLAIN}, "", 0, "b.ipynb"),
    "several that say so": ({"a.ipynb": MARKED, "b.ipynb": MARKED}, "", 100, "there are several notebooks"),
    "named": ({"a.ipynb": PLAIN, "b.ipynb": PLAIN}, "a.ipynb", 0, "a.ipynb"),
    "named, and not there": ({"a.ipynb": PLAIN}, "b.ipynb", 1, "b.ipynb, which is not there"),
}


@pytest.mark.parametrize(("files", "named", "code", "said"), DETECTED.values(), ids=DETECTED.keys())
def test_detect__a_folder__passes_with_one_notebook_to_serve(tmp_path, files, named, code, said):
    """The plan has the notebook's name; otherwise the output says why not."""
    cnb.write_buildpack(tmp_path / "buildpack", version="1.2.3")
    app = tmp_path / "app"
    app.mkdir()
    for name, text in files.items():
        (app / name).write_text(text)
    env = {"PATH": os.environ["PATH"], "CNB_BUILD_PLAN_PATH": str(tmp_path / "plan.toml")}
    env |= {"BP_NOTEBOOK": named} if named else {}
    detect = tmp_path / "buildpack/bin/detect"
    done = subprocess.run([detect], cwd=app, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    if code:
        assert said in done.stdout + done.stderr
    else:
        (wanted,) = tomllib.loads((tmp_path / "plan.toml").read_text())["requires"]
        assert wanted["metadata"]["path"] == said
