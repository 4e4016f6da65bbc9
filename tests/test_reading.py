import contextlib
import hashlib
import os
import time
import unicodedata
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.files import Listing
from index.markdown import read_markdown
from index.reading import ArticleReader
from index.texts import decode, normalise
from index.titles import opening, without_site
from rag.errors import AddressRefusedError, ReadingError
from rag.values import Article, Card, Language
from tests.serving import Answer, Site, answer, redirect

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
LEAD = (
    "Pabrik baterai Aruvolt di Teluk Kelambu berhenti berproduksi pada hari Selasa setelah kontrak "
    "terbesarnya tidak diperpanjang."
)
BODY = (
    "Sebanyak 240 karyawan akan dirumahkan, kata juru bicara perusahaan, dan sisanya menunggu "
    "keputusan rapat pemegang saham."
)
PAGE = f"""<!doctype html>
<html><head>
<meta charset="utf-8">
<title>Aruvolt Rumahkan Karyawan - Suara Teluk</title>
<meta property="og:site_name" content="Suara Teluk">
<meta name="author" content="Nia Utari; Bayu Laksana">
<meta property="article:published_time" content="2026-03-03T23:30:00+07:00">
</head><body>
<nav><a href="/">Beranda</a> <a href="/ekonomi">Ekonomi</a></nav>
<article><h1>Aruvolt Rumahkan Karyawan</h1>
<p>{LEAD}</p>
<p>Baca juga: <a href="/nikel">Harga Nikel Naik Lagi</a></p>
<p>{BODY}</p></article>
<footer>© 2026 Suara Teluk</footer>
</body></html>
"""


class WordsDetector:
    """Tells Indonesian from English by three words."""

    def detect(self, text: str) -> Language:
        words = set(text.lower().split())
        if words & {"yang", "dan", "di"}:
            return Language.INDONESIAN
        return Language.ENGLISH if words & {"the", "and", "of"} else Language.UNDETERMINED


READER = ArticleReader(WordsDetector(), allow_private_addresses=True, clock=lambda: NOON)


def read(folder: Path, name: str, content: str | bytes) -> Article:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return READER.read_path(path)


def refusal(folder: Path, name: str, content: str | bytes) -> ReadingError:
    with pytest.raises(ReadingError) as caught:
        read(folder, name, content)
    assert name in caught.value.what
    assert caught.value.origin == str(folder / name)
    return caught.value


# Files


def test_a_text_file_becomes_an_article(tmp_path: Path) -> None:
    article = read(tmp_path, "pabrik.txt", f"Aruvolt Rumahkan Karyawan\n\nVolubit.id — {LEAD}\n")
    assert article == Article(
        Card(
            origin=str(tmp_path / "pabrik.txt"),
            title="Aruvolt Rumahkan Karyawan",
            language=Language.INDONESIAN,
            added=NOON,
            characters=len(LEAD),
            site="Volubit.id",
        ),
        LEAD,
    )


def test_a_file_is_known_by_where_it_is_not_by_how_it_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct = read(tmp_path, "a.txt", LEAD)
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    monkeypatch.chdir(tmp_path)
    assert READER.read_path(Path("a.txt")) == READER.read_path(Path("b.txt")) == direct


def test_prose_without_a_title_is_called_by_its_first_words(tmp_path: Path) -> None:
    article = read(tmp_path, "phk-aruvolt.txt", f"{LEAD}\n{BODY}")
    assert article.card.title == (
        "Pabrik baterai Aruvolt di Teluk Kelambu berhenti berproduksi pada hari Selasa…"
    )
    assert article.text == f"{LEAD}\n{BODY}"


def test_front_matter_describes_the_text(tmp_path: Path) -> None:
    article = read(
        tmp_path,
        "aruvolt.md",
        "---\ntitle: 'Aruvolt: 240 dirumahkan'\nbyline: [Nia Utari, Bayu Laksana]\n"
        "published: 2026-03-03T23:30:00+07:00\nurl: https://www.suarateluk.id/a\ntags: []\n---\n"
        f"# Aruvolt: 240 dirumahkan\n\n{LEAD}\n",
    )
    assert article.card.title == "Aruvolt: 240 dirumahkan"
    assert article.card.byline == "Nia Utari, Bayu Laksana"
    assert article.card.published == date(2026, 3, 3)
    assert article.card.site == "suarateluk.id"
    assert article.text == LEAD


