"""A model behind any OpenAI-compatible server: llama-server, Ollama, LM Studio, vLLM.

The only file that knows the openai package.
"""

import re
from collections.abc import AsyncIterator, Sequence
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from models.background import pieces_of
from models.drafts import Thinking
from rag.errors import ModelError, ModelMissingError, PromptTooLongError, SettingsError
from rag.ports import ChatPrompt, Message, Pieces, Prompt, PromptForm

if TYPE_CHECKING:
    from openai import APIError, AsyncOpenAI

CONNECT = 5.0  # seconds to reach the server
SILENCE = 600.0  # seconds without a word: a long prompt takes minutes on a slow machine

_COUNTED = re.compile(r"[^\W\d_]+|[^\s]|\n")
_MESSAGE = 8  # tokens that a template puts around a message
_LETTERS = 3  # of a word, in one token
# How chat templates spell control tokens: <|im_start|>, <end_of_turn>, </s>, <<SYS>>, [/INST].
_CONTROL = re.compile(r"<(?=[^\s<>]+>)|\[(?=/?[A-Z_]+\])")
_SAID = 300  # characters of a server's message; some answer with a whole page


class ServerGenerator:
    """Writes with a model that a server runs.

    It speaks to the given address and to nothing else: through no proxy, after no redirection,
    and with no key from the environment, which is somebody else's.

    Args:
        base_url: Up to and including the ``/v1`` that most servers have.
        model: As the server names it; None for the first that it lists.
        api_key: If the server wants one.
        context_window: How many tokens the server gives prompt and draft together; it is not
            asked, because there is no common way to.
    """

    def __init__(
        self,
        base_url: str,
        *,
        model: str | None = None,
        api_key: str | None = None,
        context_window: int,
    ) -> None:
        _require_address(base_url)
        self._base_url = base_url
        self._model = model
        self._api_key = api_key
        self._context_window = context_window

    @property
    def name(self) -> str:
        """The model, as far as it is known, or else the server."""
        return self._model or self._base_url

    @property
    def form(self) -> PromptForm:
        return PromptForm.CHAT

    @property
    def context_window(self) -> int:
        return self._context_window

    def count_tokens(self, prompt: Prompt) -> int:
        """A cautious estimate: about half as much again as Indonesian and English news need.

        A token for every three letters of a word, and one for every digit, mark and line break.
        """
        return sum(_MESSAGE + _estimate(message.text) for message in _messages(prompt))

    def stream(self, prompt: Prompt, *, max_tokens: int) -> Pieces:
        needed = self.count_tokens(prompt) + max_tokens
        if needed > self._context_window:
            raise PromptTooLongError(needed=needed, context_window=self._context_window)
        messages = [{"role": m.role.value, "content": m.text} for m in _messages(prompt)]
        yield from pieces_of(lambda: self._draft(messages, max_tokens))

    async def _draft(self, messages: Any, max_tokens: int) -> AsyncIterator[str]:
        from openai import APIError

        thinking = Thinking()
        begun = heard = finished = False
        try:
            async with self._client() as client:
                self._model = self._model or await self._first_model(client)
                chunks = await client.chat.completions.create(
                    model=self._model,
                    messages=messages,
                    max_tokens=max_tokens,
                    temperature=0,
                    stream=True,
                )
                begun = True
                async for chunk in chunks:
                    heard = True
                    for choice in chunk.choices[:1]:
                        yield thinking.add(choice.delta.content or "")
                        finished = finished or choice.finish_reason is not None
        except APIError as error:
            raise self._explained(error, begun=begun) from error
        except JSONDecodeError as error:
            raise self._stranger() from error
        if not finished:  # A server that dies may look like one that is done.
            raise self._broken_off() if heard else self._stranger()
        yield thinking.rest()

    def _client(self) -> "AsyncOpenAI":
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

        client = AsyncOpenAI(
            base_url=self._base_url,
            # Never None: the package would send the person's own OpenAI key to this server.
            api_key=self._api_key or "none",
            admin_api_key="",
            max_retries=1,
            http_client=DefaultAsyncHttpxClient(
                timeout=Timeout(SILENCE, connect=CONNECT), trust_env=False, follow_redirects=False
            ),
        )
        # The package takes these from the environment; they are not for this server either.
        client.organization = client.project = None
        return client

    async def _first_model(self, client: "AsyncOpenAI") -> str:
        try:
            listed = await client.models.list()
        except AttributeError as error:  # The package takes any answer for a list.
            raise self._stranger() from error
        if listed.data:
            return listed.data[0].id
        raise ModelMissingError(
            f"The server at {self._base_url} has no model.",
            remedy="Load a model there, or name one with `server_model`.",
        )

    def _explained(self, error: "APIError", *, begun: bool) -> ModelError:
        """What the package raised, in words for the person."""
        import openai

        match error:
            case openai.APITimeoutError():
                return ModelError(
                    f"The server at {self._base_url} was silent for too long.",
                    remedy="See whether it is still at work, or ask a shorter question.",
                )
            case openai.APIConnectionError():
                return self._broken_off() if begun else self._unreachable()
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                return ModelError(
                    f"The server at {self._base_url} does not let Kliping in: {_said(error)}.",
                    remedy="Set its key with `server_key`.",
                )
            case openai.NotFoundError():
                return ModelMissingError(
                    f"The server at {self._base_url} does not find "
                    f"{self._model or 'its list of models'}: {_said(error)}.",
                    remedy="Check `server_model`, and the address: most of them end in /v1.",
                )
            case openai.BadRequestError() if "context" in error.message.lower():
                return ModelError(
                    f"The server at {self._base_url} holds less than it was given: {_said(error)}.",
                    remedy="Set `context_window` to what the server was started with.",
                )
            case _:
                return ModelError(
                    f"The server at {self._base_url} cannot answer: {_said(error)}.",
                    remedy="Look into its log for the reason, then ask again.",
                )

    def _unreachable(self) -> ModelError:
        return ModelMissingError(
            f"Nothing answers at {self._base_url}.",
            remedy="Start the server, or correct the address in `generator`.",
        )

    def _broken_off(self) -> ModelError:
        return ModelError(
            f"The server at {self._base_url} broke off in the middle of the draft.",
            remedy="See whether it is still running, then ask again.",
        )

    def _stranger(self) -> ModelError:
        return ModelError(
            f"What answers at {self._base_url} is not an OpenAI-compatible server.",
            remedy="Correct the address in `generator`: most of them end in /v1.",
        )


def _require_address(base_url: str) -> None:
    try:
        parts = urlsplit(base_url)
        sensible = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        sensible = False
    if not sensible:
        raise SettingsError(
            f"{base_url!r} is not the address of a server.",
            remedy='Write it like "http://127.0.0.1:8080/v1".',
        )


def _messages(prompt: Prompt) -> Sequence[Message]:
    if not isinstance(prompt, ChatPrompt):
        raise TypeError("a server takes conversations; give it a ChatPrompt")
    return [Message(message.role, _harmless(message.text)) for message in prompt.messages]


def _harmless(text: str) -> str:
    """Put a space into what could be a control token.

    A server cuts the whole rendered conversation into tokens as one text, and then an article
    that spells out the end of its turn would end it.
    """
    return _CONTROL.sub(r"\g<0> ", text)


def _estimate(text: str) -> int:
    return sum(-(-len(counted) // _LETTERS) for counted in _COUNTED.findall(text))


def _said(error: "APIError") -> str:
    """The server's own words, in one line of bearable length."""
    said = error.body.get("message") if isinstance(error.body, dict) else None
    words = " ".join(str(said or error.message).split())
    return words.removesuffix(".") if len(words) <= _SAID else f"{words[:_SAID]} …"
