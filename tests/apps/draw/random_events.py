"""Random events for the window: pointer, keys, wheel, resizing, dropped files."""

from collections.abc import Sequence

import numpy as np
import pygame
from pygame.event import Event

SIZES = ((640, 480), (800, 600), (1280, 800), (700, 1000), (320, 240))

KEYS = (
    *range(pygame.K_a, pygame.K_z + 1),
    *range(pygame.K_0, pygame.K_9 + 1),
    *(pygame.K_LEFT, pygame.K_RIGHT, pygame.K_UP, pygame.K_DOWN, pygame.K_TAB, pygame.K_SPACE, pygame.K_RETURN),
    *(pygame.K_DELETE, pygame.K_BACKSPACE, pygame.K_MINUS, pygame.K_PLUS, pygame.K_EQUALS, pygame.K_F1),
    *(pygame.K_LEFTBRACKET, pygame.K_RIGHTBRACKET, pygame.K_KP_MINUS, pygame.K_KP_PLUS, pygame.K_ESCAPE),
)
MODIFIERS = (0, 0, 0, 0, 0, pygame.KMOD_LCTRL, pygame.KMOD_LSHIFT, pygame.KMOD_LALT)


class RandomEvents:
    """Posts random events.

    Args:
        rng: draws them.
        files: files that may be dropped; without any, the window is not resized or left either.
    """

    def __init__(self, rng: np.random.Generator, files: Sequence[str] = ()) -> None:
        self._rng = rng
        self._files = list(files)
        self._position = (0, 0)
        self._moves = 0  # that are left of the stroke

    def post(self, size: tuple[int, int]) -> None:
        """Post one event, for a window of that size."""
        rng = self._rng
        kind = float(rng.random())
        if self._moves:
            self._moves -= 1
            self._move(self._near(size), pressed=True)
        elif kind < 0.35:
            self._move(self._near(size), pressed=rng.random() < 0.5)
        elif kind < 0.55:
            self._position = self._anywhere(size)
            self._moves = int(rng.integers(0, 40)) if rng.random() < 0.5 else 0
            button = int(rng.choice([1, 1, 1, 2, 3]))
            pygame.event.post(Event(pygame.MOUSEBUTTONDOWN, pos=self._position, button=button))
        elif kind < 0.75:
            pygame.event.post(Event(pygame.MOUSEBUTTONUP, pos=self._position, button=1))
        elif kind < 0.8:  # close an overlay
            self._press(pygame.K_ESCAPE)
        elif kind < 0.97 or not self._files:
            self._press(int(rng.choice(KEYS)), int(rng.choice(MODIFIERS)))
        elif kind < 0.98:
            pygame.event.post(Event(pygame.MOUSEWHEEL, x=0, y=int(rng.integers(-1, 2))))
        elif kind < 0.985:
            pygame.event.post(Event(pygame.DROPFILE, file=str(rng.choice(self._files))))
        elif kind < 0.99:
            width, height = SIZES[int(rng.integers(len(SIZES)))]
            pygame.display.set_mode((width, height), pygame.RESIZABLE)
            pygame.event.post(Event(pygame.VIDEORESIZE, size=(width, height), w=width, h=height))
        else:
            pygame.event.post(Event(int(rng.choice([pygame.WINDOWLEAVE, pygame.WINDOWEXPOSED, pygame.QUIT]))))

    def _move(self, position: tuple[int, int], pressed: bool) -> None:
        self._position = position
        pygame.event.post(Event(pygame.MOUSEMOTION, pos=position, rel=(0, 0), buttons=(int(pressed), 0, 0)))

    def _press(self, key: int, mod: int = 0) -> None:
        text = chr(key) if 32 <= key < 127 else ""
        pygame.event.post(Event(pygame.KEYDOWN, key=key, mod=mod, unicode=text))

    def _anywhere(self, size: tuple[int, int]) -> tuple[int, int]:
        x, y = self._rng.integers((-20, -20), (size[0] + 20, size[1] + 20))
        return int(x), int(y)

    def _near(self, size: tuple[int, int]) -> tuple[int, int]:
        if self._rng.random() < 0.1:
            return self._anywhere(size)
        x, y = np.add(self._position, self._rng.integers(-25, 26, 2))
        return int(x), int(y)
