"""Buildpacks of other distributions: found, placed, and named when they are broken."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib import metadata

import pytest
from made_inputs import HereBench, inputs

from jupyter_containerize.buildpacks import discovery
from jupyter_containerize.buildpacks.checked import CheckedBuildpack
from jupyter_containerize.buildpacks.discovery import Wanted, chosen, discover
from jupyter_containerize.buildpacks.discovery_errors import BuildpackBroken, BuildpackTwice, BuildpackUnknown
from jupyter_containerize.buildpacks.model_server import ModelServerBuildpack
from jupyter_containerize.buildpacks.notebook_app import NotebookAppBuildpack
from jupyter_containerize.buildpacks.placing import stacked
from jupyter_containerize.buildpacks.protocol import Contribution
from jupyter_containerize.domain.image import LayerPlan, LayerRole
from jupyter_containerize.explain import explain

GOOD = """
from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.cachekey import keyed, layer_inputs
from jupyter_containerize.buildpacks.protocol import Contribution
from jupyter_containerize.domain.image import LayerPlan, LayerRole

class Motd:
    id = "motd"

    def detect(self, inputs):
        depends = layer_inputs(inputs.options, {"text": "hello"})
        return Contribution(layers=(LayerPlan(
            role=LayerRole.RUNTIME, title="Greeting", buildpack=self.id, cache_key=keyed(self.id, depends),
            size_bytes=5, sources=("motd",), slot="motd", inputs=depends),), env={"MOTD": "/etc/motd"})

    def build(self, plan, inputs, workbench):
        return tree.complete([tree.file("etc/motd", b"hello")])
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Return a function that installs a small distribution with one buildpack, and puts it on the path."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    made = []

    def put(source, *, name="jc-motd", buildpack="motd", target="Motd", version="1.2"):
        module = name.replace("-", "_")
        (site / f"{module}.py").write_text(source)
        info = site / f"{module}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[{discovery.GROUP}]\n{buildpack} = {module}:{target}\n")
        made.append(module)
        return discover([str(site)])

    yield put
    for module in made:
        sys.modules.pop(module, None)


def with_ours(found):
    """Return what is found with ours, as an installed distribution of ours registers them."""
    places = {
        "system-packages": "system_packages:SystemPackagesBuildpack",
        "wheels": "wheels:WheelsBuildpack",
        "model_server": "model_server:ModelServerBuildpack",
        "notebook_app": "notebook_app:NotebookAppBuildpack",
    }
    ours = {
        name: (
            discovery.FoundBuildpack(
                id=name,
                distribution="jupyter-containerize",
                version="1",
                entry_point=metadata.EntryPoint(name, f"jupyter_containerize.buildpacks.{place}", discovery.GROUP),
            ),
        )
        for name, place in places.items()
    }
    return {**found, **ours}


def ids(buildpacks):
    """Return the ids in their order."""
    return [buildpack.id for buildpack in buildpacks]


def test_chosen__another_distribution_is_installed__takes_part(install):
    """Installing it is enough; ours are taken from the same group."""
    buildpacks, findings = chosen(with_ours(install(GOOD)))
    assert ids(buildpacks) == ["system-packages", "wheels", "model_server", "motd", "notebook_app"]
    assert findings == ()
    assert isinstance(buildpacks[3], CheckedBuildpack)
    assert isinstance(buildpacks[-1], NotebookAppBuildpack)


def test_build__good_buildpack__makes_its_layer(install, tmp_path):
    """What it decides is what is made."""
    found = install(GOOD)
    given = inputs(tmp_path)
    buildpack = found["motd"][0].load()
    contribution = buildpack.detect(given)
    assert contribution.env == {"MOTD": "/etc/motd"}
    entries = list(buildpack.build(contribution.layers[0], given, HereBench(tmp_path)))
    assert [entry.path for entry in entries] == ["etc", "etc/motd"]


BROKEN = {
    "raises at import": ("import no_such_module_of_anybody\n", "loading", "ModuleNotFoundError"),
    "is not there": ("x = 1\n", "loading", "AttributeError"),
    "raises when made": ("class Motd:\n    def __init__(self): 1 / 0\n", "loading", "ZeroDivisionError"),
    "has another id": ("class Motd:\n    id = 'other'\n", "loading", "its id is 'other'"),
    "has no build": ("class Motd:\n    id = 'motd'\n    def detect(self, i): ...\n", "loading", "it has no build"),
    "exits": ("raise SystemExit(3)\n", "loading", "SystemExit"),
}


