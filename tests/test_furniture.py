import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.furniture import tidy
from index.texts import Extract, normalise

LEAD = (
    "Pabrik baterai Aruvolt di Teluk Kelambu berhenti berproduksi pada hari Selasa setelah kontrak "
    "terbesarnya tidak diperpanjang."
)
BODY = (
    "Sebanyak 240 karyawan akan dirumahkan, kata juru bicara perusahaan, dan sisanya menunggu "
    "keputusan rapat pemegang saham."
)
POEM = "Hujan Pagi\n\nhujan pagi\nturun lagi\ndi jendela\n\nhujan pagi\nkembali\npulang"


def tidied(*lines: str, title: str | None = None, site: str | None = None) -> Extract:
    return tidy(Extract(normalise("\n".join(lines)), title=title, site=site))


def test_a_copied_page_keeps_its_article_alone() -> None:
    article = tidied(
        "menu", "close", "", "Aruvolt Rumahkan Karyawan", "", LEAD, "Aruvolt Rumahkan Karyawan", "",
        BODY, "", "Source:", "", "Latest News",
    )  # fmt: skip
    assert article == Extract(f"{LEAD}\n\n{BODY}", title="Aruvolt Rumahkan Karyawan")


@pytest.mark.parametrize(
    "line",
    ["Menu", "MENU", "» Close", "[Tutup]", "Beranda", "Home > Bisnis > Energi", "Share:", "Login"],
)
def test_buttons_before_the_text_go(line: str) -> None:
    assert tidied(line, "", LEAD).text == LEAD


@pytest.mark.parametrize(
    "line", ["Source:", "Sumber:", "Bagikan", "WhatsApp", "Iklan", "© 2026 Suara Teluk. Hak cipta."]
)
def test_buttons_behind_the_text_go(line: str) -> None:
    assert tidied(LEAD, "", line).text == LEAD


@pytest.mark.parametrize("heading", ["Latest News", "Berita Terkait:", "BACA JUGA", "Most Read"])
def test_a_list_of_links_behind_the_text_goes_with_its_heading(heading: str) -> None:
    links = ("Harga nikel naik lagi", "Siapa pemilik Aruvolt?", "5 menit yang lalu")
    assert tidied(LEAD, "", heading, *links, "Share").text == LEAD


@pytest.mark.parametrize(
    "line",
    [
        "ADVERTISEMENT",
        "Iklan",
        "SCROLL TO CONTINUE WITH CONTENT",
        "Baca juga: Harga Nikel Naik Lagi",
        "Baca Juga : Siapa Pemilik Aruvolt?",
        "Read more: Nickel prices are up again",
        "Baca juga:\nHarga Nikel Naik Lagi",
        "Baca juga:\n\nHarga Nikel Naik Lagi",
    ],
)
def test_interruptions_go_wherever_they_stand(line: str) -> None:
    assert tidied(LEAD, "", line, "", BODY).text == f"{LEAD}\n\n{BODY}"


@pytest.mark.parametrize(
    "text",
    [
        f"{LEAD}\n\nSumber: Reuters",
        f"{LEAD}\n\nSource: Suara Teluk, 3 Maret 2026",
        "Menu sarapan gratis dimulai hari ini di 20 sekolah, kata dinas pendidikan.",
        "Tutup pabrik itu, kata serikat pekerja dalam rapat hari Rabu.",
        f"{LEAD}\n\nMenu\n\n{BODY}",
        f"{LEAD}\n\nLatest News\n\n{BODY}",
        f"{LEAD}\n\nBaca juga perjanjian kerja itu dengan teliti, kata pengacara mereka.",
        f"{LEAD}\n\nBaca juga: perjanjian kerja itu tidak pernah ditandatangani oleh direktur.",
        f"{LEAD}\n\nYang dirumahkan:\n\n- 120 dari perakitan\n- 80 dari gudang\n- 40 dari kantor",
        f"{LEAD}\n\nRekomendasi\n\nBayar pesangon\nBuka pembukuan",
        f"{LEAD}\n\nkota\nlampu\nhujan\n\n{BODY}",
        f"{LEAD}\n\nNia Utari",
        f"{LEAD}\n\n2026 menjadi tahun yang berat bagi industri baterai",
    ],
)
def test_what_only_looks_like_furniture_stays(text: str) -> None:
    assert tidied(text, title="Judul lain").text == text


