"""Secrets in code and outputs: found by their form or their name, never repeated."""

from __future__ import annotations

import base64
import json
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_containerize.analysis.secrets import SECRET, find_secrets, holds_secret
from jupyter_containerize.analysis.secrets.kinds import KINDS
from tests.notebooks.made import notebook_of

_ALPHANUMERIC = string.ascii_letters + string.digits


def made(length: int, letters: str = _ALPHANUMERIC) -> str:
    """Return a random text that is the same in every run; no real secret is in this file."""
    return "".join(random.Random(length).choices(letters, k=length))


def _part(content: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


WEB_TOKEN = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part({'sub': '7391', 'name': 'Ada'})}.{made(43)}"
HEX = "0123456789abcdef"
UPPER = string.ascii_uppercase + string.digits

# Source -> the kind that is named.
SECRETS: dict[str, tuple[str, str]] = {
    "AWS": (f"key = 'AKIA{made(16, UPPER)}'", "an AWS access key"),
    "AWS secret": (f"aws_secret_access_key = '{made(40)}'", "an AWS secret key"),
    "Azure": (f"c = 'AccountName=a;AccountKey={made(86)}=='", "an Azure storage key"),
    "GitHub": (f"t = 'ghp_{made(36)}'", "a GitHub token"),
    "GitHub fine-grained": (f"t = 'github_pat_{made(22)}_{made(59)}'", "a GitHub token"),
    "GitLab": (f"t = 'glpat-{made(20)}'", "a GitLab token"),
    "Slack": (f"t = 'xoxb-{made(12, string.digits)}-{made(24)}'", "a Slack token"),
    "Slack webhook": (f"'https://hooks.slack.com/services/T{made(8)}/B{made(9)}/{made(24)}'", "a Slack webhook"),
    "Stripe": (f"t = 'sk_live_{made(24)}'", "a Stripe key"),
    "OpenAI": (f"t = 'sk-{made(20)}T3BlbkFJ{made(21)}'", "an OpenAI key"),
    "OpenAI project": (f"t = 'sk-proj-{made(100)}'", "an OpenAI key"),
    "Anthropic": (f"t = 'sk-ant-api03-{made(95)}'", "an Anthropic key"),
    "Hugging Face": (f"login(token='hf_{made(34)}')", "a Hugging Face token"),
    "Google": (f"t = 'AIza{made(35)}'", "a Google API key"),
    "Databricks": (f"t = 'dapi{made(32, HEX)}'", "a Databricks token"),
    "SendGrid": (f"t = 'SG.{made(22)}.{made(43)}'", "a SendGrid key"),
    "PyPI": (f"t = 'pypi-AgEIcHlwaS5vcmc{made(90)}'", "a PyPI token"),
    "Telegram": (f"t = '7{made(9, string.digits)}:AA{made(33)}'", "a Telegram bot token"),
    "web token": (f"t = '{WEB_TOKEN}'", "a JSON Web Token"),
    "private key": (f"k = '''-----BEGIN RSA PRIVATE KEY-----\n{made(64)}'''", "a private key"),
    "password in a URL": ("u = 'postgresql://ada:Kz9vQ2mw@db/x'", "a password in a URL"),
    "shell": (f"!git clone https://ghp_{made(36)}@h.org/a", "a GitHub token"),
    "named key": (f"api_key = '{made(32, HEX)}'", "a secret in an assignment"),
    "named in environ": (f"os.environ['WEATHER_API_KEY'] = '{made(24)}'", "a secret in an assignment"),
    "named by keyword": (f"C(api_key='{made(24)}', secret=2)", "a secret in an assignment"),
    "named in a mapping": (f"{{'access_token': '{made(40)}'}}", "a secret in an assignment"),
    "named with a type": (f"token: str = '{made(40)}'", "a secret in an assignment"),
    "by a magic": (f"%env WEATHER_API_KEY={made(24)}", "a secret in an assignment"),
    "password": ("password = 'Kz9!vQ2mw'", "a secret in an assignment"),
}


@pytest.mark.parametrize("name", SECRETS)
def test_find_secrets__in_code__named_by_cell_and_line_and_not_repeated(name):
    """A secret gives a warning with its kind, its cell and its line, and no part of it."""
    source, kind = SECRETS[name]
    [finding] = find_secrets(notebook_of("x = 1", f"# one\n{source}"), [])
    assert (finding.code, finding.message) == (SECRET, f"This line holds what looks like {kind}")
    assert str(finding.location) == "made.ipynb[2]:2"
    text = f"{finding.message} {finding.hint}"
    assert not [
        source[at : at + 8]
        for at in range(6, len(source) - 8)
        if source[at : at + 8].isalnum() and source[at : at + 8] in text
    ]


