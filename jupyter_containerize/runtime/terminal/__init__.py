"""The words that an image takes beside ``serve``: what its model does without a server, on a terminal or in a script.

    selftest   asks what the notebook asked itself
    predict    one request: JSON in, JSON out
    batch      a file of rows in, the same rows with what is predicted for each out

    words      which word it is, and its options
    quiet      standard output for the answer alone
    opened     the application folder, loaded, for somebody who reads what goes wrong
    rows/      files of rows: CSV, JSON Lines, Parquet

A server imports none of this.
"""
