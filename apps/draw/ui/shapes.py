"""Antialiased shapes from their distance functions: a pixel's coverage is how far its centre is inside."""

import functools
import math

import numpy as np
import pygame

from apps.draw.ui.theme import Colour


def transparent(size: tuple[int, int]) -> pygame.Surface:
    """A surface with alpha. By default its depth would be the display's, which is too small at 15 or 16 bits."""
    return pygame.Surface(size, pygame.SRCALPHA, 32)


@functools.lru_cache(maxsize=64)
def rounded_box(width: int, height: int, radius: float) -> np.ndarray:
    """Coverage of a rectangle with round corners that fills its (height, width) pixels: uint8, 0 to 255."""
    radius = min(radius, width / 2, height / 2)
    x = np.abs(np.arange(width) + 0.5 - width / 2) - (width / 2 - radius)
    y = np.abs(np.arange(height) + 0.5 - height / 2) - (height / 2 - radius)
    outside = np.hypot(x.clip(0)[np.newaxis, :], y.clip(0)[:, np.newaxis])
    coverage = (radius + 0.5 - outside).clip(0.0, 1.0)
    return np.rint(coverage * 255).astype(np.uint8)


def fill_rounded(surface: pygame.Surface, rect: pygame.Rect, radius: float, colour: Colour) -> None:
    """Fill a rectangle with round corners. Only these are blended: a card can be as large as the window."""
    if rect.width < 1 or rect.height < 1:
        return
    radius = min(radius, rect.width / 2, rect.height / 2)
    reach = math.ceil(radius)
    wide, high = min(rect.width, 2 * reach), min(rect.height, 2 * reach)
    surface.fill(colour, (rect.x + wide // 2, rect.y, rect.width - wide, rect.height))
    surface.fill(colour, (rect.x, rect.y + high // 2, rect.width, rect.height - high))
    if not reach:
        return
    corners = _corners(wide, high, radius, colour)
    for x, left, width in ((0, rect.x, wide // 2), (wide // 2, rect.right - (wide - wide // 2), wide - wide // 2)):
        for y, top, height in ((0, rect.y, high // 2), (high // 2, rect.bottom - (high - high // 2), high - high // 2)):
            surface.blit(corners, (left, top), (x, y, width, height))


@functools.lru_cache(maxsize=256)
def _corners(width: int, height: int, radius: float, colour: Colour) -> pygame.Surface:
    """The four corners, side by side."""
    shape = transparent((width, height))
    shape.fill(colour)
    alpha = pygame.surfarray.pixels_alpha(shape)
    alpha[...] = rounded_box(width, height, radius).T
    del alpha  # unlocks the surface
    return shape


def ring(surface: pygame.Surface, rect: pygame.Rect, radius: float, colour: Colour, width: int) -> None:
    """A frame with round corners, ``width`` pixels wide, inside ``rect``."""
    if rect.width <= 2 * width or rect.height <= 2 * width:
        return
    shape = transparent(rect.size)
    shape.fill(colour)
    alpha = pygame.surfarray.pixels_alpha(shape)
    outer = rounded_box(rect.width, rect.height, radius).T
    inner = rounded_box(rect.width - 2 * width, rect.height - 2 * width, max(0.0, radius - width)).T
    alpha[...] = outer
    alpha[width:-width, width:-width] = np.minimum(outer[width:-width, width:-width], 255 - inner)
    del alpha  # unlocks the surface
    surface.blit(shape, rect)


def dashed_rect(surface: pygame.Surface, rect: pygame.Rect, colour: Colour, dash: int) -> None:
    """The outline of a rectangle in dashes, one pixel wide; gaps are as long as dashes."""
    right, bottom = rect.right - 1, rect.bottom - 1
    for x in range(rect.left, right + 1, 2 * dash):
        for y in (rect.top, bottom):
            pygame.draw.line(surface, colour, (x, y), (min(x + dash - 1, right), y))
    for y in range(rect.top, bottom + 1, 2 * dash):
        for x in (rect.left, right):
            pygame.draw.line(surface, colour, (x, y), (x, min(y + dash - 1, bottom)))
