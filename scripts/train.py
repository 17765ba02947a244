"""Launch ``apps.cli.train`` from a checkout: ``python scripts/train.py --help``."""

from apps.cli import signals

if __name__ == "__main__":
    signals.launch("train")
