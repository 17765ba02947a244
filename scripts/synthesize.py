"""Launch ``apps.cli.synthesize`` from a checkout: ``python scripts/synthesize.py --help``."""

import sys

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("synthesize.py")
    from apps.cli.synthesize import main

    sys.exit(main())
