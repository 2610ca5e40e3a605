"""What the administrator decided about builds: defaults, what of them is fixed, and where images may go."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from string import Formatter
from typing import Final

from jupyter_containerize.domain.image import Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle import default_reference
from jupyter_containerize.lifecycle.project import DEBIAN
from jupyter_containerize.publishing import AUTO, RegistryDestination, parse_destination
from jupyter_containerize.server.errors import BadRequest, RegistryNotAllowed, SettingLocked

REGISTRY: Final = "registry"
"""The destination that is the image's name below the administrator's ``registry``."""

TEMPLATE: Final = "{notebook}:latest"
LOCKABLE: Final = ("destination", "registry", "tag_template", "platforms", "base_image")

IMAGE: Final = "{image}"
"""In a destination: the image's name, without a registry host."""

_HERE = frozenset({"", AUTO, "docker", "podman"})
DESTINATION_WORDS: Final = _HERE | {REGISTRY}
"""Destinations that have nothing to read in them."""

_FIELDS = frozenset({"notebook", "user", "date", "time"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The administrator's settings, as the traits of the extension have them.

    ``allowed_registries`` are hosts, or hosts with the beginning of a path; ``None`` for no limit. ``locked`` are of
    ``LOCKABLE``: a request that wants another value is refused.
    """

    destination: str = AUTO
    registry: str = ""
    tag_template: str = TEMPLATE
    platforms: tuple[str, ...] = ()
    base_image: str = ""
    locked: frozenset[str] = field(default_factory=frozenset)
    allowed_registries: tuple[str, ...] | None = None

    def tag_of(self, asked: str, path: str) -> str:
        """Return the name of a notebook's image.

        Args:
            asked: what the request wants, a name or a template; empty: what the administrator's template gives.
            path: the notebook's, in the contents manager.

        Raises:
            SettingLocked: the template is fixed and gives another name.
            IllegalReference: what is asked for makes no image name here.
        """
        made = made_tag(self.tag_template, path)
        if is_template(asked):
            asked = made_tag(asked, path)
        if asked and str(Reference.parse(asked)) != str(Reference.parse(made)):
            self._check_lock("tag_template", self.tag_template)
        return asked or made

    def destination_of(self, asked: str, tag: str) -> str:
        """Return where the image of that name goes.

        Raises:
            BadRequest: it is to go to the server's registry, and that is not set.
            SettingLocked: the destination is fixed, and this is another.
            RegistryNotAllowed: images may not be pushed there.
        """
        usual = self._resolved(self.destination, tag)
        wanted = self._resolved(asked, tag) if asked else usual
        if wanted != usual:
            self._check_lock("destination", self.destination)
        self.check_registry(wanted)
        return wanted

    def pushed_to(self, asked: str, tag: str) -> str:
        """Return where an image that is there is put; nothing named stays nothing, which is the local store.

        Raises:
            as ``destination_of`` does
        """
        return self.destination_of(asked, tag) if asked else ""

    def platforms_of(self, asked: tuple[Platform, ...]) -> tuple[Platform, ...]:
        """Return what the image is for.

        Raises:
            SettingLocked: the platforms are fixed, and these are others.
        """
        usual = tuple(map(Platform.parse, self.platforms))
        if "platforms" not in self.locked:
            return tuple(asked) or usual
        # Said in so many words: what a request leaves open, a project.toml may say.
        usual = usual or (Platform.here(),)
        if {*asked} - {*usual} or (asked and {*usual} - {*asked}):
            self._check_lock("platforms", ", ".join(map(str, usual)))
        return usual

    @property
    def base(self) -> str:
        """The base image of a request; empty where a project.toml may choose."""
        return self.base_image or (DEBIAN if "base_image" in self.locked else "")

    def check_registry(self, destination: str) -> None:
        """Make sure that images may go there; all but registries may.

        Raises:
            RegistryNotAllowed
        """
        if self.allowed_registries is None or destination in _HERE:
            return
        found = parse_destination(destination)
        if not isinstance(found, RegistryDestination):
            return
        where = f"{found.reference.host}/{found.reference.repository}".lower()
        if not any(_is_below(where, allowed) for allowed in self.allowed_registries):
            raise RegistryNotAllowed(where, self.allowed_registries)

    def allows(self, place: str) -> bool:
        """Return whether images may go to a place of a registry: ``host/repository``."""
        try:
            self.check_registry(place)
        except RegistryNotAllowed:
            return False
        return True

    @property
    def may_push(self) -> bool:
        """Whether there is any place at all to push to."""
        return not ("destination" in self.locked and not self.destination)

    def _resolved(self, destination: str, tag: str) -> str:
        if destination != REGISTRY and IMAGE not in destination:
            return destination
        name = Reference.parse(tag)
        if destination != REGISTRY:
            return destination.replace(IMAGE, f"{name.repository}:{name.tag}")
        if not self.registry:
            raise BadRequest("destination", expected="a place, as the server has no registry set", saw=repr(REGISTRY))
        return f"{self.registry.rstrip('/')}/{name.repository}:{name.tag}"

    def _check_lock(self, name: str, value: str) -> None:
        if name in self.locked:
            raise SettingLocked(name, value)


def made_tag(template: str, path: str, *, now: datetime | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """Return the image name that a template gives for a notebook.

    ``{notebook}`` is its file name without the ending, ``{user}`` the user's name at JupyterHub or on the system,
    ``{date}`` and ``{time}`` are now in UTC, as 20260131 and 235959.

    Raises:
        IllegalReference: the name is not legal.
        KeyError, ValueError: the template is none.
    """
    now = now or datetime.now(UTC)
    values = {
        "notebook": default_reference(PurePosixPath(path).name).repository,
        "user": _plain(environ.get("JUPYTERHUB_USER") or _login()),
        "date": f"{now:%Y%m%d}",
        "time": f"{now:%H%M%S}",
    }
    return str(Reference.parse("".join(_filled(template, values))))


def is_template(name: str) -> bool:
    """Return whether an image name has fields to fill; no name that is one has braces."""
    return "{" in name or "}" in name


def template_problem(template: str) -> str:
    """Return why a text is no template; empty if it is one."""
    try:
        unknown = {name for _, name, _, _ in Formatter().parse(template) if name is not None} - _FIELDS
        if unknown:
            return f"it has {', '.join(sorted(map(repr, unknown)))}; known are {', '.join(sorted(_FIELDS))}"
        made_tag(template, "notebook.ipynb")
    except (ValueError, KeyError) as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  # an illegal reference
        return f"it makes no image name: {error}"
    return ""


def _filled(template: str, values: Mapping[str, str]) -> Iterable[str]:
    for text, name, _, _ in Formatter().parse(template):
        yield text
        if name is not None:
            yield values[name]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "user"


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number that has no name.
        return "user"


def _is_below(where: str, allowed: str) -> bool:
    allowed = allowed.strip().rstrip("/").lower()
    return where == allowed or where.startswith(f"{allowed}/")
