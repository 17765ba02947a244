"""The weights in the folder ``weights``: how each is trained, and what its model card says besides figures.

``scripts/make_weights.py`` trains them and writes the cards, ``compare.py --shipped`` trains each with several seeds.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ShippedWeights:
    """A file of weights.

    Attributes:
        arch, recipe: of its training.
        minutes: of the training on one core, to plan with.
        use: the intended use.
        limits: where it fails.
        training: the time that the training of the shipped file took, where no metrics of it are kept.
    """

    arch: str
    recipe: str
    minutes: float
    use: str
    limits: str
    training: str


#: The files, by their names without extension. To add one, add an entry.
SHIPPED: dict[str, ShippedWeights] = {
    "baseline": ShippedWeights(
        *("baseline", "default", 0.2),
        use="A reference for benchmarks: the simplest convolutional network, trained in five epochs.",
        limits="Images that are not prepared as MNIST's are; other kinds of ink than MNIST's; it has no class for "
        "non-digits and gives a digit for anything.",
        training="5 seconds on 2 cores: at most 10 core-seconds",
    ),
    "nano": ShippedWeights(
        *("nano", "default", 2.3),
        use="The smallest microcontrollers: as much as 695 weights can tell.",
        limits="Hasty and unusual digits more often than the larger networks; it has no class for non-digits and "
        "gives a digit for anything.",
        training="140 core-seconds, on a busy machine",
    ),
    "micro": ShippedWeights(
        *("micro", "default", 1.8),
        use="Microcontrollers: the highest accuracy under 2,000 weights.",
        limits="Hasty and unusual digits more often than `tiny`; it has no class for non-digits and gives a digit for "
        "anything.",
        training="107 core-seconds, on a busy machine",
    ),
    "tiny": ShippedWeights(
        *("tiny", "default", 3.5),
        use="Small programs and microcontrollers: high accuracy with few weights.",
        limits="What people draw with a mouse, more often than networks that are trained on drawings; it has no class "
        "for non-digits and gives a digit for anything.",
        training="3.1 minutes on one core: at most 188 core-seconds",
    ),
    "deep": ShippedWeights(
        *("deep", "default", 28),
        use="Images that are prepared as MNIST's are: high accuracy with a third fewer weights than `wide`.",
        limits="What people draw with a mouse, more often than `deep-drawing`; it has no class for non-digits and "
        "gives a digit for anything.",
        training="14.0 minutes on 2 cores: at most 1,680 core-seconds",
    ),
    "wide": ShippedWeights(
        *("wide", "default", 12),
        use="Images that are prepared as MNIST's are: the highest accuracy on MNIST's test images.",
        limits="What people draw with a mouse, more often than `deep-drawing`; it has no class for non-digits and "
        "gives a digit for anything.",
        training="653 core-seconds, on a busy machine",
    ),
    "deep-drawing": ShippedWeights(
        *("deep", "drawing", 40),
        use="The default of the window, the page and the recognizer: drawings, photographs and scans of digits, with a "
        "class for non-digits.",
        limits="Non-digits with the shape of digits: letters such as O, l and S; one in five symbols of other scripts "
        "is read as a digit. Digits of children and of other numeral systems were never measured.",
        training="34 minutes for 26 epochs on one core, on a busy machine, and about 8 and 12 minutes of processor "
        "time for 6 and 8 more: at most 3,240 core-seconds",
    ),
}

#: The configurations of ``compare.py --shipped``: those of the files, and others that weights/README.md lists.
CONFIGURATIONS: list[tuple[str, str]] = [
    *dict.fromkeys((weights.arch, weights.recipe) for weights in SHIPPED.values()),
    *(("baseline", "plain"), ("baseline", "thorough")),
]
