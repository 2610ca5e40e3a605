"""The parts of ``scripts/build_import_table.py``."""
