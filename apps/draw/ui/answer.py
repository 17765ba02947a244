"""The answer, in small parts, because most answers differ little from the previous one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pygame import Rect, Surface

from apps.draw.core.formatting import percent
from apps.draw.core.state import State
from apps.draw.ui import theme
from apps.draw.ui.draw_context import DrawContext, scaled
from apps.draw.ui.layout import Layout
from apps.draw.ui.part import Part, Section, card
from apps.draw.ui.shapes import fill_rounded

if TYPE_CHECKING:
    from nn.digits import Prediction

#: For each reason of a rejection, the text instead of the digit, and the sentence below it.
REASONS = {
    "blank": ("Blank", "Nothing drawn yet"),
    "a dot": ("A dot", "A dot: too little ink to be a digit"),
    "several digits": ("Several digits", "Several digits: Line (W) reads them"),
    "not a digit": ("Not a digit", "Rejected: it does not look like a digit"),
}


class Answer:
    """The card beside the canvas: the digit, its probability, the runner-up, the network input and ten bars."""

    def __init__(self, layout: Layout, ctx: DrawContext) -> None:
        self.layout, self.ctx = layout, ctx

    def parts(self) -> list[Part]:
        """All of them, from the card up."""
        layout, ctx = self.layout, self.ctx
        found: list[Part] = [
            card(ctx, layout.answer),
            Section(ctx, layout.caption, _caption, self._paint_caption),
            Section(ctx, layout.digit, _digit, self._paint_digit),
            Section(ctx, layout.second, _second, self._paint_second),
        ]
        if layout.image.width:
            found.append(Section(ctx, layout.image.inflate(2, 2), _network_input, self._paint_network_input))
        if not layout.shape.line_mode:
            found += [Bar(layout, ctx, digit) for digit in range(10)]
        return found

    def _paint_caption(self, surface: Surface, rect: Rect, text: str) -> None:
        colour, image, left = self.ctx.colours.muted, self.layout.image, rect.copy()
        if image.width:
            left.width = max(1, image.x - left.x)
            above_image = Rect(image.x, rect.y, image.width, rect.height)
            self.ctx.text(surface, "Network input", above_image, colour, theme.SMALL)
        self.ctx.text(surface, text, left, colour, theme.SMALL)

    def _paint_digit(self, surface: Surface, rect: Rect, view: tuple[str, bool]) -> None:
        """The answer, as large as it fits; or why there is none."""
        text, answered = view
        ctx = self.ctx
        if not answered:
            ctx.text(surface, text, rect, ctx.colours.muted, theme.LARGE)
            return
        digit = ctx.type.fit(text, max(8, round(rect.height * 1.2)), rect.width, ctx.colours.answer, bold=True)
        digit = digit.subsurface(digit.get_bounding_rect())  # to centre its ink
        surface.blit(digit, digit.get_rect(center=rect.center))

    def _paint_second(self, surface: Surface, rect: Rect, text: str) -> None:
        self.ctx.text(surface, text, rect, self.ctx.colours.muted, theme.SMALL, cut=True)

    def _paint_network_input(self, surface: Surface, rect: Rect, prediction: Prediction | None) -> None:
        """The image, its pixels kept sharp; blank paper while there is none."""
        image = rect.inflate(-2, -2)
        if prediction is None:
            surface.fill(self.ctx.colours.paper, image)
        else:
            surface.blit(scaled(self.ctx.grey(prediction.image), image.size), image)
        self.ctx.frame(surface, rect)


def _caption(state: State) -> str:
    if state.line_mode:
        return "A line of digits"
    probabilities = state.probabilities
    return "Answer" if probabilities is None else f"{percent(max(probabilities))} sure"


def _digit(state: State) -> tuple[str, bool]:
    """What to write, and whether it is an answer."""
    if state.shown.blank:
        return "Blank", False
    if state.error is not None:
        return "No answer", False
    if state.line_mode:
        if state.line is None:
            return "...", False
        return (state.line_text, True) if state.line_text else ("No digits", False)
    if state.prediction is None:
        return "Reading..." if state.ready else "Getting ready...", False
    if state.prediction.label is None:
        return REASONS.get(state.prediction.reason or "", ("No answer", ""))[0], False
    return str(state.prediction.label), True


def _second(state: State) -> str:
    """The runner-up; or why there is no answer."""
    prediction = state.prediction
    if state.shown.blank:
        return REASONS["blank"][1]
    if state.line_mode:
        predictions = [] if state.line is None else [each.prediction for each in state.line.digits]
        return ", ".join(f"{'–' if p.label is None else p.label} {percent(p.confidence)}" for p in predictions)
    if prediction is None:
        return ""
    if prediction.label is None:
        reason = prediction.reason or ""
        return REASONS.get(reason, ("", reason))[1]
    second = sorted(range(10), key=lambda digit: -prediction.probabilities[digit])[1]
    probability = float(prediction.probabilities[second])
    return f"else a {second}, {percent(probability)}" if probability >= 0.0005 else "nothing else is likely"


def _network_input(state: State) -> Prediction | None:
    return None if state.line_mode else state.prediction


class Bar:
    """A digit's probability. The predicted digit also has a badge and bold type, not a colour alone."""

    def __init__(self, layout: Layout, ctx: DrawContext, digit: int) -> None:
        rect = layout.bars[digit]
        self._rect, self._ctx, self._digit, self._upright = rect, ctx, digit, layout.upright
        if layout.upright:
            badge, most = min(ctx.px(20), rect.height), round(rect.height * 0.72)
            self._badge, self._track = Rect(0, 0, badge, badge), Rect(0, 0, 0, 0)
            self._badge.midleft = rect.midleft
            self._track.size = max(1, rect.width - badge - ctx.px(8 + 62)), max(2, min(ctx.px(9), rect.height // 2))
            self._track.midleft = (self._badge.right + ctx.px(8), rect.centery)
        else:
            badge = most = max(4, min(ctx.px(19), rect.width - 2))
            self._badge, self._track = Rect(0, 0, badge, badge), Rect(0, 0, 0, 0)
            self._badge.midbottom = rect.midbottom
            self._track.size = max(2, min(ctx.px(12), rect.width - 2)), max(2, rect.height - badge - ctx.px(4))
            self._track.midtop = rect.midtop
        self._size = max(6, min(ctx.px(theme.NORMAL), most))

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
        """Draw the digit and its bar."""
        length, percentage, wins = view
        ctx, colours = self._ctx, self._ctx.colours
        surface.fill(colours.card, self._rect)
        if wins:
            fill_rounded(surface, self._badge, self._badge.height / 4, colours.answer)
        label = ctx.type.render(str(self._digit), self._size, colours.card if wins else colours.muted, wins)
        surface.blit(label, label.get_rect(center=self._badge.center))
        if self._upright:
            value = ctx.type.render(percentage, self._size, colours.text if wins else colours.muted, wins)
            surface.blit(value, value.get_rect(midright=self._rect.midright))
        ctx.bar(surface, self._track, length, colours.answer if wins else colours.other, vertical=not self._upright)
        return self._rect