@pytest.mark.parametrize(("source", "phase", "reason"), BROKEN.values(), ids=BROKEN)
def test_chosen__one_cannot_be_loaded__builds_go_on_and_say_whose_it_is(install, source, phase, reason):
    """What nobody asked for by name stops nothing; who asks for it by name is told."""
    found = with_ours(install(source))
    buildpacks, findings = chosen(found)
    assert "motd" not in ids(buildpacks)
    assert [finding.code for finding in findings] == ["JC-BUILDPACK-41"]
    assert "motd of jc-motd" in findings[0].message
    assert reason in findings[0].message
    with pytest.raises(BuildpackBroken) as caught:
        chosen(found, group=[Wanted(id="motd")])
    assert (caught.value.distribution, caught.value.phase) == ("jc-motd", phase)
    assert explain(caught.value).title == "The buildpack motd of jc-motd is broken"
    assert chosen(found, group=[Wanted(id="wheels")])[1] == ()


def test_discover__broken_one__is_not_imported(install):
    """Listing what is there runs nothing of it."""
    found = install("raise RuntimeError\n")
    assert found["motd"][0].version == "1.2"
    assert "jc_motd" not in sys.modules


def layer(**changes):
    """Return a layer as the protocol wants it, but for the changes."""
    fields = {
        "role": LayerRole.RUNTIME,
        "title": "A",
        "buildpack": "motd",
        "cache_key": "0" * 64,
        "size_bytes": 1,
        "sources": (),
    }
    return LayerPlan(**{**fields, **changes})


class Made:
    """A buildpack that returns what it is given."""

    id = "motd"

    def __init__(self, *, decided=None, entries=()):
        self._decided, self._entries = decided, entries

    def detect(self, inputs):
        """Return, or raise."""
        if isinstance(self._decided, Exception):
            raise self._decided
        return self._decided

    def build(self, plan, inputs, workbench):
        """Give, or raise."""
        for item in self._entries:
            if isinstance(item, Exception):
                raise item
            yield item


GARBAGE = {
    "raises": (ValueError("no"), "ValueError: no"),
    "a dict": ({"layers": []}, "it returned dict"),
    "a list of layers": (Contribution(layers=[layer()]), "layers and entrypoint are tuples"),
    "no layer": (Contribution(layers=("x",)), "a layer is str"),
    "another's layer": (Contribution(layers=(layer(buildpack="wheels"),)), "a layer names the buildpack 'wheels'"),
    "in the base": (
        Contribution(layers=(layer(role=LayerRole.OS),)),
        "a layer has the role <LayerRole.OS: 'os'>; it may be code, dependencies, runtime, state",
    ),
    "no key": (
        Contribution(layers=(layer(cache_key="1"),)),
        "a layer's cache_key is '1'; it is a sha256 in hex: call `keyed`",
    ),
    "no title": (Contribution(layers=(layer(title=""),)), "a layer has a title"),
    "inputs of numbers": (Contribution(layers=(layer(inputs={"a": 1}),)), "a layer's inputs are texts by name"),
    "env of numbers": (Contribution(env={"A": 1}), "env and entrypoint are texts"),
    "ports": (Contribution(ports=(0,)), "ports are (0,)"),
}


@pytest.mark.parametrize(("decided", "reason"), GARBAGE.values(), ids=GARBAGE)
def test_detect__garbage__is_an_error_that_names_the_distribution(tmp_path, decided, reason):
    """Nothing of it reaches the plan."""
    buildpack = CheckedBuildpack(Made(decided=decided), distribution="jc-motd")
    with pytest.raises(BuildpackBroken) as caught:
        buildpack.detect(inputs(tmp_path))
    assert (caught.value.distribution, caught.value.phase, caught.value.reason) == ("jc-motd", "detect", reason)


def entries(*paths):
    """Return folders with these paths."""
    from jupyter_containerize.buildpacks import tree  # noqa: PLC0415

    return [tree.directory(path) for path in paths]


