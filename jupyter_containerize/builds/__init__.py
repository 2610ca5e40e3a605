"""The queue of builds: order, cancelling, history, and the worker processes that do the work.

A build outlives the page that started it, never the server: its worker ends with the server,
and its record says then that it was interrupted.
"""