@pytest.mark.parametrize("name", [name for name in SECRETS if name != "by a magic"])
def test_find_secrets__in_output__named_by_cell(name):
    """A secret in an output gives a warning for its cell, once for each kind."""
    source, kind = SECRETS[name]
    findings = find_secrets(notebook_of("x = 1"), [(1, f"a\n{source}\n{source}"), (1, source)])
    assert [str(item.location) for item in findings] == ["made.ipynb[1]"] * len(findings)
    assert f"The output of this cell holds what looks like {kind}" in [item.message for item in findings]


HARMLESS: dict[str, str] = {
    "placeholders": "api_key = 'YOUR_API_KEY_0123'\ntoken = '<put your token here>'\npassword = 'xxxxxxxx'",
    "made up tokens": f"a = 'sk-{'x' * 48}'\nb = 'hf_{'X' * 34}'\nc = 'sk-...'\nd = 'AKIAIOSFODNN7EXAMPLE'",
    "ordered": "token = 'abcdefghijklmnop1234'\nk = 'AIza0123456789abcdefghijklmnopqrstuvwxy'",
    "from elsewhere": "import os\napi_key = os.environ['API_KEY']\npassword = getpass('Password: ')\ntoken = f'{t}'",
    "names": "secret_name = 'prod-openai-key-2024'\nkey = 'petal_length_2'\npad_token = '<|endoftext|>'",
    "other keys": "primary_key = 'a8f3k2m9q7w1e5r4'\nkeyword = 'a8f3k2m9q7w1e5r4'\nsort_key='a8f3k2m9q7w1e5r4'",
    "simple passwords": "password = 'postgres'\nu = 'postgresql://postgres:postgres@db/x'\nv = 'redis://:admin@h'",
    "holes in URLs": "u = f'mysql://{USER}:{PASSWORD}@{HOST}/db'\nv = 'https://<user>:<password>@h.org'",
    "ports and times": "u = 'http://localhost:8888/a@b'\nv = 'https://h.org/a:b'\nw = 'git+https://h.org/x@v1'",
    "words about keys": "if '-----BEGIN PRIVATE KEY-----' in text:\n    pass",
    "in words": f"a = 'task-{made(40)}'\nb = 'xxhf_{made(34)}'",
    "hashes": f"digest = '{made(64, HEX)}'\ncommit = '{made(40, HEX)}'",
    "signed links": f"u = 'https://s3/x?X-Amz-Credential=ASIA{made(16, UPPER)}%2F2024'",
    "encoded": "img = '" + base64.b64encode(random.Random(1).randbytes(30_000)).decode() + "'",
    "a path": "private_key = '/home/ada/.ssh/id_ed25519_2024'\ntoken = 'https://h.org/a8f3k2m9q7w1'",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_find_secrets__no_secret__nothing(name):
    """Placeholders, names, hashes and encoded data are no secrets, in code and in outputs."""
    assert find_secrets(notebook_of(HARMLESS[name]), [(1, HARMLESS[name])]) == ()


def test_find_secrets__several_on_a_line__one_finding_for_each_kind():
    """A token that is also named a key is told once, by its kind; findings are sorted by location."""
    source = f"x = 1\ntoken = 'ghp_{made(36)}'; other = 'AIza{made(35)}'; again = 'ghp_{made(36)}'"
    findings = find_secrets(notebook_of(source, f"api_key = '{made(32)}'"), [(1, f"hf_{made(34)}")])
    assert [(str(item.location), item.message.partition(" like ")[2]) for item in findings] == [
        ("made.ipynb[1]", "a Hugging Face token"),
        ("made.ipynb[1]:2", "a GitHub token"),
        ("made.ipynb[1]:2", "a Google API key"),
        ("made.ipynb[2]:1", "a secret in an assignment"),
    ]


def test_find_secrets__long_line_of_output__is_passed_over():
    """Scripts and encoded images in outputs are not read; what is around them is."""
    token = f"hf_{made(34)}"
    long_line = "x " * 10_000
    assert find_secrets(notebook_of("x"), [(1, f"{long_line}{token}")]) == ()
    assert len(find_secrets(notebook_of("x"), [(1, f"{long_line}\n{token}\n{long_line}")])) == 1


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.name} {kind.marks[0]}")
def test_kinds__patterns__can_be_had(kind):
    """Each kind has a pattern: its own, or the library's under the name that we know."""
    assert all(pattern.flags >= 0 for pattern in kind.patterns())
    assert kind.patterns()


@pytest.mark.parametrize("mark", [mark for kind in KINDS for mark in kind.marks])
def test_holds_secret__text_of_marks__ends(mark):
    """A text made of marks and what follows them does not take more than its share of work."""
    for joint in ("", " ", "=", ".", "a:", "1-"):
        holds_secret(f"{mark}{joint}" * (30_000 // len(mark)))


@given(st.text(st.sampled_from("sk-AKIA:/@.\"'=eyJ0 \n{}password\ud800"), max_size=300))
def test_holds_secret__any_text__never_fails(text):
    """No text is an error."""
    holds_secret(text)
