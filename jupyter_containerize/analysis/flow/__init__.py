"""Follows a notebook without running it: which statements make what serving needs."""
