"""The page, driven in headless Chromium: what a person does, sees, and never should."""

import os
import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from index.library import SqliteLibrary
from index.reading import ArticleReader
from models.fakes import FakeEmbedder, FakeGenerator, quote
from models.language import LinguaDetector
from rag.answering import Answerer
from rag.collecting import Collector
from rag.errors import ModelMissingError, PageError
from rag.ports import ChatPrompt, Entry, Prompt, Standing
from rag.values import Language
from tests.making import article, passage_of
from ui.page import opened
from ui.words import ENGLISH, INDONESIAN, WORDS, Words

pytestmark = pytest.mark.page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SWITCHES = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
DETECTOR = LinguaDetector()

FACTORY = (
    "Pabrik baterai Nusa Volta di Karawang memberhentikan 240 pekerja pada Senin. "
    "Direktur utama Ratna Wijanarko mengatakan pesanan turun 30 persen.\n\n"
    "Serikat pekerja akan meminta perundingan dengan direksi."
)
VESSEL = (
    "The research vessel Samudra Jaya left Ambon on Tuesday with 38 scientists on board. "
    "The voyage is led by the marine scientist Yohanes Latuperissa."
)
TITLES = {FACTORY: "Nusa Volta memberhentikan pekerja", VESSEL: "A vessel leaves Ambon"}
HOSTILE = (
    "<script>document.title='stolen'</script> <img src=http://evil.test/a.png onerror=alert(1)> "
    "![b](http://evil.test/b.png) [c](javascript:alert(1)) **tebal** ${alert(1)} {{value}} "
    "memuat jawaban."
)


class Scribe(FakeGenerator):
    """Writes slowly where it is told to, and knows whether it was closed."""

    def __init__(self, write: Callable[[Prompt], str] = quote, *, pause: float = 0) -> None:
        super().__init__(write)
        self.pause = pause
        self.closed = threading.Event()

    def stream(self, prompt: Prompt, *, max_tokens: int) -> Generator[str, None, None]:
        try:
            for piece in super().stream(prompt, max_tokens=max_tokens):
                time.sleep(self.pause)
                yield piece
        finally:
            self.closed.set()


class Room:
    """A reading room on the fakes; a test may put other parts in."""

    def __init__(self, folder: Path) -> None:
        self.settings = SimpleNamespace(page_language="id")
        self.reader = ArticleReader(DETECTOR)
        self.library = SqliteLibrary(folder, embedder="fake")
        self.collector = Collector(self.library, FakeEmbedder())
        self.generator = Scribe()
        self.said: list[str] = []

    @property
    def answerer(self) -> Answerer:
        return Answerer(
            library=self.library,
            embedder=FakeEmbedder(),
            generator=self.generator,
            detector=DETECTOR,
        )

    def say(self, note: str) -> None:
        self.said.append(note)

    def add(self, *texts: str) -> None:
        reads = [partial(self.reader.read_text, text, title=TITLES.get(text)) for text in texts]
        list(self.collector.collect(reads))


class Door:
    """Leads to whichever room a test opens: one page is served for all of them."""

    room: Room

    def __getattr__(self, part: str) -> Any:
        return getattr(self.room, part)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Door:
    door = Door()
    door.room = Room(tmp_path_factory.mktemp("first"))
    return door


@pytest.fixture(scope="module")
def address(door: Door) -> Iterator[str]:
    with opened(door, host="127.0.0.1", port=0) as address:
        yield address


@pytest.fixture
def room(door: Door, tmp_path: Path) -> Iterator[Room]:
    door.room = Room(tmp_path)
    yield door.room
    door.room.library.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, address: str, room: Room) -> Iterator[Visit]:
    """Opens the page; whatever asks another host for anything or errs in the console fails."""
    wrong: list[str] = []
    contexts = []

    def look(*, words: Words = INDONESIAN, width: int = 1280, height: int = 800) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: wrong.extend(foreign(request.url)))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.extend([said.text] * (said.type == "error")))
        page.goto(address)
        expect(page.locator("#messages .welcome")).to_be_visible()
        if words is not INDONESIAN:
            page.get_by_text(words.own_name).click()
            expect(page.locator("html")).to_have_attribute("lang", words.language.value)
        return page

    def foreign(url: str) -> list[str]:
        return [] if url.startswith((address, "data:", "blob:")) else [url]

    yield look
    for context in contexts:
        context.close()
    assert wrong == []


