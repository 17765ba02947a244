"""Launch ``apps.cli.download`` from a checkout: ``python scripts/download.py --help``."""

from apps.cli import signals

if __name__ == "__main__":
    signals.launch("download")
