"""What an administrator sets: told, heeded, and where it is fixed, not to be had otherwise."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.auth import Authorizer
from traitlets import TraitError
from traitlets.config import Config

from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.inventory import usage
from jupyter_containerize.server.configured import Configured
from jupyter_containerize.server.errors import BadRequest, RegistryNotAllowed, SettingLocked
from jupyter_containerize.server.extension import ContainerizeExtension
from jupyter_containerize.server.policy import LOCKABLE, Policy, made_tag
from tests.server.api_schema import check, check_component

NOW = datetime(2026, 1, 31, 23, 59, 58, tzinfo=UTC)
TEMPLATES = {
    "the default": ("{notebook}:latest", "work/My Model.ipynb", "my-model:latest"),
    "all fields": ("{user}/{notebook}:{date}-{time}", "a.ipynb", "ada-l/a:20260131-235958"),
    "with a host": ("registry.example.org/{user}/{notebook}:1", "a.ipynb", "registry.example.org/ada-l/a:1"),
}


@pytest.mark.parametrize(("template", "path", "made"), TEMPLATES.values(), ids=TEMPLATES)
def test_made_tag__template__gives_a_name(template: str, path: str, made: str) -> None:
    """Names of people and files become what an image may be called."""
    assert made_tag(template, path, now=NOW, environ={"JUPYTERHUB_USER": "Ada.L"}) == made


LOCKED = Policy(
    destination="registry",
    registry="registry.example.org/team/",
    platforms=("linux/amd64",),
    locked=frozenset(LOCKABLE),
    allowed_registries=("Registry.example.org/team",),
)
ARM = Platform.parse("linux/arm64")
REFUSED = {
    "another name": (lambda: LOCKED.tag_of("other:1", "iris.ipynb"), SettingLocked),
    "the local store": (lambda: LOCKED.destination_of("docker", "iris:1"), SettingLocked),
    "another registry": (lambda: LOCKED.destination_of("ghcr.io/me/iris:1", "iris:1"), SettingLocked),
    "another platform": (lambda: LOCKED.platforms_of((ARM,)), SettingLocked),
    "pushed elsewhere": (lambda: LOCKED.pushed_to("ghcr.io/me/iris:1", "iris:1"), SettingLocked),
    "a registry that is not allowed": (
        lambda: Policy(allowed_registries=("quay.io",)).destination_of("ghcr.io/me/iris:1", "iris:1"),
        RegistryNotAllowed,
    ),
    "a path that only begins alike": (
        lambda: Policy(allowed_registries=("quay.io/team",)).destination_of("quay.io/teammate/iris:1", "iris:1"),
        RegistryNotAllowed,
    ),
    "no registry is allowed": (
        lambda: Policy(allowed_registries=()).destination_of("quay.io/iris:1", "iris:1"),
        RegistryNotAllowed,
    ),
    "no registry is set": (lambda: Policy().destination_of("registry", "iris:1"), BadRequest),
}


@pytest.mark.parametrize(("ask", "error"), REFUSED.values(), ids=REFUSED)
def test_policy__not_as_the_administrator_wants__is_refused(ask: Any, error: type[Exception]) -> None:
    """A setting that is fixed, and a registry that is not allowed, cannot be had by asking."""
    with pytest.raises(error):
        ask()


ALLOWED = {
    "nothing said": (lambda: LOCKED.destination_of("", "iris:1"), "registry.example.org/team/iris:1"),
    "the same by its word": (lambda: LOCKED.destination_of("registry", "iris:1"), "registry.example.org/team/iris:1"),
    "the same in full": (
        lambda: LOCKED.destination_of("registry.example.org/team/iris:1", "iris:1"),
        "registry.example.org/team/iris:1",
    ),
    "its own name without the tag": (lambda: LOCKED.tag_of("iris", "iris.ipynb"), "iris"),
    "a template": (lambda: Policy().tag_of("mine/{notebook}:2", "a/Iris.ipynb"), "mine/iris:2"),
    "the same template": (lambda: LOCKED.tag_of(LOCKED.tag_template, "iris.ipynb"), LOCKED.tag_of("", "iris.ipynb")),
    "the name in a destination": (
        lambda: Policy().destination_of("r.example.org/me/{image}", "ghcr.io/iris:1"),
        "r.example.org/me/iris:1",
    ),
    "the same platform": (lambda: LOCKED.platforms_of((Platform.parse("linux/amd64"),)), (LOCKED.platforms_of(()))),
    "no base, whatever a file says": (lambda: LOCKED.base, "debian"),
    "no base": (lambda: Policy().base, ""),
    "this machine's platform, whatever a file says": (
        lambda: Policy(locked=frozenset({"platforms"})).platforms_of(()),
        (Platform.here(),),
    ),
    "a name with a host": (
        lambda: Policy(registry="r.example.org/x").destination_of("registry", "ghcr.io/me/iris:1"),
        "r.example.org/x/me/iris:1",
    ),
    "below what is allowed": (
        lambda: Policy(allowed_registries=("quay.io",)).destination_of("quay.io/a/b:1", "b:1"),
        "quay.io/a/b:1",
    ),
    "an engine": (lambda: Policy(allowed_registries=()).destination_of("docker", "b:1"), "docker"),
    "a push to nowhere": (lambda: LOCKED.pushed_to("", "b:1"), ""),
}


@pytest.mark.parametrize(("ask", "gives"), ALLOWED.values(), ids=ALLOWED)
def test_policy__as_the_administrator_wants__gives_it(ask: Any, gives: object) -> None:
    """What agrees with the fixed settings is let through, in whatever words."""
    assert ask() == gives


WRONG = {
    "destination": {"default_destination": "nowhere/x"},
    "registry without a host": {"registry": "team"},
    "base that is no name": {"base_image": "registry.example.org/Team"},
    "field of a template": {"tag_template": "{cell}:1"},
    "template that makes no name": {"tag_template": "{notebook}:a b"},
    "broken template": {"tag_template": "{notebook"},
    "platform": {"platforms": ["linux/riscv64"]},
    "locked": {"locked_settings": ["colour"]},
    "quota": {"storage_quota_bytes": -1},
}


@pytest.mark.parametrize("traits", WRONG.values(), ids=WRONG)
def test_configured__value_that_is_none__is_refused(traits: dict[str, Any]) -> None:
    """A mistake in the configuration is told when the server starts, not when somebody builds."""
    with pytest.raises(TraitError, match=next(iter(traits))):
        Configured(**traits)


@pytest.mark.parametrize("traits", WRONG.values(), ids=WRONG)
def test_extension__configuration_with_a_mistake__serves_nothing(traits: dict[str, Any]) -> None:
    """Jupyter Server goes on after a mistake: without this, every limit would be gone."""
    made = ContainerizeExtension()
    with pytest.raises(TraitError):
        made.update_config(Config(ContainerizeExtension={"locked_settings": ["destination"], **traits}))
    with pytest.raises(TraitError):
        made.initialize_handlers()
    assert made.handlers == []


async def test_settings__nothing_configured__defaults(api: Any) -> None:
    """The answer is as described, and says that all is allowed."""
    status, settings = await api("get", "/containerize/settings")
    check(settings, ("get", "/containerize/settings"), status)
    assert settings["tag_template"] == "{notebook}:latest"
    assert (settings["locked"], settings["allowed_registries"]) == ([], None)
    assert settings["can"] == {"build": True, "run": True, "push": True, "delete": True}
    assert settings["storage_used_bytes"] == 0
    assert settings["runner"]["name"] or settings["runner"]["reasons"]


@pytest.fixture
def configured(jp_serverapp: Any) -> Any:
    """Give the extension, to set traits of."""
    (extension,) = jp_serverapp.extension_manager.extension_apps["jupyter_containerize"]
    return extension


async def test_build__settings_of_the_administrator__are_taken(
    api: Any, worker_steps: list[str], configured: Any, notebook: str
) -> None:
    """A build that says nothing has the server's name, destination, platforms and base; so has the preview's name."""
    worker_steps += ["request", "done"]
    configured.tag_template = "team/{notebook}:1"
    configured.default_destination = "archive:out.tar"
    configured.platforms = ["linux/amd64", "linux/arm64"]
    configured.base_image = "registry.example.org/base:1"
    build = await api.until(await api.build(notebook), "succeeded")
    assert (build["tag"], build["destination"]) == ("team/floor:1", "archive:out.tar")
    log = (await api.raw("get", f"/containerize/builds/{build['id']}/log")).body.decode()
    asked = json.loads(log[log.index("{") : log.rindex("}") + 1])
    assert asked["base"] == "registry.example.org/base:1"
    assert [item["architecture"] for item in asked["platforms"]] == ["amd64", "arm64"]
    _, preview = await api("post", "/containerize/preview", {"path": notebook, "environment": False})
    assert preview["tag"] == "team/floor:1"


async def test_build__what_is_locked__403_as_a_problem(api: Any, configured: Any, notebook: str) -> None:
    """The door refuses what the administrator fixed, with words; nothing is queued."""
    configured.locked_settings = ["destination", "tag_template"]
    configured.allowed_registries = ["quay.io"]
    for body in ({"tag": "mine:1"}, {"destination": "archive:out.tar"}, {"destination": "docker"}):
        status, problem = await api("post", "/containerize/builds", {"path": notebook, **body})
        assert (status, problem["code"]) == (403, "JC-SERVER-07")
        check_component(problem, "Problem")
    configured.locked_settings = []
    status, problem = await api("post", "/containerize/plans", {"path": notebook, "destination": "ghcr.io/me/x:1"})
    assert (status, problem["code"]) == (403, "JC-SERVER-08")
    _, listed = await api("get", "/containerize/builds")
    assert listed["builds"] == []


class ReadOnly(Authorizer):
    """Lets everybody look, and nobody act."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        """Allow reading."""
        del handler, user, resource
        return action == "read"


READS = ("/containerize/builds", "/containerize/images", "/containerize/running", "/containerize/settings")
ACTS: dict[str, tuple[str, str, Any]] = {
    "build": ("post", "/containerize/builds", {"path": "work/floor.ipynb"}),
    "plan": ("post", "/containerize/plans", {"path": "work/floor.ipynb"}),
    "push": ("post", "/containerize/tasks", {"kind": "push", "image": "a:1", "destination": "docker"}),
    "cancel": ("post", "/containerize/builds/x/cancel", None),
    "forget": ("delete", "/containerize/builds/x", None),
    "delete an image": ("delete", f"/containerize/images/sha256:{64 * 'a'}", None),
    "run": ("post", "/containerize/running", {"image": "a:1"}),
    "stop": ("delete", "/containerize/running/x", None),
    "ask": ("post", "/containerize/running/x/ask", {"method": "GET", "path": "/"}),
}


@pytest.fixture
def read_only(jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server's users read alone."""
    authorizer = ReadOnly(parent=jp_serverapp, identity_provider=jp_serverapp.identity_provider)
    monkeypatch.setitem(jp_serverapp.web_app.settings, "authorizer", authorizer)


