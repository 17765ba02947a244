"""The panels, one class and one file each."""

from __future__ import annotations

from apps.draw.core.messages import Panel as Name
from apps.draw.ui.panels.files import Files
from apps.draw.ui.panels.inside import Inside
from apps.draw.ui.panels.models import Models
from apps.draw.ui.panels.panel import Panel
from apps.draw.ui.panels.replay import Replay
from apps.draw.ui.panels.teach import Teach
from apps.draw.ui.panels.try_me import TryMe

#: The panels, in the order of their buttons.
PANELS: dict[Name, type[Panel]] = {
    Name.INSIDE: Inside,
    Name.MODELS: Models,
    Name.REPLAY: Replay,
    Name.TRY: TryMe,
    Name.TEACH: Teach,
    Name.FILES: Files,
}
