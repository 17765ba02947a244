"""Requests that the server must reject, each with the expected status."""

import json
from typing import NamedTuple

#: A drawing that is valid.
DRAWING = json.dumps({"strokes": [[[0, 0], [60, 0], [20, 100]]]}).encode()


class Malformed(NamedTuple):
    """The bytes of a request, and the status of its answer."""

    request: bytes
    status: int


def post(body: bytes, *headers: str, path: str = "/v1/recognize", kind: str = "application/json") -> bytes:
    """A POST request with this body, on a connection that is closed after it."""
    return _request(f"POST {path}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers) + body


def _request(line: str, *headers: str, host: str = "Host: localhost", version: str = "HTTP/1.1") -> bytes:
    return "\r\n".join([f"{line} {version}", host, "Connection: close", *headers, "", ""]).encode("latin-1")


def _strokes(text: str) -> bytes:
    return post(b'{"strokes": %s}' % text.encode())


_LENGTH = f"Content-Length: {len(DRAWING)}"
_JSON = "Content-Type: application/json"

MALFORMED = {
    # the request line
    "another protocol": Malformed(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "a future version": Malformed(_request("GET /", version="HTTP/2.0"), 400),
    "no version": Malformed(b"GET /\r\n\r\n", 400),
    "small letters": Malformed(_request("get /"), 400),
    "no slash": Malformed(_request("GET index.html"), 400),
    "a space in the path": Malformed(_request("GET /a b"), 400),
    "a line end without CR": Malformed(b"GET / HTTP/1.1\nHost: localhost\n\n", 400),
    "an empty line": Malformed(b"\r\n\r\n", 400),
    "a long path": Malformed(_request("GET /" + "a" * 20_000), 431),
    # the headers
    "no host": Malformed(b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": Malformed(_request("GET /", "Host: localhost"), 400),
    "a host that is none": Malformed(_request("GET /", host="Host: a b"), 400),
    "another host": Malformed(_request("GET /", host="Host: attacker.example"), 421),
    "another host with its port": Malformed(_request("GET /", host="Host: attacker.example:8000"), 421),
    "an address that is not loopback": Malformed(_request("GET /", host="Host: 192.0.2.1"), 421),
    "a user in the host": Malformed(_request("GET /", host="Host: localhost@attacker.example"), 400),
    "a header without colon": Malformed(_request("GET /", "Nothing"), 400),
    "a space before the colon": Malformed(_request("GET /", "Name : value"), 400),
    "a folded header": Malformed(_request("GET /", "Name: a", " b"), 400),
    "a control character": Malformed(_request("GET /", "Name: a\x00b"), 400),
    "spaces before a control character": Malformed(_request("GET /", "Name:" + " " * 16_000 + "\x00"), 400),
    "a bare CR": Malformed(_request("GET /", "Name: a\rb"), 400),
    "a large header": Malformed(_request("GET /", "Name: " + "a" * 200_000), 431),
    "many headers": Malformed(_request("GET /", *["N: v"] * 5_000), 431),
    "an unfulfillable expectation": Malformed(post(DRAWING, "Expect: nothing"), 417),
    # the length of the body
    "two lengths": Malformed(post(DRAWING, "Content-Length: 3"), 400),
    "the same length twice": Malformed(post(DRAWING, _LENGTH), 400),
    "a list of lengths": Malformed(_request("POST /v1/recognize", _JSON, "Content-Length: 3, 3"), 400),
    "a negative length": Malformed(_request("POST /v1/recognize", _JSON, "Content-Length: -1"), 400),
    "a signed length": Malformed(_request("POST /v1/recognize", _JSON, "Content-Length: +3") + b"abc", 400),
    "a hexadecimal length": Malformed(_request("POST /v1/recognize", _JSON, "Content-Length: 0x3") + b"abc", 400),
    "an endless length": Malformed(_request("POST /v1/recognize", _JSON, "Content-Length: " + "9" * 30), 400),
    "a length and chunks": Malformed(post(DRAWING, "Transfer-Encoding: chunked"), 411),
    "chunks": Malformed(
        _request("POST /v1/recognize", _JSON, "Transfer-Encoding: chunked") + b"3\r\nabc\r\n0\r\n\r\n", 411
    ),
    "chunks of an invalid size": Malformed(
        _request("POST /v1/recognize", _JSON, "Transfer-Encoding: chunked") + b"zz\r\n", 411
    ),
    "an unknown coding": Malformed(_request("POST /v1/recognize", _JSON, "Transfer-Encoding: gzip"), 411),
    "a large body": Malformed(post(b"[" * (2 << 20)), 413),
    "a huge body, announced": Malformed(_request("POST /v1/recognize", _JSON, "Content-Length: 99999999999"), 413),
    "a large picture": Malformed(post(bytes(11 << 20), kind="image/png"), 413),
    "a body for a file": Malformed(_request("GET /", "Content-Length: 1") + b"x", 413),
    # where the request comes from
    "another origin": Malformed(post(DRAWING, "Origin: http://attacker.example"), 403),
    "no origin of its own": Malformed(post(DRAWING, "Origin: null"), 403),
    "another port": Malformed(post(DRAWING, "Origin: http://localhost:1"), 403),
    "another site": Malformed(post(DRAWING, "Sec-Fetch-Site: cross-site"), 403),
    "the same site, another origin": Malformed(post(DRAWING, "Sec-Fetch-Site: same-site"), 403),
    "a read from another origin": Malformed(_request("GET /v1/models", "Origin: http://attacker.example"), 403),
    # the path and the query
    "no such file": Malformed(_request("GET /nothing.html"), 404),
    "a path upwards": Malformed(_request("GET /../../../../etc/passwd"), 404),
    "an encoded path upwards": Malformed(_request("GET /%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd"), 404),
    "a path upwards with backslashes": Malformed(_request("GET /..%5c..%5csetup.cfg"), 404),
    "an absolute path": Malformed(_request("GET //etc/passwd"), 404),
    "a path with a null byte": Malformed(_request("GET /index.html%00.png"), 404),
    "weights from elsewhere": Malformed(_request("GET /v1/weights?model=../weights/tiny"), 404),
    "no such call": Malformed(post(DRAWING, path="/v1/nothing"), 404),
    "another method": Malformed(_request("DELETE /v1/recognize"), 405),
    "a read of a call": Malformed(_request("GET /v1/recognize"), 405),
    "a write of a file": Malformed(_request("PUT /openapi.json"), 405),
    "a preflight": Malformed(_request("OPTIONS /v1/recognize", "Access-Control-Request-Method: POST"), 405),
    "an unknown parameter": Malformed(post(DRAWING, path="/v1/recognize?modus=line"), 400),
    "a parameter twice": Malformed(post(DRAWING, path="/v1/recognize?mode=line&mode=digit"), 400),
    "many parameters": Malformed(post(DRAWING, path="/v1/recognize?" + "mode=line&" * 100), 400),
    "an unknown mode": Malformed(post(DRAWING, path="/v1/recognize?mode=word"), 400),
    "a count that is too large": Malformed(post(DRAWING, path="/v1/nearest?count=33"), 400),
    "a count that is no number": Malformed(post(DRAWING, path="/v1/nearest?count=%D9%A3"), 400),
    "an unknown model": Malformed(post(DRAWING, path="/v1/recognize?model=../setup"), 404),
    # the body
    "no type": Malformed(_request("POST /v1/recognize", _LENGTH) + DRAWING, 415),
    "another type": Malformed(post(DRAWING, kind="text/plain"), 415),
    "a form of text": Malformed(post(DRAWING, kind="application/x-www-form-urlencoded"), 415),
    "a picture to learn from": Malformed(post(DRAWING, path="/v1/learn", kind="image/png"), 415),
    "no body": Malformed(post(b""), 400),
    "no JSON": Malformed(post(b"strokes"), 400),
    "no UTF-8": Malformed(post(b'{"strokes": "\xff"}'), 400),
    "a part of JSON": Malformed(post(DRAWING[:-3]), 400),
    "deep JSON": Malformed(post(b"[" * 500_000), 400),
    "a number with many digits": Malformed(_strokes(f"[[[{'9' * 5_000}, 0]]]"), 400),
    "a list": Malformed(post(b"[]"), 400),
    "no strokes": Malformed(post(b'{"stroke": []}'), 400),
    "strokes that are null": Malformed(_strokes("null"), 400),
    "strokes that are a number": Malformed(_strokes("7"), 400),
    "a stroke without points": Malformed(_strokes("[[]]"), 400),
    "a point of one number": Malformed(_strokes("[[[1]]]"), 400),
    "a point of three numbers": Malformed(_strokes("[[[1, 2, 3]]]"), 400),
    "a point of text": Malformed(_strokes('[[["1", "2"]]]'), 400),
    "a point of booleans": Malformed(_strokes("[[[true, false]]]"), 400),
    "a point of nulls": Malformed(_strokes("[[[null, 1]]]"), 400),
    "not a number": Malformed(_strokes("[[[NaN, 1]]]"), 400),
    "an infinite number": Malformed(_strokes("[[[1e999, 1]]]"), 400),
    "a large number": Malformed(_strokes("[[[1e10, 1]]]"), 400),
    "many strokes": Malformed(_strokes(f"[{', '.join(['[[1, 2]]'] * 1_001)}]"), 400),
    "no picture": Malformed(post(DRAWING, kind="image/png"), 400),
    "a part of a picture": Malformed(post(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", kind="image/png"), 400),
    "an animation": Malformed(post(b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", kind="image/png"), 400),
    "a form without a boundary": Malformed(post(DRAWING, kind="multipart/form-data"), 400),
    "a form without a file": Malformed(
        post(b"--b\r\nContent-Disposition: form-data\r\n\r\n--b--\r\n", kind="multipart/form-data; boundary=b"), 400
    ),
    "no samples": Malformed(post(b'{"samples": []}', path="/v1/learn"), 400),
    "a sample without a label": Malformed(post(b'{"samples": [%s]}' % DRAWING, path="/v1/learn"), 400),
    "a label that is no digit": Malformed(
        post(b'{"samples": [{"strokes": [[[0, 0], [9, 9]]], "label": 10}]}', path="/v1/learn"), 400
    ),
    "a blank drawing to learn from": Malformed(
        post(b'{"samples": [{"strokes": [], "label": 1}]}', path="/v1/learn"), 400
    ),
}  # fmt: skip
