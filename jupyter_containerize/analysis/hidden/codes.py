"""The stable code of this part's finding."""

DATA_NOT_PACKAGED = "JC-ANALYSIS-41"
"""The code loads data or a model that no package of the index or of Debian brings."""
