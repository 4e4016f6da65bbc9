import html
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.values import Answer, Citation, Language, NotFound, Reason, Source, Statement
from tests.making import article, passage_of
from ui import render
from ui.words import ENGLISH, INDONESIAN

TEXT = "Nusa Volta tutup. Pabrik itu memberhentikan 240 orang.\n\nPesanan turun."
FIRST = (0, 17)
SECOND = (18, 54)
QUOTED = re.compile("<blockquote[^>]*>(.*)</blockquote>", re.DOTALL)


def source(number: int = 1, text: str = TEXT, start: int = 0, **about: object) -> Source:
    of = article(text, **about)  # type: ignore[arg-type]
    return Source(number, of.card, passage_of(of, start))


def answer(
    *spans: tuple[Source, tuple[int, int]], language: Language = Language.INDONESIAN
) -> Answer:
    citations = tuple(Citation(of, start, end) for of, (start, end) in spans)
    return Answer((Statement("Pabrik tutup.", citations),), language)


class TestReplyAsText:
    def test_an_answer_names_its_sources_and_their_sentences(self) -> None:
        online = source(2, origin="https://contoh.id/pabrik", title="Pabrik tutup", site=None)
        reply = answer((online, FIRST), (source(1), SECOND))
        assert render.reply_text(reply) == (
            "Pabrik tutup [1][2].\n\n"
            "Sumber\n\n"
            "[1] Pabrik baterai berhenti\n"
            "    Suara Teluk · 3 Maret 2026\n"
            "    “Pabrik itu memberhentikan 240 orang.”\n\n"
            "[2] Pabrik tutup\n"
            "    3 Maret 2026\n"
            "    https://contoh.id/pabrik\n"
            "    “Nusa Volta tutup.”"
        )

    def test_an_english_reply_is_written_out_in_english_whatever_the_source_speaks(self) -> None:
        reply = answer((source(), FIRST), language=Language.ENGLISH)
        assert "\n\nSources\n\n" in render.reply_text(reply)
        assert "Suara Teluk · 3 March 2026" in render.reply_text(reply)

    def test_a_refusal_says_why_and_shows_the_closest_passages(self) -> None:
        near = source(published=None)
        reply = NotFound(Language.INDONESIAN, Reason.MODEL_REFUSED, (near,))
        assert render.reply_text(reply) == (
            "Tidak ada di artikel Anda.\n"
            "Kutipan terdekat sudah dibaca, tetapi tidak memuat jawabannya.\n\n"
            "Kutipan terdekat\n\n"
            "[1] Pabrik baterai berhenti\n"
            "    Suara Teluk\n"
            "    Nusa Volta tutup. Pabrik itu memberhentikan 240 orang. Pesanan turun."
        )

    def test_an_empty_library_says_how_to_add(self) -> None:
        reply = NotFound(Language.ENGLISH, Reason.EMPTY_LIBRARY, ())
        assert render.reply_text(reply) == (
            "Your library is still empty.\nAdd articles with `kliping add`."
        )

    def test_an_article_cannot_steer_the_terminal(self) -> None:
        hostile = source(title="Judul\x1b]0;jahat\x07\r\x9b2J \u202egnud")
        written = render.reply_text(answer((hostile, FIRST)))
        assert not set("\x1b\x07\r\x9b\u202e") & set(written)
        assert "Judul\ufffd]0;jahat\ufffd" in written


class TestTextInHtml:
    @given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"])))
    def test_a_text_stays_that_very_text(self, text: str) -> None:
        assert html.unescape(render.text_html(text)) == text

    @given(st.text())
    def test_nothing_in_it_means_anything_to_a_browser_markdown_or_a_template(
        self, text: str
    ) -> None:
        references = re.compile(r"&#\d+;")
        assert re.fullmatch(r"(?:[^\W_]| )*", references.sub("", render.text_html(text)))

    def test_source_numbers_are_set_apart(self) -> None:
        assert render.marked_html("Tutup [1][12].") == (
            'Tutup <span class="number">&#91;1&#93;</span>'
            '<span class="number">&#91;12&#93;</span>&#46;'
        )


class TestSourceAsHtml:
    def test_the_supporting_sentences_are_marked_and_the_rest_is_there(self) -> None:
        shown = render.answer_sources_html(
            answer((source(), FIRST), (source(), SECOND)), INDONESIAN
        )
        assert shown.count("<article") == 1
        assert html.unescape(shown).count("<mark>Nusa Volta tutup.</mark> <mark>Pabrik itu") == 1
        assert html.unescape(shown).endswith("</mark>\n\nPesanan turun.</blockquote></article>")

    def test_offsets_count_from_the_article_not_the_passage(self) -> None:
        shown = render.source_html(source(start=18), INDONESIAN, [SECOND])
        assert "<mark>Pabrik itu memberhentikan 240 orang.</mark>" in html.unescape(shown)

    @given(st.lists(st.tuples(st.integers(0, 30), st.integers(31, len(TEXT)))))
    def test_marking_takes_nothing_away_and_adds_nothing(
        self, spans: list[tuple[int, int]]
    ) -> None:
        (quoted,) = QUOTED.findall(html.unescape(render.source_html(source(), INDONESIAN, spans)))
        assert re.sub("</?mark>", "", quoted) == TEXT

    def test_it_says_where_it_is_from_and_in_which_language_it_is(self) -> None:
        shown = html.unescape(render.source_html(source(7), ENGLISH))
        assert '<span class="number">7</span>Pabrik baterai berhenti</h3>' in shown
        assert '<p class="from">Suara Teluk · 3 March 2026</p>' in shown
        assert '<blockquote lang="id">' in shown

    def test_only_an_http_address_becomes_a_link(self) -> None:
        online = source(origin="https://contoh.id/?a=1&b=“2”")
        shown = render.source_html(online, INDONESIAN)
        assert 'target="_blank" rel="noopener noreferrer">Buka artikel aslinya</a>' in shown
        assert 'href="https://contoh.id/?a=1&b=“2”"' in html.unescape(shown)
        for origin in ("/home/a/pabrik.txt", "javascript:alert(1)", "text:12", "data:text/html,x"):
            assert "<a " not in render.source_html(source(origin=origin), INDONESIAN)

    @pytest.mark.parametrize(
        "hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "${alert(1)}"]
    )
    def test_a_hostile_article_stays_text(self, hostile: str) -> None:
        card = source(text=hostile, title=hostile, site=hostile, origin=f"https://x/{hostile}")
        shown = render.source_html(card, INDONESIAN, [(0, 4)])
        assert "<script" not in shown
        assert "<img" not in shown
        assert "${" not in shown
        assert html.unescape(shown).count(hostile) == 3  # Title, site, address; the text is marked.


def test_a_card_without_site_and_date_says_nothing_of_them() -> None:
    card = source(site=None, published=None).card
    assert render.provenance(card, INDONESIAN) == ""
    assert render.provenance(source(site=None, published=date(2026, 1, 2)).card, ENGLISH) == (
        "2 January 2026"
    )
