"""Measure the server under load: `python scripts/load.py`.

Starts ``python -m apps.web`` and prints the time to its first answer; how long 50 clients at once wait for answers,
alone and while pictures of 12 million pixels are recognized; whether malformed and oversized requests are all refused;
and the memory before and after.
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("load.py")  # before the slow imports

# isort: split
import asyncio
import contextlib
import io
import itertools
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from typing import Any

import numpy as np
from PIL import Image

from apps.cli import runs
from apps.cli.arguments import Parser, UsageError, add_arguments, positive_int
from apps.cli.command import PARTLY_FAILED, SUCCESS, command
from apps.cli.outputs import JSON, Output, check_outputs
from nn import platforms
from nn.digits import synthesis
from scripts.malformed_requests import MALFORMED, post

#: Height and width of the pictures.
PICTURE = (3000, 4000)

#: Seconds after which a request counts as not answered.
TIMEOUT = 30.0


class Server:
    """A running server.

    Attributes:
        port: where it listens.
        ready: seconds from its start to its first answer.
    """

    def __init__(self, process: subprocess.Popen[str], started: float) -> None:
        assert process.stdout is not None
        self._pid = process.pid
        found = re.search(r":(\d+)/", process.stdout.readline())
        if found is None:
            raise UsageError("the server did not start")
        self.port = int(found[1])
        asyncio.run(self.check())
        self.ready = time.perf_counter() - started

    async def check(self) -> None:
        """Recognize one drawing.

        Raises:
            UsageError: the answer is not 200.
        """
        if (status := await self.status(_drawings()[0])) != 200:
            raise UsageError(f"the server answered {status}")

    async def status(self, request: bytes) -> int:
        """The status of the response to a request on a new connection."""
        async with asyncio.timeout(TIMEOUT), self.connection() as (reader, writer):
            with contextlib.suppress(ConnectionError):  # it may answer before it has read everything
                writer.write(request)
                await writer.drain()
            status = int((await reader.readline()).split()[1])
            await reader.read()
            return status

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A new connection to it, closed at the end of the block."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.close()

    def memory(self) -> float:
        """Its resident memory in MiB; NaN where the system does not report it."""
        return platforms.rss_mib(self._pid) or float("nan")


@contextlib.contextmanager
def running(arguments: Sequence[str]) -> Iterator[Server]:
    """A server in another process."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "apps.web", "--no-open", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(process, started)
        finally:
            process.send_signal(signal.SIGTERM)


async def clients(server: Server, count: int, requests: int) -> list[float]:
    """The latency in seconds of each request of concurrent clients, which send one request after the other."""
    seconds: list[float] = []
    drawings = _drawings()

    async def client(number: int) -> None:
        async with server.connection() as (reader, writer):
            for step in range(requests):
                started = time.perf_counter()
                writer.write(drawings[(number + step) % len(drawings)].replace(b"Connection: close\r\n", b""))
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(int(re.findall(rb"Content-Length: (\d+)", head)[0]))
                if not head.startswith(b"HTTP/1.1 200 ") or "label" not in json.loads(body):
                    raise UsageError(f"the server answered {head[:40]!r}")
                seconds.append(time.perf_counter() - started)

    async with asyncio.timeout(TIMEOUT + count * requests * 0.1):
        await asyncio.gather(*map(client, range(count)))
    return seconds


async def beside_pictures(server: Server, count: int, requests: int) -> list[float]:
    """As `clients`, while one more client sends pictures."""
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(200, 256, PICTURE, np.uint8)).save(buffer, "JPEG")
    picture = post(buffer.getvalue(), kind="image/jpeg")

    async def pictures() -> None:
        while True:
            await server.status(picture)

    task = asyncio.create_task(pictures())
    try:
        return await clients(server, count, requests)
    finally:
        task.cancel()


async def refused(server: Server, count: int, at_once: int = 50) -> dict[str, int]:
    """Send malformed requests; return the names and statuses of those with an unexpected status, 0 for no response."""
    waiting = list(itertools.islice(itertools.cycle(MALFORMED.items()), count))
    wrong: dict[str, int] = {}

    async def client() -> None:
        while waiting:
            name, (request, expected) = waiting.pop()
            try:
                status = await server.status(request)
            except (OSError, IndexError, TimeoutError):
                status = 0
            if status != expected:
                wrong[name] = status

    await asyncio.gather(*(client() for _ in range(at_once)))
    return wrong


def _drawings() -> list[bytes]:
    """Requests to recognize synthetic digits."""
    rng = np.random.default_rng(0)
    samples = [synthesis.sample(label, rng) for label in range(10)]
    return [post(json.dumps({"strokes": [stroke.tolist() for stroke in sample]}).encode()) for sample in samples]


def _summary(seconds: Sequence[float]) -> dict[str, float]:
    percentiles = 1e3 * np.percentile(seconds, [50, 95, 100])
    return {"n": len(seconds)} | dict(zip(("median", "p95", "max"), percentiles.tolist(), strict=True))


@command("load.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    parser = Parser((__doc__ or "").split("\n")[0])
    add_arguments(parser, "weights", "metrics")
    for name, default, text in (
        ("clients", 50, "at once"),
        ("requests", 40, "of each client"),
        ("malformed", 1000, "malformed requests"),
    ):
        parser.add_argument(f"--{name}", type=positive_int, metavar="N", default=default, help=f"{text} (%(default)s)")
    arguments = parser.parse_args(argv)
    check_outputs(Output("--metrics", arguments.metrics, JSON))
    weights = [] if arguments.weights is None else ["--weights", str(arguments.weights)]
    figures: dict[str, Any] = {"clients": arguments.clients, "malformed": arguments.malformed}
    with running(weights) as server:
        figures["ready_ms"] = 1e3 * server.ready
        print(f"ready after {figures['ready_ms']:.0f} ms")
        phases: dict[str, Callable[..., Coroutine[Any, Any, list[float]]]] = {
            "strokes_ms": clients,
            "beside_pictures_ms": beside_pictures,
        }
        for name, phase in phases.items():
            asyncio.run(phase(server, arguments.clients, 2))  # the first answers fill the caches
            times = figures[name] = _summary(asyncio.run(phase(server, arguments.clients, arguments.requests)))
            print(
                f"{name.removesuffix('_ms').replace('_', ' '):16}  n {times['n']}  median {times['median']:.1f} ms  "
                f"p95 {times['p95']:.1f} ms  max {times['max']:.1f} ms"
            )
        asyncio.run(refused(server, len(MALFORMED)))
        before = server.memory()
        started = time.perf_counter()
        wrong = asyncio.run(refused(server, arguments.malformed))
        seconds = time.perf_counter() - started
        after = server.memory()
        asyncio.run(server.check())
    figures |= {"wrong": wrong, "memory_before_mib": before, "memory_after_mib": after}
    for name, status in wrong.items():
        print(f"{name}: expected {MALFORMED[name].status}, found {status or 'no answer'}", file=sys.stderr)
    print(f"{arguments.malformed} malformed requests in {seconds:.1f} s, {len(wrong)} kinds with an unexpected status")
    print(f"memory {before:.1f} MiB before them, {after:.1f} MiB after")
    print(machine := runs.machine())
    runs.write_json({**figures, "machine": machine, "versions": runs.versions()}, arguments.metrics)
    return PARTLY_FAILED if wrong else SUCCESS


if __name__ == "__main__":
    sys.exit(main())