@pytest.mark.parametrize("title", ["2026", "Yes", "null", "0x10"])
def test_a_title_stays_what_it_says(tmp_path: Path, title: str) -> None:
    assert read(tmp_path, "a.txt", f"---\ntitle: {title}\n---\n{LEAD}").card.title == title


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("date: 3 Maret 2026", date(2026, 3, 3)),
        ("date: Tuesday, March 3, 2026 23:30 WIB", date(2026, 3, 3)),
        ("published: kemarin", None),
        ("date: 2026-02-30", None),
    ],
)
def test_a_date_is_read_or_left_out(tmp_path: Path, written: str, published: date | None) -> None:
    article = read(tmp_path, "a.md", f"---\n{written}\n---\n{LEAD}")
    assert (article.card.published, article.text) == (published, LEAD)


@pytest.mark.parametrize(
    "written", ["title: Aruvolt: 240 dirumahkan", "tags: [\ntitle: 'Aruvolt: 240 dirumahkan'"]
)
def test_a_line_that_is_no_yaml_costs_neither_article_nor_title(
    tmp_path: Path, written: str
) -> None:
    article = read(tmp_path, "a.md", f"---\n{written}\ndate: 2026-03-03\n---\n{LEAD}")
    assert article.card.title == "Aruvolt: 240 dirumahkan"
    assert article.card.published == date(2026, 3, 3)
    assert article.text == LEAD


def test_lines_between_drawn_ones_that_say_nothing_known_stay_text(tmp_path: Path) -> None:
    note = "Catatan: kata dia: kami menunggu keputusan."
    assert note in read(tmp_path, "a.txt", f"---\n{note}\n---\n{LEAD}").text


@pytest.mark.parametrize(
    "text", [f"---\n{LEAD}\n---\n{BODY}", f"---\n\nkata: {LEAD}\n\n---\n{BODY}"]
)
def test_a_drawn_line_is_no_front_matter(tmp_path: Path, text: str) -> None:
    assert BODY in read(tmp_path, "a.txt", text).text
    assert len(read(tmp_path, "a.txt", text).text) > len(BODY)


def test_markdown_is_read_without_its_markup(tmp_path: Path) -> None:
    article = read(
        tmp_path,
        "aruvolt.md",
        "# Aruvolt *Rumahkan* Karyawan\n\nPabrik **baterai** [Aruvolt](https://aruvolt.id 'x') di\n"
        "Teluk Kelambu ![pabrik](p.png)berhenti,  \nkata ~~dia~~ `juru` bicara &amp; <b>lain</b>.\n"
        "\n## Angka\n\n- 240 *orang*\n- 3 shift\n\n1. satu\n2. dua\n\n> Kami menyesal.\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n<!-- x --><p>Baris</p>\n\n```\nkode\n```\n",
    )
    assert article.card.title == "Aruvolt Rumahkan Karyawan"
    assert article.text == (
        "Pabrik baterai Aruvolt di Teluk Kelambu berhenti,\n"
        "kata dia juru bicara & lain.\n\nAngka\n\n- 240 orang\n- 3 shift\n\n1. satu\n2. dua\n\n"
        "Kami menyesal.\n\na | b\n1 | 2\n\nBaris\n\nkode"
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Awal\n\n<!-- tak ditutup\n\nTersembunyi", "Awal"),
        ("<div>a<script>x()</div>", "a"),
        ("<p>3 < 4 dan <b>5</b></p>", "3 < 4 dan 5"),
    ],
)
def test_what_nobody_closes_ends_with_its_block(written: str, read: str) -> None:
    assert read_markdown(written).text == read


