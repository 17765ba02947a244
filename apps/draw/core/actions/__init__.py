"""The table of actions: buttons, keys, tool-tips and the help page follow from it. Each topic is one file."""

from apps.draw.core.actions.editing import CLEAR, ERASER, LINE, PREDICT, RECENT, REDO, THICKER, THINNER, UNDO
from apps.draw.core.actions.files import CANCEL, CONFIRM, COPY, EXPORT, FOLDER, OPEN, OPEN_PATH, PASTE, SAVE
from apps.draw.core.actions.game import GAME
from apps.draw.core.actions.mnist import ERROR, ERRORS, RANDOM
from apps.draw.core.actions.models import EXPLAIN, EXPLAIN_ANSWER, MODEL, NEXT_MODEL
from apps.draw.core.actions.replay import PLAY, SCRUB, STEP_BACK, STEP_ON
from apps.draw.core.actions.teaching import DROP_SAMPLE, LABEL, LEARN, UNLEARN
from apps.draw.core.actions.training import (
    TRAIN_ADD_LAYER,
    TRAIN_BESIDE,
    TRAIN_CHOICE,
    TRAIN_DOWNLOAD,
    TRAIN_KEEP,
    TRAIN_LAYER,
    TRAIN_NARROWER,
    TRAIN_PAGE,
    TRAIN_PAUSE,
    TRAIN_PRESET,
    TRAIN_REMOVE_LAYER,
    TRAIN_SPEED,
    TRAIN_START,
    TRAIN_STEP,
    TRAIN_WIDER,
)  # fmt: skip
from apps.draw.core.actions.units import (
    BY_NUMBERS,
    DOWN,
    FEATURE_MAP,
    LAYER,
    LAYER_BACK,
    LAYER_ON,
    LEFT,
    MAP,
    MAP_BACK,
    MAP_ON,
    RIGHT,
    TO_INK,
    UNIT,
    UP,
)  # fmt: skip
from apps.draw.core.actions.window import BACK, HELP, QUIT, THEME, TOGGLE_PANEL
from apps.draw.core.state import Action

#: All actions, in the order of the help page.
ACTIONS: tuple[Action, ...] = (
    CLEAR, UNDO, REDO, ERASER, THINNER, THICKER, LINE, PREDICT, RECENT,
    *TOGGLE_PANEL.values(),
    LABEL, LEARN, UNLEARN, DROP_SAMPLE, EXPLAIN, EXPLAIN_ANSWER,
    BY_NUMBERS, LEFT, RIGHT, UP, DOWN, MAP_BACK, MAP_ON, LAYER_BACK, LAYER_ON, TO_INK, FEATURE_MAP, UNIT, MAP, LAYER,
    MODEL, NEXT_MODEL,
    TRAIN_START, TRAIN_BESIDE, TRAIN_PAUSE, TRAIN_STEP, TRAIN_SPEED, TRAIN_PAGE, TRAIN_KEEP, TRAIN_DOWNLOAD,
    TRAIN_PRESET, TRAIN_CHOICE, TRAIN_LAYER, TRAIN_ADD_LAYER, TRAIN_REMOVE_LAYER, TRAIN_NARROWER, TRAIN_WIDER,
    PLAY, STEP_BACK, STEP_ON, SCRUB, RANDOM, ERRORS, ERROR, GAME,
    SAVE, OPEN, OPEN_PATH, COPY, PASTE, EXPORT, FOLDER, CONFIRM, CANCEL,
    THEME, HELP, BACK, QUIT,
)  # fmt: skip
