"""What the runtime needs beside the standard library; read by the builder, so it imports nothing.

Works on Python 3.9 to 3.15: the versions below have wheels for all of these.
"""

from __future__ import annotations

# In the user's environment. uvicorn brings h11; cloudpickle is pinned to the version that wrote the state.
REQUIREMENTS = ("uvicorn>=0.30", "cloudpickle")

# Unpacked into ``_vendor``, out of the user's way; ``vendored`` imports them. ``scripts/lock_vendored.py`` is run after
# a change, which notes the hashes of the wheels.
VENDORED = ("httptools==0.9.0",)

# What an image may be asked to do beside, and what that needs in the user's environment: what cannot be renamed.
EXTRAS = {"grpc": ("grpcio>=1.60", "protobuf>=4.21")}

# Why, for people.
EXTRA_REASONS = {"grpc": "the gRPC server"}
