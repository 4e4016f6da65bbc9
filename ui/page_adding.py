"""Adding articles on the page: a pasted text, files, an address."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import gradio as gr  # noqa: TID253 - the page is itself imported only on use
from gradio.events import Dependency  # noqa: TID253

from rag.collecting import Collected, Outcome, Read
from rag.errors import KlipingError, ReadingError
from rag.ports import Reader
from rag.values import Article, Language
from ui import page_views
from ui.page_room import PageRoom
from ui.page_signs import QUIET, Signs, Updates
from ui.words import WORDS, Words


class Adding:
    """Components and handlers; made where they are to stand.

    Attributes:
        added: The events after which the library may hold more.
    """

    def __init__(self, room: PageRoom, signs: Signs, language: gr.Radio) -> None:
        self._room = room
        signs.hang(gr.HTML, lambda words: {"value": page_views.heading_html(words.add)})
        with gr.Tabs(elem_id="ways"):
            with signs.hang(gr.Tab, lambda words: {"label": words.paste_tab}, elem_id="by-paste"):
                self._make_paste(signs)
            with signs.hang(gr.Tab, lambda words: {"label": words.files_tab}, elem_id="by-files"):
                self._make_files(signs)
            with signs.hang(
                gr.Tab, lambda words: {"label": words.address_tab}, elem_id="by-address"
            ):
                self._make_address(signs)
        self._outcomes = gr.HTML(elem_id="outcomes")
        self.added = self._wire(language)

    def _make_paste(self, signs: Signs) -> None:
        self._title = signs.hang(
            gr.Textbox,
            lambda words: {"label": words.title, "placeholder": words.title_placeholder},
            max_lines=1,
            elem_id="title",
        )
        self._text = signs.hang(
            gr.Textbox,
            lambda words: {"label": words.text, "placeholder": words.text_placeholder},
            lines=8,
            max_lines=8,
            elem_id="text",
        )
        self._add_text = signs.hang(
            gr.Button,
            lambda words: {"value": words.add_text},
            variant="primary",
            elem_id="add-text",
        )

    def _make_files(self, signs: Signs) -> None:
        signs.hang(gr.HTML, lambda words: {"value": page_views.notice_html(words.files_hint)})
        self._files = signs.hang(
            gr.UploadButton,
            lambda words: {"label": words.choose_files},
            file_count="multiple",
            variant="primary",
            elem_id="files",
        )

    def _make_address(self, signs: Signs) -> None:
        self._address = signs.hang(
            gr.Textbox,
            lambda words: {"label": words.address, "placeholder": words.address_placeholder},
            max_lines=1,
            elem_id="address",
        )
        self._add_address = signs.hang(
            gr.Button,
            lambda words: {"value": words.add_address},
            variant="primary",
            elem_id="add-address",
        )

    def _wire(self, language: gr.Radio) -> list[Dependency]:
        # One addition at a time: embedding uses every core already.
        alone = {"concurrency_id": "adding", "concurrency_limit": 1, **QUIET}
        pasted, fetched = [self._title, self._text], [self._address]
        added = [
            self._add_text.click(
                self._paste, [*pasted, language], [self._outcomes, *pasted], **alone
            ),
            self._files.upload(self._upload, [self._files, language], self._outcomes, **alone),
            gr.on(
                [self._add_address.click, self._address.submit],
                self._fetch,
                [*fetched, language],
                [self._outcomes, *fetched],
                **alone,
            ),
        ]
        for event in added:
            event.failure(self._break, language, self._outcomes, **QUIET)
        return added

    def _paste(self, title: str, text: str, language: str) -> Iterator[Updates]:
        words = WORDS[Language(language)]
        if not text.strip():
            yield {self._outcomes: page_views.notice_html(words.nothing_pasted)}
            return
        read = partial(self._room.reader.read_text, text, title=title.strip() or None)
        yield from self._add([read], words, clearing=[self._title, self._text])

    def _upload(self, paths: Sequence[str], language: str) -> Iterator[Updates]:
        reads = [partial(read_upload, self._room.reader, Path(path)) for path in paths]
        yield from self._add(reads, WORDS[Language(language)])

    def _fetch(self, address: str, language: str) -> Iterator[Updates]:
        words = WORDS[Language(language)]
        if not address.strip():
            yield {self._outcomes: page_views.notice_html(words.no_address)}
            return
        read = partial(self._room.reader.read_address, address.strip())
        yield from self._add([read], words, clearing=[self._address])

    def _add(
        self, reads: Sequence[Read], words: Words, clearing: Sequence[gr.Textbox] = ()
    ) -> Iterator[Updates]:
        """Add, saying what became of each; what was typed is cleared once it is in the library."""
        yield {self._outcomes: page_views.notice_html(words.adding)}
        outcomes: list[Outcome] = []
        try:
            for outcome in self._room.collector.collect(reads):
                outcomes.append(outcome)
                yield {self._outcomes: page_views.additions_html(outcomes, words)}
        except KlipingError as error:
            said = page_views.additions_html(outcomes, words) + page_views.trouble_html(
                error, words
            )
            yield {self._outcomes: said}
            return
        if all(isinstance(outcome, Collected) for outcome in outcomes):
            yield dict.fromkeys(clearing, "")

    def _break(self, language: str) -> str:
        return page_views.trouble_html(None, WORDS[Language(language)])


def read_upload(reader: Reader, path: Path) -> Article:
    """Read an uploaded file and remove it.

    Where Gradio put the file says nothing about it: its origin is its text, its name its own.

    Raises:
        ReadingError: as the reader says, under the file's own name.
    """
    try:
        article = reader.read_path(path)
    except ReadingError as error:
        what = error.what.replace(str(path), path.name)
        raise ReadingError(what, origin=path.name, remedy=error.remedy) from error
    finally:
        path.unlink(missing_ok=True)
    return replace(article, card=replace(article.card, origin=f"text:{article.fingerprint}"))
