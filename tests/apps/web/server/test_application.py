"""The page and the API behind one address: what is refused, and by whom what may be done."""

import asyncio
import socket

import pytest

from apps.web.server.application import DigitsApplication
from apps.web.server.http import HttpError, Request
from scripts.malformed_requests import DRAWING, MALFORMED, post
from tests.apps.web.client import read_answer, serving


@pytest.mark.parametrize("name", list(MALFORMED))
def test_malformed_requests_are_refused_in_one_line(client, name):
    request, status = MALFORMED[name]
    answer = client.send(request)
    assert answer.status == status, answer.body
    assert list(answer.json) == ["error"]
    assert answer.json["error"].count("\n") == 0 < len(answer.json["error"])
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_server_still_responds_after_malformed_requests(client):
    for request, _ in MALFORMED.values():
        client.send(request)
    assert client.post("/v1/recognize", DRAWING).status == 200


def test_requests_with_random_bytes_get_a_response(client, rng):
    requests = [request for request, _ in MALFORMED.values() if len(request) < 5_000]
    requests += [post(DRAWING), post(DRAWING, path="/v1/recognize?mode=line&image=true")] * 20
    for number in rng.integers(len(requests), size=300):
        request = bytearray(requests[number])
        for at in rng.integers(len(request), size=rng.integers(1, 4)):
            request[at] = rng.integers(256)
        with client.connect() as connection, connection.makefile("rb") as stream:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            answer = read_answer(stream)
        assert 200 <= answer.status < 500, bytes(request)
        if answer.status >= 400:
            assert list(answer.json) == ["error"]


def test_the_page_is_served(client, page):
    assert client.get("/").body == (page / "index.html").read_bytes()
    assert "default-src 'none'" in client.get("/").headers["content-security-policy"]


def test_the_server_s_own_page_may_post(client):
    headers = ("Origin: http://localhost", "Sec-Fetch-Site: same-origin")
    assert client.post("/v1/recognize", DRAWING, "application/json", *headers).status == 200


def test_a_wrong_method_says_the_right_one(client):
    assert client.get("/v1/undo").headers["allow"] == "POST"
    assert client.post("/", b"").headers["allow"] == "GET"
    assert client.post("/openapi.json", b"").status == 405


@pytest.mark.parametrize("path", ["/v1/learn", "/v1/undo"])
def test_other_computers_may_recognize_but_not_teach(models, page, path):
    application = DigitsApplication(models, page, "0.0.0.0")
    headers = {"host": "192.0.2.1", "content-type": "application/json"}
    with pytest.raises(HttpError) as caught:
        application.body_bytes(Request("POST", path, "", headers, "192.0.2.7"))
    assert (caught.value.status, str(caught.value)) == (403, f"{path}: only for this computer")
    assert application.body_bytes(Request("POST", path, "", headers, "127.0.0.1")) >= 0
    request = Request("POST", "/v1/recognize", "", headers, "192.0.2.7", DRAWING)
    assert application.body_bytes(request) > 0
    assert asyncio.run(application.respond(request)).status == 200


def test_a_name_can_be_allowed(models, page):
    with serving(DigitsApplication(models, page, "127.0.0.1", ["digits.example"])) as client:
        request = b"GET / HTTP/1.1\r\nHost: digits.example\r\nConnection: close\r\n\r\n"
        assert client.send(request).status == 200


def test_memory_that_does_not_suffice_is_an_error_in_one_line(client, monkeypatch):
    def fail(*arguments):
        raise MemoryError

    monkeypatch.setattr("apps.web.server.bodies.decode_picture", fail)
    answer = client.post("/v1/recognize", b"x", "image/png")
    assert (answer.status, answer.json) == (413, {"error": "too large for this machine's memory"})
