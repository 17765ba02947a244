"""A window to draw digits in, and to watch the network read them: ``python -m apps.draw``."""

import os

# Set before anything here imports pygame: a program that is not about pygame prints no line about it.
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
