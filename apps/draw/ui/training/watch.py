"""The page that shows trainings: one, or two side by side. The Train panel and ``train --live`` share it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from pygame import Rect, Surface

from apps.draw.ui import theme
from apps.draw.ui.draw_context import DrawContext
from apps.draw.ui.layout import columns
from apps.draw.ui.training import charts, tiles
from apps.live.snapshot import Snapshot, status_text

Snapshots = tuple[Snapshot, ...]


class Tile(NamedTuple):
    """A place: what it shows of the snapshots, and how it is painted."""

    rect: Rect
    view_model: Callable[[Snapshots], Any]
    paint: Callable[[Surface, Rect, Any], None]


def watch_tiles(
    ctx: DrawContext, rect: Rect, count: int, *, answers: bool = True, what: str = "validation"
) -> list[Tile]:
    """All tiles of the page.

    Args:
        ctx: what they are drawn with.
        rect: the room.
        count: of the trainings, 1 or 2.
        answers: whether there is a drawing to answer.
        what: the name of the watched images.
    """
    gap, line = ctx.px(8), ctx.px(16)
    status = [Rect(rect.x, rect.y + number * line, rect.width, line) for number in range(count)]
    found = [Tile(place, partial(_snapshot, number), partial(_paint_status, ctx, number, count))
             for number, place in enumerate(status)]  # fmt: skip
    top = status[-1].bottom + gap // 2
    rest = Rect(rect.x, top, rect.width, max(4, rect.bottom - top))
    upper, lower = _halves(ctx, rest, gap)
    if answers:
        *_, answer = columns(upper, 3, gap)
        upper.width = answer.x - gap - upper.x
        found.append(Tile(answer, tuple, partial(charts.paint_answers, ctx)))
    found.append(Tile(upper, tuple, partial(charts.paint_curves, ctx, what)))
    for number, column in enumerate(columns(lower, count, 2 * gap)):
        found += _tiles_of(ctx, column, number, what)
    return found


def _halves(ctx: DrawContext, rect: Rect, gap: int) -> tuple[Rect, Rect]:
    """The room for the curves, and that for the other tiles: below it, or beside it where there is no height."""
    if rect.width > 4 * rect.height:
        first, *_, last = columns(rect, 5, gap)
        upper = Rect(rect.x, rect.y, 2 * first.width + gap, rect.height)
        return upper, Rect(upper.right + gap, rect.y, last.right - upper.right - gap, rect.height)
    high = max(2, min(round(0.34 * rect.height), ctx.px(240)))
    top = rect.y + high + gap
    return Rect(rect.topleft, (rect.width, high)), Rect(rect.x, top, rect.width, max(1, rect.bottom - top))


def _tiles_of(ctx: DrawContext, rect: Rect, number: int, what: str) -> list[Tile]:
    """The four tiles of a training, in a row or in two."""
    gap = ctx.px(8)
    if rect.width > 2.2 * rect.height:
        filters, confusion, embedding, mistakes = columns(rect, 4, gap)
    else:
        upper = Rect(rect.x, rect.y, rect.width, max(1, (rect.height - gap) // 2))
        lower = Rect(rect.x, upper.bottom + gap, rect.width, max(1, rect.bottom - upper.bottom - gap))
        (filters, confusion), (embedding, mistakes) = columns(upper, 2, gap), columns(lower, 2, gap)

    def of(view: Callable[[Snapshot], Any]) -> Callable[[Snapshots], Any]:
        return lambda snapshots: view(snapshots[number]) if number < len(snapshots) else None

    def paint_embedding(surface: Surface, rect: Rect, view: Any) -> None:
        observation, change = view or (None, None)
        if change is None:
            tiles.paint_embedding(ctx, surface, rect, observation)
        else:
            tiles.paint_layers(ctx, surface, rect, change)

    def paint_mistakes(surface: Surface, rect: Rect, view: Any) -> None:
        observation, change = view or (None, None)
        if change is None:
            tiles.paint_mistakes(ctx, surface, rect, (observation, what))
        else:
            tiles.paint_batch(ctx, surface, rect, change)

    def paint_filters(surface: Surface, rect: Rect, snapshot: Snapshot | None) -> None:
        if snapshot is not None:
            tiles.paint_filters(ctx, surface, rect, snapshot)

    return [
        Tile(filters, of(lambda snapshot: snapshot), paint_filters),
        Tile(confusion, of(lambda snapshot: snapshot.observation), partial(tiles.paint_confusion, ctx)),
        Tile(embedding, of(lambda snapshot: (snapshot.observation, snapshot.change)), paint_embedding),
        Tile(mistakes, of(lambda snapshot: (snapshot.observation, snapshot.change)), paint_mistakes),
    ]


def _snapshot(number: int, snapshots: Snapshots) -> Snapshot | None:
    return snapshots[number] if number < len(snapshots) else None


def _paint_status(
    ctx: DrawContext, number: int, count: int, surface: Surface, rect: Rect, snapshot: Snapshot | None
) -> None:
    text = status_text(snapshot)
    failed = snapshot is not None and snapshot.state == "failed"
    place = rect.copy()
    if count > 1:
        place.x += ctx.px(16)
        place.width = max(1, place.width - ctx.px(16))
        ctx.text(surface, charts.NAMES[number], rect, charts.run_colours(ctx)[number], bold=True)
    ctx.text(surface, text, place, ctx.colours.error if failed else ctx.colours.text, theme.SMALL, cut=True)


def snapshots_of(views: Sequence[Snapshot | None]) -> Snapshots:
    """The snapshots that there are, up to the first that is missing."""
    found: list[Snapshot] = []
    for view in views:
        if view is None:
            break
        found.append(view)
    return tuple(found)
