import itertools
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rag.fusion import fuse
from rag.values import Hit
from tests.making import hit

HITS = [hit(f"Berita nomor {n}.") for n in range(12)]
ranked = st.lists(
    st.tuples(st.sampled_from(HITS), st.floats(0, 30, allow_subnormal=False)),
    unique_by=lambda pair: pair[0].passage,
).map(lambda pairs: sorted((replace(h, score=s) for h, s in pairs), key=lambda h: -h.score))


def scored(*scores: float) -> list[Hit]:
    return [replace(h, score=score) for h, score in zip(HITS, scores, strict=False)]


def passages(hits: list[Hit]) -> list[str]:
    return [h.passage.text for h in hits]


def test_scores_are_weighted_sums_of_scores_brought_to_one() -> None:
    a, b, c = scored(0.9, 0.85, 0.8)
    fused = fuse([a, b, c], [replace(b, score=8.0), replace(c, score=2.0)])
    assert [(h.passage, round(h.score, 6)) for h in fused] == [
        (a.passage, 0.7),
        (b.passage, 0.65),
        (c.passage, 0.075),
    ]


def test_a_lexical_list_that_says_nothing_changes_nothing() -> None:
    dense = scored(0.9, 0.85, 0.8)
    silent = [replace(h, score=0.0) for h in reversed(dense)]
    assert passages(fuse(dense, silent)) == passages(dense)


def test_without_a_dense_list_the_lexical_one_stands() -> None:
    lexical = scored(8.0, 2.0)
    assert passages(fuse([], lexical)) == passages(lexical)


def test_cosines_that_are_all_equal_are_all_best() -> None:
    one, other = scored(0.8, 0.8)
    assert [h.score for h in fuse([one, other], [])] == [0.7, 0.7]


@given(ranked, ranked)
def test_every_passage_comes_back_once_and_best_first(one: list[Hit], other: list[Hit]) -> None:
    fused = fuse(one, other)
    assert sorted(passages(fused)) == sorted({h.passage.text for h in one + other})
    assert all(a.score >= b.score for a, b in itertools.pairwise(fused))
    assert all(0 <= h.score <= 1 + 1e-9 for h in fused)


@given(ranked)
def test_an_empty_lexical_list_changes_no_order(hits: list[Hit]) -> None:
    assert passages(fuse(hits, [])) == passages(hits)


@given(ranked)
def test_a_passage_first_in_both_lists_is_first(hits: list[Hit]) -> None:
    if hits:
        lexical = [replace(hits[0], score=30.0), *hits[1:]]
        assert fuse(hits, lexical)[0].score == 1.0 or hits[0].score == hits[-1].score
