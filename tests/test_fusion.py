import itertools

from hypothesis import given
from hypothesis import strategies as st

from rag.fusion import fuse
from rag.values import Hit
from tests.making import hit

HITS = [hit(f"Berita nomor {n}.", score=1 / (n + 1)) for n in range(12)]
ranked = st.lists(st.sampled_from(HITS), unique=True)


def passages(hits: list[Hit]) -> list[str]:
    return [h.passage.text for h in hits]


def test_scores_are_sums_of_reciprocal_ranks() -> None:
    a, b, c = HITS[:3]
    fused = fuse([a, b], [b, c])
    assert [(h.passage, h.score) for h in fused] == [
        (b.passage, 1 / 62 + 1 / 61),
        (a.passage, 1 / 61),
        (c.passage, 1 / 62),
    ]


@given(ranked)
def test_an_empty_list_changes_nothing(hits: list[Hit]) -> None:
    assert passages(fuse(hits, [])) == passages(fuse(hits)) == passages(hits)


@given(ranked, ranked)
def test_every_passage_comes_back_once_and_best_first(one: list[Hit], other: list[Hit]) -> None:
    fused = fuse(one, other)
    assert sorted(passages(fused)) == sorted({h.passage.text for h in one + other})
    assert all(a.score >= b.score for a, b in itertools.pairwise(fused))


@given(ranked, ranked)
def test_scores_do_not_depend_on_the_order_of_the_lists(one: list[Hit], other: list[Hit]) -> None:
    there = {h.passage: h.score for h in fuse(one, other)}
    back = {h.passage: h.score for h in fuse(other, one)}
    assert there.keys() == back.keys()
    assert all(abs(there[p] - back[p]) < 1e-12 for p in there)


@given(ranked)
def test_a_passage_first_in_both_lists_is_first(hits: list[Hit]) -> None:
    if hits:
        assert fuse(hits, [hits[0], *reversed(hits[1:])])[0].passage == hits[0].passage
