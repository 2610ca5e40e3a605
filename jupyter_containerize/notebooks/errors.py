"""What can be wrong with a notebook as a file.

UserError
├── NotebookNotFound     no file there
├── NotANotebook         something else is there
├── UnreadableJson       the JSON stops making sense at a line and column
├── NoCode               a notebook without a line of code
├── UnsupportedLanguage  a notebook in a language that is not built yet
└── NotebookChanged      somebody else wrote the notebook while we were about to
OutsideError
└── NotebookUnreadable   the system refused to read the file
"""

from __future__ import annotations

from jupyter_containerize.domain.errors import OutsideError, UserError


class NotebookNotFound(UserError):
    """There is no file at ``path``."""

    code = "JC-NOTEBOOK-01"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class NotANotebook(UserError):
    """``path`` is something else; ``saw`` says what, as a noun phrase (``a folder``)."""

    code = "JC-NOTEBOOK-02"

    def __init__(self, path: str, saw: str) -> None:
        super().__init__(f"{path}: {saw}")
        self.path = path
        self.saw = saw


class UnreadableJson(UserError):
    """The file is not JSON from ``line`` and ``column`` on (both 1-based); ``reason`` is the parser's."""

    code = "JC-NOTEBOOK-03"

    def __init__(self, path: str, line: int, column: int, reason: str = "") -> None:
        super().__init__(f"{path}:{line}:{column}: {reason}")
        self.path = path
        self.line = line
        self.column = column
        self.reason = reason


class NoCode(UserError):
    """The notebook has no code cell with anything in it."""

    code = "JC-NOTEBOOK-04"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class UnsupportedLanguage(UserError):
    """The notebook is written in ``language`` (as it names it), which cannot be built yet."""

    code = "JC-NOTEBOOK-05"

    def __init__(self, path: str, language: str) -> None:
        super().__init__(f"{path}: {language}")
        self.path = path
        self.language = language


class NotebookUnreadable(OutsideError):
    """The system would not let us read ``path``; ``reason`` is its message (``Permission denied``)."""

    code = "JC-NOTEBOOK-06"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class NotebookChanged(UserError):
    """The notebook changed on disk between reading and writing; nothing was written."""

    code = "JC-NOTEBOOK-07"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path
