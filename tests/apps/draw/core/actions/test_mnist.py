"""Test images and errors on the canvas."""

import numpy as np

from apps.draw.core import actions
from apps.draw.core.document import Document, Picture
from apps.draw.core.effects import (
    PickTestImage,
)
from apps.draw.core.messages import (
    Opened,
    PanelData,
)
from apps.draw.core.panel_data import Misclassified
from apps.draw.core.panels import Panel
from apps.draw.core.state import Perform, State
from tests.apps.draw.core.play import DOT, play


def test_random_digits_and_errors_are_shown_on_the_canvas():
    document = Document(picture=Picture(np.zeros((28, 28), np.uint8), "one", prepared=True), label=5)
    state, effects = play(Perform(actions.RANDOM), Perform(actions.RANDOM))
    assert all(isinstance(effect, PickTestImage) for effect in effects)
    assert effects[0] != effects[1]
    state, effects = play(Opened(document), state=state)
    assert (state.document, effects[-1].document) == (document, document)
    state, effects = play(Perform(actions.ERRORS), state=State())
    assert effects[-1].panel is Panel.TRY_ME  # on a blank canvas, too
    state, _ = play(PanelData(1, "errors", Misclassified((document,), (3,))), Perform(actions.ERROR, 0), state=state)
    assert state.document is document
    state, _ = play(*DOT, state=state)  # ink is a new document
    assert state.document.picture is None
    assert play(Perform(actions.UNDO), state=state)[0].document is document
