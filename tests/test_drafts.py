from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.drafts import Draft, Stops, Thinking, runs_in_circles

WORDS = st.text(alphabet="ab\n<>", max_size=40)


def cut(text: str, places: list[int]) -> list[str]:
    bounds = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[start:end] for start, end in pairwise(bounds)]


def shown(draft: Draft, pieces: list[bytes]) -> str:
    text = ""
    for piece in pieces:
        text += draft.add(piece)
        if draft.ended:
            return text
    return text + draft.rest()


def stopped(text: str, stops: list[str], places: list[int]) -> str:
    return shown(Draft(stop=stops), [piece.encode() for piece in cut(text, places)])


@given(WORDS, st.lists(WORDS.filter(bool), max_size=3), st.lists(st.integers(0, 40)))
def test_a_draft_ends_at_the_same_place_however_it_is_cut(
    text: str, stops: list[str], places: list[int]
) -> None:
    ends = [(text.find(stop) + len(stop), text.find(stop)) for stop in stops if stop in text]
    assert stopped(text, stops, places) == text[: min(ends)[1] if ends else len(text)]


def test_no_part_of_a_stop_is_shown_before_it_is_complete() -> None:
    stops = Stops(("\nQuestion",))
    assert [stops.add(piece) for piece in ("Jakarta", "\nQ", "ues", "tion", ": Why")] == [
        "Jakarta",
        "",
        "",
        "",
        "",
    ]
    assert stops.reached


def test_what_only_began_like_a_stop_is_shown() -> None:
    stops = Stops(("\nQuestion",))
    assert stops.add("Jakarta\nQu") == "Jakarta"
    assert stops.add("ite so") == "\nQuite so"
    assert stops.add("\n") == ""
    assert stops.rest() == "\n"


def test_an_empty_stop_is_refused() -> None:
    with pytest.raises(ValueError, match="empty stop"):
        Stops(("\n", ""))


def test_a_character_is_shown_when_it_is_whole() -> None:
    draft = Draft()
    euro = "€".encode()
    assert [draft.add(euro[:1]), draft.add(euro[1:2]), draft.add(euro[2:])] == ["", "", "€"]


def test_half_a_character_at_the_end_is_not_shown() -> None:
    assert shown(Draft(), [b"Rp", "€".encode()[:2]]) == "Rp"


@given(st.text(max_size=30), st.lists(st.integers(0, 120)))
def test_every_text_survives_being_cut_between_bytes(text: str, places: list[int]) -> None:
    data = text.encode(errors="replace")
    bounds = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    pieces = [data[start:end] for start, end in pairwise(bounds)]
    assert shown(Draft(), pieces) == data.decode()


@pytest.mark.parametrize(
    "thought",
    [
        "<think>Hm, what does [1] say?</think>\n\n",
        "\n<think>\n\n</think>\n\n",
        "<thinking>Hm.</thinking>",
        "[THINK]Hm.[/THINK]",
        "<|channel>thought\nHm.<channel|>",
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>",
        "<|channel|>final<|message|>",
        "<think>Hm.</think>\n<think>Once more.</think>\n",
    ],
)
@given(places=st.lists(st.integers(0, 100)))
def test_thinking_is_not_shown(thought: str, places: list[int]) -> None:
    pieces = [piece.encode() for piece in cut(thought + "Jakarta <think> [1].", places)]
    assert shown(Draft(thinking=Thinking()), pieces) == "Jakarta <think> [1]."


def test_thinking_that_never_ends_leaves_nothing() -> None:
    assert shown(Draft(thinking=Thinking()), [b"<think>", b"Hm. </thi", b"nk, is it?"]) == ""


def test_thinking_that_the_template_began_is_not_shown() -> None:
    thinking = Thinking("<|im_start|>assistant\n<think>\n")
    assert shown(Draft(thinking=thinking), [b"Hm.", b"</think>", b"\nJakarta"]) == "Jakarta"


def test_thinking_that_the_template_ended_leaves_the_draft_as_it_is() -> None:
    thinking = Thinking("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    assert shown(Draft(thinking=thinking), [b"Jakarta"]) == "Jakarta"


def test_a_draft_that_only_begins_like_thinking_is_shown() -> None:
    assert shown(Draft(thinking=Thinking()), [b"<th", b">", b" is a tag"]) == "<th> is a tag"
    assert shown(Draft(thinking=Thinking()), [b"<thi"]) == "<thi"


def test_a_draft_may_be_thinking_until_it_says_something_else() -> None:
    draft = Draft(thinking=Thinking())
    opening = [draft.opening, draft.add(b"\n") == "" and draft.opening]
    draft.add(b"Jakarta")
    assert [*opening, draft.opening, Draft().opening] == [True, True, False, False]


def test_saying_the_same_a_third_time_is_running_in_circles() -> None:
    sentence = list(range(20))
    assert not runs_in_circles([99, *sentence, *sentence])
    assert not runs_in_circles([99, *sentence, *sentence, *sentence[:-1]])
    assert runs_in_circles([99, *sentence, *sentence, *sentence])


def test_a_dotted_line_is_not_running_in_circles() -> None:
    assert not runs_in_circles([7] * 47)
    assert runs_in_circles([7] * 48)


@given(st.lists(st.integers(0, 9), min_size=16, max_size=40), st.lists(st.integers(0, 9)))
def test_every_circle_is_seen_at_its_third_round(circle: list[int], before: list[int]) -> None:
    assert runs_in_circles(before + 3 * circle)


@given(st.lists(st.integers(), unique=True, max_size=200))
def test_a_draft_without_repetition_goes_on(tokens: list[int]) -> None:
    assert not runs_in_circles(tokens)
