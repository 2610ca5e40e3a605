"""Words for networks, disks, archives of packages, and wheels."""

from __future__ import annotations

from jupyter_containerize.buildpacks import errors as buildpacks
from jupyter_containerize.explain.words import Words, listed, words
from jupyter_containerize.resolution.debian import errors as debian
from jupyter_containerize.transport import errors as transport

_TRY_AGAIN = "Check the network connection and the proxy settings, then build again: what was fetched is kept."
_MIRROR = "JUPYTER_CONTAINERIZE_DEBIAN_MIRROR"


@words.register
def _(error: transport.NetworkUnreachable) -> Words:
    return Words(title="A server could not be reached", saw=f"{error.host}: {error.reason}.", todo=_TRY_AGAIN)


@words.register
def _(error: transport.HttpRefused) -> Words:
    return Words(
        title="A server refused to send a file",
        saw=f"{error.url}: {error.status} {error.reason}.",
        todo="If the address needs a login, configure it for pip or uv; otherwise try again later.",
    )


@words.register
def _(error: transport.HashMismatch) -> Words:
    return Words(
        title="A downloaded file is not the one that was promised",
        saw=f"{error.url} has sha256 {error.actual[:12]}..., expected {error.expected[:12]}....",
        todo="Nothing of it was used. Try again; if it stays, the mirror or a proxy in between changes files.",
    )


@words.register
def _(error: transport.TooLarge) -> Words:
    return Words(
        title="A server sent more than it announced",
        saw=f"{error.url}: more than {error.max_bytes:,} bytes.",
        todo="Nothing of it was used. Try again; if it stays, the mirror is broken.",
    )


@words.register
def _(error: transport.IllegalUrl) -> Words:
    return Words(
        title="An address cannot be understood",
        saw=f"{error.url}",
        todo="Check the index addresses that pip or uv are configured with.",
    )


@words.register
def _(error: transport.DiskFull) -> Words:
    return Words(
        title="The disk is full",
        saw=f"There is no space left to write {error.path}.",
        todo="Free some space and build again: finished layers are kept. JUPYTER_CONTAINERIZE_STORE moves the store to "
        "another disk.",
    )


@words.register
def _(error: transport.NotWritable) -> Words:
    return Words(
        title="A file cannot be written",
        saw=f"{error.path}: {error.reason}.",
        todo="Check the permissions. JUPYTER_CONTAINERIZE_STORE moves the store to another folder.",
    )


@words.register
def _(error: buildpacks.WheelBroken) -> Words:
    return Words(
        title="A wheel cannot be installed",
        saw=f"{error.filename}: {error.reason}.",
        todo="The file on the index is damaged. Choose another version of that distribution in the kernel.",
    )


@words.register
def _(error: buildpacks.DebBroken) -> Words:
    return Words(
        title="A Debian package cannot be unpacked",
        saw=f"{error.package}: {error.reason}.",
        todo="Try again; if it stays, please report it with this message.",
    )


@words.register
def _(error: buildpacks.TargetNotRunnable) -> Words:
    return Words(
        title="This machine cannot run the image's Python",
        saw=f"{error.python}: {error.reason}.",
        todo="Images are built on Linux, x86-64 or ARM. On another system, build inside a Linux container or virtual "
        "machine.",
    )


@words.register
def _(error: buildpacks.CompileFailed) -> Words:
    return Words(
        title="Compiling the image's Python files failed",
        saw=f"{error.folder}: the image's Python ended with exit code {error.exit_code}.",
        todo="Check that the disk is not full and memory is free, then build again.",
        details=error.detail,
    )


@words.register
def _(error: buildpacks.PythonInstallFailed) -> Words:
    return Words(
        title="A standalone Python could not be installed",
        saw=f"uv did not give {error.key}.",
        todo="Check the network connection (UV_PYTHON_INSTALL_MIRROR names a mirror), or use a kernel whose Python "
        "Debian carries.",
        details=error.detail,
    )


@words.register
def _(error: buildpacks.NoStandalonePython) -> Words:
    return Words(
        title=f"There is no standalone Python {error.python_minor}",
        saw="Neither a Debian release nor uv carries it.",
        todo="Choose a kernel with another Python, or give a base image that has this one: --base IMAGE.",
    )


@words.register
def _(error: buildpacks.PythonNotCaptured) -> Words:
    return Words(
        title="The kernel's own Python cannot be taken into an image",
        saw=f"{error.python}: {error.reason}.",
        todo="Choose another kernel, or give a base image that has its Python: --base IMAGE.",
    )


