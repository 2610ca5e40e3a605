"""Programs that run inside the user's environment, as files: the standard library and Python 3.9 only.

They are never imported by the builder.
"""
