"""Hidden needs of the serving code go into the image as the kernel has them."""

from __future__ import annotations

import sys

import pytest

from jupyter_containerize.domain.environment import Distribution, KernelEnvironment
from jupyter_containerize.domain.notebook import Analysis, HiddenNeed, ImportSite, Location, Slice
from jupyter_containerize.domain.serving import CapturedState, ServingSpec
from jupyter_containerize.resolution import dependencies, required

PLACE = Location(path="n.ipynb", cell=3, line=2)
STATE = CapturedState(
    objects=(),
    cloudpickle_version="3.1.2",
    spec=ServingSpec(symbol="predict", doc="", inputs={}, output={}, example=None),
)


def _kernel_with(*distributions: Distribution) -> KernelEnvironment:
    return KernelEnvironment(
        kernel="python3",
        executable=sys.executable,
        python_version="3.11.2",
        implementation="cpython",
        platform="linux-x86_64",
        distributions=distributions,
        stdlib=frozenset(),
    )


CASES = {
    "the usual one": (["fastparquet", "pyarrow"], ["pyarrow==1.0"]),
    "another that will do": (["fastparquet"], ["fastparquet==1.0"]),
    "none, and it worked": ([], []),
    "of a name with an extra": (["shap"], ["shap==1.0"]),
}


@pytest.mark.parametrize(("installed", "expected"), CASES.values(), ids=CASES)
def test_required__hidden_need__is_pinned_to_the_kernel(installed, expected):
    """The first alternative that the kernel has counts."""
    environment = _kernel_with(*(Distribution(name=name, version="1.0", import_names=(name,)) for name in installed))
    needs = tuple(
        HiddenNeed(rule="rule", distributions=names, reason="Because.", link="https://example.org", location=PLACE)
        for names in (("pyarrow", "fastparquet"), ("shap[plots]",))
    )
    serving = Slice(symbol="predict", source="", live_in=(), imports=(), cells=(3,), example=None, hidden=needs)
    found = required(serving=serving, state=STATE, environment=environment, local_modules=())
    assert [str(item) for item in found] == expected
    assert all([item.rule for item in need.evidence] == ["hidden:rule"] for need in found)


INSTALLS = {
    "an index": (None, []),
    "a wheel on the web": ("https://example.org/ours-1.0-py3-none-any.whl", []),
    "a folder": ("file:///home/me/ours", ["JC-RESOLUTION-47"]),
    "a repository": ("git+https://example.org/ours@abc", ["JC-RESOLUTION-47"]),
}


@pytest.mark.parametrize(("url", "codes"), INSTALLS.values(), ids=INSTALLS)
def test_dependencies__local_install__is_told_before_the_build(url, codes):
    """What a build would refuse is said in the preview."""
    ours = Distribution(name="ours", version="1.0", import_names=("ours",), direct_url=url)
    environment = _kernel_with(ours)
    analysis = Analysis(imports=(ImportSite(module="ours", location=PLACE),), candidates=(), findings=())
    needs = dependencies(analysis, environment=environment)
    assert [item.code for item in needs.findings] == codes
    assert [(row.distribution, row.url) for row in needs.dependencies] == [("ours", url or "")]


OWNERS = {
    "one brings the other": (("mlflow-skinny==3.1",), ["mlflow"]),
    "only with an extra": (("mlflow-skinny; extra == 'skinny'",), ["mlflow", "mlflow-skinny"]),
    "each by itself": ((), ["mlflow", "mlflow-skinny"]),
}


@pytest.mark.parametrize(("requires", "expected"), OWNERS.values(), ids=OWNERS)
def test_dependencies__two_hold_a_module__what_one_brings_is_left_out(requires, expected):
    """Mlflow and mlflow-skinny hold the same package, and the first requires the second."""
    environment = _kernel_with(
        Distribution(name="mlflow", version="3.1", import_names=("mlflow",), requires=requires),
        Distribution(name="mlflow-skinny", version="3.1", import_names=("mlflow",)),
    )
    analysis = Analysis(imports=(ImportSite(module="mlflow", location=PLACE),), candidates=(), findings=())
    needs = dependencies(analysis, environment=environment)
    assert [row.distribution for row in needs.dependencies] == expected
