"""Launch ``apps.cli.import_`` from a checkout: ``python scripts/import.py --help``."""

from apps.cli import signals

if __name__ == "__main__":
    signals.launch("import_")
