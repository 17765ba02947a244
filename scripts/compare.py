"""Launch ``apps.cli.compare`` from a checkout: ``python scripts/compare.py --help``."""

import apps.cli.early  # noqa: F401  first: Ctrl-C may come while the others are imported

# isort: split
import sys

from apps.cli.compare import main

if __name__ == "__main__":
    sys.exit(main())
