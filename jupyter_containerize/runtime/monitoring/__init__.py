"""What the server says about itself while it works.

    counts       numbers that all worker processes share, written at each request
    exposition   those numbers as Prometheus and OpenMetrics read them (``GET /metrics``)
    processes    memory, time and files of the worker processes
    tracing      spans for OpenTelemetry, sent when its environment variables are set
    blame        which cell of the notebook an error comes from
    drift        how far requests are from what the model was trained on
    sketches     the counts behind that, one feature at a time
    inputs       where a call's arguments and answer hold the features

Only ``counts`` is imported when the server starts; the others when they are first needed.
"""
