"""Launch ``apps.cli.predict`` from a checkout: ``python scripts/predict.py --help``."""

from apps.cli import signals

if __name__ == "__main__":
    signals.launch("predict")
