"""Words for images: their names, their formats, where they go, and whether they answer."""

from __future__ import annotations

from http import HTTPStatus

from jupyter_containerize.domain.image import IllegalReference
from jupyter_containerize.explain.words import Words, listed, words
from jupyter_containerize.lifecycle import errors as lifecycle
from jupyter_containerize.oci import errors as oci
from jupyter_containerize.publishing import errors as publishing
from jupyter_containerize.registry import errors as registry


@words.register
def _(error: IllegalReference) -> Words:
    return Words(
        title=f"This is not a legal {error.part}",
        saw=repr(error.text),
        todo=f"Allowed are {error.allowed}.",
    )


@words.register
def _(error: oci.ImageUnreadable) -> Words:
    return Words(
        title="An image is damaged",
        saw=f"{error.subject}: {error.reason}.",
        todo="Build or push that image again. Of those in the local store, `jupyter containerize store verify` says "
        "which are damaged.",
    )


@words.register
def _(error: oci.LayerMisplanned) -> Words:
    return Words(
        title="A layer was planned wrongly",
        saw=f"{error.path}: {error.rule}.",
        todo="This is our bug, not yours. Please report it with this message.",
    )


@words.register
def _(error: publishing.UnknownDestination) -> Words:
    return Words(
        title="This destination is not known",
        saw=f"{error.text!r}: {error.reason}.",
        todo="Give docker, podman, oci:DIR, archive:FILE.tar or a registry as HOST/NAME:TAG.",
    )


@words.register
def _(error: publishing.NoSuchImage) -> Words:
    return Words(
        title="There is no such image",
        saw=f"The local store has no {error.name}.",
        todo="jupyter containerize images lists what is there.",
    )


@words.register
def _(error: publishing.DestinationUnwritable) -> Words:
    return Words(
        title="The destination cannot be written",
        saw=f"{error.path}: {error.reason}.",
        todo="Check that the folder exists and that you may write there.",
    )


@words.register
def _(error: publishing.StoreOfOtherFormat) -> Words:
    return Words(
        title="The local store was made by another version",
        saw=f"{error.root} says that its format is {error.found!r}; this version knows format {error.known}.",
        todo="Update jupyter-containerize, or give this version a store of its own with JUPYTER_CONTAINERIZE_STORE. "
        "Nothing in the store was changed.",
    )


@words.register
def _(error: publishing.StoredBlobDamaged) -> Words:
    return Words(
        title="A part of an image in the local store is damaged",
        saw=f"{error.digest} in {error.root}: {error.reason}.",
        todo="It was not used. `jupyter containerize store verify --repair` removes what is damaged; then build again.",
    )


@words.register
def _(error: publishing.StoreIndexDamaged) -> Words:
    return Words(
        title="The list of images in the local store is damaged",
        saw=f"{error.root / 'index.json'}: {error.reason}.",
        todo="`jupyter containerize store verify --repair` lists all images again. Nothing else in the store was "
        "changed.",
    )


@words.register
def _(error: publishing.IllegalSize) -> Words:
    return Words(
        title="This is not a size",
        saw=repr(error.text),
        todo="Give a number with a unit, like 20GB or 512MiB, or a number of bytes.",
    )


@words.register
def _(error: publishing.DockerUnavailable) -> Words:
    return Words(
        title="No Docker Engine answers",
        saw=error.reason,
        todo="Start Docker, or build to a file and load it elsewhere: --to archive:FILE.tar.",
    )


@words.register
def _(error: publishing.DockerRefused) -> Words:
    return Words(
        title="The Docker Engine refused",
        saw=f"{error.action}: {error.reason}",
        todo="Check that Docker has disk space left and works otherwise (docker info).",
    )


@words.register
def _(error: publishing.PodmanUnavailable) -> Words:
    return Words(
        title="Podman cannot be used",
        saw=error.reason,
        todo="Install Podman or see what podman info says, or build to a file and load it elsewhere: "
        "--to archive:FILE.tar.",
    )


@words.register
def _(error: publishing.PodmanRefused) -> Words:
    return Words(
        title="Podman refused",
        saw=f"{error.action}: {error.reason}",
        todo="Check that its disk has space left and that it works otherwise (podman info).",
    )


@words.register
def _(error: publishing.ContainerNotStarted) -> Words:
    return Words(
        title="The image could not be started",
        saw=f"{error.engine}: {error.reason}",
        todo="Start it by hand to see more. A build leaves its self-test out with --selftest skip.",
    )


@words.register
def _(error: lifecycle.SelfTestFailed) -> Words:
    saw, _, details = error.reason.partition("\n")
    return Words(
        title="The image does not answer as the notebook did",
        saw=f"{saw} (started with {error.engine})",
        todo="No tag was moved. If the function is random or depends on the time, its answer cannot be compared: "
        "fix its seed, or build with --selftest skip.",
        details=details,
    )