@pytest.mark.parametrize("opening", ["<!-- ", "<script ", "<style>", "<", "<a "])
def test_beginnings_without_an_end_cost_no_time(opening: str) -> None:
    began = time.process_time()
    read_markdown("<div>\n" + opening * (100_000 // len(opening)))
    assert time.process_time() - began < 2  # 40 seconds and more if each looked for an end again


def test_an_empty_item_lends_its_bullet_to_nobody() -> None:
    assert read_markdown("- satu\n-\n\nParagraf").text == "- satu\n\nParagraf"


def test_a_saved_page_becomes_an_article(tmp_path: Path) -> None:
    article = read(tmp_path, "aruvolt.html", PAGE)
    assert article == Article(
        Card(
            origin=str(tmp_path / "aruvolt.html"),
            title="Aruvolt Rumahkan Karyawan",
            language=Language.INDONESIAN,
            added=NOON,
            characters=len(LEAD) + 1 + len(BODY),
            published=date(2026, 3, 3),
            site="Suara Teluk",
            byline="Nia Utari, Bayu Laksana",
        ),
        f"{LEAD}\n{BODY}",
    )


def test_a_page_in_the_encoding_it_states(tmp_path: Path) -> None:
    page = PAGE.replace("utf-8", "windows-1252").replace("Teluk Kelambu", "Café “Müller”")
    assert "Café “Müller”" in read(tmp_path, "a.html", page.encode("cp1252")).text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "“Kami menyesal,” kata Müller di Teluk Kelambu – 日本"),
        ("utf-8-sig", "“Kami menyesal,” kata Müller di Teluk Kelambu – 日本"),
        ("utf-16", "“Kami menyesal,” kata Müller di Teluk Kelambu – 日本"),
        ("utf-32", "“Kami menyesal,” kata Müller di Teluk Kelambu – 日本"),
        ("cp1252", "Harga tiket €12 – “kami menyesal,” kata Müller di Teluk Kelambu kemarin sore."),
        ("cp1251", "Правительство объявило о новых мерах поддержки экономики в понедельник."),
        ("cp932", "日本の首相は月曜日に新しい政策を発表した。詳しい内容は明らかにしなかった。"),
    ],
)
def test_text_in_any_encoding(tmp_path: Path, encoding: str, text: str) -> None:
    assert read(tmp_path, "a.txt", text.encode(encoding)).text == text


def test_a_stated_encoding_serves_where_the_text_is_not_utf_8() -> None:
    assert decode("Müller".encode("cp1252"), stated="ISO-8859-1") == "Müller"
    assert decode("“M”".encode("cp1252"), stated="latin1") == "“M”"
    assert decode("Müller".encode(), stated="iso-8859-1") == "Müller"
    assert decode(b"M\xfcller, kata Budi dan Ani", stated="rot13") == "Müller, kata Budi dan Ani"
    assert decode(b"Budi \xff Ani", stated="utf-8") == "Budi \ufffd Ani"


def word_document(path: Path) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")
    return path.read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.pdf", b"%PDF-1.7\n", "is a PDF document"),
        ("a.txt", b"%PDF-1.7\n", "is a PDF document"),
        ("a.png", b"\x89PNG\r\n\x1a\n\0", "is a PNG picture"),
        ("a.txt", b"\xff\xd8\xff\xe0\0", "is a JPEG picture"),
        ("a.html", b"GIF89a\0", "is a GIF picture"),
        ("a.epub", b"PK\x03\x04mimetypeapplication/epub+zip", "is an EPUB book"),
        ("a.zip", b"PK\x03\x04\0", "is a ZIP archive"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "is an old Microsoft Office document"),
        ("a.txt", b"\x7fELF\2", "is a program"),
        ("a.txt", b"RIFF\0\0\0\0WEBP", "is a WebP picture"),
        ("a.txt", b"\0\0\0\x20ftypmp42", "is a film"),
        ("a.txt", b"Pabrik\0baterai", "holds no text, but binary data"),
        ("a.txt", bytes(range(1, 256)) * 8, "holds no text, but binary data"),
        ("a.txt", PAGE, "is named like plain text and holds a web page"),
        ("a.html", LEAD, "is named like a web page and holds plain text"),
        ("a.xyz", LEAD, "is of a kind Kliping does not read"),
        ("a", LEAD, "is of a kind Kliping does not read"),
        ("a.txt", b"", "is empty"),
        ("a.txt", b" \n\t\n", "holds no words"),
        ("a.md", "---\n\n***\n", "holds no words"),
        ("a.html", "<p>", "holds no article text"),
        ("a.html", "<html>" + "<div>" * 400 + LEAD, "is too large a page"),
        ("a.html", "<html>" + "<p>ya" * 50_001, "is too large a page"),
        ("a.txt", b"a" * 20_000_001, "is larger than 20 MB"),
    ],
)
def test_what_cannot_be_read_is_named_with_what_to_do(
    tmp_path: Path, name: str, content: str | bytes, what: str
) -> None:
    error = refusal(tmp_path, name, content)
    assert what in error.what
    assert error.remedy


def test_a_word_document_is_called_so(tmp_path: Path) -> None:
    content = word_document(tmp_path / "x.zip")
    assert "is a Word document" in refusal(tmp_path, "a.docx", content).what


