"""Puts an image somewhere, and tries one out: the local store, destinations, runners."""

from jupyter_containerize.publishing.store import LocalStore

__all__ = ["LocalStore"]
