"""Finished layers are at the registry while others are still being made."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from jupyter_containerize.domain.image import Layer, Reference
from jupyter_containerize.lifecycle.early import Early
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.publishing import RegistryDestination
from jupyter_containerize.publishing.destinations import StoreDestination
from tests.lifecycle.made_plan import job_in, layer_of, make
from tests.registry.scripted import Mood

pytestmark = pytest.mark.usefixtures("no_logins")

PATIENCE_SECONDS = 20


def destination(mood: Mood) -> RegistryDestination:
    """Return where the image goes."""
    return RegistryDestination(Reference.parse(f"{mood.host}/iris:v1"))


def test_send__layer_is_finished__is_there_before_the_others(mood: Mood, tmp_path: Path) -> None:
    """Each layer is sent while the block goes on, and nothing is named."""
    job = job_in(tmp_path)
    layers = [make(job.store, layer_of({"n": str(number)})) for number in range(2)]
    with Early(destination(mood), job) as early:
        for layer in layers:
            early.send(layer)
            tick, turns = threading.Event(), 0
            while ("iris", layer.digest) not in mood.blobs:
                assert turns < PATIENCE_SECONDS * 20
                tick.wait(0.05)
                turns += 1
    assert {digest for _, digest in mood.blobs} == {layer.digest for layer in layers}
    assert not mood.manifests


def test_send__registry_refuses__is_left_to_the_export(mood: Mood, tmp_path: Path) -> None:
    """What goes wrong is met again where it is told, and the build goes on."""
    mood.always = (403, {}, b"")
    job = job_in(tmp_path)
    with Early(destination(mood), job) as early:
        early.send(make(job.store, layer_of({"n": "1"})))
    assert mood.seen
    assert not mood.blobs


def fail_after_sending(there: RegistryDestination, job: Job, layer: Layer) -> None:
    """Begin to send, and fail."""
    with Early(there, job) as early:
        early.send(layer)
        raise ZeroDivisionError


def test_exit__build_failed__stops_what_is_under_way(mood: Mood, tmp_path: Path) -> None:
    """A registry that reads nothing does not hold a build that has failed."""
    mood.deaf = threading.Event()
    mood.deaf.set()
    job = job_in(tmp_path)
    layer = make(job.store, layer_of({"n": "1"}))
    with pytest.raises(ZeroDivisionError):
        fail_after_sending(destination(mood), job, layer)
    assert not mood.manifests


def test_send__no_registry__sends_nothing(mood: Mood, tmp_path: Path) -> None:
    """An image that stays here is sent nowhere."""
    job = job_in(tmp_path)
    with Early(StoreDestination(), job) as early:
        early.send(make(job.store, layer_of({"n": "1"})))
    assert not mood.seen
