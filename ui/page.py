"""Serves the page, to this machine alone unless there is a password.

Gradio is known to the files of the page alone, and those are imported only when it is served.
"""

import asyncio
import hmac
import ipaddress
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import gradio as gr  # noqa: TID253 - the page is itself imported only on use
import uvicorn
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.errors import PageError
from rag.values import Language
from ui.page_layout import build_page
from ui.page_room import PageRoom
from ui.page_theme import theme
from ui.words import WORDS

_STYLE = Path(__file__).with_name("page.css")
_ICON = Path(__file__).with_name("page.svg")
_LARGEST_UPLOAD = "20mb"  # Nothing larger is read as an article.
_PATIENCE = 1
"""Seconds that open pages are given when the page is closed: they never hang up by themselves."""


def serve(room: PageRoom, *, host: str, port: int, password: str | None = None) -> None:
    """Serve the page until the person interrupts or ends it.

    Raises:
        PageError: as ``opened`` says.
    """
    # Ended like interrupted: uploads that are still to be read do not outlive the page.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with opened(room, host=host, port=port, password=password) as address:
        room.say(WORDS[Language(room.settings.page_language)].page_is_at.format(address=address))
        # In short sleeps: an endless wait cannot be interrupted on Windows.
        while True:
            time.sleep(1)


@contextmanager
def opened(room: PageRoom, *, host: str, port: int, password: str | None = None) -> Iterator[str]:
    """Serve the page as long as the context lasts, and say at which address.

    Args:
        room: The parts behind the page.
        host: Where to listen; beyond this machine a password is needed.
        port: 0 for any that is free.
        password: Whoever opens the page has to know it.

    Raises:
        PageError: others could open it without a password, or the port cannot be had.
    """
    if not _is_this_machine(host) and not password:
        raise PageError(
            f"A page at {host} can be opened from other machines, so it needs a password.",
            remedy="Give --password, or serve this machine alone: --host 127.0.0.1.",
        )
    with _listening(host, port) as door, tempfile.TemporaryDirectory(prefix="kliping-") as uploads:
        # Gradio's own folder is shared by all who use the machine, and outlives the page.
        os.environ["GRADIO_TEMP_DIR"] = uploads
        # Nobody looks at the statistics that Gradio makes of every event, with pandas.
        os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(sys.maxsize)
        started: Future[uvicorn.Server] = Future()
        serving = threading.Thread(
            target=_run, args=(room, host, password, door, started), name="page", daemon=True
        )
        serving.start()
        server = started.result()
        try:
            yield _address(host, door.getsockname()[1])
        finally:
            # Otherwise it counts the open pages that it hangs up on, as an error.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            server.should_exit = True
            serving.join()


def _run(
    room: PageRoom,
    host: str,
    password: str | None,
    door: socket.socket,
    started: Future[uvicorn.Server],
) -> None:
    async def work() -> None:
        # Built where it runs: Gradio ties parts of the page to the event loop it finds.
        application = _application(room, host, password)
        config = uvicorn.Config(
            application, log_level=logging.WARNING, timeout_graceful_shutdown=_PATIENCE
        )
        server = uvicorn.Server(config)
        started.set_result(server)
        await server.serve(sockets=[door])

    try:
        asyncio.run(work())
    except BaseException as error:
        if started.done():
            raise
        started.set_exception(error)  # Whoever waits for the start gets to know.


def _application(room: PageRoom, host: str, password: str | None) -> FastAPI:
    """The page as an application. Gradio's own ``launch`` would look for itself via proxies."""
    guards = [Middleware(_FromThisPageAlone)]
    if not password:
        guards.append(_only_by_name_of_this_machine(host))
    application: FastAPI = gr.mount_gradio_app(
        FastAPI(middleware=guards, openapi_url=None),
        build_page(room),
        path="/",
        auth=_gate(password) if password else None,
        auth_message=WORDS[Language(room.settings.page_language)].sign_in,
        theme=theme(),
        css_paths=_STYLE,
        favicon_path=str(_ICON),
        footer_links=[],
        run_history=False,  # It would keep every question in the browser.
        show_error=False,  # It would show Python's words; the page has its own.
        max_file_size=_LARGEST_UPLOAD,
        enable_monitoring=False,
        mcp_server=False,
        ssr_mode=False,
        pwa=False,
    )
    return application


class _FromThisPageAlone:
    """Refuses what another site's page sends here; browsers name the page that sends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            if origin and urlsplit(origin).netloc != headers.get("host"):
                refusal = PlainTextResponse("Requests of other sites are refused.", 403)
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _listening(host: str, port: int) -> socket.socket:
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    try:
        return socket.create_server((bare, port), family=family)
    except (OSError, OverflowError) as error:
        raise PageError(
            f"The page cannot be served at {host}, port {port}: {error}.",
            remedy="Close what uses the port, or choose another one with --port.",
        ) from error


def _address(host: str, port: int) -> str:
    bare = host.strip("[]")
    named = {"0.0.0.0": "localhost", "::": "localhost"}.get(bare, bare)  # noqa: S104 - compared
    return f"http://[{named}]:{port}/" if ":" in named else f"http://{named}:{port}/"


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _gate(password: str) -> Callable[[str, str], bool]:
    """Let in whoever knows the password, under any name."""
    return lambda _, given: hmac.compare_digest(given.encode(), password.encode())


def _only_by_name_of_this_machine(host: str) -> Middleware:
    """Answer to no other name: a foreign site may point its own at 127.0.0.1, and read along."""
    names = ["127.0.0.1", "localhost", "::1", "[::1]", host]
    return Middleware(TrustedHostMiddleware, allowed_hosts=names)