@words.register
def _(error: buildpacks.GlibcTooNew) -> Words:
    return Words(
        title="The kernel's own Python is for a newer system than the image's",
        saw=f"{error.file} needs glibc {error.needs}; the base has {error.base}.",
        todo="Choose a kernel that was made for an older system, or give a base image with a newer one: --base IMAGE.",
    )


@words.register
def _(error: buildpacks.NoPythonForImage) -> Words:
    return Words(
        title=f"There is no Python {error.python_minor} for the image",
        saw=f"For {error.platform} were tried: {listed(tuple(way for way, _ in error.tried), otherwise='none')}.",
        todo="Check the network connection (UV_PYTHON_INSTALL_MIRROR names a mirror of standalone Pythons), choose "
        "another kernel, or give a base image that has this Python: --base IMAGE.",
        details="\n".join(f"{way}: {words(why).saw} {words(why).details}".strip() for way, why in error.tried),
    )


@words.register
def _(error: buildpacks.UnknownPythonSource) -> Words:
    return Words(
        title="A setting names no source of Pythons",
        saw=f"{error.variable} has {error.text!r}.",
        todo=f"Give any of {listed(error.known, otherwise='none')}, separated by commas, best first.",
    )


@words.register
def _(error: debian.NoDebianPython) -> Words:
    return Words(
        title=f"Debian has no Python {error.python_minor}",
        saw=f"The kernel runs Python {error.python_minor}; Debian carries {listed(error.available, otherwise='none')}.",
        todo="Choose a kernel with one of these versions, or give a base image that has it: --base IMAGE.",
    )


@words.register
def _(error: debian.IllegalMirror) -> Words:
    return Words(
        title="The Debian mirror cannot be used",
        saw=f"{error.variable} is {error.url}: {error.reason}.",
        todo=f"Give {_MIRROR} an http or https address without a user name.",
    )


@words.register
def _(error: debian.IndexUnreachable) -> Words:
    return Words(
        title="The Debian archive could not be reached",
        saw=f"{error.url}: {error.reason}.",
        todo=f"{_TRY_AGAIN} {_MIRROR} names another mirror.",
    )


@words.register
def _(error: debian.SignatureInvalid) -> Words:
    return Words(
        title="The Debian archive's signature is not valid",
        saw=f"{error.url}: {error.reason}.",
        todo="Nothing of it was used. A proxy may change what it passes on; an old version of jupyter-containerize may "
        "lack Debian's newest keys.",
    )


@words.register
def _(error: debian.ReleaseExpired) -> Words:
    return Words(
        title="The Debian mirror is out of date",
        saw=f"{error.url} was valid until {error.valid_until:%Y-%m-%d}.",
        todo=f"Check this machine's clock, or name another mirror with {_MIRROR}.",
    )


@words.register
def _(error: debian.ReleaseMismatch) -> Words:
    return Words(
        title="The Debian mirror gave another release",
        saw=f"{error.url} is {error.seen}, not {error.expected}.",
        todo=f"Name another mirror with {_MIRROR}.",
    )


@words.register
def _(error: debian.IndexDamaged) -> Words:
    return Words(
        title="The Debian archive's index is incomplete",
        saw=f"{error.url}: {error.missing}.",
        todo=f"Try again in a few minutes (the mirror may be updating), or name another mirror with {_MIRROR}.",
    )


@words.register
def _(error: debian.PackageMissing) -> Words:
    return Words(
        title="Debian lacks a package that the base needs",
        saw=f"Nothing in {error.release} satisfies {error.relation}, which {error.wanted_by} needs.",
        todo=f"Try again in a few minutes (the mirror may be updating), or name another mirror with {_MIRROR}.",
    )


@words.register
def _(error: debian.BaseTooOld) -> Words:
    return Words(
        title="A Debian package does not fit the base",
        saw=f"{error.wanted_by} needs {error.relation}; the base has {error.installed}.",
        todo="Build again: the base is taken anew from the archive. If it stays, the mirror is being updated: wait a "
        f"few minutes, or name another one with {_MIRROR}.",
    )


@words.register
def _(error: debian.ScriptUnknown) -> Words:
    return Words(
        title=f"The Debian package {error.package} cannot be put into an image",
        saw=f"Line {error.number} of its {error.script} does something that we do not know how to do without running "
        f"it: {error.line}",
        todo="Maintainer scripts are never run. Use a distribution that brings the library in its wheel, or a base "
        "image that has the package (--base).",
    )
