"""The answer: small parts, as most answers differ little from the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pygame import Rect, Surface

from apps.draw.core.formatting import percent
from apps.draw.core.state import State
from apps.draw.ui import theme
from apps.draw.ui.draw_context import DrawContext, scaled
from apps.draw.ui.layout import Layout
from apps.draw.ui.shapes import fill_rounded

if TYPE_CHECKING:
    from nn.digits import Prediction

#: Why there may be no answer, in words.
REASONS = {
    "blank": "Nothing drawn yet",
    "a dot": "A dot: too little ink to be a digit",
    "not a digit": "Not a digit, by all it has learned",
}


class Card:
    """What the other parts of the answer lie on. Comes before them, and is drawn once."""

    def __init__(self, layout: Layout, ctx: DrawContext) -> None:
        self._rect, self._ctx = layout.answer, ctx

    def view_model(self, state: State) -> None:
        """Always the same."""

    def draw(self, surface: Surface, view: None) -> Rect:
        """Draw the card."""
        return self._ctx.card(surface, self._rect)


class Caption:
    """How sure the network is; and over the picture, what that is."""

    def __init__(self, layout: Layout, ctx: DrawContext) -> None:
        self._rect, self._image, self._ctx = layout.caption, layout.image, ctx

    def view_model(self, state: State) -> str:
        """The text."""
        if state.line_mode:
            return "A row of digits"
        probabilities = state.probabilities
        return "Answer" if probabilities is None else f"{percent(max(probabilities))} sure"

    def draw(self, surface: Surface, view: str) -> Rect:
        """Write the line."""
        surface.fill(self._ctx.colours.card, self._rect)
        left = self._rect.copy()
        if self._image.width:
            left.width = max(1, self._image.x - left.x)
            over = Rect(self._image.x, self._rect.y, self._image.width, self._rect.height)
            self._ctx.text(surface, "Network input", over, self._ctx.colours.muted, theme.SMALL)
        self._ctx.text(surface, view, left, self._ctx.colours.muted, theme.SMALL)
        return self._rect


class Digit:
    """The answer, as large as it fits; or why there is none."""

    def __init__(self, layout: Layout, ctx: DrawContext) -> None:
        self._rect, self._ctx = layout.digit, ctx

    def view_model(self, state: State) -> tuple[str, bool]:
        """What to write, and whether it is an answer."""
        if state.shown.blank:
            return "Blank", False
        if state.error is not None:
            return "No answer", False
        if state.line_mode:
            return (state.line.text, True) if state.line is not None and state.line.text else ("...", False)
        if state.prediction is None:
            return "Reading..." if state.ready else "Getting ready...", False
        if state.prediction.label is None:
            return {"a dot": "A dot", "blank": "Blank", "not a digit": "Not a digit"}.get(
                state.prediction.reason or "", "No answer"
            ), False
        return str(state.prediction.label), True

    def draw(self, surface: Surface, view: tuple[str, bool]) -> Rect:
        """Draw the digit or the reason."""
        text, answered = view
        rect, ctx = self._rect, self._ctx
        surface.fill(ctx.colours.card, rect)
        if not answered:
            ctx.text(surface, text, rect, ctx.colours.muted, theme.LARGE)
            return rect
        digit = ctx.type.fit(text, max(8, round(rect.height * 1.2)), rect.width, ctx.colours.winner, bold=True)
        digit = digit.subsurface(digit.get_bounding_rect())  # centred by what is seen of it
        surface.blit(digit, digit.get_rect(center=rect.center))
        return rect


class Second:
    """The runner-up; or why there is no answer."""

    def __init__(self, layout: Layout, ctx: DrawContext) -> None:
        self._rect, self._ctx = layout.second, ctx

    def view_model(self, state: State) -> str:
        """The text."""
        prediction = state.prediction
        if state.shown.blank:
            return REASONS["blank"]
        if state.line_mode and state.line is not None and not state.shown.blank:
            said = [each.prediction for each in state.line.digits]
            return ", ".join(f"{'–' if p.label is None else p.label} {percent(p.confidence)}" for p in said)
        if prediction is None or state.line_mode:
            return ""
        if prediction.label is None:
            return REASONS.get(prediction.reason or "", prediction.reason or "")
        second = sorted(range(10), key=lambda digit: -prediction.probabilities[digit])[1]
        chance = float(prediction.probabilities[second])
        return f"else a {second}, {percent(chance)}" if chance >= 0.0005 else "nothing else is likely"

    def draw(self, surface: Surface, view: str) -> Rect:
        """Write the line."""
        surface.fill(self._ctx.colours.card, self._rect)
        self._ctx.text(surface, view, self._rect, self._ctx.colours.muted, theme.SMALL, cut=True)
        return self._rect


class NetworkInput:
    """The image that the network is shown, its pixels kept sharp."""

    def __init__(self, layout: Layout, ctx: DrawContext) -> None:
        self._rect, self._ctx = layout.image, ctx

    def view_model(self, state: State) -> Prediction | None:
        """The prediction that has the image."""
        return None if state.line_mode else state.prediction

    def draw(self, surface: Surface, view: Prediction | None) -> Rect:
        """Draw the image; blank paper while there is none."""
        if not self._rect.width:
            return self._rect
        if view is None:
            surface.fill(self._ctx.colours.paper, self._rect)
        else:
            surface.blit(scaled(self._ctx.grey(view.image), self._rect.size), self._rect)
        return self._ctx.frame(surface, self._rect.inflate(2, 2))


class Bar:
    """A digit's probability. The winner has a badge and bold type: not its colour alone tells it."""

    def __init__(self, layout: Layout, ctx: DrawContext, digit: int) -> None:
        self._rect, self._ctx, self._digit = layout.bars[digit], ctx, digit
        self._upright = layout.upright
        if self._upright:
            self._stand()
        else:
            self._lie()

    def _stand(self) -> None:
        ctx, rect = self._ctx, self._rect
        self._size = max(6, min(ctx.px(theme.NORMAL), round(rect.height * 0.72)))
        badge = min(ctx.px(20), rect.height)
        self._badge = Rect(0, 0, badge, badge)
        self._badge.midleft = rect.midleft
        self._track = Rect(0, 0, max(1, rect.width - badge - ctx.px(8 + 62)), max(2, min(ctx.px(9), rect.height // 2)))
        self._track.midleft = (self._badge.right + ctx.px(8), rect.centery)

    def _lie(self) -> None:
        ctx, rect = self._ctx, self._rect
        badge = max(4, min(ctx.px(19), rect.width - 2))
        self._size = max(6, min(ctx.px(theme.NORMAL), badge))
        self._badge = Rect(0, 0, badge, badge)
        self._badge.midbottom = rect.midbottom
        high = max(2, rect.height - badge - ctx.px(4))
        self._track = Rect(0, 0, max(2, min(ctx.px(12), rect.width - 2)), high)
        self._track.midtop = rect.midtop

    @property
    def track(self) -> Rect:
        """What the bar runs in."""
        return self._track

    def view_model(self, state: State) -> tuple[int, str, bool]:
        """The bar's length in pixels, the probability as text, and whether the digit wins."""
        whole = self._track.width if self._upright else self._track.height
        length = round(whole * state.bars[self._digit])
        probabilities = state.probabilities
        if probabilities is None:
            return length, "", False
        probability = probabilities[self._digit]
        return length, percent(probability), probabilities.index(max(probabilities)) == self._digit

    def draw(self, surface: Surface, view: tuple[int, str, bool]) -> Rect:
        """Draw the row, or the column."""
        length, percentage, wins = view
        ctx, colours = self._ctx, self._ctx.colours
        if not self._rect.width:
            return self._rect
        surface.fill(colours.card, self._rect)
        if wins:
            fill_rounded(surface, self._badge, self._badge.height / 4, colours.winner)
        label = ctx.type.render(str(self._digit), self._size, colours.card if wins else colours.muted, wins)
        surface.blit(label, label.get_rect(center=self._badge.center))
        if self._upright:
            value = ctx.type.render(percentage, self._size, colours.text if wins else colours.muted, wins)
            surface.blit(value, value.get_rect(midright=self._rect.midright))
        fill_rounded(surface, self._track, min(self._track.size) / 2, colours.track)
        self._fill_track(surface, length, colours.winner if wins else colours.other)
        return self._rect

    def _fill_track(self, surface: Surface, length: int, colour: theme.Colour) -> None:
        """Fill it from its beginning; a bar shorter than it is wide is a piece of its round end."""
        track = self._track
        thick = min(track.size)
        if self._upright:
            clip, bar = Rect(track.topleft, (length, track.height)), Rect(track.topleft, (max(length, thick), thick))
        else:
            clip = Rect(track.x, track.bottom - length, track.width, length)
            tall = max(length, thick)
            bar = Rect(track.x, track.bottom - tall, thick, tall)
        surface.set_clip(clip)
        fill_rounded(surface, bar, thick / 2, colour)
        surface.set_clip(None)


def parts(layout: Layout, ctx: DrawContext) -> list[Card | Caption | Digit | Second | NetworkInput | Bar]:
    """All of them, from the card up."""
    bars = [] if layout.shape.line_mode else [Bar(layout, ctx, digit) for digit in range(10)]
    image = [NetworkInput(layout, ctx)] if layout.image.width else []
    return [Card(layout, ctx), Caption(layout, ctx), Digit(layout, ctx), Second(layout, ctx), *image, *bars]
