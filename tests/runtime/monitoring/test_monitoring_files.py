"""The dashboard and the alert rules ask for numbers that the server has."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from drift_cases import baseline, category, number
from prometheus_client.parser import text_string_to_metric_families
from runtime_asking import ask, serving

from jupyter_containerize.cli import main

_NAME = re.compile(r"\b(?:jupyter_containerize|process)_[a-z_]+")


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The folder that the command wrote."""
    assert main(["monitoring", "--output", str(tmp_path / "made" / "here")]) == 0
    return tmp_path / "made" / "here"


@pytest.fixture
def exported(tmp_path: Path) -> set[str]:
    """The names of all samples that a server with a baseline tells."""

    def predict(x: float) -> str:
        return "low" if x < 2 else "high"

    content = baseline(number("x"), prediction=(category("prediction", "low", "high"),))
    (tmp_path / "baseline.json").write_text(json.dumps(content))
    app = serving(predict, app=tmp_path)
    ask(app, "POST", "/predict", b'{"x": 1}', {"content-type": "application/json"})
    text = ask(app, "GET", "/metrics")[2].decode()
    return {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}


def dashboard(folder: Path) -> Any:
    """Return the dashboard."""
    return json.loads((folder / "grafana-dashboard.json").read_bytes())


def rules(folder: Path) -> list[dict[str, Any]]:
    """Return the alert rules."""
    return list(yaml.safe_load((folder / "prometheus-alerts.yml").read_text())["groups"][0]["rules"])


def test_dashboard__every_query__asks_for_what_is_there(written: Path, exported: set[str]) -> None:
    """No panel is empty for a name that is written wrongly; variables too."""
    found = dashboard(written)
    queries = [target["expr"] for panel in found["panels"] for target in panel["targets"]]
    queries += [item["query"]["query"] for item in found["templating"]["list"] if item["type"] == "query"]
    assert queries
    assert {name for query in queries for name in _NAME.findall(query)} <= exported


def test_dashboard__its_panels__do_not_overlap(written: Path) -> None:
    """Each has a place of its own within the 24 columns, and an id."""
    places = [panel["gridPos"] for panel in dashboard(written)["panels"]]
    taken = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    assert len({panel["id"] for panel in dashboard(written)["panels"]}) == len(places)


def test_rules__every_expression__asks_for_what_is_there(written: Path, exported: set[str]) -> None:
    """No alert sleeps for ever for a name that is written wrongly."""
    found = rules(written)
    assert {name for rule in found for name in _NAME.findall(rule["expr"])} <= exported
    assert {rule["labels"]["severity"] for rule in found} <= {"critical", "warning"}


def test_monitoring__a_folder_that_cannot_be_made__is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback for a mistake of the user's."""
    (tmp_path / "file").write_text("")
    assert main(["monitoring", "--output", str(tmp_path / "file" / "below")]) == 50
    assert capsys.readouterr().err.startswith("Cannot write")


# When an alert fires: the series' samples each minute, and whether it does after half an hour.
FIRING: dict[str, tuple[str, dict[str, str]]] = {
    "drift": (
        "ModelDrift",
        {
            'jupyter_containerize_drift_psi{job="a",instance="b",feature="x",of="input",window="recent"}': "0.3x40",
            'jupyter_containerize_drift_rows{job="a",instance="b",feature="x",of="input",window="recent"}': "900x40",
        },
    ),
    "not ready": ("ModelNotReady", {'jupyter_containerize_ready{job="a",instance="b"}': "0x40"}),
    "errors": (
        "ModelErrors",
        {
            'jupyter_containerize_requests_total{job="a",instance="b",status="200"}': "0+60x40",
            'jupyter_containerize_requests_total{job="a",instance="b",status="500"}': "0+6x40",
        },
    ),
}
QUIET = {
    'jupyter_containerize_drift_psi{job="a",instance="b",feature="x",of="input",window="recent"}': "0.9x40",
    'jupyter_containerize_drift_rows{job="a",instance="b",feature="x",of="input",window="recent"}': "20x40",
    'jupyter_containerize_ready{job="a",instance="b"}': "1x40",
}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool")
@pytest.mark.parametrize("case", [*FIRING, "quiet"])
def test_rules__prometheus_itself__fires_as_meant(written: Path, tmp_path: Path, case: str) -> None:
    """Prometheus' own tool takes the rules, and they fire for drift on many rows and not on few."""
    name, series = FIRING.get(case, ("ModelDrift", QUIET))
    test = {
        "rule_files": [str(written / "prometheus-alerts.yml")],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": key, "values": values} for key, values in series.items()],
                "promql_expr_test": [
                    {
                        "expr": f'count(ALERTS{{alertname="{name}", alertstate="firing"}}) or vector(0)',
                        "eval_time": "30m",
                        "exp_samples": [{"labels": "{}", "value": 0 if case == "quiet" else 1}],
                    }
                ],
            }
        ],
    }
    (tmp_path / "test.yml").write_text(json.dumps(test))
    for words in (
        ["check", "rules", str(written / "prometheus-alerts.yml")],
        ["test", "rules", str(tmp_path / "test.yml")],
    ):
        done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
