"""What a notebook trains with is found by reading."""

from __future__ import annotations

import pytest

from jupyter_containerize.domain.notebook import Cell, CellKind
from jupyter_containerize.kernels.baseline import Fit, find_fits

FITS: dict[str, tuple[tuple[str, ...], list[tuple[str, str, str]]]] = {
    "plain": (("model.fit(X_train, y_train)",), [("model", "X_train", "")]),
    "by keyword": (("model.fit(y=y, X=X)",), [("model", "X", "")]),
    "made and trained": (("model = make_pipeline(Scaler(), Tree()).fit(X, y)",), [("model", "X", "")]),
    "an expression": (('model.fit(df.drop(columns="y"), df["y"])',), [("model", "df.drop(columns='y')", "")]),
    "several": (("Xs = scaler.fit_transform(X)", "model.fit(Xs, y)"), [("scaler", "X", ""), ("model", "Xs", "")]),
    "in a loop": (("for seed in range(3):\n    model.fit(X, y)",), [("model", "X", "")]),
    "with what it gives": (("scores = model.fit(X, y).score(X, y)",), [("model", "X", "")]),
    "bound anew below": (("model.fit(X, y)", "X = 1"), [("model", "X", "X")]),
    "bound anew by a loop": (("model.fit(X, y)", "for X in rows:\n    pass"), [("model", "X", "X")]),
    "changed in place": (("model.fit(X, y)", "X['more'] = 1"), [("model", "X", "")]),
    "in a function": (("def train(X):\n    model.fit(X)",), []),
    "of nothing named": (("make().fit(X, y)",), []),
    "without data": (("model.fit()",), []),
    "of a list": (("model.fit(*parts)",), []),
    "no Python": (("%%bash\nmodel.fit(X)", "model.fit("), []),
}


@pytest.mark.parametrize("case", FITS, ids=str)
def test_find_fits__cells__give_the_calls_that_train(case: str) -> None:
    """The object, the data, and what was lost since."""
    sources, expected = FITS[case]
    cells = [
        Cell(id=str(index), index=index, kind=CellKind.CODE, source=text, python=None if text[:2] == "%%" else text)
        for index, text in enumerate(sources, 1)
    ]
    assert list(find_fits(cells)) == [Fit(model=model, data=data, spoiled=lost) for model, data, lost in expected]
