"""Launch ``apps.cli.export`` from a checkout: ``python scripts/export.py --help``."""

from apps.cli import signals

if __name__ == "__main__":
    signals.launch("export")
