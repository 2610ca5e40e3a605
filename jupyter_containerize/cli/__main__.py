"""``python -m jupyter_containerize.cli``: the same as ``jupyter containerize``."""

import sys

from jupyter_containerize.cli import main

if __name__ == "__main__":
    sys.exit(main())
