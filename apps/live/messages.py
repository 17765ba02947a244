"""What the window and the training process tell each other. Everything here is sent from one process to the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from apps.live.settings import LiveSettings
    from apps.live.snapshot import Snapshot

#: The speeds by their names: steps a second, or None for as many as possible.
SPEEDS: dict[str, float | None] = {"full": None, "20 a second": 20.0, "2 a second": 2.0}


@dataclass(frozen=True)
class Prepare:
    """Load the images, so that a training can start at once."""


@dataclass(frozen=True)
class Download:
    """Download MNIST."""


@dataclass(frozen=True)
class Start:
    """Start a training. It replaces that of the same number, and ends those of higher numbers.

    ``serial`` comes back with its progress, which tells it from the training before.
    """

    number: int
    settings: LiveSettings
    serial: int = 0


@dataclass(frozen=True)
class Pace:
    """Whether the trainings are paused, and their speed."""

    paused: bool
    speed: str


@dataclass(frozen=True)
class Step:
    """Make one step in each training, and find out what it changed."""


@dataclass(frozen=True, eq=False)
class ShowDrawing:
    """The user's drawing: (28, 28) float32, as the network takes it, or None."""

    image: np.ndarray | None


@dataclass(frozen=True)
class Keep:
    """Write the network of a training to a file."""

    number: int
    path: Path


Command = Prepare | Download | Start | Pace | Step | ShowDrawing | Keep


@dataclass(frozen=True)
class DataStatus:
    """Whether the images are ready, and if they are not, what is happening or what is wrong.

    ``missing`` says that a download may help.
    """

    ready: bool
    note: str = ""
    missing: bool = False


@dataclass(frozen=True, eq=False)
class Progressed:
    """A training at this moment."""

    number: int
    snapshot: Snapshot
    serial: int = 0


@dataclass(frozen=True)
class Kept:
    """The network of a training was written to a file."""

    path: Path


@dataclass(frozen=True)
class Failed:
    """A command failed."""

    reason: str


@dataclass(frozen=True)
class Ended:
    """The training process has ended, and its trainings with it."""

    reason: str


Event = DataStatus | Progressed | Kept | Failed | Ended
