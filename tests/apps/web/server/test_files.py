"""The page's files."""

import pytest

from apps.web.server.files import Files
from apps.web.server.http import HttpError, Request


def get(files, path, **headers):
    return files.respond(
        Request("GET", path, "", {name.replace("_", "-"): value for name, value in headers.items()}, "")
    )


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/main.js", "text/javascript; charset=utf-8"),
        ("/engine.wasm", "application/wasm"),
        ("/parts/style.css", "text/css; charset=utf-8"),
    ],
)
def test_files_have_the_types_that_browsers_need(page, path, kind):
    response = get(Files(page), path)
    assert response.headers["Content-Type"] == kind
    assert response.body == (page / path.lstrip("/") if path != "/" else page / "index.html").read_bytes()


def test_a_file_that_the_client_has_is_not_sent_again(tmp_path):
    (tmp_path / "main.js").write_text("1")
    files = Files(tmp_path)
    tag = get(files, "/main.js").headers["ETag"]
    again = get(files, "/main.js", if_none_match=f'"other", {tag}')
    assert (again.status, again.body, again.headers["Cache-Control"]) == (304, b"", "no-cache")
    (tmp_path / "main.js").write_text("2")
    changed = get(files, "/main.js", if_none_match=tag)
    assert (changed.status, changed.body) == (200, b"2")


def test_nothing_else_is_served(page, tmp_path):
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text("page")
    (tmp_path / "secret.html").write_text("secret")
    (tmp_path / "page" / "link.html").symlink_to(tmp_path / "secret.html")
    files = Files(tmp_path / "page")
    for path in (
        "/../secret.html",
        "//secret.html",
        "/link.html",
        "/./index.html",
        f"/{tmp_path}/secret.html",
        "",
        "/x",
    ):
        with pytest.raises(HttpError) as caught:
            get(files, path)
        assert caught.value.status == 404
        assert path not in files
    with pytest.raises(HttpError):
        get(Files(page), "/notes.md")


def test_a_removed_file_is_not_found(tmp_path):
    (tmp_path / "main.js").write_text("1")
    files = Files(tmp_path)
    (tmp_path / "main.js").unlink()
    with pytest.raises(HttpError, match="not found"):
        get(files, "/main.js")


def test_a_folder_without_a_page_has_none(tmp_path):
    assert "/" not in Files(tmp_path)
