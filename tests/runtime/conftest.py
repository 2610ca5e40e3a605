"""What the tests of the runtime share lies beside this file; having it here lets those in folders find it."""

import importlib.util

# pyarrow changes pandas' own columns too much to have it beside all other tests: an environment of MLflow's, which
# brings it, runs these (``protocols/test_mlflow_conformance.py``).
_WITH_PYARROW = ("codecs/test_codecs_arrow.py", "terminal/test_terminal_parquet.py")
collect_ignore = [] if importlib.util.find_spec("pyarrow") else [*_WITH_PYARROW]
