"""Launch ``apps.cli.compare`` from a checkout: ``python scripts/compare.py --help``."""

import sys

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("compare.py")
    from apps.cli.compare import main

    sys.exit(main())