def test_an_invitation_takes_no_sentence_along() -> None:
    assert tidied(LEAD, "", "Baca juga:", "", BODY).text == f"{LEAD}\n\n{BODY}"


def test_a_poem_keeps_every_line_and_its_refrain() -> None:
    poem = tidied(POEM)
    assert poem.title == "Hujan Pagi"
    assert poem.text == POEM.partition("\n\n")[2].removeprefix("hujan pagi\n")


@pytest.mark.parametrize("text", ["menu\nclose", "Latest News", "Iklan"])
def test_a_text_is_never_tidied_away(text: str) -> None:
    assert tidied(text).text == text


def test_a_lead_that_is_shown_twice_is_kept_once() -> None:
    assert tidied(LEAD, "", LEAD, "", BODY).text == f"{LEAD}\n\n{BODY}"


# The title


def test_a_title_that_is_known_leaves_the_text() -> None:
    article = tidied(
        "Menu", "ARUVOLT RUMAHKAN KARYAWAN", "", LEAD, title="Aruvolt Rumahkan Karyawan"
    )
    assert article == Extract(LEAD, title="Aruvolt Rumahkan Karyawan")


@pytest.mark.parametrize(
    "first",
    [
        "Pabrik baterai Aruvolt di Teluk Kelambu berhenti berproduksi sejak hari",
        "Pabrik baterai berhenti.",
        "Pabrik baterai berhenti:",
        "“Pabrik baterai berhenti.”",
        "- Pabrik baterai berhenti",
        "2026",
    ],
)
def test_a_line_that_is_no_headline_stays_in_the_text(first: str) -> None:
    text = f"{first}\nini, kata juru bicaranya, dan belum diketahui kapan mulai lagi."
    assert tidied(text) == Extract(text)
    assert tidied(first) == Extract(first)


# The dateline


@pytest.mark.parametrize(
    ("beginning", "site", "rest"),
    [
        ("Volubit.id — ", "Volubit.id", ""),
        ("KOMPAS.com - ", "KOMPAS.com", ""),
        ("KOMPAS.com- ", "KOMPAS.com", ""),
        ("JAKARTA, KOMPAS.com – ", "KOMPAS.com", "JAKARTA – "),
        ("TEMPO.CO, Jakarta - ", "TEMPO.CO", "Jakarta - "),
        ("REPUBLIKA.CO.ID, BANDUNG -- ", "REPUBLIKA.CO.ID", "BANDUNG -- "),
        ("Jakarta - ", None, "Jakarta - "),
        ("Jakarta, Suara Teluk – ", None, "Jakarta, Suara Teluk – "),
        ("Node.js - ", None, "Node.js - "),
        ("U.S. — ", None, "U.S. — "),
        ("Aruvolt.id ", None, "Aruvolt.id "),
        ("Kata Aruvolt.id - ", None, "Kata Aruvolt.id - "),
    ],
)
def test_a_site_leaves_the_dateline_and_a_city_stays(
    beginning: str, site: str | None, rest: str
) -> None:
    assert tidied(beginning + LEAD) == Extract(rest + LEAD, site=site)


def test_a_dateline_below_the_title_is_found() -> None:
    article = tidied("Aruvolt Rumahkan Karyawan", "", f"Volubit.id — {LEAD}")
    assert article == Extract(LEAD, title="Aruvolt Rumahkan Karyawan", site="Volubit.id")


def test_a_site_that_is_known_is_not_overruled() -> None:
    assert tidied(f"Volubit.id — {LEAD}", site="Volubit") == Extract(LEAD, site="Volubit")


PIECES = st.sampled_from(
    [LEAD, BODY, "Menu", "Share", "Latest News", "Baca juga:", "Judul", "", "Volubit.id — ya", "…"]
)


@given(st.lists(PIECES | st.text()).map("\n".join), st.none() | st.just("Judul"))
def test_what_is_kept_stood_there_in_this_order(text: str, title: str | None) -> None:
    before = Extract(normalise(text), title=title)
    after = tidy(before)
    left = iter(before.text.split("\n"))
    for line in filter(None, after.text.split("\n")):
        assert any(original.endswith(line) for original in left)
    assert any(map(str.isalnum, after.text)) == any(map(str.isalnum, before.text))
