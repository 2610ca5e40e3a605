"""What the runtime needs beside the standard library; read by the builder, so it imports nothing."""

from __future__ import annotations

# uvicorn brings h11. cloudpickle is pinned by the builder to the version that wrote the state.
REQUIREMENTS = ("uvicorn>=0.30", "cloudpickle")
