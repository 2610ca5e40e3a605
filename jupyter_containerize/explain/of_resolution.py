"""Words for distributions that cannot be found, fit or agreed upon."""

from __future__ import annotations

from jupyter_containerize.buildpacks.elf import ElfBroken
from jupyter_containerize.domain.environment import Evidence
from jupyter_containerize.domain.notebook import Location
from jupyter_containerize.explain.words import Words, listed, words
from jupyter_containerize.lifecycle import errors as lifecycle
from jupyter_containerize.resolution import errors as resolution
from jupyter_containerize.resolution.versions import METADATA

_NETWORK = "Check the network connection, and the index that pip or uv is configured with; then build again."


@words.register
def _(error: resolution.UnknownImports) -> Words:
    seen = "\n".join(f"{site.location}: import {site.module}" for site in error.sites)
    return Words(
        title="Nothing in the kernel provides an import",
        saw=seen,
        todo="Install the distribution that provides it in the notebook's kernel (in a cell: %pip install NAME), run "
        "the notebook, and build again. If serving does not need the import, move it out of the serving function.",
        location=error.sites[0].location,
    )


@words.register
def _(error: resolution.LocalInstall) -> Words:
    return Words(
        title=f"{error.distribution} does not come from an index",
        saw=f"The kernel has it from {error.url}, and its installed files are not all there. {_asked(error.evidence)}",
        todo="Install it anew with pip or uv, from a package index, a folder or a repository; or put its code beside "
        "the notebook as a module.",
        location=_first(error.evidence),
    )


@words.register
def _(error: resolution.CompiledSource) -> Words:
    return Words(
        title=f"{error.distribution} {error.version} has a C extension without a wheel",
        saw=f"{error.file}: compiled code works on one system only. {_asked(error.evidence)}".strip(),
        todo="Nothing is compiled for another system here. Install a version that has a Linux wheel; or build one for "
        "manylinux (cibuildwheel does), put it into a folder, and name that folder in PIP_FIND_LINKS or UV_FIND_LINKS.",
        location=_first(error.evidence),
    )


@words.register
def _(error: resolution.SourceUnbuildable) -> Words:
    return Words(
        title=f"No wheel could be built of {error.distribution}",
        saw=f"Building {error.source} failed. {_asked(error.evidence)}".strip(),
        todo=f"Mend what the details say, or install a version of {error.distribution} that has a wheel.",
        details=error.text,
        location=_first(error.evidence),
    )


@words.register
def _(error: resolution.NoWheel) -> Words:
    available = f" The index has: {error.available}." if error.available else ""
    return Words(
        title=f"{error.distribution} {error.version} has no wheel for the image",
        saw=f"Nothing fits {error.platform}.{available} {_asked(error.evidence)}",
        todo="Install a version with a Linux wheel in the kernel (nothing is compiled from source here), or use "
        "another distribution. A wheel of your own counts: put it into a folder that PIP_FIND_LINKS names.",
        location=_first(error.evidence),
    )


@words.register
def _(error: resolution.OwnWheelMissing) -> Words:
    named = f"{error.distribution} {error.version}"
    if not error.filename:
        return Words(
            title=f"The model server does not work on Python {error.python_minor}",
            saw=f"It brings {named} for itself, which has no wheel for that Python and {error.platform}.",
            todo="Use a kernel with CPython 3.9 to 3.15.",
        )
    return Words(
        title=f"The package index does not have {named}",
        saw=f"The model server brings {error.filename}. The index lacks it, or has another file by that name.",
        todo="Ask whoever keeps the index to mirror it; or get the file from pypi.org, put it into a folder, and name "
        "that folder in PIP_FIND_LINKS or UV_FIND_LINKS.",
    )


