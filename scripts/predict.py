"""Launch ``apps.cli.predict`` from a checkout: ``python scripts/predict.py --help``."""

import apps.cli.early  # noqa: F401  first: Ctrl-C may come while the others are imported

# isort: split
import sys

from apps.cli.predict import main

if __name__ == "__main__":
    sys.exit(main())
