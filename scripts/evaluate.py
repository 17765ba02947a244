"""Launch ``apps.cli.evaluate`` from a checkout: ``python scripts/evaluate.py --help``."""

import sys

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("evaluate.py")
    from apps.cli.evaluate import main

    sys.exit(main())
