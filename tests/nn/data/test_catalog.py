import pytest

from nn.data.catalog import DATASETS


@pytest.mark.parametrize("name", list(DATASETS))
def test_the_catalog_is_complete(name):
    info = DATASETS[name]
    assert all(len(file.sha256) == 64 and int(file.sha256, 16) for file in info.files.values())
    assert len(set(info.members)) == len(info.members) == (24 if name == "emnist" else 4)
    assert len({file.sha256 for file in info.files.values()}) == len(info.files)
    assert info.class_names is None or len(info.class_names) == 10


def test_the_files_of_mnist_come_from_npm_too():
    info = DATASETS["mnist"]
    assert list(info.npm.sha256) == info.members
