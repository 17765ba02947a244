import io
import sys

import numpy as np
import pytest
from PIL import Image, features

from nn.digits import pictures
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
    Image.fromarray(GRAY).save(tmp_path / "a.ico")
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    for name, cause in (
        ("none.png", "found nothing"),
        (".", "found a folder"),
        ("text.png", "found something else"),
        ("a.ico", "found something else"),
        ("a.pdf", "found a PDF document: export its page as PNG"),
        ("cut.png", "can't be read as a picture"),
    ):
        with pytest.raises(DataError, match=cause) as caught:
            read_picture(tmp_path / name)
        assert str(caught.value).startswith(str(tmp_path))
    for limit in ("MAX_PIXELS", "MAX_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(pictures, limit, 5)
            with pytest.raises(DataError, match=r"a.png: expected a picture of at most 0 (million pixels|MiB), found"):
                read_picture(tmp_path / "a.png")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_large_pictures_are_reduced_in_every_mode(tmp_path, monkeypatch, mode):
    blocks = np.kron([[0, 255], [255, 0]], np.ones((10, 10))).astype(np.uint16 if mode == "I;16" else np.uint8)
    picture = Image.fromarray(blocks)
    (picture if mode == "I;16" else picture.convert(mode)).save(tmp_path / "a.png")
    expected = read_picture(tmp_path / "a.png")
    monkeypatch.setattr(pictures, "MAX_READ_PIXELS", 100)
    found = read_picture(tmp_path / "a.png")
    assert (found.shape, found.dtype) == ((10, 10), expected.dtype)
    np.testing.assert_array_equal(found, expected[::2, ::2])


def test_a_large_jpeg_file_is_decoded_to_a_smaller_size(tmp_path, monkeypatch):
    Image.new("L", (800, 600), 70).save(tmp_path / "a.jpg")
    monkeypatch.setattr(pictures, "MAX_READ_PIXELS", 30_000)
    for name in ("JPEG", "PNG"):
        monkeypatch.setitem(pictures.FORMATS, name, 300_000)
    found = read_picture(tmp_path / "a.jpg")
    assert found.size <= 30_000
    assert set(found.ravel()) == {70}
    Image.new("L", (800, 600), 70).save(tmp_path / "a.png")
    with pytest.raises(DataError, match="found more"):  # it can't
        read_picture(tmp_path / "a.png")


def test_a_jpeg_file_that_claims_more_pixels_than_it_can_hold(tmp_path):
    content = io.BytesIO()
    Image.new("L", (8, 8)).save(content, "JPEG")
    changed = content.getvalue().replace(bytes([0, 8, 0, 8, 1]), (7000).to_bytes(2, "big") * 2 + bytes([1]))
    assert changed != content.getvalue()
    with pytest.raises(DataError, match=r"^body: expected the data of 7000x7000 pixels, found \d+ bytes$"):
        decode_picture(changed, "body")
    blank = io.BytesIO()
    Image.new("L", (4000, 3000), 255).save(blank, "JPEG", quality=1, optimize=True, progressive=True)
    assert decode_picture(blank.getvalue(), "body").min() >= 250  # as few bytes as a JPEG file can have


def test_bytes_are_decoded_as_the_file_is_read(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(GRAY).save(path)
    np.testing.assert_array_equal(decode_picture(path.read_bytes(), "body"), read_picture(path))
    with pytest.raises(DataError, match=r"^body: expected a picture \(PNG, JPEG, .*\), found something else$"):
        decode_picture(b"no picture", "body")


def encoded(picture, form, **options):
    content = io.BytesIO()
    picture.save(content, form, **options)
    return content.getvalue()


@pytest.mark.parametrize("form", list(pictures.FORMATS))
def test_every_format_is_read(form):
    feature = {"WEBP": "webp", "AVIF": "avif", "JPEG2000": "jpg_2000"}.get(form)
    if feature and not features.check(feature):
        pytest.skip(f"this Pillow has no {feature}")
    levels = np.kron(GRAY, np.ones((8, 8), np.uint8))
    picture = Image.fromarray(levels) if form not in ("WEBP", "AVIF") else Image.fromarray(levels).convert("RGB")
    found = decode_picture(encoded(picture, form), "body")
    assert np.abs(found.astype(int) - levels).mean() < 6


def test_the_first_frame_and_the_first_page_are_read():
    frames = [Image.fromarray(GRAY), Image.fromarray(255 - GRAY)]
    for form in ("GIF", "TIFF"):
        content = encoded(frames[0], form, save_all=True, append_images=frames[1:])
        np.testing.assert_array_equal(decode_picture(content, "body"), GRAY)


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_fewer_bits_in_sixteen_are_scaled(bits):
    levels = (GRAY.astype(np.uint16) << 8 >> (16 - bits)) | np.uint16(1)
    for form in ("PNG", "TIFF"):
        found = decode_picture(encoded(Image.fromarray(levels), form), "body")
        np.testing.assert_array_equal(found, levels << (16 - bits))


@pytest.mark.parametrize(("scale", "expected"), [(1.0, 65535), (255.0, 65535), (0.5, 32768)])
def test_floats_are_from_0_to_1_or_to_the_greatest(scale, expected):
    levels = np.array([[0, scale], [np.nan, -1]], np.float32)
    found = decode_picture(encoded(Image.fromarray(levels), "TIFF"), "body")
    assert found.tolist() == [[0, expected], [0, 0]]


def test_a_card_in_a_transparent_picture_is_read_alone():
    pixels = np.zeros((60, 80, 4), np.uint8)
    pixels[20:50, 30:60] = 255
    pixels[25:45, 44:47, :3] = 0
    found = decode_picture(encoded(Image.fromarray(pixels), "PNG"), "body")
    assert (found.shape, found.min(), found.max()) == ((30, 30), 0, 255)
    pixels[20:50, 30:60] = (0, 0, 0, 255)  # ink of one colour is no card
    assert decode_picture(encoded(Image.fromarray(pixels), "PNG"), "body").shape == (60, 80)


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1"])
def test_heif_pictures_say_what_to_do(brand, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # not installed
    content = b"\0\0\0\x18ftyp" + brand + bytes(40)
    with pytest.raises(DataError, match=r"found a HEI[CF] picture: pip install pillow-heif, or export it as JPEG$"):
        decode_picture(content, "body")


def test_heif_pictures_are_read_if_pillow_heif_is_installed(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    levels = np.full((64, 96), 255, np.uint8)
    levels[16:48, 40:48] = 0
    pillow_heif.from_pillow(Image.fromarray(levels).convert("RGB")).save(tmp_path / "a.heic", quality=100)
    found = read_picture(tmp_path / "a.heic")
    assert (found.shape, found.dtype) == ((64, 96), np.uint8)
    assert np.abs(found.astype(int) - levels).max() < 40
    assert np.corrcoef(found.ravel(), levels.ravel())[0, 1] > 0.99


@pytest.mark.skipif(sys.platform == "win32", reason="libtiff can't be silenced there")
def test_libtiff_prints_nothing_about_a_broken_file(capfd):
    content = encoded(Image.fromarray(np.kron(GRAY, np.ones((8, 8), np.uint8))), "TIFF", compression="tiff_lzw")
    broken = content[:8] + b"\xff" * 20 + content[28:]  # the compressed pixels begin at 8
    with pytest.raises(DataError, match=r"^body: can't be read as a picture: [^\n]+$"):
        decode_picture(broken, "body")
    assert capfd.readouterr() == ("", "")
