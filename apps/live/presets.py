"""Settings with a name and what to look for; some of them fail on purpose."""

from __future__ import annotations

from dataclasses import dataclass, field

from apps.live.settings import LayerChoice, LiveSettings


@dataclass(frozen=True)
class Preset:
    """Settings with a name, and what to look for."""

    label: str
    look_for: str
    settings: LiveSettings = field(default_factory=LiveSettings)


#: The presets. To add one, add an entry.
PRESETS: dict[str, Preset] = {
    "reference": Preset(
        "Reference", "The loss falls steeply in the first 200 steps; the filters become edges; classes move apart."
    ),
    "deep": Preset(
        "Two blocks", "Fewer mistakes than the reference, at more time a step.",
        LiveSettings(
            layers=(
                LayerChoice("conv", 16), LayerChoice("pool", 2), LayerChoice("conv", 32), LayerChoice("pool", 2),
                LayerChoice("dense", 128), LayerChoice("dropout", 0.3),
            ),
            learning_rate=3e-3, schedule="one_cycle", augmentation="little",
        ),
    ),
    "high_rate": Preset(
        "Rate too high", "It fails: the loss jumps instead of falling, then stays near 2.30, which is guessing; "
        "the ReLUs are dead and the confusion matrix has one column.", LiveSettings(learning_rate=0.3),
    ),
    "zeros": Preset(
        "Zero weights", "It fails: all units compute 0 and get a gradient of 0. Only the last bias learns; the filters "
        "stay blank and the loss stays at 2.30.", LiveSettings(initializer="zeros"),
    ),
    "unshuffled": Preset(
        "Unshuffled", "It fails: the digits come sorted by label. The training accuracy rises to 100 % while the "
        "network answers the digit of the last batches for everything.", LiveSettings(shuffle=False),
    ),
}  # fmt: skip