def ask(page: Page, question: str) -> None:
    """Ask as soon as the reply before is settled; until then the page keeps what is typed."""
    page.fill("#question textarea", question)
    expect(page.locator("#send")).to_be_visible()
    deadline = time.monotonic() + 10
    while page.input_value("#question textarea") and time.monotonic() < deadline:
        page.press("#question textarea", "Enter")
        page.wait_for_timeout(100)


def last_reply(page: Page) -> Any:
    return page.locator("#messages .bot-row").last


def open_library(page: Page) -> None:
    page.click("#library-button")
    expect(page.locator("#list")).to_be_visible()


QUESTIONS = {
    Language.INDONESIAN: (
        FACTORY,
        "Berapa pekerja yang diberhentikan Nusa Volta?",
        "Pabrik baterai Nusa Volta di Karawang memberhentikan 240 pekerja pada Senin",
        "Siapa presiden Brasil?",
    ),
    Language.ENGLISH: (
        VESSEL,
        "Which marine scientist leads the voyage?",
        "The voyage is led by the marine scientist Yohanes Latuperissa",
        "Who is the president of Brazil?",
    ),
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_articles_are_added_asked_about_and_deleted_in_the_pages_words(
    words: Words, visit: Visit, room: Room
) -> None:
    text, question, sentence, elsewhere = QUESTIONS[words.language]
    page = visit(words=words)
    expect(page.locator(".welcome")).to_contain_text(words.welcome_empty)

    open_library(page)
    page.get_by_label(words.title).fill(TITLES[text])
    page.get_by_label(words.text, exact=True).fill(text)
    page.click("#add-text")
    expect(page.locator("#outcomes .became")).to_have_text(words.became[Standing.NEW])
    expect(page.locator("#list tbody th")).to_have_text(TITLES[text])
    expect(page.get_by_label(words.text, exact=True)).to_have_value("")

    page.click("#ask-button")
    expect(page.locator(".welcome")).to_contain_text(words.welcome_articles(1))
    ask(page, question)
    expect(last_reply(page)).to_have_text(f"{sentence} [1].")
    expect(page.locator("#sources h2")).to_have_text(words.sources)
    expect(page.locator("#sources h3")).to_have_text(f"1{TITLES[text]}")
    expect(page.locator("#sources mark")).to_have_text(f"{sentence}.")

    ask(page, elsewhere)
    expect(last_reply(page)).to_contain_text(words.not_found)
    expect(page.locator("#sources h2")).to_have_text(words.closest)
    expect(page.locator("#sources mark")).to_have_count(0)

    open_library(page)
    page.get_by_role("button", name=words.delete_this.format(title=TITLES[text])).click()
    expect(page.locator("#notice")).to_have_text(words.confirm_delete.format(title=TITLES[text]))
    expect(page.locator("#keep")).to_be_focused()
    page.click("#keep")
    assert room.library.size().articles == 1
    page.click("#list button")
    page.click("#really-delete")
    expect(page.locator("#notice")).to_have_text(words.deleted.format(title=TITLES[text]))
    expect(page.locator("#list")).to_have_text(words.welcome_empty)
    assert room.library.size().articles == 0


def test_files_are_added_and_each_says_what_became_of_it(
    visit: Visit, room: Room, tmp_path: Path
) -> None:
    good, copy, empty = (tmp_path / name for name in ("pabrik.txt", "lagi.txt", "kosong.txt"))
    good.write_text(f"---\ntitle: Pabrik\n---\n{FACTORY}", "utf-8")
    copy.write_text(good.read_text("utf-8"), "utf-8")
    empty.write_text("", "utf-8")
    page = visit()
    open_library(page)
    page.click("#by-files-button")
    with page.expect_file_chooser() as chooser:
        page.click("#files")
    chooser.value.set_files([good, copy, empty])
    expect(page.locator("#outcomes .became")).to_have_text(
        [
            INDONESIAN.became[Standing.NEW],
            INDONESIAN.became[Standing.UNCHANGED],
            INDONESIAN.failed,
        ]
    )
    failed = page.locator("#outcomes li").last
    expect(failed.locator(".name")).to_have_text("kosong.txt")
    expect(failed.locator(".remedy")).not_to_be_empty()
    assert "/" not in failed.inner_text()  # Nobody needs to know where Gradio puts files.
    (card,) = room.library.cards()
    assert (card.title, card.origin[:5]) == ("Pabrik", "text:")
    uploads = Path(os.environ["GRADIO_TEMP_DIR"])
    assert list(uploads.rglob("*.txt")) == []


def test_an_address_that_cannot_be_read_says_what_to_do(visit: Visit) -> None:
    page = visit()
    open_library(page)
    page.click("#by-address-button")
    page.get_by_label(INDONESIAN.address).fill("http://127.0.0.1:9/berita")
    page.click("#add-address")
    expect(page.locator("#outcomes .became")).to_have_text(INDONESIAN.failed)
    expect(page.locator("#outcomes .why")).to_contain_text("not on the public internet")
    expect(page.locator("#outcomes .remedy")).not_to_be_empty()
    expect(page.get_by_label(INDONESIAN.address)).to_have_value("http://127.0.0.1:9/berita")


def test_a_draft_looks_like_one_and_stopping_stops_the_model(visit: Visit, room: Room) -> None:
    room.add(FACTORY)
    room.generator = Scribe(lambda _: "kata " * 200, pause=0.05)
    page = visit()
    ask(page, "Berapa pekerja yang diberhentikan Nusa Volta?")
    expect(last_reply(page).locator(".draft")).to_contain_text("kata kata")
    expect(last_reply(page).locator(".stage")).to_have_text(INDONESIAN.writing)
    expect(page.locator("#sources h2")).to_have_text(INDONESIAN.being_read)
    page.click("#stop")
    expect(last_reply(page).locator(".stopped .stage")).to_have_text(INDONESIAN.stopped)
    expect(page.locator("#send")).to_be_visible()
    assert room.generator.closed.wait(2)


def test_a_closed_tab_and_a_new_chat_stop_the_model_too(visit: Visit, room: Room) -> None:
    room.add(FACTORY)
    ways: tuple[Callable[[Page], None], ...] = (Page.close, lambda page: page.click("#new-chat"))
    for leave in ways:
        room.generator = Scribe(lambda _: "kata " * 400, pause=0.05)
        page = visit()
        ask(page, "Berapa pekerja yang diberhentikan Nusa Volta?")
        expect(last_reply(page).locator(".draft")).to_be_visible()
        leave(page)
        assert room.generator.closed.wait(5)


def test_a_follow_up_takes_along_what_was_settled_before(visit: Visit, room: Room) -> None:
    prompts: list[Prompt] = []

    def write(prompt: Prompt) -> str:
        prompts.append(prompt)
        return quote(prompt)

    room.add(FACTORY)
    room.generator = Scribe(write)
    page = visit()
    ask(page, "Siapa direktur utama?")
    expect(last_reply(page)).to_contain_text("Ratna Wijanarko")
    ask(page, "Apa yang dia katakan?")
    expect(page.locator("#messages .answer, #messages .not-found")).to_have_count(2)
    first, follow_up = prompts
    assert isinstance(first, ChatPrompt)
    assert isinstance(follow_up, ChatPrompt)
    assert "Siapa direktur utama?" in [message.text for message in follow_up.messages]
    assert len(follow_up.messages) == len(first.messages) + 2


def test_words_are_switched_without_losing_the_chat(visit: Visit, room: Room) -> None:
    room.add(FACTORY)
    page = visit()
    ask(page, "Siapa presiden Brasil?")
    expect(last_reply(page)).to_contain_text(INDONESIAN.not_found)
    shown = visible_words(page)
    page.get_by_text(ENGLISH.own_name).click()
    expect(page.locator("#sources h2")).to_have_text(ENGLISH.closest)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    # The reply answers an Indonesian question; the page around it speaks English.
    expect(last_reply(page)).to_contain_text(INDONESIAN.not_found)
    expect(page.locator("#send")).to_have_text(ENGLISH.send)
    expect(page.locator("#question textarea")).to_have_attribute(
        "placeholder", ENGLISH.question_placeholder
    )
    said = {
        "Siapa presiden Brasil?",
        INDONESIAN.not_found,
        *INDONESIAN.why.values(),
        FACTORY,
    }
    same = {"Kliping", "Indonesia", "English", "https://…", TITLES[FACTORY], "1"}
    assert shown & visible_words(page) - said <= same


def test_words_that_are_switched_while_a_draft_streams_are_the_new_ones(
    visit: Visit, room: Room
) -> None:
    room.add(FACTORY)
    room.generator = Scribe(pause=0.2)
    page = visit()
    ask(page, "Berapa pekerja yang diberhentikan Nusa Volta?")
    expect(last_reply(page).locator(".stage")).to_have_text(INDONESIAN.writing)
    page.get_by_text(ENGLISH.own_name).click()
    expect(last_reply(page).locator(".stage")).to_have_text(ENGLISH.writing)
    expect(page.locator("#send")).to_have_text(ENGLISH.send)
    expect(page.locator("#messages .answer")).to_contain_text("memberhentikan 240 pekerja")
    expect(page.locator("#sources h2")).to_have_text(ENGLISH.sources)


def visible_words(page: Page) -> set[str]:
    """Every text and hint on both tabs, seen or for screen readers."""
    found: list[str] = page.evaluate(
        """() => {
          const root = document.querySelector(".gradio-container");
          const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
          const texts = [];
          while (walker.nextNode()) {
            const of = walker.currentNode.parentElement;
            if (!of.closest("style, script, svg, .toast-wrap, footer")) {
              texts.push(walker.currentNode.textContent.trim());
            }
          }
          for (const of of root.querySelectorAll("[placeholder]")) texts.push(of.placeholder);
          return texts;
        }"""
    )
    return {text for text in found if re.search(r"\w", text)}


def test_a_hostile_article_stays_text_everywhere(visit: Visit, room: Room) -> None:
    text = f"Direktur berkata begini. {HOSTILE}"
    room.collector = Collector(room.library, FakeEmbedder())
    list(room.collector.collect([lambda: room.reader.read_text(text, title=HOSTILE)]))
    room.generator = Scribe(lambda _: f"Direktur berkata begini {HOSTILE} [1]", pause=0.01)
    page = visit()
    ask(page, f"Apa kata direktur {HOSTILE}")
    expect(page.locator("#messages .answer")).to_be_visible()
    expect(page.locator("#messages .user-row")).to_contain_text(HOSTILE)
    expect(page.locator("#sources h3")).to_contain_text(HOSTILE)
    expect(page.locator("#sources blockquote")).to_contain_text(HOSTILE)
    open_library(page)
    expect(page.locator("#list tbody th")).to_have_text(HOSTILE)
    page.click("#list button")
    expect(page.locator("#notice")).to_contain_text(HOSTILE)
    for forbidden in ("script", "img", "a", "strong"):
        for place in ("#messages", "#sources", "#list", "#notice"):
            assert page.locator(f"{place} {forbidden}").count() == 0
    assert page.title() == "Kliping"


def test_errors_are_words_with_a_remedy(visit: Visit, room: Room, capfd: Any) -> None:
    def missing(_: Prompt) -> str:
        raise ModelMissingError("There are no weights.", remedy="Fetch them.")

    room.add(FACTORY)
    page = visit()
    room.generator = Scribe(missing)
    ask(page, "Berapa pekerja yang diberhentikan Nusa Volta?")
    expect(last_reply(page).locator(".why")).to_have_text("There are no weights.")
    expect(last_reply(page).locator(".remedy")).to_have_text("Fetch them.")
    room.generator = Scribe(lambda _: str(1 / 0))
    ask(page, "Berapa pekerja yang diberhentikan Nusa Volta?")
    expect(last_reply(page).locator(".why")).to_have_text(INDONESIAN.unexpected)
    expect(page.locator("#send")).to_be_visible()
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_what_another_process_did_is_seen_at_the_next_visit(visit: Visit, room: Room) -> None:
    page = visit()
    open_library(page)
    expect(page.locator("#count")).to_have_text(INDONESIAN.articles(0))
    room.add(FACTORY, VESSEL)
    page.click("#ask-button")
    expect(page.locator(".welcome")).to_contain_text(INDONESIAN.welcome_articles(2))
    page.click("#library-button")
    expect(page.locator("#list tbody th")).to_have_text([TITLES[VESSEL], TITLES[FACTORY]])
    for card in room.library.cards():
        room.library.remove(card.id)
    page.click("#list button >> nth=0")
    expect(page.locator("#notice .remedy")).to_be_visible()


def test_the_list_stays_usable_with_a_thousand_articles(visit: Visit, room: Room) -> None:
    vectors = FakeEmbedder().embed_passages(["satu"])
    room.library.put(
        [
            Entry(of, (passage_of(of),), vectors)
            for of in (
                article("satu", title=f"Artikel {n}", origin=f"text:{n}") for n in range(1000)
            )
        ]
    )
    page = visit()
    begun = time.monotonic()
    open_library(page)
    expect(page.locator("#list tbody tr")).to_have_count(1000)
    assert time.monotonic() - begun < 5
    page.locator("#list button").last.click()
    page.click("#really-delete")
    expect(page.locator("#count")).to_have_text("999 artikel")


def test_nothing_is_wider_than_the_window(visit: Visit, room: Room) -> None:
    room.add(FACTORY)
    page = visit()
    ask(page, "Berapa pekerja yang diberhentikan Nusa Volta?")
    expect(page.locator("#sources mark")).to_be_visible()
    for width in (1920, 700, 699, 390, 360):
        page.set_viewport_size({"width": width, "height": 844})
        for tab in ("#library-button", "#ask-button"):
            page.click(tab)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        chat, sources = (page.locator(part).bounding_box() for part in ("#messages", "#sources"))
        assert chat
        assert sources
        beside = sources["x"] > chat["x"]
        assert beside == (width >= 700)


class TestServing:
    def test_other_machines_need_a_password(self, room: Room) -> None:
        with pytest.raises(PageError, match=r"0\.0\.0\.0.*password") as raised:
            opened(room, host="0.0.0.0", port=0).__enter__()
        assert "--password" in raised.value.remedy

    def test_a_taken_port_is_named_with_what_to_do(self, room: Room) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(PageError, match=str(port)) as raised:
                opened(room, host="127.0.0.1", port=port).__enter__()
        assert "--port" in raised.value.remedy

    def test_a_name_that_somebody_else_points_here_is_refused(self, address: str) -> None:
        def status(host: str) -> int:
            return httpx.get(address, headers={"Host": host}, trust_env=False).status_code

        assert status("evil.test") == 400
        assert status("localhost:7860") == 200

    def test_what_another_site_sends_is_refused(self, address: str) -> None:
        upload = {"files": ("a.txt", b"Halo.")}
        url = f"{address}gradio_api/upload"
        foreign = httpx.post(url, files=upload, headers={"Origin": "http://evil.example"})
        assert foreign.status_code == 403
        own = httpx.post(url, files=upload, headers={"Origin": address.rstrip("/")})
        assert own.status_code == 200

    def test_a_password_is_asked_for_and_checked(self, room: Room) -> None:
        with (
            opened(room, host="127.0.0.1", port=0, password="rahasia") as address,
            httpx.Client(base_url=address, trust_env=False) as client,
        ):
            assert client.get("/config").status_code == 401
            for password, status in (("salah", 400), ("rahasia", 200)):
                entering = client.post("/login", data={"username": "a", "password": password})
                assert entering.status_code == status
            assert client.get("/config").status_code == 200
