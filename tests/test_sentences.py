import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.sentences import sentence_spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Satu. Dua.", ["Satu.", "Dua."]),
        ("Harga Rp1.400.000 naik. Lalu turun.", ["Harga Rp1.400.000 naik.", "Lalu turun."]),
        ("Dr. Ratna dan Ir. H. Yusuf hadir.", ["Dr. Ratna dan Ir. H. Yusuf hadir."]),
        ("Budi S.H. datang. Ia diam.", ["Budi S.H. datang.", "Ia diam."]),
        ("Alexandr W. Wang left. He won.", ["Alexandr W. Wang left.", "He won."]),
        ("Menurut Pasal 4 hal. 12 itu sah.", ["Menurut Pasal 4 hal. 12 itu sah."]),
        ("Ada beberapa hal. Pertama, biaya.", ["Ada beberapa hal.", "Pertama, biaya."]),
        (
            "“Kami rugi.” Ratna menunduk. “Ya!” katanya.",
            ["“Kami rugi.”", "Ratna menunduk.", "“Ya!” katanya."],
        ),
        ("PT Nusa Tbk. dan CV. Maju rugi.", ["PT Nusa Tbk. dan CV. Maju rugi."]),
        ("The U.S. economy grew. Why?", ["The U.S. economy grew.", "Why?"]),
        ("Tunggu... Siapa itu?", ["Tunggu...", "Siapa itu?"]),
        ("Judul tanpa titik\nIsi berita.", ["Judul tanpa titik", "Isi berita."]),
        ("Pukul 10.30 WIB. Selesai", ["Pukul 10.30 WIB.", "Selesai"]),
        ("", []),
        (" \n\t\n", []),
    ],
)
def test_sentences_of_news(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_the_work_grows_with_the_text_and_not_with_its_square() -> None:
    # 300,000 sentences on one line: a second or two, where the square would take hours.
    assert len(sentence_spans("A1. " * 300_000)) == 300_000
    assert len(sentence_spans("x" * 2_000_000 + ". Ya.")) == 2


@given(st.text(alphabet=st.sampled_from('Aa1.?!" \n\t”)é—'), max_size=80))
def test_every_character_but_white_space_lies_in_exactly_one_sentence(text: str) -> None:
    spans = sentence_spans(text)
    assert all(a < b for a, b in spans)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())
    assert all(text[a:b] == text[a:b].strip() for a, b in spans)