BAD_ENTRIES = {
    "raises": ([*entries("a"), KeyError("x")], "KeyError: 'x'"),
    "no entry": (["a"], "it gave str for an entry"),
    "absolute": (entries("/a"), "'/a' is no path of a layer"),
    "above": (entries("a/../b"), "'a/../b' is no path of a layer"),
    "not sorted": (entries("b", "a"), "a comes after b: entries are sorted by path"),
    "without folder": (entries("a", "b/c"), "b/c comes without its folder"),
}


@pytest.mark.parametrize(("given", "reason"), BAD_ENTRIES.values(), ids=BAD_ENTRIES)
def test_build__garbage__is_an_error_that_names_the_distribution(tmp_path, given, reason):
    """A layer is never half somebody else's."""
    buildpack = CheckedBuildpack(Made(entries=given), distribution="jc-motd")
    with pytest.raises(BuildpackBroken) as caught:
        list(buildpack.build(layer(), inputs(tmp_path), HereBench(tmp_path)))
    assert (caught.value.phase, caught.value.reason) == ("build", reason)


def test_chosen__two_distributions_with_one_id__names_both(install):
    """Which is meant cannot be told; a build that does not ask goes on."""
    install(GOOD)
    found = with_ours(install(GOOD, name="jc-other"))
    assert [finding.message for finding in chosen(found)[1]] == [
        "The buildpack motd of jc-motd and jc-other takes no part: both have one of this id"
    ]
    with pytest.raises(BuildpackTwice):
        chosen(found, group=[Wanted(id="motd")])


def test_chosen__somebody_takes_our_id__ours_counts(install):
    """An id of ours cannot be taken by installing something."""
    found = install(GOOD, buildpack="wheels")
    ours = with_ours({})["wheels"]
    buildpacks, _ = chosen({**with_ours({}), "wheels": (*found["wheels"], *ours)})
    assert not any(isinstance(buildpack, CheckedBuildpack) for buildpack in buildpacks)


def test_chosen__group_pre_and_post__are_in_the_users_order(install):
    """A project says what takes part and in which order; what is optional may be absent."""
    found = with_ours(install(GOOD))
    group = [Wanted(id="notebook_app"), Wanted(id="nowhere", optional=True), Wanted(id="model_server")]
    assert ids(chosen(found, group=group)[0]) == ["notebook_app", "model_server"]
    first = chosen(found, pre=[Wanted(id="motd")], post=[Wanted(id="wheels")])[0]
    assert ids(first) == ["motd", "system-packages", "model_server", "notebook_app", "wheels"]
    with pytest.raises(BuildpackUnknown):
        chosen(found, group=[Wanted(id="nowhere")])


PLACES = {
    LayerRole.DEPENDENCIES: ["wheels", "other", "server", "state", "code", "launcher"],
    LayerRole.RUNTIME: ["wheels", "server", "other", "state", "code", "launcher"],
    LayerRole.STATE: ["wheels", "server", "state", "other", "code", "launcher"],
    LayerRole.CODE: ["wheels", "server", "state", "code", "other", "launcher"],
}


@pytest.mark.parametrize(("role", "titles"), PLACES.items())
def test_stacked__layer_of_another_buildpack__comes_where_its_role_is(role, titles):
    """Ours stay in their order, and what is above the code stays on top."""
    ours = Contribution(
        layers=(
            layer(title="wheels", role=LayerRole.DEPENDENCIES),
            layer(title="server"),
            layer(title="state", role=LayerRole.STATE),
            layer(title="code", role=LayerRole.CODE),
            layer(title="launcher"),
        )
    )
    other = CheckedBuildpack(Made(), distribution="jc-motd")
    given = [(ModelServerBuildpack(), ours), (other, Contribution(layers=(layer(title="other", role=role),)))]
    assert [item.title for item in stacked(given, in_order=False)] == titles
    assert [item.title for item in stacked(given, in_order=True)][-1] == "other"


def test_detect__layer_of_several_fields__passes_as_it_is(tmp_path):
    """What keeps to the protocol is not changed."""
    decided = Contribution(layers=(replace(layer(), inputs={"a": "b"}, slot="motd"),), ports=(8080,))
    assert CheckedBuildpack(Made(decided=decided), distribution="x").detect(inputs(tmp_path)) is decided
