"""The parts that show the answer; small ones, as most answers differ little from the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pygame
from pygame import Rect, Surface

from apps.draw import theme
from apps.draw.layout import Layout
from apps.draw.shapes import fill_rounded
from apps.draw.state import State
from apps.draw.theme import Colour, Type

if TYPE_CHECKING:
    from nn.digits import Prediction


class Cards:
    """What the other parts of the panel lie on. Comes before them, and is drawn once."""

    def __init__(self, layout: Layout, type_: Type) -> None:
        self._layout = layout
        width = layout.image.width
        self._caption = type_.fit("Network input", layout.px(theme.SMALL), width, theme.MUTED)

    def look(self, state: State) -> None:
        """Always the same."""

    def draw(self, surface: Surface, look: None) -> Rect:
        """Draw both cards."""
        cards = (self._layout.answer, self._layout.bars)
        for card in cards:
            fill_rounded(surface, card, self._layout.px(theme.RADIUS), theme.CARD)
        surface.blit(self._caption, (self._layout.image.x, self._layout.caption.y))
        return Rect.union(*cards)


class Caption:
    """How sure the network is."""

    def __init__(self, layout: Layout, type_: Type) -> None:
        self._rect = layout.caption
        self._size = layout.px(theme.SMALL)
        self._type = type_

    def look(self, state: State) -> str:
        """The text."""
        probabilities = _probabilities(state)
        return "Answer" if probabilities is None else f"Answer, {percent(probabilities.max())} sure"

    def draw(self, surface: Surface, look: str) -> Rect:
        """Draw the line."""
        surface.fill(theme.CARD, self._rect)
        surface.blit(self._type.fit(look, self._size, self._rect.width, theme.MUTED), self._rect)
        return self._rect


class Digit:
    """The answer, as large as it fits; or why there is none."""

    def __init__(self, layout: Layout, type_: Type) -> None:
        self._rect = layout.digit
        self._size = layout.px(theme.NORMAL)
        self._type = type_

    def look(self, state: State) -> int | str:
        """The digit, or the reason."""
        if not state.drawing:
            return "Nothing drawn yet"
        if state.error is not None:
            return "No answer"
        if state.prediction is None:
            return "Reading..." if state.ready else "Getting ready..."
        if state.prediction.label is None:
            return (state.prediction.reason or "No answer").capitalize()
        return state.prediction.label

    def draw(self, surface: Surface, look: int | str) -> Rect:
        """Draw the digit or the reason."""
        rect = self._rect
        surface.fill(theme.CARD, rect)
        if isinstance(look, str):
            line = self._type.fit(look, self._size, rect.width, theme.FAINT)
            surface.blit(line, line.get_rect(midleft=rect.midleft))
        else:
            digit = self._type.fit(str(look), round(rect.height * 1.2), rect.width, theme.ORANGE, bold=True)
            digit = digit.subsurface(digit.get_bounding_rect())  # centred by what is seen of it
            surface.blit(digit, digit.get_rect(center=rect.center))
        return rect


class NetworkInput:
    """The image that the network is shown, its pixels kept sharp."""

    def __init__(self, layout: Layout) -> None:
        self._rect = layout.image

    def look(self, state: State) -> Prediction | None:
        """The prediction that has the image."""
        return state.prediction

    def draw(self, surface: Surface, look: Prediction | None) -> Rect:
        """Draw the image; black while there is none."""
        if look is None:
            return surface.fill(theme.PAPER, self._rect)
        grey = np.rint(look.image * 255).clip(0, 255).astype(np.uint8)
        small = pygame.surfarray.make_surface(np.repeat(grey.T[:, :, np.newaxis], 3, axis=2))
        return surface.blit(pygame.transform.scale(small, self._rect.size), self._rect)


class Bar:
    """A digit's probability. The winner has a badge and bold type: not its colour alone tells it."""

    def __init__(self, layout: Layout, type_: Type, digit: int) -> None:
        self._rect = layout.rows[digit]
        self._digit = digit
        self._type = type_
        self._size = min(layout.px(theme.NORMAL), layout.bars.height // 12)  # the same in each row
        self._badge = Rect(0, 0, layout.px(20), min(layout.px(20), self._rect.height))
        self._badge.midleft = self._rect.midleft
        self._track = Rect(0, 0, self._rect.width - layout.px(20 + 10 + 64), layout.px(9))
        self._track.midleft = (self._badge.right + layout.px(10), self._rect.centery)

    def look(self, state: State) -> tuple[int, str, bool]:
        """The bar's length in pixels, the probability as text, and whether the digit wins."""
        probabilities = _probabilities(state)
        if probabilities is None:
            return 0, "", False
        probability = probabilities[self._digit]
        length = round(self._track.width * float(probability))
        return length, percent(probability), bool(probabilities.argmax() == self._digit)

    def draw(self, surface: Surface, look: tuple[int, str, bool]) -> Rect:
        """Draw the row."""
        length, percentage, wins = look
        surface.fill(theme.CARD, self._rect)
        if wins:
            fill_rounded(surface, self._badge, self._badge.height / 4, theme.ORANGE)
        label = self._type.render(str(self._digit), self._size, theme.CARD if wins else theme.MUTED, wins)
        surface.blit(label, label.get_rect(center=self._badge.center))
        value = self._type.render(percentage, self._size, theme.TEXT if wins else theme.MUTED, wins)
        surface.blit(value, value.get_rect(midright=self._rect.midright))
        fill_rounded(surface, self._track, self._track.height / 2, theme.TRACK)
        self._fill_track(surface, length, theme.ORANGE if wins else theme.SKY_BLUE)
        return self._rect

    def _fill_track(self, surface: Surface, length: int, colour: Colour) -> None:
        """Fill it from the left; a bar shorter than it is high is a piece of its round end."""
        track = self._track
        surface.set_clip(Rect(track.topleft, (length, track.height)))
        bar = Rect(track.topleft, (max(length, track.height), track.height))
        fill_rounded(surface, bar, track.height / 2, colour)
        surface.set_clip(None)


def percent(probability: float | np.floating) -> str:
    """A probability as text: ``98.7%``. Only certainty is ``100.0%``."""
    return ">99.9%" if 0.9995 <= probability < 1.0 else f"{100 * probability:.1f}%"


def _probabilities(state: State) -> np.ndarray | None:
    """The ten, where they are an answer."""
    prediction = state.prediction
    return None if prediction is None or prediction.label is None else prediction.probabilities
