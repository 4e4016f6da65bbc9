"""An OpenAI-compatible server on this machine that says what a test tells it to."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Saying = Callable[[dict[str, Any]], Iterable[bytes]]
"""Given a request for a completion, the events to send; each is sent at once."""


def event(delta: dict[str, Any], *, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    return f"data: {json.dumps({**chunk, 'choices': [choice]})}\n\n".encode()


def draft(*pieces: str) -> Iterator[bytes]:
    """A draft as servers stream it, from the first role to the last usage."""
    yield event({"role": "assistant", "content": None})
    yield from (event({"content": piece}) for piece in pieces)
    yield event({}, finish="stop")
    yield b'data: {"id": "c", "object": "chat.completion.chunk", "choices": []}\n\n'
    yield b"data: [DONE]\n\n"


class Speaker:
    """The server; ``with`` starts and stops it.

    Attributes:
        say: What it answers to a request for a completion; an exception breaks the connection.
        refuse: A status and a body to answer everything with instead.
        models: What it lists.
        requests: Paths, headers and bodies of what it was asked, in order.
        hung_up: Set when a client closed the connection before the draft's end.
    """

    def __init__(self) -> None:
        self.say: Saying = lambda _: draft("Halo")
        self.refuse: tuple[int, bytes] | None = None
        self.models = ["gemma", "qwen"]
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.hung_up = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.01))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(speaker) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - self is the handler
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._note({})
                listed = [{"id": name, "object": "model"} for name in speaker.models]
                self._answer(json.dumps({"object": "list", "data": listed}).encode())

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self._note(body)
                if speaker.refuse:
                    self._answer(b"")
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.close_connection = True
                try:
                    for sent in speaker.say(body):
                        self._chunk(sent)
                    self._chunk(b"")
                except ConnectionError:
                    speaker.hung_up.set()

            def _chunk(self, data: bytes) -> None:
                self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

            def _note(self, body: dict[str, Any]) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                speaker.requests.append((self.path, headers, body))

            def _answer(self, body: bytes) -> None:
                status, body = speaker.refuse or (200, body)
                kind = "text/html" if body.startswith(b"<") else "application/json"
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler
