"""The tiles that show one training: filters, confusion, embedding, mistakes, and what a step changed."""

from __future__ import annotations

import numpy as np
import pygame
from pygame import Rect, Surface

from apps.draw.core.formatting import percent
from apps.draw.ui import theme
from apps.draw.ui.draw_context import DrawContext, scaled
from apps.draw.ui.layout import cells
from apps.draw.ui.theme import Colour
from apps.draw.ui.training.charts import label
from apps.live.snapshot import Observation, Snapshot, StepChange

#: A colour for each digit, told apart on dark and on light cards. The digits themselves stand at the means.
CLASS_COLOURS: tuple[Colour, ...] = (
    (230, 159, 0), (86, 180, 233), (0, 158, 115), (0, 114, 178), (213, 94, 0), (204, 121, 167), (140, 140, 140),
    (160, 110, 60), (120, 170, 60), (130, 90, 200),
)  # fmt: skip


def paint_filters(ctx: DrawContext, surface: Surface, rect: Rect, snapshot: Snapshot) -> None:
    """The filters of the first layer; after a single step, its change of them."""
    change = snapshot.change
    values = snapshot.filters if change is None else change.filters
    largest = float(np.nan_to_num(np.abs(values)).max()) if values.size else 0.0
    what = "Filters" if change is None else "Change of the filters"
    body = label(ctx, surface, rect, f"{what}, up to ±{largest:.1g}", what.split()[0])
    _paint_images(ctx, surface, body, ctx.signed, values / max(largest, 1e-12))


def _paint_images(ctx: DrawContext, surface: Surface, body: Rect, colour: object, images: np.ndarray) -> list[Rect]:
    """Images as large as they fit; returns their places."""
    count, high, wide = images.shape
    places = cells(body, count, wide / high, gap=max(2, ctx.px(3)))
    # One below the other they are one image: the palette is set once, which takes longer than the rest.
    column = colour(images.reshape(count * high, wide))  # type: ignore[operator]
    for number, place in enumerate(places):
        surface.blit(scaled(column.subsurface(Rect(0, number * high, wide, high)), place.size), place)
    return places


def paint_confusion(ctx: DrawContext, surface: Surface, rect: Rect, view: Observation | None) -> None:
    """A row for each label, a column for each answer; the numbers are the misread images, where there is room."""
    body = label(ctx, surface, rect, "Confusion: label by answer", "Confusion")
    if view is None:
        return
    classes = len(view.confusion)
    side = max(1, min(body.width, body.height) // (classes + 1))
    shares = view.confusion / np.maximum(view.confusion.sum(axis=1, keepdims=True), 1)
    image = Rect(body.x + side, body.y + side, side * classes, side * classes)
    surface.blit(scaled(ctx.heat(np.sqrt(shares)), image.size), image)
    ctx.frame(surface, image)
    size = min(theme.SMALL, 0.75 * side / ctx.scale)
    if side < ctx.px(8):
        return
    for digit in range(classes):
        for place in (
            Rect(body.x, image.y + digit * side, side, side),
            Rect(image.x + digit * side, body.y, side, side),
        ):
            ctx.text(surface, str(digit), place, ctx.colours.faint, size, align="center")
    if side < ctx.px(17):
        return
    for row, column in zip(*np.nonzero(view.confusion), strict=True):
        if row != column:
            place = Rect(image.x + int(column) * side, image.y + int(row) * side, side, side)
            colour = ctx.colours.text if shares[row, column] < 0.25 else ctx.colours.paper
            ctx.text(surface, str(view.confusion[row, column]), place, colour, size, align="center")


def paint_embedding(ctx: DrawContext, surface: Surface, rect: Rect, view: Observation | None) -> None:
    """The features of validation images in the plane of their principal components."""
    body = label(
        ctx, surface, rect, f"Embedding of {0 if view is None else len(view.points)} images (PCA)", "Embedding"
    )
    side = min(body.size)
    square = Rect(body.x + (body.width - side) // 2, body.y, side, side)
    if view is None or side < 8:
        return
    radius = max(1, ctx.px(1.6))
    reach = side / 2 - radius - 1
    places = np.rint(np.array(square.center) + view.points * reach).astype(int)
    for (x, y), digit in zip(places.tolist(), view.point_labels.tolist(), strict=True):
        pygame.draw.circle(surface, CLASS_COLOURS[digit % len(CLASS_COLOURS)], (x, y), radius)
    for digit in np.unique(view.point_labels).tolist() if side >= ctx.px(70) else ():
        centre = places[view.point_labels == digit].mean(axis=0)
        place = Rect(0, 0, ctx.px(13), ctx.px(15))
        place.center = (round(centre[0]), round(centre[1]))
        place.clamp_ip(square)
        pygame.draw.rect(surface, ctx.colours.card, place, border_radius=ctx.px(3))
        ctx.text(surface, str(digit), place, ctx.colours.text, theme.SMALL, align="center", bold=True)


def paint_mistakes(ctx: DrawContext, surface: Surface, rect: Rect, view: tuple[Observation | None, str]) -> None:
    """The watched images that are still misread, with the label and the answer."""
    observation, what = view
    if observation is None:
        label(ctx, surface, rect, f"Misread {what} images")
        return
    total = int(observation.confusion.sum())
    text = f"{observation.errors} of {total:,} {what} images misread"
    body = label(ctx, surface, rect, text, f"{observation.errors} misread")
    captions = [f"{a} not {b}" for a, b in zip(observation.labels, observation.answers, strict=True)]
    _paint_captioned(ctx, surface, body, observation.mistakes, captions)


def paint_batch(ctx: DrawContext, surface: Surface, rect: Rect, change: StepChange) -> None:
    """The images of a batch, with the probability of their label before and after the step."""
    before, after = f"{change.loss_before:.3f}", f"{change.loss_after:.3f}"
    body = label(ctx, surface, rect, f"This batch: loss {before}, then {after}", f"Loss {before}, {after}")
    captions = [
        f"{digit}: {first:.0%}, {then:.0%}"
        for digit, first, then in zip(change.labels, change.before, change.after, strict=True)
    ]
    _paint_captioned(ctx, surface, body, change.images, captions, 62)


def paint_layers(ctx: DrawContext, surface: Surface, rect: Rect, change: StepChange) -> None:
    """How far each array of weights moved."""
    body = label(ctx, surface, rect, "Change of the weights", "Weights")
    high = max(1, min(ctx.px(17), body.height // max(1, len(change.layers))))
    size = min(theme.SMALL, 0.72 * high / ctx.scale)
    for number, (name, share) in enumerate(change.layers):
        row = Rect(body.x, body.y + number * high, body.width, high)
        text = percent(share) if share < 1 else ("from 0" if np.isinf(share) else f"{share:.0%}")
        value = ctx.text(surface, text, row, ctx.colours.text, size, align="midright")
        left = Rect(row.x, row.y, max(1, value.x - row.x - ctx.px(6)), high)
        ctx.text(surface, name, left, ctx.colours.muted, size, cut=True)


def _paint_captioned(
    ctx: DrawContext, surface: Surface, body: Rect, images: np.ndarray, captions: list[str], least: float = 38
) -> None:
    """As many images as there is room for, each with a line of text below."""
    line = ctx.px(13)
    wide = max(ctx.px(least), min(body.height - line, ctx.px(52)))
    across, down = max(1, body.width // wide), max(1, body.height // (wide + line))
    count = min(len(images), across * down)
    if not count:
        return
    step, side = body.width // across, max(1, min(wide - ctx.px(4), body.height - line))
    column = ctx.grey(images[:count].reshape(-1, images.shape[2]) / 255.0)
    for number in range(count):
        place = Rect(body.x + number % across * step, body.y + number // across * (wide + line), side, side + line)
        image = column.subsurface(Rect(0, number * images.shape[1], images.shape[2], images.shape[1]))
        square = scaled(image, (side, side))
        surface.blit(square, place)
        ctx.frame(surface, Rect(place.topleft, (side, side)))
        below = Rect(place.x, place.y + side, step - ctx.px(2), line)
        ctx.text(surface, captions[number], below, ctx.colours.text, theme.SMALL - 1.5)
