"""The environment variables that a notebook reads."""

from __future__ import annotations

import pytest

from jupyter_containerize.analysis.statements import read_code
from jupyter_containerize.analysis.variables import find_variables
from jupyter_containerize.domain.notebook import Variable
from tests.notebooks.made import notebook_of


def variables_of(*sources: str) -> tuple[Variable, ...]:
    """Return the variables that a notebook with these cells reads."""
    code = read_code(notebook_of(*sources))
    return find_variables([(item.node, item.text.location) for item in code.statements])


# Source -> (name, whether it is required) of each variable.
VARIABLES: dict[str, tuple[str, list[tuple[str, bool]]]] = {
    "subscript": ("import os\nos.environ['X']", [("X", True)]),
    "get": ("import os\nos.environ.get('X')", [("X", True)]),
    "get with a default": ("import os\nos.environ.get('X', 'a')", [("X", False)]),
    "getenv": ("import os\nos.getenv('X')\nos.getenv('Y', None)", [("X", True), ("Y", False)]),
    "getenv by keyword": ("import os\nos.getenv(key='X', default='a')", [("X", False)]),
    "from os import": (
        "from os import environ, getenv as g\nenviron['X']\nenviron.get('Y')\ng('Z', '1')",
        [("X", True), ("Y", True), ("Z", False)],
    ),
    "another name for os": ("import os as system\nsystem.environ['X']", [("X", True)]),
    "another name for environ": ("import os\nenv = os.environ\nenv['X']", []),
    "by a constant": ("import os\nKEY = 'X'\nos.environ[KEY]", [("X", True)]),
    "by an unknown name": ("import os\nfor k in ks:\n    os.environ[k]", []),
    "in a function": ("import os\ndef f():\n    return os.environ['X']", [("X", True)]),
    "read": ("%env X", [("X", True)]),
    "set": ("%env X=1\n%env Y 2\n%set_env Z 3\n%env\nimport os\nos.environ['X'], os.environ['Y'], os.environ['Z']", []),
    "decouple": ("from decouple import config\nconfig('X')\nconfig('Y', default=1)", [("X", True), ("Y", False)]),
    "another config": ("config('X')", []),
    "dotenv": (
        "from dotenv import dotenv_values as values, get_key\nvalues('.env')['X']\nget_key('.env', 'Y')",
        [("X", True), ("Y", True)],
    ),
    "Colab": ("from google.colab import userdata\nuserdata.get('X')", [("X", True)]),
    "Kaggle": (
        "from kaggle_secrets import UserSecretsClient\nUserSecretsClient().get_secret('X')",
        [("X", True)],
    ),
    "set first": ("import os\nos.environ['X'] = 'a'\nos.environ['X']", []),
    "set by update": ("import os\nos.environ.update({'X': '1'}, Y='2')\nos.environ['X'], os.environ['Y']", []),
    "set by setdefault": ("import os\nos.environ.setdefault('X', '1')\nos.environ['X']", []),
    "set by putenv": ("import os\nos.putenv('X', '1')\nos.getenv('X')", []),
    "set later": ("import os\nos.environ['X']\nos.environ['X'] = 'a'", [("X", True)]),
    "set from itself": ("import os\nos.environ['X'] = os.environ.get('X', 'a')", [("X", False)]),
    "set from another": ("import os\nos.environ['X'] = os.environ['Y']", [("Y", True)]),
    "set to what the user answers": (
        "import os\nfrom getpass import getpass\nos.environ['X'] = getpass()\nos.environ['X']",
        [("X", True)],
    ),
    "asked for by input": ("import os\nos.environ['X'] = input('X? ').strip()", [("X", True)]),
    "asked for if not there": (
        "import os, getpass\nif 'X' not in os.environ:\n    os.environ['X'] = getpass.getpass()",
        [("X", True)],
    ),
    "or asked for": ("import os\nos.environ['X'] = os.getenv('X') or input()", [("X", True)]),
    "or a default": ("import os\nx = os.getenv('X') or 'a'", [("X", False)]),
    "in a test": ("import os\nif os.getenv('X'):\n    pass", [("X", False)]),
    "not in a test": ("import os\nif not os.environ.get('X'):\n    pass", [("X", False)]),
    "compared": ("import os\nos.getenv('X') == '1'", [("X", False)]),
    "contained": ("import os\n'X' in os.environ", [("X", False)]),
    "tested and needed": ("import os\nif 'X' in os.environ:\n    os.environ['X']", [("X", True)]),
    "extended": ("import os\nos.environ['X'] += ':a'", [("X", True)]),
    "everywhere": ("import os\nos.environ['HOME'], os.environ['PATH']", []),
    "no name": ("import os\nos.environ['a b'], os.environ[''], os.environ[1], os.environ.get()", []),
    "another get": ("d.get('X')\nd['X']\nuserdata['X']", []),
    "expandvars": ("import os\nos.path.expandvars('$X')", []),
}


@pytest.mark.parametrize("name", VARIABLES)
def test_find_variables__code__names_what_it_reads(name):
    """Each way of reading a variable is found, and required only if the code cannot do without it."""
    source, expected = VARIABLES[name]
    assert [(variable.name, variable.required) for variable in variables_of(source)] == expected


def test_find_variables__several_reads__first_place_and_strongest_need():
    """A variable comes once, where it is first read, and is required if any read of it is."""
    found = variables_of("import os\nos.getenv('B', '1')", "os.environ['A']", "os.environ['B']")
    assert [(str(item.location), item.name, item.required) for item in found] == [
        ("made.ipynb[1]:2", "B", True),
        ("made.ipynb[2]:1", "A", True),
    ]
