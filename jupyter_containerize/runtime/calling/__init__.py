"""Calls of the served functions: where they run, which are joined, and how their results find back.

    work     what a request asks for, and how results become an answer
    pace     how quick a function is: called in the event loop, or in a thread
    lanes    what waits for one function, and how long it will
    threads  a few threads for what is not quick
    calls    puts them together
    standing_in  tells health while the event loop is in a call that does not return

A function that has shown to be quick is called right where its request was read, which spares two switches between
threads; any other runs in one of a few threads, so that health is answered meanwhile. Where rows may be joined, what
waits becomes one call; those that were answered together are waited for a little.
"""

from .calls import Calls
from .work import Work

__all__ = ["Calls", "Work"]
