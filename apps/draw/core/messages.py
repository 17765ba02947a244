"""The messages of the window: input events, actions, and events of the worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.draw.core.document import Document
from apps.draw.core.points import Point
from apps.draw.core.state import FileResult, ModelFile, Perform, StatusMessage
from apps.live import messages as live

if TYPE_CHECKING:
    from nn.digits import FineTuneResult, Line, Page, Prediction


@dataclass(frozen=True)
class PenDown:
    """The pen touched the canvas."""

    point: Point


@dataclass(frozen=True)
class PenMove:
    """The pen moved, on the canvas or outside."""

    point: Point


@dataclass(frozen=True)
class Hover:
    """The pointer is over this control, or over none."""

    control: Perform | None


@dataclass(frozen=True)
class HoverTimeout:
    """The pointer has rested on a control long enough for its tool-tip."""


@dataclass(frozen=True)
class Press:
    """The pointer went down on this control."""

    control: Perform


@dataclass(frozen=True)
class Release:
    """The pen or pointer went up, over this control or over none."""

    control: Perform | None


@dataclass(frozen=True)
class Focus:
    """The keyboard's focus moved to this control, or to none."""

    control: Perform | None


@dataclass(frozen=True)
class Typed:
    """Text was typed into the open prompt; ``None`` deletes a letter."""

    text: str | None


@dataclass(frozen=True)
class Tick:
    """Time has passed."""

    seconds: float


@dataclass(frozen=True)
class Ready:
    """The network has been loaded and compiled; these are fields of the state."""

    can_learn: bool = False
    can_read_lines: bool = False
    models: tuple[ModelFile, ...] = ()
    model: int | None = None


@dataclass(frozen=True)
class LoadFailed:
    """The network can't be loaded."""

    reason: str


@dataclass(frozen=True)
class Answered:
    """The document of request ``number`` was recognized; a line or a page of digits gives a ``line``."""

    number: int
    prediction: Prediction | None
    line: Line | Page | None = None


@dataclass(frozen=True)
class Failed:
    """The document of request ``number`` could not be recognized (0: warming up failed)."""

    number: int
    reason: str


@dataclass(frozen=True, eq=False)
class PanelData:
    """One part of what the open panel shows, for the document of request ``number``."""

    number: int
    part: str
    value: Any


@dataclass(frozen=True)
class Opened:
    """A file, the clipboard or MNIST gave a document; ``name`` is shown, if there is one."""

    document: Document
    name: str = ""


@dataclass(frozen=True)
class FolderRead:
    """A folder was read."""

    results: tuple[FileResult, ...]


@dataclass(frozen=True)
class FineTuned:
    """The network was fine-tuned; ``result`` is None if the last fine-tuning was undone."""

    result: FineTuneResult | None


Message = (
    PenDown | PenMove | Hover | HoverTimeout | Press | Release | Focus | Typed | Tick | Perform | Ready | LoadFailed
    | Answered | Failed | PanelData | StatusMessage | Opened | FolderRead | FineTuned | live.Event
)  # fmt: skip