def test_a_report_by_bmkg_is_no_bitmap(tmp_path: Path) -> None:
    text = "BMKG memperingatkan hujan lebat di pesisir."
    assert read(tmp_path, "a.txt", text).text == text


def test_no_file_no_article(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "tidak ada.txt", tmp_path / "a\0b.txt", Path(os.devnull)):
        with pytest.raises(ReadingError) as caught:
            READER.read_path(path)
        assert str(path) in caught.value.what


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="only POSIX has named pipes")
def test_a_pipe_does_not_keep_the_reader_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(ReadingError, match="not a file"):
        READER.read_path(tmp_path / "a.txt")


@pytest.mark.skipif(os.name != "posix" or os.uname().sysname != "Linux", reason="Linux' freedom")
def test_a_name_that_is_no_text_is_said_so(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt"))
    path.write_text(LEAD, encoding="utf-8")
    with pytest.raises(ReadingError, match="not Unicode") as caught:
        READER.read_path(path)
    str(caught.value).encode()


# Folders


def test_a_folder_is_listed_with_what_is_skipped(tmp_path: Path) -> None:
    names = ("b.txt", "a.md", "dalam/c.HTML", "dalam/d.pdf", ".e.txt", ".git/f.txt", "tanpa")
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(LEAD, encoding="utf-8")
    (tmp_path / "lagi").symlink_to(tmp_path)
    (tmp_path / "putus.txt").symlink_to(tmp_path / "tidak ada")
    kind = "not a kind of file Kliping reads"
    assert READER.list_folder(tmp_path) == Listing(
        readable=(tmp_path / "a.md", tmp_path / "b.txt", tmp_path / "dalam/c.HTML"),
        skipped=(
            (tmp_path / ".e.txt", "hidden"),
            (tmp_path / ".git", "hidden"),
            (tmp_path / "dalam/d.pdf", kind),
            (tmp_path / "lagi", "a link to a folder"),
            (tmp_path / "putus.txt", "not a file that can be opened"),
            (tmp_path / "tanpa", kind),
        ),
    )


def test_no_folder_no_listing(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(LEAD, encoding="utf-8")
    for path in (tmp_path / "a.txt", tmp_path / "tidak ada"):
        with pytest.raises(ReadingError, match="cannot be opened"):
            READER.list_folder(path)


# Addresses


def fetched(answers: dict[str, Answer], path: str = "/a") -> tuple[Article, str]:
    with Site(answers) as site:
        host = f"http://127.0.0.1:{site.port}"
        return READER.read_address(host + path), host


def test_a_page_on_the_web_becomes_an_article() -> None:
    article, host = fetched({"/a?utm_source=x": answer(PAGE.encode())}, "/a?utm_source=x")
    assert article.card == Card(
        origin=f"{host}/a",
        title="Aruvolt Rumahkan Karyawan",
        language=Language.INDONESIAN,
        added=NOON,
        characters=len(article.text),
        published=date(2026, 3, 3),
        site="Suara Teluk",
        byline="Nia Utari, Bayu Laksana",
    )
    assert article.text == f"{LEAD}\n{BODY}"


def test_an_article_is_known_by_where_the_redirects_end() -> None:
    article, host = fetched({"/a": redirect("/b"), "/b": answer(PAGE.encode())})
    assert article.card.origin == f"{host}/b"


def test_a_page_of_another_site_takes_nobody_s_place() -> None:
    page = PAGE.replace("</head>", '<link rel="canonical" href="https://kompas.com/a"></head>')
    article, host = fetched({"/a": answer(page.encode())})
    assert article.card.origin == f"{host}/a"


def test_a_site_without_a_name_is_called_by_its_host() -> None:
    page = PAGE.replace("og:site_name", "x").replace(" - Suara Teluk", "")
    article, _ = fetched({"/a": answer(page.encode())})
    assert article.card.site == "127.0.0.1"


def test_plain_text_on_the_web_becomes_an_article() -> None:
    text = f"Aruvolt\n\n{LEAD} Café"
    article, _ = fetched({"/a": answer(text.encode("cp1252"), content_type="text/plain")})
    assert (article.card.title, article.text) == ("Aruvolt", f"{LEAD} Café")


def test_a_document_that_calls_itself_a_page_is_refused() -> None:
    with pytest.raises(ReadingError, match="is a PDF document"):
        fetched({"/a": answer(b"%PDF-1.7\n")})


def test_private_addresses_need_leave() -> None:
    with pytest.raises(AddressRefusedError):
        ArticleReader(WordsDetector()).read_address("http://127.0.0.1:1/")


# Pasted text


def test_pasted_text_is_known_by_what_it_says() -> None:
    article = READER.read_text(f"menu\r\nclose\r\n\r\n{LEAD}\r\n")
    assert article.text == LEAD
    assert article.card.origin == f"text:{hashlib.sha256(LEAD.encode()).hexdigest()[:16]}"
    assert READER.read_text(LEAD).card.id == article.card.id


def test_a_title_given_with_pasted_text_is_its_title() -> None:
    article = READER.read_text(f"Aruvolt\n\n{LEAD}", title=" Pabrik\nberhenti ")
    assert (article.card.title, article.text) == ("Pabrik berhenti", f"Aruvolt\n\n{LEAD}")


def test_pasted_source_of_a_page_is_read_as_a_page() -> None:
    assert READER.read_text(PAGE).text == READER.read_bytes(PAGE.encode()).text == f"{LEAD}\n{BODY}"


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"Pabrik\0baterai", b"a" * 20_000_001])
def test_standard_input_that_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(ReadingError, match="The pasted text"):
        READER.read_bytes(data)


