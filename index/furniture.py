"""Page furniture: menus, buttons and link lists that come along when a page is copied.

General rules, none for one site. In doubt a line stays: a stray button costs a reader a glance, a
lost sentence costs the answer.
"""

import itertools
import re
from dataclasses import replace

from index.texts import Extract, normalise
from index.titles import is_headline

# Alone on a line at the beginning or the end. Words that end poems and lists are not here.
_BUTTONS = frozenset(
    "menu|main menu|menu utama|navigasi|navigation|toggle navigation|open menu|close menu|"
    "close|tutup|home|beranda|search|pencarian|"
    "skip to content|skip to main content|lewati ke konten|langsung ke konten|"
    "login|log in|logout|sign in|sign up|register|subscribe|berlangganan|newsletter|"
    "share|share this|share this article|bagikan|bagikan artikel ini|bagikan berita ini|"
    "facebook|twitter|x twitter|whatsapp|telegram|instagram|tiktok|youtube|linkedin|"
    "print|cetak|copy link|salin link|salin tautan|link copied|tautan disalin|"
    "comments|komentar|tulis komentar|leave a comment|"
    "follow us|ikuti kami|back to top|kembali ke atas|source|sumber|"
    "about us|tentang kami|contact us|hubungi kami|redaksi|pedoman media siber|"
    "privacy policy|kebijakan privasi|terms of service|terms of use|syarat dan ketentuan|"
    "all rights reserved".split("|")
)

# Alone on a line anywhere.
_INTERRUPTIONS = frozenset(
    "advertisement|iklan|continue reading|story continues below advertisement|"
    "article continues below advertisement|scroll to continue|scroll to continue with content|"
    "advertisement scroll to continue with content|scroll untuk melanjutkan membaca|"
    "scroll untuk melanjutkan|lanjutkan membaca|baca juga|lihat juga|simak juga|also read|"
    "read also".split("|")
)

# Alone on a line, with nothing but titles of other articles from there to the end. Words that head
# a section of a report, too ("Rekomendasi"), are not here.
_LINK_LISTS = frozenset(
    "latest news|latest stories|breaking news|top stories|more news|more stories|read next|"
    "related articles|related news|related posts|related stories|related topics|most read|"
    "most popular|trending now|you may also like|you might also like|recommended for you|"
    "editor's picks|editors' picks|also read|read also|see also|tags|"
    "berita terkait|berita terbaru|berita terkini|berita lainnya|berita populer|"
    "berita terpopuler|berita rekomendasi|artikel terkait|artikel lainnya|artikel terbaru|"
    "topik terkait|rekomendasi untuk anda|pilihan editor|baca juga|lihat juga|simak juga".split("|")
)

# "Baca juga: another article's title", or the title on the line after it.
_INVITATION = re.compile(
    r"(?:(?:baca|lihat|simak) (?:juga|pula)|also read|read (?:also|more)|see also|related)"
    r"\s*:(?P<title>.*)",
    re.IGNORECASE,
)
_BREADCRUMBS = re.compile(r"(?:home|beranda)\s*[>/»›|].*", re.IGNORECASE)
_COPYRIGHT = re.compile(r"(?:©|copyright|hak cipta)[\s©(c)]*\d{4}\b.*", re.IGNORECASE)
_DECORATION = " \t:>»›|•·*#[]()-–—+"

_LINK_LENGTH = 150  # Characters; headlines rarely pass 120.
_PARAGRAPH_LENGTH = 100  # Characters; lines of verse, headings and captions are mostly shorter.

# "Volubit.id — …", "JAKARTA, KOMPAS.com – …", "Liputan6.com, Jakarta - …". The endings are listed
# because "Node.js - …" is domain-like, too.
_CITY = r"[^\W\d_][\w .']{1,40}?"
_DATELINE = re.compile(
    rf"(?:(?P<before>{_CITY}), )?"
    r"(?P<site>(?:[a-z0-9][a-z0-9-]*\.)+(?:com|id|net|org|co|tv|info|news|asia|my|sg|uk|us|au))"
    rf"(?:, (?P<after>{_CITY}))?"
    r"(?:\s+(?P<dash>--|[-–—])\s*|(?P<tight>--|[-–—])\s+)(?=\S)",
    re.IGNORECASE,
)


