import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from models.fakes import FakeEmbedder
from rag.passages import TARGET_TOKENS, embedded_text, split
from tests.making import article

words = st.sampled_from(["Pabrik", "itu", "tutup.", "Kata", "dia,", "1.400", "é", "x" * 30, "\n"])
texts = st.lists(words, max_size=900).map(" ".join)


@given(texts)
@settings(deadline=None, max_examples=60)
def test_passages_are_slices_that_lose_no_word(text: str) -> None:
    of = article(text)
    passages = split(of, FakeEmbedder())
    assert all(of.text[p.start : p.end] == p.text for p in passages)
    assert "".join("".join(p.text.split()) for p in passages) == "".join(text.split())
    assert all(a.end <= b.start for a, b in itertools.pairwise(passages))


@given(texts)
@settings(deadline=None, max_examples=60)
def test_a_passage_with_its_title_is_never_longer_than_the_embedder_reads(text: str) -> None:
    embedder = FakeEmbedder()
    of = article(text, title="Judul yang panjang " * 30)
    read = [embedded_text(of.card, passage) for passage in split(of, embedder)]
    assert all(count <= embedder.max_tokens for count in embedder.count_tokens(read))


def test_short_article_is_one_passage() -> None:
    of = article("Pabrik itu tutup. Semua pekerja pulang.")
    assert [p.text for p in split(of, FakeEmbedder())] == [of.text]


def test_passages_end_where_sentences_end() -> None:
    sentence = "Direktur itu mengatakan pesanan turun tajam sejak akhir tahun lalu."
    of = article(" ".join([sentence] * 40))
    passages = split(of, FakeEmbedder())
    assert len(passages) == 3
    assert all(p.text.startswith("Direktur") and p.text.endswith("lalu.") for p in passages)


def test_a_wall_without_a_full_stop_is_cut_between_words() -> None:
    of = article("kata " * (3 * TARGET_TOKENS))
    passages = split(of, FakeEmbedder())
    assert {word for p in passages for word in p.text.split()} == {"kata"}
    assert sum(len(p.text.split()) for p in passages) == 3 * TARGET_TOKENS


def test_the_title_is_embedded_before_the_passage() -> None:
    of = article("Semua pekerja pulang.", title="Pabrik baterai tutup")
    (passage,) = split(of, FakeEmbedder())
    assert embedded_text(of.card, passage) == "Pabrik baterai tutup\nSemua pekerja pulang."
