"""What every Embedder promises, and every one of ours keeps."""

import numpy as np
import pytest

from models.fakes import FakeEmbedder
from rag.ports import Embedder

PASSAGES = (
    "Perusahaan rintisan itu memberhentikan 200 karyawan pada hari Rabu.",
    "The central bank kept its interest rate.",
    "Gempa",
    "Sungai meluap setelah hujan tiga hari, dan ratusan keluarga mengungsi ke balai desa. " * 5,
)
CLOSE = 0.999  # cosine; other company in a batch may round otherwise, most of all in bfloat16


@pytest.fixture(scope="module", params=["embedded", "fake"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "fake":
        return FakeEmbedder()
    embedded: Embedder = request.getfixturevalue("embedded_embedder")
    return embedded


def words(embedder: Embedder, count: int) -> str:
    text = " ".join(["kota"] * count)
    assert embedder.count_tokens([text]) == [count]
    return text


def test_passages_are_rows_of_unit_length(embedder: Embedder) -> None:
    vectors = embedder.embed_passages(PASSAGES)

    assert vectors.shape == (len(PASSAGES), embedder.dimensions)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(PASSAGES)), abs=1e-6)


def test_a_question_is_one_vector_of_unit_length(embedder: Embedder) -> None:
    vector = embedder.embed_question("Berapa karyawan yang diberhentikan?")

    assert vector.shape == (embedder.dimensions,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)


def test_no_passages_are_no_rows(embedder: Embedder) -> None:
    assert embedder.embed_passages([]).shape == (0, embedder.dimensions)
    assert embedder.count_tokens([]) == []


def test_a_row_does_not_depend_on_its_company(embedder: Embedder) -> None:
    together = embedder.embed_passages(PASSAGES)
    turned = embedder.embed_passages(PASSAGES[::-1])[::-1]
    alone = np.concatenate([embedder.embed_passages([text]) for text in PASSAGES])

    assert (together * turned).sum(axis=1).min() > CLOSE
    assert (together * alone).sum(axis=1).min() > CLOSE


def test_the_same_text_has_the_same_vector(embedder: Embedder) -> None:
    assert np.array_equal(embedder.embed_question("Gempa"), embedder.embed_question("Gempa"))
    assert np.array_equal(embedder.embed_passages(PASSAGES), embedder.embed_passages(PASSAGES))


def test_texts_about_the_same_are_closer(embedder: Embedder) -> None:
    question = embedder.embed_question("Berapa karyawan yang diberhentikan perusahaan rintisan?")

    closeness = embedder.embed_passages(PASSAGES) @ question

    assert closeness.argmax() == 0


def test_an_empty_text_has_no_tokens_and_yet_a_vector(embedder: Embedder) -> None:
    assert embedder.count_tokens(["", "kota"]) == [0, 1]
    assert np.isfinite(embedder.embed_passages([""])).all()


def test_the_longest_passage_is_embedded_and_one_token_more_is_refused(embedder: Embedder) -> None:
    longest = words(embedder, embedder.max_tokens)
    longer = words(embedder, embedder.max_tokens + 1)

    assert embedder.embed_passages([longest]).shape == (1, embedder.dimensions)
    with pytest.raises(ValueError, match=rf"{embedder.max_tokens + 1} tokens"):
        embedder.embed_passages(["kota", longer])


def test_of_a_question_only_the_first_tokens_are_read(embedder: Embedder) -> None:
    long = words(embedder, 2 * embedder.max_tokens)

    vector = embedder.embed_question(f"{long} gempa bumi")

    assert np.array_equal(vector, embedder.embed_question(f"{long} suku bunga"))


def test_an_identity_and_the_dimensions_never_change(embedder: Embedder) -> None:
    assert embedder.identity == embedder.identity != ""
    assert embedder.dimensions == embedder.embed_passages(["kota"]).shape[1]
