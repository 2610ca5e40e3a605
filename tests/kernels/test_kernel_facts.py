"""What is known of a distribution beside its name: origin, installer, licence, size."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from site_folders import install_distribution

from jupyter_containerize.domain.environment import Distribution
from jupyter_containerize.kernels import inspect

CLASSIFIERS = "Classifier: License :: OSI Approved\nClassifier: License :: OSI Approved :: BSD License\n"
LICENSES = {
    "expression": (f"License-Expression: MIT OR Apache-2.0\nLicense: see file\n{CLASSIFIERS}", "MIT OR Apache-2.0"),
    "short field": (f"License: BSD 3-Clause\n{CLASSIFIERS}", "BSD 3-Clause"),
    "whole text": (f"License: BSD 3-Clause\n        All rights reserved.\n{CLASSIFIERS}", "BSD License"),
    "long line": (f"License: {'very ' * 20}free\n{CLASSIFIERS}", "BSD License"),
    "no name": (f"License: UNKNOWN\n{CLASSIFIERS}", "BSD License"),
    "file": (f"License: LICENSE.txt\n{CLASSIFIERS}", "BSD License"),
    "two": (f"{CLASSIFIERS}Classifier: License :: OSI Approved :: MIT License\n", "BSD License, MIT License"),
    "in the description": ("\nLicense: MIT\n", ""),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("headers", "license_"), LICENSES.values(), ids=LICENSES)
def test_license__headers__the_first_that_names_one(headers, license_, distributions, tmp_path):
    """An expression is best, then a field that is a name and not a text, then classifiers."""
    install_distribution(tmp_path / "site", "some", "some.py", headers=headers)
    assert distributions(tmp_path / "site")["some"].license == license_


ORIGINS = {
    "git": (
        {"url": "https://me:secret@host/x.git", "vcs_info": {"vcs": "git", "commit_id": "abc1"}},
        "git+https://host/x.git@abc1",
    ),
    "ssh": (
        {"url": "ssh://git:pw@host/x.git", "vcs_info": {"vcs": "git", "commit_id": "abc1"}},
        "git+ssh://git@host/x.git@abc1",
    ),
    "folder of a repository": (
        {"url": "https://host/x", "vcs_info": {"vcs": "hg", "commit_id": "1f"}, "subdirectory": "python"},
        "hg+https://host/x@1f#subdirectory=python",
    ),
    "no commit": (
        {"url": "https://host/x", "vcs_info": {"vcs": "git", "requested_revision": "main"}},
        "git+https://host/x@main",
    ),
    "archive": ({"url": "https://host/x.whl?raw=true", "archive_info": {}}, "https://host/x.whl?raw=true"),
    "signed archive": ({"url": "https://host/x.whl?X-Amz-Signature=12&a=b", "archive_info": {}}, "https://host/x.whl"),
    "folder": ({"url": "file:///home/me/x", "dir_info": {}}, "file:///home/me/x"),
    "none": ({}, None),
    "no object": ([], None),
    "no JSON": ("{", None),
}


@pytest.mark.parametrize(("value", "url"), ORIGINS.values(), ids=ORIGINS)
def test_direct_url__any_origin__one_line_without_credentials(value, url, distributions, tmp_path):
    """Where it came from is a URL as a requirement would have it; nothing secret is in it."""
    text = value if isinstance(value, str) else json.dumps(value)
    install_distribution(tmp_path / "site", "some", "some.py", direct_url_json=text, INSTALLER="uv\n")
    found = distributions(tmp_path / "site")["some"]
    assert (found.direct_url, found.editable, found.installer) == (url, False, "uv")


def test_size_bytes__record__is_the_sum_of_what_it_says(distributions, tmp_path):
    """Sizes come from RECORD, and no size is no zero."""
    site = tmp_path / "site"
    info = install_distribution(site, "big", "big/__init__.py")
    (info / "RECORD").write_text('big/__init__.py,sha256=x,1000\n"big/a,b.txt",sha256=y,24\nbig-1.0/RECORD,,\n')
    install_distribution(site, "unknown", "unknown.py")
    install_distribution(site, "bare")
    found = distributions(site)
    assert [found[name].size_bytes for name in ("big", "unknown", "bare")] == [1024, None, None]


def _project(folder: Path, *paths: str) -> Path:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    return folder


def _pep_660(site: Path, project: Path) -> str:
    url = json.dumps({"url": project.as_uri(), "dir_info": {"editable": True}})
    install_distribution(site, "mine", "__editable__.mine-1.0.pth", direct_url_json=url)
    (site / "__editable__.mine-1.0.pth").write_text(f"{project / 'src'}\n")
    return project.as_uri()


def _finder(site: Path, project: Path) -> str:
    install_distribution(site, "mine", "__editable___mine_1_0_finder.py", "__editable__.mine-1.0.pth")
    finder = f"MAPPING: dict[str, str] = {{'mine': {str(project / 'src' / 'mine')!r}}}\n"
    (site / "__editable___mine_1_0_finder.py").write_text(finder)
    return (project / "src").as_uri()


def _develop(site: Path, project: Path) -> str:
    info = _project(project / "src" / "mine.egg-info", "PKG-INFO")
    (info / "PKG-INFO").write_text("Metadata-Version: 1.2\nName: mine\nVersion: 1.0\n")
    (info / "top_level.txt").write_text("mine\n")
    (info / "SOURCES.txt").write_text(
        "setup.py\nsrc/mine/__init__.py\nsrc/mine.egg-info/PKG-INFO\ntests/test_mine.py\n"
    )
    (info / "requires.txt").write_text("numpy>=1\n\n[extra]\npandas\n")
    site.mkdir()
    (site / "mine.egg-link").write_text(f"{project / 'src'}\n../")
    # In a real site-packages easy-install.pth does this.
    (site / "sitecustomize.py").write_text(f"import sys\nsys.path.append({str(project / 'src')!r})\n")
    return (project / "src").as_uri()


@pytest.mark.parametrize("install", [_pep_660, _finder, _develop])
def test_editable__any_way__is_said_with_its_folder(install, distributions, tmp_path):
    """An editable install is known as one, however old the tool that made it, and has the names of its sources."""
    project = _project(tmp_path / "project", "src/mine/__init__.py", "setup.py", "tests/test_mine.py")
    url = install(tmp_path / "site", project)
    found = distributions(tmp_path / "site")["mine"]
    assert (found.editable, found.direct_url, found.import_names) == (True, url, ("mine",))
    if install is _develop:
        assert found.requires == ("numpy>=1", 'pandas; extra == "extra"')


def test_distributions__broken_metadata__do_not_hide_the_others(distributions, tmp_path):
    """What pip left over, what has no name, and bytes that are no text cost nothing but themselves."""
    site = tmp_path / "site"
    (install_distribution(site, "half") / "METADATA").write_text("Metadata-Version: 2.1\n")
    (install_distribution(site, "latin") / "METADATA").write_bytes(b"Name: latin\nVersion: 1\nAuthor: Ren\xe9\n")
    info = install_distribution(site, "kept", "kept.py")
    info.rename(site / "~ept-1.0.dist-info")
    install_distribution(site, "fine", "fine.py")
    assert {"latin", "fine"} <= distributions(site).keys()
    assert not {"half", "kept"} & distributions(site).keys()


CONDA = {
    "py-only": ["lib/python3.11/site-packages/only/__init__.py", "lib/python3.11/site-packages/only/x.py"],
    "with-metadata": ["lib/python3.11/site-packages/told/__init__.py", "lib/python3.11/site-packages/told.dist-info/M"],
    "cudatoolkit": ["lib/libcudart.so"],
    "python": ["bin/python", "lib/python3.11/site-packages/README.txt"],
}


def test_conda__package_without_metadata__is_listed_if_it_is_python(tmp_path):
    """Modules that only conda knows of are distributions; libraries of other languages are not."""
    prefix = _conda_prefix(tmp_path / "env")
    for name, files in CONDA.items():
        package = {
            "name": name,
            "version": "1.2",
            "files": files,
            "license": "MIT",
            "url": "https://conda.host/t/to-ken-1/forge/only.conda",
            "paths_data": {"paths": [{"_path": path, "size_in_bytes": 50} for path in files]},
        }
        (prefix / "conda-meta" / f"{name}-1.2-h0_0.json").write_text(json.dumps(package))
    (prefix / "conda-meta" / "broken-1-0.json").write_text("{'site-packages/'")
    found = {item.name: item for item in inspect.environment_of_python(prefix).distributions}
    assert found["py-only"] == Distribution(
        name="py-only",
        version="1.2",
        import_names=("only",),
        direct_url="https://conda.host/forge/only.conda",
        installer="conda",
        license="MIT",
        size_bytes=100,
    )
    assert not CONDA.keys() & found.keys() - {"py-only"}


def test_conda__package_added__is_seen(tmp_path):
    """A change of conda's records is a change of the environment."""
    prefix = _conda_prefix(tmp_path / "env")
    before = inspect.environment_of_python(prefix)
    package = {"name": "late", "version": "1", "files": ["lib/python3.11/site-packages/late.py"]}
    (prefix / "conda-meta" / "late-1-0.json").write_text(json.dumps(package))
    after = inspect.environment_of_python(prefix)
    assert {item.name for item in after.distributions} - {item.name for item in before.distributions} == {"late"}


def _conda_prefix(prefix: Path) -> Path:
    # A virtual environment has a prefix of its own, as one of conda's has.
    _project(prefix, "conda-meta/history", "bin/x")
    (prefix / "pyvenv.cfg").write_text(f"home = {Path(sys.executable).resolve().parent}\n")
    (prefix / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    return prefix
