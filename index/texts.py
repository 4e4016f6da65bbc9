"""What every format comes down to: clean text, and what the source said about it."""

import codecs
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

import charset_normalizer


@dataclass(frozen=True, slots=True)
class Extract:
    """What a format's reader takes out of a source; ``None`` is what the source does not say.

    Attributes:
        text: Lines and paragraphs as the source has them, page furniture included.
        address: The canonical http(s) address the source gives for itself.
    """

    text: str
    title: str | None = None
    site: str | None = None
    byline: str | None = None
    published: date | None = None
    address: str | None = None


class UndecodableError(ValueError):
    """Bytes that are no text in any encoding Kliping knows."""


# UTF-32 first: its little-endian mark begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# What the web means when it says Latin-1 or ASCII (WHATWG Encoding Standard, section 4.2).
_MEANT = {"iso8859-1": "cp1252", "ascii": "cp1252"}

_ASCII = bytes(range(128))
_MOSTLY_ASCII = 0.1  # Indonesian and English in one byte a letter: only quotes, dashes and names.
_MOSTLY_CONTROLS = 0.02  # Text has almost none; compressed data has an eighth.


def decode(data: bytes, *, stated: str | None = None) -> str:
    """Turn bytes into text: byte order mark, UTF-8, the stated encoding, then the likeliest.

    UTF-8 goes before what is stated because text that happens to be valid UTF-8 is nothing else,
    and servers often state a default they never checked.

    Args:
        data: A whole file or page.
        stated: The encoding a header or the page itself claims.

    Raises:
        UndecodableError: the bytes are not text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(data.decode(encoding, errors="replace"))
    if b"\0" in data:
        raise UndecodableError
    try:
        return _checked(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _checked(_guess(data, stated))


def _guess(data: bytes, stated: str | None) -> str:
    if stated is not None:
        try:
            name = codecs.lookup(stated).name
            # One bad byte in a page that states its encoding costs one letter, not the page.
            return data.decode(_MEANT.get(name, name), errors="replace")
        except (LookupError, UnicodeError, ValueError):
            pass  # An unknown label says nothing; codecs that are no text encodings land here, too.
    # Not the detector: from a handful of quotation marks it guesses cp775 or cp1250.
    if len(data.translate(None, delete=_ASCII)) < _MOSTLY_ASCII * len(data):
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError:
            pass
    best = charset_normalizer.from_bytes(data).best()
    if best is None:
        raise UndecodableError
    return str(best)


def _checked(text: str) -> str:
    beginning = text[:65536]
    if len(_CONTROLS.findall(beginning)) > _MOSTLY_CONTROLS * len(beginning):
        raise UndecodableError
    return text


_BREAKS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
# Soft hyphens, zero-width and bidi controls, byte order marks, tags: what no reader sees. Not the
# whole category Cf: readers see Arabic's U+06DD, which ends a verse.
_INVISIBLE = re.compile(
    r"[\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e007f]"
)
_SPACES = re.compile(r"[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")  # Half a character: cannot be stored as UTF-8.
_MOST_MARKS = 30
_LONG_RUN = re.compile(rf"[^\w\s\x00-\x7f]{{{_MOST_MARKS + 1},}}")  # Accents are no \w.
_BLANK_LINES = re.compile(r"\n{3,}")


def normalise(text: str) -> str:
    """Give text the one form the library stores; doing it twice changes nothing.

    NFC; a line feed ends a line; of control and invisible characters only tab remains; every space
    is U+0020; no spaces before a line's end, at most one blank line in a row, none at the edges.
    """
    text = _BREAKS.sub("\n", text)
    text = _CONTROLS.sub("", text)
    if not text.isascii():
        text = _SPACES.sub(" ", _INVISIBLE.sub("", text))
        text = _fewer_marks(_SURROGATES.sub("\ufffd", text))
        # Once more behind: NFC writes some marks as two.
        text = _fewer_marks(unicodedata.normalize("NFC", text))
    lines = (line.rstrip(" \t") for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip(" \t\n")


def _fewer_marks(text: str) -> str:
    """Leave at most 30 accents on a letter, as Unicode's Stream-Safe Text Format (UAX 15) does.

    No writing needs more than six, and NFC takes hours for a letter with a million.
    """
    return _LONG_RUN.sub(_without_surplus, text)


def _without_surplus(run: re.Match[str]) -> str:
    kept = []
    marks = 0
    for character in run[0]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def one_line(text: str) -> str:
    """Return a normalised text on one line: a title, a name."""
    return " ".join(normalise(text).split())