@words.register
def _(error: resolution.VersionNotOnIndex) -> Words:
    wanted = f"{error.distribution} {error.version}".strip()
    label = (
        f" Builds labelled +{error.local_label} are on an index of their own: configure it for pip or uv."
        if error.local_label
        else ""
    )
    if any(item.rule == METADATA for item in error.evidence):
        return Words(
            title=f"The package index does not have {wanted}",
            saw=f"The notebook's metadata asks for it. {_asked(error.evidence)}",
            todo="Choose a version that the index has, or configure the index that has it; the setting is "
            "containerize.dependencies.",
            location=_first(error.evidence),
        )
    return Words(
        title=f"The package index does not have {wanted}",
        saw=f"The kernel has it, the index does not. {_asked(error.evidence)}".strip(),
        todo=f"Install a version from the index in the kernel, or configure the index that has it.{label}",
        location=_first(error.evidence),
    )


@words.register
def _(error: resolution.ResolutionConflict) -> Words:
    if error.edits:
        return Words(
            title="The distributions exclude each other",
            saw="No set of versions suits the kernel's other distributions, the model server, and what the notebook's "
            f"metadata asks for: {', '.join(error.edits)}.",
            todo="Change containerize.dependencies in the notebook's metadata as the details suggest: pin what stands "
            "in the way as well, or take the version back.",
            details=error.text,
        )
    return Words(
        title="The distributions exclude each other",
        saw="No set of versions suits everything that the notebook and the model server need.",
        todo="Change the versions in the kernel as the details suggest, run the notebook, and build again.",
        details=error.text,
    )


@words.register
def _(error: resolution.IndexUnreadable) -> Words:
    return Words(
        title="The package index's configuration cannot be read",
        saw=f"{error.source}: {error.reason}.",
        todo="Mend that file, or take it out of the configuration of pip or uv.",
    )


@words.register
def _(error: resolution.IndexUnreachable) -> Words:
    return Words(title="The package index could not be reached", saw=error.reason, todo=_NETWORK)


@words.register
def _(error: resolution.HashMissing) -> Words:
    return Words(
        title="The package index gives no hash",
        saw=f"{error.distribution}: {error.url} comes without a sha256.",
        todo="Use an index that publishes hashes (PEP 503); without one a download cannot be checked.",
    )


@words.register
def _(error: resolution.AdvisoriesUnreadable) -> Words:
    return Words(
        title="The advisories cannot be read",
        saw=f"{error.source}: {error.reason}",
        todo="Give a file or folder of records in the OSV format, or OSV's all.zip for PyPI.",
    )


@words.register
def _(error: resolution.AdvisoriesUnreachable) -> Words:
    return Words(
        title="The database of advisories could not be reached",
        saw=f"{error.host}: {error.reason}",
        todo="Check the network connection, or give a file of advisories; everything else works without.",
    )


@words.register
def _(error: resolution.ResolverMissing) -> Words:
    return Words(
        title="uv cannot be started",
        saw=error.reason,
        todo="Install it beside jupyter-containerize: pip install uv.",
    )


@words.register
def _(error: resolution.ResolverFailed) -> Words:
    return Words(
        title="uv failed in a way that we do not know",
        saw=error.text.strip().partition("\n")[0],
        todo="This is our bug, not yours. Please report it with the details below.",
        details=error.text,
    )


@words.register
def _(error: resolution.LockUnreadable) -> Words:
    return Words(
        title="A kept lock cannot be read",
        saw=error.reason,
        todo="This is our bug, not yours. Please report it with this message.",
    )


def _asked(evidence: tuple[Evidence, ...]) -> str:
    places = dict.fromkeys(str(item.location) for item in evidence if item.location is not None)
    if places:
        return f"Asked for by {', '.join(places)}."
    rules = dict.fromkeys(item.detail for item in evidence)
    return f"Asked for by {', '.join(rules)}." if rules else ""


def _first(evidence: tuple[Evidence, ...]) -> Location | None:
    return next((item.location for item in evidence if item.location is not None), None)


@words.register
def _(error: ElfBroken) -> Words:
    return Words(
        title="A program or a library is damaged",
        saw=f"A file begins as one (ELF), but {error.reason}.",
        todo="Install again what it belongs to, and build again.",
    )


@words.register
def _(error: lifecycle.NotNeeded) -> Words:
    return Words(
        title=f"Nothing in {error.path} asks for {error.name}",
        saw=f"It needs {listed(error.known, otherwise='nothing but Python')}.",
        todo="Give one of these names, or a name that the notebook imports.",
    )