@pytest.mark.usefixtures("read_only")
@pytest.mark.parametrize("path", READS)
async def test_read_only__looking__is_allowed(api: Any, path: str) -> None:
    """Builds, images, what runs and the settings can be seen."""
    status, _ = await api("get", path)
    assert status == 200


@pytest.mark.usefixtures("read_only")
async def test_read_only__settings__say_that_nothing_can_be_done(api: Any) -> None:
    """The sidebar knows before it asks."""
    _, settings = await api("get", "/containerize/settings")
    assert settings["can"] == {"build": False, "run": False, "push": False, "delete": False}


@pytest.mark.usefixtures("read_only")
async def test_read_only__preview__is_allowed(api: Any, notebook: str) -> None:
    """A preview runs nothing and writes nothing: looking, though it is a POST."""
    status, preview = await api("post", "/containerize/preview", {"path": notebook, "environment": False})
    assert (status, preview["serving"]["symbol"]) == (200, "predict")


@pytest.mark.usefixtures("read_only", "notebook")
@pytest.mark.parametrize(("method", "path", "body"), ACTS.values(), ids=ACTS)
async def test_read_only__acting__403(api: Any, method: str, path: str, body: Any) -> None:
    """Nothing can be started, stopped or taken away."""
    status, problem = await api(method, path, body)
    assert (status, problem["code"]) == (403, "JC-SERVER-02")


async def test_build__longer_than_it_may__fails_and_says_so(
    api: Any, worker_steps: list[str], configured: Any, notebook: str
) -> None:
    """The worker is stopped, and the build is failed, not cancelled."""
    worker_steps += ["cancelled"]
    configured.build_timeout_seconds = 1
    build = await api.until(await api.build(notebook), "failed", "cancelled", "interrupted")
    assert (build["state"], build["problem"]["code"]) == ("failed", "JC-BUILD-06")


async def test_build__store_over_its_quota__what_no_name_needs_goes(
    api: Any, worker_steps: list[str], configured: Any, notebook: str, store: Path
) -> None:
    """After a build the store is as large as it may be."""
    worker_steps += ["done"]
    configured.storage_quota_bytes = 1000
    leftover = LocalStore.default().cache / "locks" / "old.toml"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"x" * 100_000)
    await api.until(await api.build(notebook), "succeeded")
    configured.queue.close()  # waits for what follows the build
    assert usage(LocalStore.default()).size_bytes <= 1000
