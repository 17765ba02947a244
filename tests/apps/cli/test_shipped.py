"""The table of shipped weights."""

from apps.cli.shipped import CONFIGURATIONS, SHIPPED
from nn import checkpoint, recipes, zoo
from nn.paths import WEIGHTS


def test_each_file_of_weights_has_an_entry_and_a_card():
    assert {path.stem for path in WEIGHTS.glob("*.npz")} == set(SHIPPED)
    assert {path.stem for path in WEIGHTS.glob("*.md")} == {*SHIPPED, "README"}


def test_entries_are_those_of_the_files():
    for name, shipped in SHIPPED.items():
        meta = checkpoint.load(WEIGHTS / f"{name}.npz").meta
        assert (meta["arch"], meta["recipe"]) == (shipped.arch, shipped.recipe)


def test_configurations_exist_and_are_listed_once():
    assert len(set(CONFIGURATIONS)) == len(CONFIGURATIONS)
    for arch, recipe in CONFIGURATIONS:
        assert arch in zoo.ARCHITECTURES
        assert recipe in recipes.RECIPES
