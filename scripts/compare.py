"""Launch ``apps.cli.compare`` from a checkout: ``python scripts/compare.py --help``."""

from apps.cli import signals

if __name__ == "__main__":
    signals.launch("compare")
