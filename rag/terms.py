"""The terms of a text: stemmed words and normalised numbers, in Indonesian and English.

Search and the check of an answer compare texts by their terms, so that "memecat" meets
"pemecatan" and 1.400 meets 1,400.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Protocol

import snowballstemmer

from rag.values import Language

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|\w+")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_DECIMAL = re.compile(r"\d+[.,]\d+")

_LANGUAGES = {Language.INDONESIAN: "indonesian", Language.ENGLISH: "english"}

# Words that say how a sentence is built and not what it is about.
STOP_WORDS: dict[Language, frozenset[str]] = {
    Language.INDONESIAN: frozenset(
        "ada adalah agar akan anda apa apakah atas atau bagaimana bagi bahwa banyak bapak "
        "beberapa belum berapa berapakah bila bisa boleh bukan dalam dan dapat dari demi dengan "
        "di dia dong hal hanya harus hingga ia ialah ini itu itukah iya jadi jika juga kah kalau "
        "kali kami kamu kan kapan kapankah karena kata ke kenapa kepada kita lagi lah lain lalu "
        "lebih maka mana manakah masih mau mengapa mereka merupakan namun nya oleh pada para per "
        "pernah pun pula saat saja sambil sampai sang saya sebab sebagai sebelum sebuah sedang "
        "sehingga sejak sekitar selama seorang seperti serta setelah siapa siapakah si suatu "
        "sudah supaya tapi telah tentang terhadap tersebut tetapi tiap tidak tolong untuk ya "
        "yaitu yakni yang jelaskan sebutkan menurut dimana dimanakah artikel soal".split()
    ),
    Language.ENGLISH: frozenset(
        "a about after all also am an and any are as at be because been before being both but by "
        "can could did do does doing down during each for from further had has have having he her "
        "here hers him his how i if in into is it its just many me more most much my no nor not "
        "now of off on once only or other our out over own please same she should so some such "
        "tell than that the their them then there these they this those through to too under "
        "until up very was we were what when where which while who whom whose why will with would "
        "yes you your according article s t ll re ve d m".split()
    ),
}


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - snowballstemmer's name


@lru_cache(maxsize=100_000)
def _stem(word: str, language: Language) -> str:
    # A stemmer for each word: it keeps the word within itself, so threads must not share one.
    stemmer: _Stemmer = snowballstemmer.stemmer(_LANGUAGES[language])
    return stemmer.stemWord(word)


def words(text: str) -> list[str]:
    """The words and numbers of a text in order, in lower case and without accents.

    Hyphens part words ("anak-anak" is "anak" twice). Numbers are one writing per value as far
    as their look tells: "1.400" and "1,400" are "1400", "14,3" and "14.3" are "14.3".
    """
    # The stemmer knows only the straight apostrophe: "Meta’s" is a form of "Meta", too.
    plain = unicodedata.normalize("NFKD", text).replace("’", "'")
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return [_number(token) for token in _TOKEN.findall(bare.casefold())]


def _number(token: str) -> str:
    if _GROUPED.fullmatch(token):
        return token.replace(".", "").replace(",", "")
    if _DECIMAL.fullmatch(token):
        return token.replace(",", ".")
    return token


def stems(word: str, language: Language) -> frozenset[str]:
    """The stem of a word in a language, or in both where the language is undetermined."""
    if word[:1].isdigit():
        return frozenset((word,))
    if language is Language.UNDETERMINED:
        return frozenset(_stem(word, known) for known in _LANGUAGES)
    return frozenset((_stem(word, language),))


def is_stop_word(word: str) -> bool:
    """Whether a word of :func:`words` only builds sentences, in either language."""
    return any(word in listed for listed in STOP_WORDS.values())


def content_words(text: str) -> list[str]:
    """The words of a text that say what it is about, in order."""
    return [word for word in words(text) if not is_stop_word(word)]


def vocabulary(text: str) -> frozenset[str]:
    """Every word of a text with its stems in both languages, to look words up in."""
    return frozenset(
        stem for word in words(text) for stem in {word} | stems(word, Language.UNDETERMINED)
    )


def occurs(word: str, in_vocabulary: frozenset[str]) -> bool:
    """Whether a word, in any of its forms, is in a :func:`vocabulary`."""
    return word in in_vocabulary or not in_vocabulary.isdisjoint(stems(word, Language.UNDETERMINED))
