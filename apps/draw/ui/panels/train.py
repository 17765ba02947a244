"""Train: a network learns from random weights, beside the drawing. One page shows the settings, one the trainings."""

from __future__ import annotations

from apps.draw.core import actions
from apps.draw.core.state import State
from apps.draw.ui.control import Control, button
from apps.draw.ui.layout import columns
from apps.draw.ui.panels.panel import PanelView
from apps.draw.ui.part import Part
from apps.draw.ui.training.charts import NAMES
from apps.draw.ui.training.settings_page import SettingsPage
from apps.draw.ui.training.watch import Snapshots, snapshots_of, watch_tiles
from apps.live.presets import PRESETS


class Train(PanelView):
    """Two rows of buttons, two lines of text, and the page of the settings or that of the trainings."""

    title = "Train a network"

    def arrange(self) -> None:
        """The buttons; the rest is the page."""
        gap = self.ctx.px(5)
        self.upper = self.row(self.rect.y, 30)
        self.lower = self.row(self.upper.bottom + gap, 30)
        self.note = self.row(self.lower.bottom + gap, 36)
        self.page = self.below(self.note.bottom + gap)
        self.settings = SettingsPage(self.ctx, self.page)

    def controls(self, state: State) -> list[Control]:
        """The buttons, and on the page of the settings all of these."""
        training, gap = state.training, self.ctx.px(5)
        start, pause, step, speed = columns(self.upper, 4, gap)
        beside, page, *keep = columns(self.lower, 4, gap)
        found = [
            button(actions.TRAIN_START, start, label="Restart" if training.runs else "", card=True, strong=True),
            button(actions.TRAIN_PAUSE, pause, label="Continue" if training.paused else "", card=True),
            button(actions.TRAIN_STEP, step, card=True),
            button(actions.TRAIN_SPEED, speed, label=f"Speed: {training.speed}", card=True),
            button(actions.TRAIN_BESIDE, beside, card=True),
            button(actions.TRAIN_PAGE, page, label="Settings" if not training.editing else "Trainings", card=True),
        ]
        if training.missing:
            found.append(button(actions.TRAIN_DOWNLOAD, keep[0].union(keep[1]), card=True, strong=True))
        elif len(training.runs) < 2:
            found.append(button(actions.TRAIN_KEEP, keep[0].union(keep[1]), 0, card=True))
        else:
            found += [button(actions.TRAIN_KEEP, place, number, label=f"Keep {NAMES[number]}", card=True)
                      for number, place in enumerate(keep)]  # fmt: skip
        return [*found, *self.settings.controls(state)] if training.editing else found

    def sections(self) -> list[Part]:
        """The text, which both pages have."""
        return [self.text(self.note, _note)]

    def parts(self, state: State) -> list[Part]:
        """With those of the page that is shown."""
        page: list[Part]
        if state.training.editing or not state.training.runs:
            page = self.settings.sections()
        else:
            page = [
                self.section(tile.rect, lambda state, tile=tile: tile.view_model(_snapshots(state)), tile.paint)  # type: ignore[misc]
                for tile in watch_tiles(self.ctx, self.page, len(state.training.runs))
            ]
        return [*super().parts(state), *page]


def _snapshots(state: State) -> Snapshots:
    return snapshots_of([run.snapshot for run in state.training.runs])


def _note(state: State) -> str:
    """What is happening to the images; or what to look for in the trainings."""
    training = state.training
    if training.note:
        return training.note
    if training.editing or not training.runs:
        return "The next training starts from random weights with these settings."
    presets = [PRESETS[run.preset] for run in training.runs if run.preset is not None]
    return " ".join(f"{preset.label}: {preset.look_for}" for preset in presets[-1:]) or "Your own settings."
