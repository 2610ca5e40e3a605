"""The newest version that fits is asked from an index that the test serves."""

from __future__ import annotations

import http.server
import json
import threading
from datetime import date

import pytest
from small_wheels import make_sdist, make_wheel

from jupyter_containerize.resolution import PackageIndex
from jupyter_containerize.resolution.declared import newest_that_fits
from jupyter_containerize.resolution.errors import IndexUnreachable

# Version, tag, day of upload, yanked or not.
RELEASES = [
    ("1.0", "py3-none-any", "2019-01-01", False),
    ("1.1", "cp38-cp38-manylinux_2_17_x86_64", "2020-01-01", False),
    ("1.2", "py3-none-any", "2021-06-01", False),
    ("1.3", "py3-none-any", "2022-01-01", True),
    ("1.4rc1", "py3-none-any", "2022-02-01", False),
    ("2.0", "cp311-cp311-manylinux_2_28_x86_64", "2023-01-01", False),
    ("2.1", "cp312-cp312-manylinux_2_28_x86_64", "2023-06-01", False),
    ("2.2", "cp311-cp311-win_amd64", "2024-01-01", False),
    ("2.3", "cp311-cp311-manylinux_2_39_x86_64", "2024-06-01", False),
]


@pytest.fixture
def index(tmp_path, monkeypatch):
    """Serve the releases with their dates, as PEP 700 has it, and return the index."""
    folder = tmp_path / "served"
    files = []
    for version, tag, uploaded, yanked in RELEASES:
        wheel = make_wheel(folder, "some-dist", version, tag=tag, requires=("nowhere",))
        files.append((wheel, uploaded, yanked))
    files.append((make_wheel(folder, "undated", "1.0"), "", False))
    files.append((make_sdist(folder, "some-dist", "3.0"), "2024-07-01", False))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            name = self.path.rstrip("/").rpartition("/")[2]
            if name in {"some-dist", "undated"}:
                listing = self._listing(name)
                self._answer(json.dumps(listing).encode(), "application/vnd.pypi.simple.v1+json")
            elif (folder / name).is_file():
                self._answer((folder / name).read_bytes(), "application/zip")
            else:
                self.send_error(404)

        def _listing(self, name):
            entries = [
                {
                    "filename": path.name,
                    "url": f"/files/{path.name}",
                    "hashes": {},
                    **({"upload-time": f"{uploaded}T12:00:00Z"} if uploaded else {}),
                    "yanked": yanked,
                    "size": path.stat().st_size,
                }
                for path, uploaded, yanked in files
                if path.name.replace("-", "_").startswith(name.replace("-", "_"))
            ]
            return {"meta": {"api-version": "1.1"}, "name": name, "files": entries, "versions": []}

        def _answer(self, body, kind):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
        yield PackageIndex.from_environment()
        server.shutdown()
        thread.join()


CASES = {
    "newest": ("Some_Dist", "", "3.11", None, "2.0"),
    "other Python": ("some-dist", "", "3.12", None, "2.1"),
    "older Python": ("some-dist", "", "3.8", None, "1.2"),
    "specifier": ("some-dist", "<1.2", "3.11", None, "1.0"),
    "specifier for another Python": ("some-dist", "<1.2", "3.8", None, "1.1"),
    "before": ("some-dist", "", "3.11", date(2022, 12, 31), "1.2"),
    "on the day": ("some-dist", "", "3.11", date(2021, 6, 1), "1.0"),
    "the day after": ("some-dist", "", "3.11", date(2021, 6, 2), "1.2"),
    "before all": ("some-dist", "", "3.11", date(2018, 1, 1), None),
    "named pre-release": ("some-dist", "==1.4rc1", "3.11", None, "1.4rc1"),
    "no such version": ("some-dist", ">=9", "3.11", None, None),
    "source only": ("some-dist", ">=3", "3.11", None, None),
    "no dates": ("undated", "", "3.11", None, "1.0"),
    "no dates, before": ("undated", "", "3.11", date(2024, 1, 1), None),
    "not there": ("nowhere", "", "3.11", None, None),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_newest_that_fits__index_with_dates__is_the_newest_wheel(case, index):
    """Yanked releases, pre-releases, other platforms and later uploads do not count."""
    *question, expected = case
    assert newest_that_fits(index, *question) == expected


def test_newest_that_fits__newer_system__has_more(index):
    """The platform is the caller's to choose."""
    found = newest_that_fits(index, "some-dist", "", "3.11", None, platform="x86_64-manylinux_2_39")
    assert found == "2.3"


def test_newest_that_fits__folder_of_wheels__counts_at_any_date(tmp_path, monkeypatch):
    """A folder has no dates; what the user put there counts."""
    make_wheel(tmp_path / "links", "some-dist", "1.0")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    index = PackageIndex.from_environment()
    assert newest_that_fits(index, "some-dist", "", "3.11", None) == "1.0"
    assert newest_that_fits(index, "some-dist", "", "3.11", date(2024, 1, 1)) == "1.0"


def test_newest_that_fits__nobody_answers__is_unreachable(monkeypatch):
    """No answer is not the same as no version."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(IndexUnreachable):
        newest_that_fits(PackageIndex.from_environment(), "some-dist", "", "3.11", None)
