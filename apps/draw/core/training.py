"""The trainings that the Train panel shows, and the settings of the next one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from apps.live.messages import SPEEDS
from apps.live.settings import LiveSettings

if TYPE_CHECKING:
    from apps.live.snapshot import Snapshot

#: How many trainings run side by side, at most.
MAX_RUNS = 2


class Run(NamedTuple):
    """A training: its settings, the key of its preset if it has one, its serial number, and its latest snapshot."""

    settings: LiveSettings
    preset: str | None
    serial: int
    snapshot: Snapshot | None = None

    @property
    def running(self) -> bool:
        """Whether it can go on."""
        return self.snapshot is None or self.snapshot.state in ("running", "paused")


@dataclass(frozen=True)
class Training:
    """The state of the Train panel.

    Attributes:
        settings: of the next training.
        preset: the key of the preset that they are; None: they were changed.
        layer: the number of the chosen layer.
        editing: whether the panel shows the settings, and not the trainings.
        runs: the trainings, up to ``MAX_RUNS``.
        started: how many were started so far.
        paused: whether they are paused.
        speed: a key of ``SPEEDS``.
        ready: whether the images are loaded.
        note: what is happening to the images, or why there are none.
        missing: whether a download may help.
    """

    settings: LiveSettings = field(default_factory=LiveSettings)
    preset: str | None = "reference"
    layer: int = 0
    editing: bool = True
    runs: tuple[Run, ...] = ()
    started: int = 0
    paused: bool = False
    speed: str = next(iter(SPEEDS))
    ready: bool = False
    note: str = "Loading the training images..."
    missing: bool = False

    @property
    def running(self) -> bool:
        """Whether a training computes."""
        return not self.paused and any(run.running for run in self.runs)
