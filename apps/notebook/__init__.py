"""Widgets for notebooks; they need the extra ``notebooks``."""

from apps.notebook.canvas import DrawingCanvas

__all__ = ["DrawingCanvas"]
