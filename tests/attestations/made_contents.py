"""Contents of a small image, with everything that is awkward in a name."""

from __future__ import annotations

from dataclasses import replace

from jupyter_containerize.attestations import Contents, FileItem, ImageName, PythonItem, WheelFacts, contents_of
from jupyter_containerize.domain.environment import Evidence, LockedEnvironment, LockedPackage, SystemPackage
from jupyter_containerize.domain.image import Digest, Reference
from jupyter_containerize.domain.notebook import Location
from jupyter_containerize.domain.platform import Platform

CREATED = "2024-01-02T03:04:05Z"
IMAGE = ImageName(
    reference=Reference.parse("registry.example:5000/team/iris:latest"), digest=Digest(f"sha256:{'ab' * 32}")
)
NOTEBOOK = "/home/somebody/work/iris.ipynb"


def wheel(name: str, version: str, *, url: str = "", sha256: str = "", size: int | None = 1000) -> LockedPackage:
    """Return a locked wheel with a URL of PyPI's form."""
    filename = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    return LockedPackage(
        name=name,
        version=version,
        filename=filename,
        url=url or f"https://files.pythonhosted.org/packages/{filename}",
        sha256=sha256 or f"{len(name):02d}" * 32,
        size_bytes=size,
    )


WHEELS = (
    wheel("scikit-learn", "1.5.2"),
    wheel("numpy", "2.3.1"),
    wheel("torch", "2.4.0+cpu", url="https://user:hidden@wheels.example/t-2.4.0%2Bcpu.whl?token=hidden#sha256=1"),
    wheel("mine", "0.1", url="file:///home/somebody/wheels/mine-0.1.whl", size=None),
)
SYSTEM = (
    SystemPackage(
        name="libstdc++6",
        version="12.2.0-14+deb12u1",
        architecture="amd64",
        url="https://deb.debian.org/debian/pool/main/g/gcc-12/libstdc++6_12.2.0-14_amd64.deb",
        sha256="cd" * 32,
        size_bytes=613000,
        source="gcc-12 (12.2.0-14)",
    ),
    SystemPackage(
        name="libgomp1",
        version="1:12.2~rc1-14",
        architecture="amd64",
        url="https://deb.debian.org/debian/pool/main/g/gcc-12/libgomp1_12.2.0-14_amd64.deb",
        sha256="ef" * 32,
        size_bytes=116000,
        needed_by=("libgomp.so.1 of scikit-learn",),
        source="gcc-12",
    ),
)
EVIDENCE = {
    "scikit-learn": (
        Evidence(rule="import", detail="sklearn.linear_model", location=Location(path=NOTEBOOK, cell=3, line=7)),
    ),
    "numpy": (
        Evidence(rule="requires", detail="scikit-learn"),
        Evidence(rule="requires", detail="a-distribution-that-only-the-kernel-has"),
    ),
    "torch": (
        Evidence(rule="%pip", detail="torch @ https://me:hidden@wheels.example/torch", location=Location(path="b.py")),
    ),
}
# The server's own: one is in the environment too, in another version.
OWN = (
    wheel("httptools", "0.9.0", url="https://files.pythonhosted.org/packages/httptools.whl"),
    wheel("numpy", "9.9"),
)
FACTS = {
    "scikit-learn": WheelFacts(licence="bsd-3-clause", requires=("joblib", "numpy")),
    "numpy": WheelFacts(licence="BSD License"),
    "torch": WheelFacts(licence="MIT OR Apache-2.0", requires=("numpy",)),
    "mine": WheelFacts(licence="LicenseRef-Ours"),
}


def small_contents(*, turned: bool = False, **changes: object) -> Contents:
    """Return the contents; ``changes`` replace fields. ``turned``: what goes in comes in another order."""
    step = -1 if turned else 1
    contents = contents_of(
        LockedEnvironment(
            python_minor="3.11",
            platform="linux/amd64",
            packages=WHEELS[::step],
            system_packages=SYSTEM[::step],
            vendored=OWN[::step],
        ),
        name="iris",
        notebook=NOTEBOOK,
        notebook_digest="12" * 32,
        platform=Platform(architecture="amd64"),
        python=PythonItem(version="3.11.2"),
        created=CREATED,
        tool_version="0.1.0",
        distro="debian-12",
        evidence=EVIDENCE,
        facts=FACTS,
        vendored_licences={"httptools": "MIT"},
        files=[FileItem(path="data/größe & mehr.csv", sha256="34" * 32, size_bytes=12)],
    )
    return replace(contents, **changes)
