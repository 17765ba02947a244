"""Launch ``apps.cli.synthesize`` from a checkout: ``python scripts/synthesize.py --help``."""

from apps.cli import signals

if __name__ == "__main__":
    signals.launch("synthesize")
