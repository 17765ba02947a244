"""The table of panels. To add one, add an entry, and a class that draws it in ``apps/draw/ui/panels/<name>.py``."""

from __future__ import annotations

import enum
from typing import NamedTuple


class PanelInfo(NamedTuple):
    """What the window needs to know about a panel, besides its view.

    Attributes:
        label, key, tip: of the button that opens the panel.
        analyses: functions of ``apps.draw.engine.analyses`` whose results it shows, in the order to compute them.
        needs_ink: whether its analyses need ink on the canvas.
        reads_lines: whether it also works for a line of digits.
    """

    label: str
    key: str
    tip: str
    analyses: tuple[str, ...] = ()
    needs_ink: bool = True
    reads_lines: bool = False


class Panel(enum.Enum):
    """The panels, in the order of their buttons; the settings store the names."""

    INSIDE = PanelInfo(
        "Inside",
        "I",
        "Look inside: feature maps, single units by numbers, saliency and occlusion maps, nearest training images",
        ("maps", "saliency", "occlusion", "neighbours"),
    )
    MODELS = PanelInfo("Models", "M", "All networks side by side, on this drawing", ("models",), reads_lines=True)
    REPLAY = PanelInfo("Replay", "R", "Play the drawing back: when did the network know it?", ("moments",))
    TRY_ME = PanelInfo("Try me", "T", "Digits from MNIST, the network's errors, and a game", ("errors",), False, True)
    TEACH = PanelInfo("Teach", "L", "Label drawings and fine-tune the network on them")
    TRAIN = PanelInfo("Train", "V", "Train a network from random weights, and watch it learn")
    SUMMARY = PanelInfo("Summary", "S", "The network's layers, shapes, parameters and work", ("summary",), False, True)
    FILES = PanelInfo("Files", "F", "Save, open, copy, paste, export")


#: The analyses that depend on the network only, not on the document.
NETWORK_ANALYSES = {name for panel in Panel if not panel.value.needs_ink for name in panel.value.analyses}
