"""The Jupyter door: HTTP and WebSocket in, values to JSON out. ``api/openapi.yaml`` describes it."""
