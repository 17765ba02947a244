"""A training in a window of its own: what the Train panel shows, without the drawing."""

from __future__ import annotations

from typing import Any

import pygame
from pygame import Rect

from apps.draw.core import settings
from apps.draw.ui import display, theme
from apps.draw.ui.draw_context import DrawContext
from apps.draw.ui.layout import Layout, Shape
from apps.draw.ui.training.watch import Tile, watch_tiles
from apps.live.snapshot import Snapshot

#: Its size in pixels at first.
SIZE = 1000, 640


class LiveWindow:
    """Shows snapshots. Closing the window does not stop the training.

    Args:
        title: of the window.
        what: the name of the watched images.

    Raises:
        pygame.error: there is no display.
    """

    def __init__(self, title: str, what: str = "validation") -> None:
        display.open_window(*SIZE)
        pygame.display.set_caption(title)
        self._what = what
        self._type = theme.Type()
        self._theme = theme.THEMES[(settings.load() or settings.Settings()).theme]
        self._size = (0, 0)
        self._tiles: list[Tile] = []
        self._views: list[Any] = []
        self.is_open = True

    def show(self, snapshot: Snapshot) -> None:
        """Draw what has changed; nothing once the user has closed the window."""
        if not self.is_open:
            return
        if pygame.QUIT in [event.type for event in pygame.event.get()]:
            self.close()
            return
        surface = pygame.display.get_surface()
        if surface.get_size() != self._size:
            self._lay_out(surface.get_size())
            surface.fill(self._theme.card)
        for number, tile in enumerate(self._tiles):
            view = tile.view_model((snapshot,))
            if view != self._views[number]:
                surface.fill(self._theme.card, tile.rect)
                surface.set_clip(tile.rect)
                tile.paint(surface, tile.rect, view)
                surface.set_clip(None)
                self._views[number] = view
        pygame.display.flip()

    def _lay_out(self, size: tuple[int, int]) -> None:
        self._size = size
        ctx = DrawContext(self._type, self._theme, Layout(Shape(size)).scale)
        room = Rect((0, 0), size).inflate(-2 * ctx.px(14), -2 * ctx.px(14))
        self._tiles = watch_tiles(ctx, room, 1, answers=False, what=self._what)
        self._views = [self] * len(self._tiles)  # different from every view

    def close(self) -> None:
        """Close the window."""
        if self.is_open:
            self.is_open = False
            pygame.quit()
