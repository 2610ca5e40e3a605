"""The same notebooks in folders as the lifecycle's tests have."""

from tests.lifecycle.conftest import alone, write_notebook

__all__ = ["alone", "write_notebook"]
