"""A model that llama.cpp has loaded: its tokens, and what they are evaluated to.

This speaks llama.h through the binding that `models.llamacpp` hands over, and not through the
package's `Llama` class: that one evaluates in batches that depend on what was read before, so that
a reused beginning may change the draft; and while it loads, it redirects the output of the whole
process.
"""

import ctypes
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from models.native import Native
from models.templates import Segment, Template
from rag.errors import ModelError
from rag.values import Vector

_PIECE = 256  # bytes; the longest token of a vocabulary is far shorter


class Vocabulary:
    """A model's tokens. Safe to use from several threads at once.

    Attributes:
        begin: How the token that begins every prompt is spelled; empty if there is none.
        end: The same for the one that ends a text.
    """

    def __init__(self, library: Any, native: Native, model: Any) -> None:
        self._library = library
        self._native = native
        self._vocab = library.llama_model_get_vocab(model)
        self._size = int(library.llama_vocab_n_tokens(self._vocab))
        begin, end = library.llama_vocab_bos(self._vocab), library.llama_vocab_eos(self._vocab)
        self._first = [begin] if library.llama_vocab_get_add_bos(self._vocab) else []
        self.begin = self._spelling(begin)
        self.end = self._spelling(end)

    def __len__(self) -> int:
        return self._size

    def of_text(self, text: str) -> list[int]:
        """Tokens of a text to be continued; nothing in it is a control token."""
        return self._first + self._tokens(text)

    def of_conversation(self, segments: Sequence[Segment]) -> list[int]:
        """Tokens of a rendered conversation; control tokens come from its template alone.

        What stands between two control tokens is cut into tokens as one text, across the borders
        of segments, as llama.cpp itself would do it.
        """
        tokens: list[int] = []
        between = ""
        for segment in segments:
            rest = segment.text
            if segment.from_template:
                for control in self._controls(rest):
                    before, _, rest = rest.partition(self._spelling(control))
                    tokens += [*self._tokens(between + before), control]
                    between = ""
            between += rest
        tokens += self._tokens(between)
        return tokens if tokens[:1] == self._first else self._first + tokens

    def piece(self, token: int, *, control: bool) -> bytes:
        """What a token adds to a draft: perhaps a part of a character, perhaps nothing.

        Args:
            token: Of this vocabulary.
            control: Spell out a control token, too; otherwise it adds nothing.
        """
        buffer = ctypes.create_string_buffer(_PIECE)
        with self._native.in_use():
            length = self._library.llama_token_to_piece(
                self._vocab, token, buffer, _PIECE, 0, control
            )
        return buffer.raw[: max(length, 0)]

    def ends(self, token: int) -> bool:
        """Whether a model says with this token that its draft is complete."""
        with self._native.in_use():
            return bool(self._library.llama_vocab_is_eog(self._vocab, token))

    def _controls(self, text: str) -> list[int]:
        """The control tokens that are spelled out in a text, in order."""
        tokens = self._tokens(text, control=True)
        with self._native.in_use():
            return [t for t in tokens if self._library.llama_vocab_is_control(self._vocab, t)]

    def _spelling(self, token: int) -> str:
        if token < 0:
            return ""  # llama.cpp's way to say that a model has no such token
        with self._native.in_use():
            spelled: bytes = self._library.llama_vocab_get_text(self._vocab, token)
        return spelled.decode()

    def _tokens(self, text: str, *, control: bool = False) -> list[int]:
        if not text:
            return []  # Some tokenizers put a space before everything, even before nothing.
        data = text.encode(errors="replace")  # A terminal may pass on lone surrogates.
        room = len(data) + 8
        while True:
            tokens = (ctypes.c_int32 * room)()
            with self._native.in_use():
                count: int = self._library.llama_tokenize(
                    self._vocab, data, len(data), tokens, room, False, control
                )
            if count >= 0:
                return list(tokens[:count])
            room = -count


class Engine:
    """A loaded model with one context, for one caller at a time.

    A prompt is read in blocks of a fixed size that begin at its first token, and only whole blocks
    are kept for the next prompt. So a token is always evaluated in the same company, and what is
    reused is bit for bit what reading it again would give. (Sums of floats depend on the shape of
    a batch: to reuse a beginning of just any length changes some drafts.)

    Args:
        library: The binding of llama.h.
        native: Owns the context and the model.
        window: How many tokens the context holds.
        block: How many tokens are read at once.
        template: Words a conversation; None for a model that was only pretrained.
    """

    def __init__(
        self,
        library: Any,
        native: Native,
        context: Any,
        vocabulary: Vocabulary,
        *,
        window: int,
        block: int,
        template: Template | None,
    ) -> None:
        self.vocabulary = vocabulary
        self.context_window = window
        self.template = template
        self._library = library
        self._native = native
        self._context = context
        self._memory = library.llama_get_memory(context)
        self._block = block
        self._kept: list[int] = []  # tokens of whole blocks in the context, from its beginning
        # Also at exit: some backends (Metal) abort the process over memory that was not freed.
        self._finalizer = weakref.finalize(self, self._native.free)

    def read(self, prompt: Sequence[int]) -> Iterator[None]:
        """Read a prompt in the place of everything before it, pausing after each block."""
        known = self._go_back(self._known(prompt))
        for start in range(known, len(prompt), self._block):
            block = prompt[start : start + self._block]
            self._evaluate(block)
            if len(block) == self._block:
                self._kept.extend(block)
            yield

    def write(self, token: int) -> None:
        """Put one more token behind what was read and written."""
        self._evaluate([token])

    def logits(self) -> Vector:
        """How likely each token comes next: shape (len(vocabulary),), unnormalized."""
        with self._native.in_use():
            pointer = self._library.llama_get_logits_ith(self._context, -1)
            return np.ctypeslib.as_array(pointer, shape=(len(self.vocabulary),)).copy()

    def close(self) -> None:
        """Free all memory; whoever still reads or writes gets a ModelError."""
        self._finalizer()

    def _known(self, prompt: Sequence[int]) -> int:
        """How many tokens need not be read again: whole blocks, and never the last token."""
        known = 0
        while (end := known + self._block) < len(prompt) and end <= len(self._kept):
            if self._kept[known:end] != list(prompt[known:end]):
                break
            known = end
        return known

    def _go_back(self, known: int) -> int:
        """Forget all but the first ``known`` tokens; return how many are left."""
        with self._native.in_use():
            if not self._library.llama_memory_seq_rm(self._memory, 0, known, -1):
                # A recurrent model keeps one state: it forgets all of it or nothing.
                self._library.llama_memory_clear(self._memory, False)
                known = 0
        del self._kept[known:]
        return known

    def _evaluate(self, tokens: Sequence[int]) -> None:
        array = (ctypes.c_int32 * len(tokens))(*tokens)
        with self._native.in_use():
            batch = self._library.llama_batch_get_one(array, len(tokens))
            status: int = self._library.llama_decode(self._context, batch)
        if status:
            self._kept.clear()
            raise ModelError(
                f"llama.cpp stopped with status {status}.",
                remedy="Ask again; if it stays so, set a smaller `context_window`.",
            )
