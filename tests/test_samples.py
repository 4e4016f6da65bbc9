import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from rag.values import Language

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "samples.md").read_text(encoding="utf-8")
SAMPLES = {
    path.name: path.read_text(encoding="utf-8") for path in (ROOT / "ui" / "samples").glob("*.md")
}

# Each invented newsroom writes in one language, so the front matter tells the language.
WRITES_IN = {
    "Lentera Niaga": Language.INDONESIAN,
    "Simpul Pagi": Language.INDONESIAN,
    "Warta Dermaga": Language.INDONESIAN,
    "Archipelago Bulletin": Language.ENGLISH,
    "The Strait Ledger": Language.ENGLISH,
}
WEEKDAYS = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"]

every_sample = pytest.mark.parametrize("name", sorted(SAMPLES))


def front_matter(name: str) -> dict[str, Any]:
    values = yaml.safe_load(SAMPLES[name].split("---\n")[1])
    assert isinstance(values, dict)
    return values


def text(name: str) -> str:
    return SAMPLES[name].split("---\n", maxsplit=2)[2]


def test_a_dozen_samples_or_more_in_both_languages() -> None:
    languages = Counter(WRITES_IN[front_matter(name)["site"]] for name in SAMPLES)
    assert languages == {Language.INDONESIAN: 10, Language.ENGLISH: 6}


@every_sample
def test_front_matter_is_complete(name: str) -> None:
    values = front_matter(name)
    assert list(values) == ["title", "site", "byline", "published"]
    assert all(isinstance(values[key], str) for key in ("title", "site", "byline"))


@every_sample
def test_published_is_an_iso_date_in_2026(name: str) -> None:
    # YAML reads only an ISO date as a date; "3 Maret 2026" would stay a string.
    published = front_matter(name)["published"]
    assert type(published) is date
    assert published.year == 2026


def test_no_two_samples_share_a_title() -> None:
    titles = Counter(front_matter(name)["title"] for name in SAMPLES)
    assert [title for title, times in titles.items() if times > 1] == []


@every_sample
def test_a_sample_is_100_to_400_words_long(name: str) -> None:
    assert 100 <= len(text(name).split()) <= 400


@every_sample
def test_weekdays_agree_with_the_dates_beside_them(name: str) -> None:
    dated = re.findall(rf"({'|'.join(WEEKDAYS)}) \((\d+)/(\d+)/(\d+)\)", text(name))
    wrong = [
        (weekday, day, month, year)
        for weekday, day, month, year in dated
        if WEEKDAYS[date(int(year), int(month), int(day)).weekday()] != weekday
    ]
    assert wrong == []


def test_company_and_union_count_the_dismissed_differently() -> None:
    company = text("aruvolt-phk-240-karyawan.md")
    union = text("aruvolt-hitungan-serikat-pekerja.md")
    assert "240 karyawan" in company
    assert "260" not in company
    assert "sekitar 260 orang" in union
    assert "240" not in union


def test_the_guide_names_every_sample_and_no_other() -> None:
    assert set(re.findall(r"`([\w-]+\.md)`", GUIDE)) == set(SAMPLES)


def test_the_guide_quotes_its_evidence_word_for_word() -> None:
    evidence = re.findall(r"`([\w-]+\.md)`: “([^”]+)”", GUIDE)
    assert len(evidence) == 15
    assert [(name, words) for name, words in evidence if words not in text(name)] == []