@words.register
def _(error: lifecycle.SelfTestImpossible) -> Words:
    return Words(
        title="Nothing here can start the image",
        saw="\n".join(f"{engine}: {why}" for engine, why in error.reasons),
        todo="Install Docker, Podman or bubblewrap. A build does without its self-test with --selftest auto.",
    )


@words.register
def _(error: lifecycle.NotReady) -> Words:
    return Words(
        title="The image did not come up",
        saw=f"{error.image}: {error.reason}.",
        todo="The details are what it printed.",
        details=error.logs,
    )


@words.register
def _(error: lifecycle.PortTaken) -> Words:
    return Words(
        title=f"Port {error.port} cannot be used",
        saw=error.reason,
        todo="End what listens there, or choose another one with --port.",
    )


@words.register
def _(error: lifecycle.BaseWithoutPython) -> Words:
    return Words(
        title=f"The base image has no Python {error.python_minor}",
        saw=f"{error.base}: no working python{error.python_minor} in {listed(error.places, otherwise='')}.",
        todo=f"Name a base image with the kernel's Python {error.python_minor}, or build without --base.",
    )


@words.register
def _(error: lifecycle.SliceUnusable) -> Words:
    lines = [f"{item.location}: {item.message}" if item.location else item.message for item in error.findings]
    hints = dict.fromkeys(item.hint for item in error.findings if item.hint)
    return Words(
        title=f"{error.symbol} cannot be served as it is",
        saw="\n".join(lines),
        todo=" ".join(hints) or "Mend these in the notebook, and build again.",
        location=error.findings[0].location,
    )


@words.register
def _(error: lifecycle.NoSuchParameter) -> Words:
    return Words(
        title=f"Calls cannot be joined by {error.wanted}",
        saw=f"What serves takes {listed(error.known, otherwise='no parameters')}.",
        todo="Name the parameter that takes the rows, as PARAMETER or SYMBOL:PARAMETER.",
    )


@words.register
def _(_error: lifecycle.KernelNotNamed) -> Words:
    return Words(
        title="There is no running kernel to take the objects from",
        saw="The state of the running kernel was asked for, without saying which kernel that is.",
        todo="Open the notebook in JupyterLab and run it, or pass the kernel's connection file (--kernel-file).",
    )


@words.register
def _(error: registry.CredentialsMissing) -> Words:
    return Words(
        title="The registry wants a login",
        saw=f"There is no login for {error.host}.",
        todo=f"Log in once with docker login {error.host} or podman login {error.host}, then build again.",
    )


@words.register
def _(error: registry.CredentialsUnreadable) -> Words:
    return Words(
        title="Docker's configuration cannot be read",
        saw=f"{error.path}: {error.reason}.",
        todo="Mend that file, or log in again to have it written anew.",
    )


@words.register
def _(error: registry.NoMatchingPlatform) -> Words:
    return Words(
        title="The base image is for other machines",
        saw=f"{error.reference} is for {listed(error.found, otherwise='no named platform')}, not {error.wanted}.",
        todo="Name a base image for that platform.",
    )


@words.register
def _(error: registry.RegistryRefused) -> Words:
    said = f"{error.error_code} {error.message}".strip()
    todo = "Check the image's name and that your login may push there. No tag was moved."
    if error.status == HTTPStatus.UNAUTHORIZED:
        todo = f"It does not accept the login: log in again with `docker login {error.host}`. No tag was moved."
    return Words(
        title="The registry refused",
        saw=f"{error.host} answered {error.status}{f': {said}' if said else ''}.",
        todo=todo,
    )


@words.register
def _(error: registry.RegistryUnreachable) -> Words:
    return Words(
        title="The registry could not be reached",
        saw=f"{error.host}: {error.reason}.",
        todo="Check the host name and the network. Finished layers are kept: building again only pushes.",
    )


@words.register
def _(error: registry.CredentialHelperFailed) -> Words:
    return Words(
        title="The program that keeps the login failed",
        saw=f"{error.program}, asked for {error.host}: {error.reason}.",
        todo="Log in again, or remove the helper from Docker's config.json.",
    )


@words.register
def _(error: registry.BlobDamaged) -> Words:
    return Words(
        title="A part of the image is damaged on this machine",
        saw=f"{error.digest}: {error.reason}.",
        todo="jupyter containerize store verify --repair removes what is damaged; build again then. The registry was "
        "not given it, and no tag was moved.",
    )


@words.register
def _(error: registry.RegistryGarbled) -> Words:
    return Words(
        title="What answers there is no registry",
        saw=f"{error.host}: {error.reason}.",
        todo="Check the host name, and whether a proxy or a login page stands in between. No tag was moved.",
    )
