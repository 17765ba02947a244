import numpy as np
import pytest
from PIL import Image

from nn.digits.pictures import decode_picture, read_picture
from nn.errors import DataError

GRAY = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "no_suffix"])
def test_a_picture_is_read_as_gray_whatever_its_name(tmp_path, name):
    Image.fromarray(GRAY).save(tmp_path / name, "BMP" if name.endswith("bmp") else "PNG")
    found = read_picture(tmp_path / name)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, GRAY)


def test_sixteen_bits_are_kept(tmp_path):
    values = np.array([[0, 1000], [30000, 65535]], np.uint16)
    Image.fromarray(values).save(tmp_path / "deep.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "deep.png"), values)


def test_a_photograph_is_rotated_as_its_metadata_says(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the top is on the right
    Image.fromarray(GRAY).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), np.rot90(GRAY, -1))


@pytest.mark.parametrize(("ink", "background"), [(0, 255), (255, 0)])
def test_transparency_becomes_the_background_that_contrasts_with_the_ink(tmp_path, ink, background):
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0] = (ink, ink, ink, 255)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png").tolist() == [[ink, background], [background, background]]


def test_invalid_files_are_errors_with_their_path(tmp_path, monkeypatch):
    (tmp_path / "text.png").write_text("no picture")
    Image.fromarray(GRAY).save(tmp_path / "a.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "a.png").read_bytes()[:48])
    Image.fromarray(GRAY).save(tmp_path / "a.gif")
    for name, cause in (
        ("none.png", "found nothing"),
        (".", "found a folder"),
        ("text.png", "found something else"),
        ("a.gif", "found something else"),
        ("cut.png", "can't be read as a picture"),
    ):
        with pytest.raises(DataError, match=cause) as caught:
            read_picture(tmp_path / name)
        assert str(caught.value).startswith(str(tmp_path))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5)
    with pytest.raises(DataError, match="at most 0 million pixels"):
        read_picture(tmp_path / "a.png")


def test_bytes_are_decoded_as_the_file_is_read(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(GRAY).save(path)
    np.testing.assert_array_equal(decode_picture(path.read_bytes(), "body"), read_picture(path))
    with pytest.raises(DataError, match=r"^body: expected a picture, PNG, JPEG or BMP; found something else$"):
        decode_picture(b"no picture", "body")