def tidy(extract: Extract) -> Extract:
    """Take the furniture out of a text, and its title and its site's name out of the sentences.

    A text without a title gets its first line for one, if that reads like a headline. A text that
    would be nothing but furniture is left as it is.
    """
    lines = _without_interruptions(_without_edges(extract.text.split("\n")))
    title = extract.title
    if title is None and is_headline(lines):
        title = lines[0]
    if title is not None:
        lines = _without_top(_without_title(lines, title))
    text, site = _without_dateline("\n".join(_without_second_lead(lines)))
    if not any(map(str.isalnum, text)):
        return extract
    return replace(extract, text=normalise(text), title=title, site=extract.site or site)


def _bare(line: str) -> str:
    """Return a line's words alone: "» Menu:" and "MENU" are the same button."""
    return " ".join(line.strip(_DECORATION).casefold().split())


def _is_link(line: str) -> bool:
    return len(line) <= _LINK_LENGTH and not line.rstrip("\"'”’)").endswith((".", ":", ";", ","))


def _is_button(line: str) -> bool:
    bare = _bare(line)
    return not bare or bare in _BUTTONS or bare in _INTERRUPTIONS


def _without_edges(lines: list[str]) -> list[str]:
    """Leave out buttons before the text, and buttons and lists of links behind it."""
    lines = _without_top(lines)
    end = len(lines)
    while (cut := _before_links(lines, _before_buttons(lines, end))) < end:
        end = cut
    return lines[:end]


def _without_top(lines: list[str]) -> list[str]:
    furniture = itertools.takewhile(
        lambda line: _is_button(line) or (_BREADCRUMBS.fullmatch(line) and _is_link(line)), lines
    )
    return lines[sum(1 for _ in furniture) :]


def _before_buttons(lines: list[str], end: int) -> int:
    while end and (_is_button(lines[end - 1]) or _is_copyright(lines[end - 1])):
        end -= 1
    return end


def _before_links(lines: list[str], end: int) -> int:
    """Return where the links begin that end the text; without a heading over them, ``end``."""
    cut = end
    for index in range(end - 1, -1, -1):
        if _bare(lines[index]) in _LINK_LISTS:
            cut = index
        elif not _is_link(lines[index]):
            break
    return cut


def _is_copyright(line: str) -> bool:
    return len(line) <= _LINK_LENGTH and _COPYRIGHT.fullmatch(line.strip()) is not None


def _without_interruptions(lines: list[str]) -> list[str]:
    """Leave out advertisements and "Baca juga: …"."""
    kept = []
    invited = False  # "Baca juga:" stood alone; the title it announces is still to come.
    for line in lines:
        if invited and line:
            invited = False
            if _is_link(line):
                continue
        invitation = _INVITATION.fullmatch(line.strip())
        if invitation and _is_link(invitation["title"]):
            invited = not invitation["title"].strip()
        elif _bare(line) not in _INTERRUPTIONS:
            kept.append(line)
    return kept


def _without_title(lines: list[str], title: str) -> list[str]:
    """Leave out lines that repeat the title at the top or beside a paragraph.

    Elsewhere they stay: in verse the title often is the refrain.
    """
    key = _bare(title)
    if not key:
        return lines
    kept: list[str] = []
    at_top = True
    before = ""
    for line, after in zip(lines, _following(lines), strict=True):
        repeats = _bare(line) == key
        if not (repeats and (at_top or max(len(before), len(after)) >= _PARAGRAPH_LENGTH)):
            kept.append(line)
        if line and not repeats:
            at_top = False
            before = line
    return kept


def _following(lines: list[str]) -> list[str]:
    """Return for each line the next one that is not blank."""
    following = [""] * len(lines)
    for index in range(len(lines) - 1, 0, -1):
        following[index - 1] = lines[index] or following[index]
    return following


def _without_second_lead(lines: list[str]) -> list[str]:
    """Keep the first paragraph once; pages show it as a summary, then begin the text with it."""
    lead = next(filter(None, lines), "")
    if len(lead) < _PARAGRAPH_LENGTH:
        return lines
    first = lines.index(lead)
    return [line for index, line in enumerate(lines) if line != lead or index == first]


def _without_dateline(text: str) -> tuple[str, str | None]:
    """Take the site's name off the beginning; a city beside it stays."""
    text = text.lstrip()
    dateline = _DATELINE.match(text)
    if dateline is None:
        return text, None
    city = dateline["before"] or dateline["after"]
    rest = text[dateline.end() :]
    dash = dateline["dash"] or dateline["tight"]
    return (f"{city} {dash} {rest}" if city else rest), dateline["site"]
