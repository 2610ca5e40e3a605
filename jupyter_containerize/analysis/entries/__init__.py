"""Finds what in a notebook could answer requests, chooses among it, and finds the notebook's own calls of it."""
