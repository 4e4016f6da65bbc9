"""What several tests make: small articles and the values around them."""

from datetime import UTC, date, datetime

from rag.values import Article, Card, Hit, Language, Passage, Source

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def article(
    text: str,
    *,
    title: str = "Pabrik baterai berhenti",
    origin: str = "",
    language: Language = Language.INDONESIAN,
    site: str | None = "Suara Teluk",
    published: date | None = date(2026, 3, 3),
) -> Article:
    card = Card(
        origin=origin or f"text:{title}",
        title=title,
        language=language,
        added=NOON,
        characters=len(text),
        published=published,
        site=site,
    )
    return Article(card, text)


def passage_of(of: Article, start: int = 0, end: int | None = None) -> Passage:
    end = len(of.text) if end is None else end
    return Passage(of.card.id, start, end, of.text[start:end])


def hit(text: str, score: float = 1.0, **about: str) -> Hit:
    of = article(text, **about)  # type: ignore[arg-type]
    return Hit(of.card, passage_of(of), score)


def source(
    text: str, number: int = 1, *, language: Language = Language.INDONESIAN, title: str = "Judul"
) -> Source:
    of = article(text, language=language, title=title, origin=f"text:{number}")
    return Source(number, of.card, passage_of(of))
