"""What is made while the notebook runs: nothing else than what the build makes, and nothing that stays in its way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_containerize.domain.build import BuildEvent, BuildRequest, CancelToken, LogLine, PhaseStarted, SelfTestMode
from jupyter_containerize.lifecycle import run
from jupyter_containerize.publishing import LocalStore

MAKES_ITS_OWN = (
    "import json\nimport packaging.version",
    "limit = json.loads('[1, 2]')",
    "def predict(x: float) -> bool:\n    return x > limit[0]",
    "predict(3.0)",
)


@pytest.mark.slow
@pytest.mark.network
def test_run__layers_made_ahead__same_image_as_without(write_notebook: Callable[..., Path], tmp_path: Path) -> None:
    """A second build finds the state, begins nothing ahead in an empty store, and gives the same digest."""
    notebook = write_notebook(*MAKES_ITS_OWN)
    request = BuildRequest(notebook=notebook, selftest=SelfTestMode.SKIP)
    first, second = LocalStore(tmp_path / "first"), LocalStore(tmp_path / "second")
    events: list[BuildEvent] = []
    ahead = run(request, events.append, CancelToken(), first)

    (first.cache / "states").rename(second.cache / "states")
    after = run(request, lambda _: None, CancelToken(), second)
    assert ahead.digest == after.digest
    assert not any(layer.reused for layer in ahead.layers)
    phases = [event.phase.value for event in events if isinstance(event, PhaseStarted)]
    made = [event.text for event in events if isinstance(event, LogLine) and event.text.startswith("Made ")]
    assert phases == ["detect", "analyze", "restore", "build", "export"]
    # Nothing is made twice; what the code imports and its objects do not need may be made in vain.
    assert len(made) == len(set(made)) >= len(ahead.layers)


@pytest.mark.slow
@pytest.mark.network
def test_run__notebook_fails_meanwhile__its_error_is_told_and_nothing_named(
    write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    """The work beside the run ends with it."""
    notebook = write_notebook("limit = [1][7:8]\nlimit = [limit[0]]", *MAKES_ITS_OWN[2:])
    store = LocalStore(tmp_path / "store")
    with pytest.raises(Exception, match="IndexError"):
        run(BuildRequest(notebook=notebook), lambda _: None, CancelToken(), store)
    assert store.images() == ()
