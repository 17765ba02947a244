"""Serve the page to draw on, and recognition over HTTP, on this computer.

python -m apps.web [--host ADDRESS] [--port N] [--no-open] [--weights FILE]
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("apps.web")  # before the slow imports

# isort: split
import asyncio
import contextlib
import errno
import functools
import sys
import threading
import webbrowser
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from apps.cli.arguments import Parser, UsageError, add_arguments, port_number, user_path
from apps.cli.command import command
from apps.models import ModelFolder, load_with_corrections
from apps.web.server.application import DigitsApplication
from apps.web.server.http import HttpServer
from nn.platforms import start_thread

PAGE = Path(__file__).parent / "page"
PORT = 8000


@command("apps.web")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    arguments = _parser().parse_args(argv)
    models = ModelFolder(arguments.weights, functools.partial(load_with_corrections, program="apps.web"))
    if not models.current.path.is_file():
        raise UsageError(f"{models.current.path}: expected a file of weights, found nothing")
    application = DigitsApplication(models, arguments.page, arguments.host, arguments.allow_host)
    application.engine.recognizer(models.current)  # an error ends the program here
    signum = asyncio.run(serve(application, arguments.host, arguments.port, open_browser=not arguments.no_open))
    raise signals.Interrupted(signum)


async def serve(application: DigitsApplication, host: str, port: int, *, open_browser: bool = False) -> int:
    """Serve until Ctrl-C or SIGTERM, and return the number of the signal.

    Raises:
        UsageError: the address can't be used.
    """
    server = HttpServer(application)
    try:
        port = await server.start(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(f"port {port} of {host} is in use; --port N chooses another, 0 a free one") from None
        raise UsageError(f"{host}, port {port}: can't listen there: {error.strerror or error}") from None
    stopped: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    with _set_on_signals(stopped):
        url = _url(host, port)
        print(f"Serving on {url} (Ctrl-C stops)", flush=True)
        if open_browser:
            with contextlib.suppress(OSError):  # no more threads: the user opens the URL
                start_thread(threading.Thread(target=webbrowser.open, args=(url,), daemon=True))
        warm_up = asyncio.create_task(application.engine.warm_up())
        signum = await stopped
        warm_up.cancel()
        await server.close()
        return signum


def _url(host: str, port: int) -> str:
    """The URL of the server on this computer.

    >>> _url("127.0.0.1", 8000), _url("0.0.0.0", 80), _url("::", 80)
    ('http://127.0.0.1:8000/', 'http://127.0.0.1:80/', 'http://[::1]:80/')
    """
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


@contextlib.contextmanager
def _set_on_signals(stopped: asyncio.Future[int]) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM within the block sets the future's result to the number of the signal."""
    loop = asyncio.get_running_loop()

    def set_result(signum: int) -> None:
        if not stopped.done():
            stopped.set_result(signum)

    def stop(signum: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(set_result, signum)

    with signals.handling(dict.fromkeys(signals.not_ignored(), stop)):
        yield


def _parser() -> Parser:
    parser = Parser((__doc__ or "").split("\n")[0], prog="python -m apps.web")
    parser.add_argument(
        "--host", metavar="ADDRESS", default="127.0.0.1",
        help="address to listen on; with 0.0.0.0 other computers can connect (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--port",
        metavar="N",
        type=port_number,
        default=PORT,
        help="port; 0: a free one (default: %(default)s)",
    )
    parser.add_argument("--no-open", action="store_true", help="do not open the browser")
    parser.add_argument(
        "--allow-host", metavar="NAME", action="append", default=[],
        help="further name of the server, such as that of a proxy; repeatable",
    )  # fmt: skip
    add_arguments(parser, "weights")
    parser.add_argument("--page", metavar="DIR", type=user_path, default=PAGE, help="folder of another page to serve")
    return parser


if __name__ == "__main__":
    sys.exit(main())
