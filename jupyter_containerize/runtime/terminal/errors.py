"""What ends a word without having done it; the text of each is for whoever wrote the word.

Failed            exit code 1: the model, or what it is asked from and writes to, does not do
CannotStart   there is nothing to ask
RowFailed     a row could not be answered, and the caller wants none such
Unwritable    the target cannot hold what it is given
Misfit            exit code 2: what was given does not fit
UnknownEndpoint
Unreadable    the source is not what it is said to be
"""

from __future__ import annotations


class Failed(Exception):
    """The word could not be done."""

    code = 1


class CannotStart(Failed):
    """The application folder cannot be loaded."""


class RowFailed(Failed):
    """A row could not be answered. The cause is what the function raised, if that is why."""


class Unwritable(Failed):
    """The target cannot be written to, or not this."""


class Misfit(Failed):
    """What was given does not fit."""

    code = 2


class UnknownEndpoint(Misfit):
    """No endpoint is called so; the text names those that there are."""


class Unreadable(Misfit):
    """The source cannot be read; the text says what is wrong, and where."""
