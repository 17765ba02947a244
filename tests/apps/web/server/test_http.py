"""HTTP within limits: what is answered, what is refused, and how a connection ends."""

import asyncio
import json
import threading

import pytest

from apps.web.server.http import HttpError, HttpServer, Limits, Request, Response
from tests.apps.web.client import read_answer, serving

LARGE = 50_000_000


class Echo:
    """Answers what it was sent; ``/wait`` when it is told to, ``/bug`` not at all, and ``/large`` at length."""

    def __init__(self):
        self.go = threading.Event()
        self.waiting = threading.Event()

    def body_bytes(self, request):
        if request.path == "/secret":
            raise HttpError(403, "secret")
        return 100_000

    async def respond(self, request):
        if request.path == "/bug":
            raise ZeroDivisionError("a detail")
        if request.path == "/large":
            return Response(bytes(LARGE))
        if request.path == "/wait":
            self.waiting.set()
            await asyncio.to_thread(self.go.wait)
        return Response(request.body or request.path.encode(), headers={"Query": request.query})

    def headers(self):
        return {"Everywhere": "yes"}


@pytest.fixture
def echo():
    echo = Echo()
    yield echo
    echo.go.set()


@pytest.fixture
def client(echo):
    with serving(echo) as client:
        yield client


def test_a_request_is_answered_with_the_headers_of_every_answer(client):
    answer = client.get("/a%20b?c=d")
    assert (answer.status, answer.body, answer.headers["query"]) == (200, b"/a b", "c=d")
    assert answer.headers["everywhere"] == "yes"
    assert answer.headers["connection"] == "close"
    assert answer.headers["date"].endswith(" GMT")


def test_requests_on_one_connection_are_answered_in_their_order(client):
    with client.connect() as connection, connection.makefile("rb") as stream:
        for _ in range(2):
            requests = [b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n%d" % number for number in range(3)]
            connection.sendall(b"".join(requests))
            answers = [read_answer(stream) for _ in requests]
            assert [answer.body for answer in answers] == [b"0", b"1", b"2"]
            assert answers[0].headers["connection"] == "keep-alive"


def test_a_request_may_come_byte_by_byte(client):
    with client.connect() as connection, connection.makefile("rb") as stream:
        for byte in b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab":
            connection.sendall(bytes([byte]))
        assert read_answer(stream).body == b"ab"


def test_http_1_0_and_connection_close_end_the_connection(client):
    for request in (b"GET / HTTP/1.0\r\nHost: h\r\n\r\n", b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n"):
        with client.connect() as connection, connection.makefile("rb") as stream:
            connection.sendall(request)
            assert read_answer(stream).status == 200
            assert read_answer(stream) is None


def test_a_head_request_gets_only_the_headers(client):
    with client.connect() as connection, connection.makefile("rb") as stream:
        connection.sendall(b"HEAD /abc HTTP/1.1\r\nHost: h\r\n\r\n")
        assert read_answer(stream, with_body=False).headers["content-length"] == "4"
        connection.sendall(b"GET /d HTTP/1.1\r\nHost: h\r\n\r\n")
        assert read_answer(stream).body == b"/d"


def test_a_client_may_wait_until_its_body_is_asked_for(client):
    with client.connect() as connection, connection.makefile("rb") as stream:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert read_answer(stream).status == 100
        connection.sendall(b"ab")
        assert read_answer(stream).body == b"ab"


def test_a_refused_body_is_not_asked_for(client):
    head = b"POST /secret HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    assert client.send(head).status == 403


def test_the_answer_to_a_refused_request_arrives_while_the_client_still_sends(client):
    answer = client.send(b"POST /secret HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n" + bytes(20_000_000))
    assert (answer.status, answer.json) == (403, {"error": "secret"})


def test_a_bug_is_printed_and_the_client_sees_no_detail(client, capfd):
    answer = client.get("/bug")
    assert (answer.status, answer.json) == (500, {"error": "internal error; see the server's log"})
    assert "ZeroDivisionError: a detail" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (b"POST / HT", "the request's head took too long"),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab", "body: took too long"),
    ],
)
def test_slow_requests_are_refused(echo, sent, message):
    with serving(echo, Limits(head_seconds=0.05, body_seconds=0.05)) as client:
        answer = client.send(sent)
    assert (answer.status, answer.json) == (408, {"error": message})


def test_slow_answers_are_given_up(echo):
    with serving(echo, Limits(response_seconds=0.05)) as client:
        assert client.get("/wait").status == 503
        echo.go.set()


def test_idle_connections_are_closed_without_an_answer(echo):
    with serving(echo, Limits(idle_seconds=0.05)) as client, client.connect() as connection:
        assert connection.recv(1) == b""


def test_a_client_that_does_not_read_is_dropped(echo):
    with serving(echo, Limits(send_seconds=0.05, connections=1)) as client, client.connect() as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
        while client.get("/").status != 200:  # the one connection is in use
            pass
        received = 0
        while chunk := connection.recv(1 << 20):
            received += len(chunk)
        assert received < LARGE


def test_more_connections_than_the_limit_are_told_to_come_again(echo):
    with serving(echo, Limits(connections=1)) as client, client.connect() as first, first.makefile("rb") as stream:
        first.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert read_answer(stream).status == 200
        answer = client.get("/")
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")


def test_half_a_request_is_refused(client):
    for sent, message in (
        (b"GET / HTTP/1.1\r\nHost", "the request's head is not complete"),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab", "body: expected 5 bytes, found 2"),
    ):
        with client.connect() as connection, connection.makefile("rb") as stream:
            connection.sendall(sent)
            connection.shutdown(1)
            answer = read_answer(stream)
            assert (answer.status, answer.json) == (400, {"error": message})


def test_closing_closes_idle_connections(echo):
    with serving(echo) as client:
        connection = client.connect()
        stream = connection.makefile("rb")
        connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert read_answer(stream).status == 200
    with connection, stream:
        assert stream.read() == b""


def test_closing_waits_for_answers_in_progress(echo):
    async def scenario():
        server = HttpServer(echo)
        port = await server.start("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /wait HTTP/1.1\r\nHost: h\r\n\r\n")
        await asyncio.to_thread(echo.waiting.wait)
        closing = asyncio.create_task(server.close())
        await asyncio.sleep(0)
        echo.go.set()
        answer = await reader.read()
        writer.close()
        await closing
        return answer

    answer = asyncio.run(scenario())
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Connection: close" in answer


def test_the_media_type_is_without_parameters():
    request = Request("POST", "/", "", {"content-type": "Application/JSON; charset=utf-8"}, "")
    assert request.content_type == "application/json"
    assert Request("POST", "/", "", {}, "").content_type == ""


def test_errors_are_one_line():
    response = HttpError(400, "a\nb").response()
    assert json.loads(response.body) == {"error": "a b"}
