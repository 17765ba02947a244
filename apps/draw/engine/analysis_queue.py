"""The analyses that the open panel shows, computed piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from apps.draw.core.effects import Recognize
from apps.draw.core.messages import Message

if TYPE_CHECKING:
    from apps.draw.engine.inference import InferenceEngine


class AnalysisQueue:
    """Runs the analyses of the newest request in turn.

    An analysis that has begun is finished for its document, even if that has grown; the next one begins for the newest
    document. So all of them are computed while the pen moves.
    """

    def __init__(self, engine: InferenceEngine) -> None:
        self._engine = engine
        self._request: Recognize | None = None
        self._waiting: list[str] = []
        self._current: Iterator[Message | None] | None = None
        self._name = ""

    @property
    def due(self) -> bool:
        """Whether something is left to do."""
        return self._current is not None or bool(self._waiting)

    def renew(self, request: Recognize) -> None:
        """The document has changed: queue all analyses again, the one that runs last."""
        names = self._engine.analyses(request)
        if self._request is None or request.panel is not self._request.panel or request.document.blank:
            self.clear()
        at = names.index(self._name) + 1 if self._name in names else 0
        self._waiting = names[at:] + names[:at]
        self._request = request

    def begin(self, pieces: Iterator[Message | None]) -> None:
        """Run pieces that belong to no document; the first document ends them."""
        self._current = pieces

    def clear(self) -> None:
        """Drop everything."""
        self._waiting, self._current, self._name = [], None, ""

    def step(self) -> Message | None:
        """Compute the next piece; a message, if a part is complete."""
        if self._current is None:
            assert self._request is not None
            self._name = self._waiting.pop(0)
            self._current = self._engine.run(self._name, self._request)
        try:
            return next(self._current)
        except StopIteration:
            self._current = None
            return None