@given(st.text(st.characters(codec=None)) | st.text("a.…-\n* \u0301:#"))
def test_any_text_is_an_article_or_says_why_not(text: str) -> None:
    try:
        article = READER.read_text(text)
    except ReadingError:
        return
    assert article.text == normalise(article.text)
    assert article.card.title
    f"{article.card.title}{article.text}".encode()


@given(st.binary())
def test_any_bytes_are_an_article_or_say_why_not(data: bytes) -> None:
    with contextlib.suppress(ReadingError):
        assert READER.read_bytes(data).text


@given(st.text(alphabet="ab #*_[]()<>`~|-1.\n&!\\"))
def test_any_markdown_is_read(text: str) -> None:
    assert read_markdown(text).text.isascii()


# The form of the text

ODD = st.sampled_from(
    "a é\u0301\u200b\u202e\xad\ufeff\x00\x1b\t \xa0\u2003\r\n\x85\u2028\ud800가\u1100"
)


@given(st.text() | st.text(ODD))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a  \n \t\n\n\n\nb \t", "a\n\nb"),
        ("cafe\u0301", "café"),
        ("e\u200b\u0301", "é"),
        ("Rp\xa014,3\u2009miliar", "Rp 14,3 miliar"),
        ("\ufeffpa\xadbrik\u200b \u202ebaterai\u202c\x1b[31m\x00", "pabrik baterai[31m"),
        ("a\tb", "a\tb"),
        ("\u06dd", "\u06dd"),
        ("q" + "\u0301" * 100, "q" + "\u0301" * 30),
        ("q" + "\u0344" * 100, "q" + "\u0308\u0301" * 15),
        ("—" * 100, "—" * 100),
        ("\ud800", "\ufffd"),
    ],
)
def test_text_has_one_form(text: str, normal: str) -> None:
    assert normalise(text) == normal


# Titles


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Pabrik berhenti.", "Pabrik berhenti"),
        ("Pabrik\nberhenti\n\nlagi", "Pabrik berhenti"),
        (".\n\nPabrik", "Pabrik"),
        ("kata " * 15 + "baru lagi", "kata " * 15 + "baru…"),
        ("a" * 81, "a" * 79 + "…"),
        ("satu, " * 14, ("satu, " * 13).rstrip(", ") + "…"),
    ],
)
def test_first_words_are_cut_between_words(text: str, title: str) -> None:
    assert opening(text) == title
    assert len(title) <= 80


@pytest.mark.parametrize(
    ("title", "shorter"),
    [
        ("Pabrik berhenti - KOMPAS.com", "Pabrik berhenti"),
        ("Pabrik berhenti | Kompas | by Nia", "Pabrik berhenti"),
        ("Kompas.com: Pabrik - berhenti", "Pabrik - berhenti"),
        ("Opini | Pabrik berhenti", "Opini | Pabrik berhenti"),
        ("Kompas - Kompas", "Kompas"),
        ("Kompas", "Kompas"),
    ],
)
def test_a_site_s_name_leaves_the_title(title: str, shorter: str) -> None:
    assert without_site(title, ["Kompas.com", "kompas", "by Nia"]) == shorter
