"""Launch ``apps.cli.convert_strokes`` from a checkout: ``python scripts/convert_strokes.py --help``."""

import apps.cli.early  # noqa: F401  first: Ctrl-C may come while the others are imported

# isort: split
import sys

from apps.cli.convert_strokes import main

if __name__ == "__main__":
    sys.exit(main())
