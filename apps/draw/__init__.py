"""A window to draw digits in, and to watch the network read them: ``python -m apps.draw``."""

import os

# Set before the first import of pygame, which would print a line about itself.
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
