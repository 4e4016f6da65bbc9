"""What a file is by its first bytes, whatever its name says."""

# From the formats' own specifications. Only signatures no text begins with: a picture may begin
# with BM, but so does a report by BMKG.
_SIGNATURES = (
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Microsoft Office document"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\0", "an SQLite database"),
)

# A ZIP archive names its members in the clear, the telling one first.
_INSIDE_ZIP = (
    (b"application/epub+zip", "an EPUB book"),
    (b"application/vnd.oasis.opendocument", "an OpenDocument file"),
    (b"word/", "a Word document"),
    (b"xl/", "an Excel workbook"),
    (b"ppt/", "a PowerPoint presentation"),
)
_ENOUGH = 4096


def kind(data: bytes) -> str | None:
    """Name the format that is no text, with its article; ``None`` for what may be text."""
    beginning = data[:_ENOUGH]
    if beginning.startswith(b"PK\x03\x04"):
        return next((name for mark, name in _INSIDE_ZIP if mark in beginning), "a ZIP archive")
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP":
        return "a WebP picture"
    if beginning[4:8] == b"ftyp":
        return "a film, a recording or a HEIF picture"
    return next((name for mark, name in _SIGNATURES if beginning.startswith(mark)), None)


def is_html(text: str) -> bool:
    """Whether a text is a web page: the beginning says so, as the HTML standard requires."""
    beginning = text[:_ENOUGH].lstrip().lower()
    return beginning.startswith(("<!doctype html", "<html"))
