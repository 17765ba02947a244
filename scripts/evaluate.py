"""Launch ``apps.cli.evaluate`` from a checkout: ``python scripts/evaluate.py --help``."""

import apps.cli.early  # noqa: F401  first: Ctrl-C may come while the others are imported

# isort: split
import sys

from apps.cli.evaluate import main

if __name__ == "__main__":
    sys.exit(main())
