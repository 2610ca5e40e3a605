"""Puts an image somewhere, and tries one out: the local store, destinations, runners."""

from jupyter_containerize.publishing.destinations import Destination, docker_command, store_command
from jupyter_containerize.publishing.engine import engine_images
from jupyter_containerize.publishing.parse import AUTO, parse_destination
from jupyter_containerize.publishing.registries import (
    RegistryDestination,
    pull_image,
    push_image,
    push_index,
    read_remote,
    remote_has,
)
from jupyter_containerize.publishing.runner import NoRunner, Runner, Running
from jupyter_containerize.publishing.runners import RUNNERS, find_runner
from jupyter_containerize.publishing.store import LocalStore

__all__ = [
    "AUTO",
    "RUNNERS",
    "Destination",
    "LocalStore",
    "NoRunner",
    "RegistryDestination",
    "Runner",
    "Running",
    "docker_command",
    "engine_images",
    "find_runner",
    "parse_destination",
    "pull_image",
    "push_image",
    "push_index",
    "read_remote",
    "remote_has",
    "store_command",
]
