"""Indonesian and English are told apart, and what is neither is left undetermined."""

import pytest

from models.language import LinguaDetector
from rag.values import Language

INDONESIAN_QUESTIONS = (
    "Siapa CEO sementara Scale AI?",
    "Siapa CEO Meta?",
    "Berapa karyawan yang di-PHK Scale AI?",
    "Kapan Scale AI didirikan?",
    "Siapa presiden Indonesia?",
    "Apa kata Alexandr Wang?",
    "Lalu siapa penggantinya?",
    "Di mana kantor Google?",
    "Berapa?",
    "Mengapa?",
)
ENGLISH_QUESTIONS = (
    "How much did Meta invest in Scale AI?",
    "When was Scale AI founded?",
    "Who is the CEO of Meta?",
    "Who leads Bank Mandiri?",
    "Why did Gojek merge with Tokopedia?",
    "What happened in Cianjur?",
    "Where is Jakarta?",
    "And the price?",
    "Who?",
    "Why?",
)
TOO_SHORT_OR_ONLY_NAMES = (
    "",
    "?",
    "2025",
    "OK",
    "PHK",
    "14,3 miliar",
    "😀",
    "Meta",
    "Scale AI",
    "Jason Droege",
    "Joko Widodo",
    "Prabowo Subianto",
    "Bank Mandiri",
    "Alexandr Wang, Jason Droege",
    "https://example.com/id/the-news",
)
OTHER_LANGUAGES = (
    "Le gouvernement a annoncé mardi une hausse des impôts pour les entreprises.",
    "Qui est le président de la France ?",
    "Die Regierung hat am Dienstag eine Erhöhung der Steuern für Unternehmen angekündigt.",
    "Was ist das?",
    "De regering heeft dinsdag een verhoging van de belastingen aangekondigd.",
    "Wie is de koning van Nederland?",
    "El gobierno anunció el martes un aumento de los impuestos para las empresas.",
    "Buenos días a todos",
    "Quem é o presidente do Brasil?",
    "Il governo ha annunciato martedì un aumento delle tasse per le imprese.",
    "Inanunsyo ng pamahalaan noong Martes ang pagtaas ng buwis para sa mga kumpanya.",
    "Pamaréntah ngumumaké ing dina Slasa mundhaké pajeg kanggo perusahaan.",
    "Pamaréntah ngumumkeun dina poé Salasa naékna pajeg pikeun pausahaan.",
    "Кто президент России?",
    "日本の首相は誰ですか？",
)
INDONESIAN = (
    "Perusahaan rintisan itu memberhentikan 200 karyawan pada hari Rabu, atau sekitar 14 persen "
    "dari seluruh pekerjanya. Menurut pemimpinnya, perusahaan terlalu cepat menambah orang untuk "
    "pekerjaan yang kini tidak lagi diminta."
)
ENGLISH = (
    "The start-up laid off 200 people on Wednesday, about 14 per cent of all who work for it. "
    "According to its head, the company had hired too fast for work that nobody asks for now."
)


@pytest.fixture(scope="module")
def detector() -> LinguaDetector:
    return LinguaDetector()


@pytest.mark.parametrize("question", INDONESIAN_QUESTIONS)
def test_an_indonesian_question_is_indonesian(detector: LinguaDetector, question: str) -> None:
    assert detector.detect(question) is Language.INDONESIAN


@pytest.mark.parametrize("question", ENGLISH_QUESTIONS)
def test_an_english_question_is_english(detector: LinguaDetector, question: str) -> None:
    assert detector.detect(question) is Language.ENGLISH


@pytest.mark.parametrize("text", TOO_SHORT_OR_ONLY_NAMES)
def test_names_and_scraps_are_no_language(detector: LinguaDetector, text: str) -> None:
    assert detector.detect(text) is Language.UNDETERMINED


@pytest.mark.parametrize("text", OTHER_LANGUAGES)
def test_another_language_is_neither(detector: LinguaDetector, text: str) -> None:
    assert detector.detect(text) is Language.UNDETERMINED


def test_paragraphs_are_told(detector: LinguaDetector) -> None:
    assert detector.detect(INDONESIAN) is Language.INDONESIAN
    assert detector.detect(ENGLISH) is Language.ENGLISH


def test_half_and_half_is_neither(detector: LinguaDetector) -> None:
    assert detector.detect(f"{INDONESIAN}\n\n{ENGLISH}") is Language.UNDETERMINED
    assert detector.detect(f"{ENGLISH}\n\n{INDONESIAN}") is Language.UNDETERMINED


def test_a_quotation_does_not_change_the_language_of_an_article(detector: LinguaDetector) -> None:
    quotation = "“We grew too fast,” said the head of the company."

    assert detector.detect(f"{INDONESIAN} {quotation} {INDONESIAN}") is Language.INDONESIAN


def test_malay_is_told_as_indonesian(detector: LinguaDetector) -> None:
    malay = "Kerajaan mengumumkan bahawa cukai untuk syarikat akan dinaikkan pada tahun hadapan."

    assert detector.detect(malay) is Language.INDONESIAN
