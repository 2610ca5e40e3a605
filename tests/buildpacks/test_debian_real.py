"""Real packages from the real archive: both layers, unpacked and run without a container engine."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest
from made_debs import Bench, inputs_of

from jupyter_containerize.buildpacks.debian import DebianBuildpack
from jupyter_containerize.buildpacks.interpreter import target_command
from jupyter_containerize.buildpacks.unpacked import lay_out
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.publishing.unpack import inside
from jupyter_containerize.resolution.debian import resolve_base
from jupyter_containerize.transport import Transport

pytestmark = [pytest.mark.network, pytest.mark.slow]

# Everything that a server of models may ask of Python and of the system.
ASK = """
import asyncio, bz2, ctypes, decimal, hashlib, json, locale, lzma, mimetypes, multiprocessing, os, pwd, socket
import sqlite3, ssl, sys, time, uuid, xml.parsers.expat, zlib, zoneinfo
print(json.dumps({
    "python": "%d.%d" % sys.version_info[:2],
    "authorities": ssl.create_default_context().cert_store_stats()["x509_ca"] > 100,
    "zone": str(zoneinfo.ZoneInfo("Europe/Berlin")),
    "local": time.tzname[0],
    "locale": locale.setlocale(locale.LC_ALL, "C.UTF-8"),
    "service": socket.getservbyname("https"),
    "type": mimetypes.guess_type("x.json")[0],
    "user": pwd.getpwuid(65532).pw_name,
    "sqlite": sqlite3.connect(":memory:").execute("select 1").fetchone()[0],
    "compiled": os.path.exists(json.__spec__.cached),
    "co_filename": json.dumps.__code__.co_filename,
    "distribution": open("/etc/os-release").read().partition("ID=debian")[1],
    "programs": sorted(os.listdir("/bin") + os.listdir("/sbin")),
}))
"""


@pytest.fixture(scope="module", params=["3.11", "3.13"])
def real(request, tmp_path_factory):
    """Both layers of one release, built and laid out in a folder."""
    folder = tmp_path_factory.mktemp(f"python{request.param}")
    base = resolve_base(request.param, transport=Transport(), cache=folder / "cache", cancel=CancelToken())
    inputs = inputs_of(base.packages, python=base.python_executable)
    buildpack, root = DebianBuildpack(base), folder / "root"
    root.mkdir()
    (folder / "bench").mkdir()
    for plan in buildpack.detect(inputs).layers:
        lay_out(buildpack.build(plan, inputs, Bench(folder / "bench")), root)
    yield request.param, root
    shutil.rmtree(folder)


def boxed(root, *command, bind=()):
    """Return the command that runs in the root as user 65532, with a root that cannot be written."""
    binds = [word for source, target in bind for word in ("--ro-bind", str(source), target)]
    return [
        *("bwrap", "--ro-bind", str(root), "/", *binds, "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),
        *("--uid", "65532", "--gid", "65532", "--unshare-all", "--clearenv", "--setenv", "LANG", "C.UTF-8"),
        *command,
    ]


def test_build__real_packages__python_and_system_answer(real):
    """In a read-only root, as a user of its own, Python has TLS, zones, locale, database and compiled modules."""
    minor, root = real
    said = subprocess.run(boxed(root, f"/usr/bin/python{minor}", "-c", ASK), capture_output=True, text=True, check=True)
    assert json.loads(said.stdout) == {
        "python": minor,
        "authorities": True,
        "zone": "Europe/Berlin",
        "local": "UTC",
        "locale": "C.UTF-8",
        "service": 443,
        "type": "application/json",
        "user": "nonroot",
        "sqlite": 1,
        "compiled": True,
        "co_filename": f"/usr/lib/python{minor}/json/__init__.py",
        "distribution": "ID=debian",
        # The merged /usr has one folder of programs and an empty one; there is no shell.
        "programs": [f"python{minor}"],
    }


def test_build__real_packages__no_link_leads_nowhere(real):
    """What is left out is not needed by what stays."""
    _, root = real
    links = [path for path in root.rglob("*") if path.is_symlink() and path != root / "var/run"]
    dangling = [path for path in links if not inside(root, path.relative_to(root)).exists()]
    assert dangling == []


def test_build__real_packages__every_package_is_registered_with_its_licence(real):
    """Scanners find each package, and each one's licence is in the image."""
    _, root = real
    names = [path.name for path in (root / "var/lib/dpkg/status.d").iterdir() if path.suffix != ".md5sums"]
    assert len(names) > 15
    assert [
        name
        for name in names
        if not inside(root, (root / "usr/share/doc").relative_to(root) / name / "copyright").is_file()
    ] == []


def test_build__real_packages__run_wheels(real, tmp_path):
    """A wheel with compiled code, NumPy's, works on the base."""
    minor, root = real
    wheels = tmp_path / "site"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--target", str(wheels), "--only-binary", ":all:"),
            *("--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_17_x86_64"),
            *("--python-version", minor, "--no-deps", "numpy"),
        ],
        check=True,
    )
    script = "import sys; sys.path.append('/opt'); import numpy; print(numpy.linalg.inv(numpy.eye(2)).sum())"
    command = boxed(root, f"/usr/bin/python{minor}", "-c", script, bind=[(wheels, "/opt")])
    (root / "opt").mkdir(exist_ok=True)
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "2.0\n"


def test_target_command__real_root__runs_without_a_box(real):
    """The image's Python runs on this machine from the unpacked root, with the root's libraries only."""
    minor, root = real
    command, env = target_command(root, f"/usr/bin/python{minor}")
    script = "import ssl, sys; print([l.split()[-1] for l in open('/proc/self/maps') if '.so' in l])"
    said = subprocess.run([*command, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert said.stdout.count(str(root)) == said.stdout.count("/usr/lib/x86_64") + said.stdout.count("lib-dynload")
