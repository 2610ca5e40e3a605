"""The settings of the server extension, for ``jupyter_server_config.py`` and the command line."""

from __future__ import annotations

from typing import Any

from traitlets import CaselessStrEnum, Integer, List, TraitError, Unicode, validate
from traitlets.config import Config, Configurable

from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.domain.image import Reference
from jupyter_containerize.lifecycle.details import PLATFORMS
from jupyter_containerize.publishing import AUTO, RUNNERS, NoRunner, Runner, find_runner, parse_destination
from jupyter_containerize.server.policy import LOCKABLE, REGISTRY, TEMPLATE, Policy, template_problem


class Configured(Configurable):
    """The traits that an administrator sets."""

    mistake = ""
    """What is wrong with the configuration that was given, if anything is."""

    max_concurrent_builds = Integer(1, min=1, help="How many builds run at the same time.").tag(config=True)
    default_destination = Unicode(
        AUTO,
        help="Where images go when a build names no destination: '' is the local store alone, 'auto' the Docker "
        "Engine as well if one answers, 'registry' the image's name below the trait `registry`; any other as in "
        "`jupyter containerize build --to`.",
    ).tag(config=True)
    registry = Unicode(
        help="What the destination 'registry' stands for, as in registry.example.org/team: the image's name goes below."
    ).tag(config=True)
    tag_template = Unicode(
        TEMPLATE,
        help="The name of an image that a build names none for. {notebook} is the file's name, {user} the user's at "
        "JupyterHub or on the system, {date} and {time} are now, in UTC.",
    ).tag(config=True)
    platforms = List(
        Unicode(),
        help="What images are for when a build does not say: linux/amd64, linux/arm64 or both. Empty: this machine's "
        "processor.",
    ).tag(config=True)
    base_image = Unicode(
        help="A registry's image that images are put on, as in `jupyter containerize build --base`. Empty: Debian."
    ).tag(config=True)
    locked_settings = List(
        Unicode(),
        help=f"Settings that users cannot choose otherwise; of {', '.join(LOCKABLE)}.",
    ).tag(config=True)
    allowed_registries: List[str] = List(
        Unicode(),
        default_value=None,
        allow_none=True,
        help="Where images may be pushed: hosts, or hosts with the beginning of a path (registry.example.org/team). "
        "None: anywhere; an empty list: nowhere.",
    ).tag(config=True)
    storage_quota_bytes = Integer(
        None,
        allow_none=True,
        min=0,
        help="How large the local store may be. What was not used for the longest time goes when a build ends; images "
        "with names stay. None: no limit.",
    ).tag(config=True)
    run_with = CaselessStrEnum(
        (AUTO, *RUNNERS),
        AUTO,
        help="What runs images that are tried from the sidebar: 'bubblewrap', 'unshare', 'docker', 'podman', or "
        "'auto' for the first of these that works here.",
    ).tag(config=True)
    build_timeout_seconds = Integer(
        None, allow_none=True, min=1, help="A build that takes longer is stopped and fails. None: none is."
    ).tag(config=True)

    def update_config(self, config: Config) -> None:
        """Take a configuration.

        Raises:
            TraitError: a value is none; ``mistake`` says so, too.
        """
        try:
            super().update_config(config)
        except TraitError as error:
            self.mistake = str(error)
            raise

    def check_configuration(self) -> None:
        """Make sure that nothing was wrong.

        Jupyter Server logs a mistake when it links an extension, and then goes on to load it, with nothing configured:
        every limit would be gone.

        Raises:
            TraitError
        """
        if self.mistake:
            raise TraitError(self.mistake)

    def runner(self) -> Runner | NoRunner:
        """Return what runs images here, or why nothing does."""
        return find_runner("" if self.run_with == AUTO else self.run_with)

    def policy(self) -> Policy:
        """Return what decides about builds."""
        return Policy(
            destination=self.default_destination,
            registry=self.registry,
            tag_template=self.tag_template,
            platforms=tuple(self.platforms),
            base_image=self.base_image,
            locked=frozenset(self.locked_settings),
            allowed_registries=None if self.allowed_registries is None else tuple(self.allowed_registries),
        )

    @validate("default_destination")
    def _check_destination(self, proposal: Any) -> str:
        value: str = proposal["value"]
        if value not in (AUTO, REGISTRY):
            _legal("default_destination", value, lambda: parse_destination(value))
        return value

    @validate("registry", "base_image")
    def _check_reference(self, proposal: Any) -> str:
        value: str = proposal["value"].strip().rstrip("/")
        if value:
            name = proposal["trait"].name
            reference = _legal(name, value, lambda: Reference.parse(f"{value}/x" if name == "registry" else value))
            if reference.host is None:
                raise TraitError(f"{name} is {value!r}, which names no registry host before the first /")
        return value

    @validate("tag_template")
    def _check_template(self, proposal: Any) -> str:
        value: str = proposal["value"]
        if problem := template_problem(value):
            raise TraitError(f"tag_template is {value!r}: {problem}")
        return value

    @validate("platforms", "locked_settings")
    def _check_words(self, proposal: Any) -> list[str]:
        name, known = proposal["trait"].name, PLATFORMS if proposal["trait"].name == "platforms" else LOCKABLE
        for value in proposal["value"]:
            if value not in known:
                raise TraitError(f"{name} has {value!r}; known are {', '.join(known)}")
        return list(proposal["value"])


def _legal(name: str, value: str, parse: Any) -> Any:
    try:
        return parse()
    except ContainerizeError as error:
        raise TraitError(f"{name} is {value!r}: {error}") from error
