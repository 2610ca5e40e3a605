"""Which distribution holds an imported module, from a shipped table: nobody is asked, nothing is guessed.

The table is made by ``scripts/build_import_table.py``; ``docs/import-table.md`` says how and from what.
"""

from jupyter_containerize.resolution.mapping.conda import conda_only, name_of_conda
from jupyter_containerize.resolution.mapping.confusion import Confusion, confusable
from jupyter_containerize.resolution.mapping.history import bounds
from jupyter_containerize.resolution.mapping.lookup import Match, platform_only, providers, table_date

__all__ = [
    "Confusion",
    "Match",
    "bounds",
    "conda_only",
    "confusable",
    "name_of_conda",
    "platform_only",
    "providers",
    "table_date",
]
