"""Launch ``apps.cli.predict`` from a checkout: ``python scripts/predict.py --help``."""

import sys

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("predict.py")
    from apps.cli.predict import main

    sys.exit(main())
