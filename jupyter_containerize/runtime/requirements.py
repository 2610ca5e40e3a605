"""What the runtime needs beside the standard library; read by the builder, so it imports nothing.

Works on Python 3.9 to 3.15: the versions below have wheels for all of these.
"""

from __future__ import annotations

# In the user's environment: it is pinned to the version that wrote the state.
REQUIREMENTS = ("cloudpickle",)

# Unpacked into ``_vendor``, out of the user's way; ``vendored`` imports them. ``scripts/lock_vendored.py`` is run after
# a change, which notes the hashes of the wheels.
VENDORED = ("httptools==0.9.0",)

# What an image may be asked to do beside, what that needs in the user's environment (what cannot be renamed), and what
# to say of it.
EXTRAS = {"grpc": ("grpcio>=1.60",)}
_REASONS = {"grpc": "the gRPC server"}


def needs(*, pickled_by: str = "", extras: tuple[str, ...] = ()) -> dict[str, str]:
    """Return what goes into the user's environment, as PEP 508 lines, with the reason for each.

    ``pickled_by`` is the version of cloudpickle that wrote the state, which must read it too; empty where any will do.
    ``extras`` are keys of ``EXTRAS``.
    """
    pinned = (f"cloudpickle=={pickled_by}",) if pickled_by else ()
    lines = {line: line for line in (*REQUIREMENTS, *pinned)}
    return {**lines, **{line: _REASONS[extra] for extra in extras for line in EXTRAS[extra]}}
