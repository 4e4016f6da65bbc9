from collections.abc import Sequence

import pytest

from rag.citations import settle
from rag.values import Answer, Language, NotFound, Reason, Reply, Source
from tests.making import source

SCALE = source(
    "Sebelum PHK, jumlah karyawan Scale AI secara global mencapai 1.400 orang. "
    "Juru bicara perusahaan, Joe Osborne, menyebut karyawan telah mendapatkan pesangon.",
    1,
)
VOLTA = source("Nusa Volta memberhentikan 240 pekerja. Pesanannya turun 30 persen.", 2)
BOTH = (SCALE, VOLTA)


def settled(
    draft: str,
    question: str = "Berapa karyawan Scale AI?",
    sources: Sequence[Source] = BOTH,
    language: Language = Language.INDONESIAN,
    said_before: str = "",
    translations: Sequence[str] = (),
) -> Reply:
    return settle(
        draft,
        question=question,
        sources=sources,
        language=language,
        said_before=said_before,
        translated=lambda _, sentence: sentence in translations,
    )


def answer(reply: Reply) -> Answer:
    assert isinstance(reply, Answer), reply
    return reply


def test_a_supported_draft_cites_the_very_sentence() -> None:
    reply = answer(settled("1.400 orang [1]"))
    assert reply.text == "1.400 orang [1]"
    (citation,) = reply.citations
    assert citation.sentence == (
        "Sebelum PHK, jumlah karyawan Scale AI secara global mencapai 1.400 orang."
    )
    assert SCALE.passage.text[citation.start : citation.end] == citation.sentence


def test_draft_without_a_source_number_gets_the_source_that_has_its_words() -> None:
    assert (
        answer(settled("240 pekerja", "Berapa yang di-PHK Nusa Volta?")).text == "240 pekerja [2]"
    )


def test_an_invented_source_number_is_dropped() -> None:
    assert answer(settled("1.400 orang [7].")).text == "1.400 orang [1]."


def test_a_wrong_source_number_moves_to_the_source_that_supports() -> None:
    assert answer(settled("1.400 orang [2].")).text == "1.400 orang [1]."


FIRST, SECOND = (
    "Sebelum PHK, jumlah karyawan Scale AI secara global mencapai 1.400 orang.",
    "Juru bicara perusahaan, Joe Osborne, menyebut karyawan telah mendapatkan pesangon.",
)


def test_a_translation_with_the_number_in_the_other_writing_is_supported() -> None:
    asked, english = "How many employees did Scale AI have?", Language.ENGLISH
    alone = settled("1,400 people", asked, language=english)
    assert isinstance(alone, NotFound)  # "people" stands nowhere, and nothing says the same
    reply = settled("1,400 people", asked, language=english, translations=[FIRST])
    assert answer(reply).text == "1,400 people [1]"
    other = settled("1,500 people", asked, language=english, translations=[FIRST])
    assert isinstance(other, NotFound)


@pytest.mark.parametrize(
    "draft",
    [
        "1.500 orang [1].",  # another number
        "Presiden Joko mengumumkannya di Jakarta [1].",  # words that stand nowhere
        "Berapa karyawan yang ada di perusahaan, 1.400 [1]?",
        "Karyawan Scale AI [1].",  # says only what was asked
        "[1] [2]",
        "…",
    ],
)
def test_draft_without_support_is_not_an_answer(draft: str) -> None:
    reply = settled(draft)
    assert isinstance(reply, NotFound)
    assert reply.reason is Reason.UNSUPPORTED
    assert reply.closest == BOTH


@pytest.mark.parametrize(
    "draft",
    ["", " \n", "Tidak ada di artikel Anda.", "Not in your articles.", "Tidak ada di artikel. [1]"],
)
def test_a_refusal_is_not_an_answer(draft: str) -> None:
    reply = settled(draft)
    assert isinstance(reply, NotFound)
    assert reply.reason is Reason.MODEL_REFUSED


def test_unsupported_sentences_are_left_out_and_supported_ones_stay() -> None:
    reply = answer(settled("Jumlahnya 1.400 orang [1]. Mereka semua pindah ke Mars [1]."))
    assert reply.text == "Jumlahnya 1.400 orang [1]."


def test_repeating_the_question_supports_nothing() -> None:
    question = "Siapa yang memberhentikan pekerja Nusa Volta karena bencana?"
    assert isinstance(settled("Bencana [2]", question), NotFound)


def test_across_languages_names_must_be_there() -> None:
    asked, english = "Who spoke for the company?", Language.ENGLISH
    right = "The spokesman Joe Osborne said staff were paid."
    supported = settled(right, asked, language=english, translations=[SECOND])
    assert answer(supported).citations[0].sentence == SECOND
    wrong = settled(
        right.replace("Osborne", "Biden"), asked, language=english, translations=[SECOND]
    )
    assert isinstance(wrong, NotFound)


@pytest.mark.parametrize(
    ("text", "draft"),
    [
        ("Aruvolt tidak memberhentikan 240 pekerja.", "Aruvolt memberhentikan 240 pekerja."),
        ("Aruvolt memberhentikan 240 pekerja.", "Aruvolt belum memberhentikan 240 pekerja."),
        ("Denda Aruvolt Rp5 miliar, bukan 3 juta.", "Rp5 juta"),
        ("Aruvolt rugi 14%.", "14 orang"),
        ("Aruvolt rugi. Cuaca cerah. Harga beras naik 12 persen.", "12 persen"),
    ],
)
def test_what_the_source_denies_or_says_of_something_else_is_not_supported(
    text: str, draft: str
) -> None:
    about = source(text, 1, title="Berita")
    assert isinstance(settled(draft, "Apa yang dilakukan Aruvolt?", [about]), NotFound)


def test_a_sentence_may_lean_on_the_one_before_it() -> None:
    text = "Aruvolt rugi. Kerugian itu US$14,3 juta."
    reply = answer(settled("US$14,3 juta", "Berapa rugi Aruvolt?", [source(text, 1)]))
    assert reply.citations[0].sentence == "Kerugian itu US$14,3 juta."


def test_saying_the_reply_before_once_more_answers_nothing() -> None:
    reply = settled(
        "1.400 orang [1]", "Kapan Scale AI memberhentikannya?", said_before="1.400 orang"
    )
    assert isinstance(reply, NotFound)


def test_marks_after_the_full_stop_belong_to_the_sentence_before() -> None:
    reply = answer(settled("Jumlahnya 1.400 orang. [1] Pesanannya turun 30 persen. [2]"))
    assert reply.text == "Jumlahnya 1.400 orang [1]. Pesanannya turun 30 persen [2]."


def test_marks_written_together_are_read_apart() -> None:
    twins = (SCALE, source(SCALE.passage.text, 2))
    assert answer(settled("1.400 orang [1, 2].", sources=twins)).text == "1.400 orang [1][2]."


def test_values_are_written_as_the_language_of_the_reply_writes_them() -> None:
    meta = source("Meta menginvestasikan US$14,3 miliar pada 12 Juni 2025.", 1)
    reply = settled("US$14,3 miliar [1]", "How much did Meta invest?", [meta], Language.ENGLISH)
    assert answer(reply).text == "US$14.3 billion [1]"
    assert "US$14,3 miliar" in answer(reply).citations[0].sentence
