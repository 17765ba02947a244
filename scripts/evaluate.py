"""Launch ``apps.cli.evaluate`` from a checkout: ``python scripts/evaluate.py --help``."""

from apps.cli import signals

if __name__ == "__main__":
    signals.launch("evaluate")
