"""Every generator through the port's promises."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.fakes import FakeGenerator
from models.llama import LlamaGenerator
from models.server import ServerGenerator
from rag.errors import PromptTooLongError
from rag.ports import ChatPrompt, Generator, Message, Prompt, PromptForm, Role, TextPrompt
from tests import templates
from tests.gguf import with_chat_template
from tests.speaking import Speaker, draft

WINDOW = 512


@pytest.fixture(scope="module")
def embedded(gemma: Path) -> Iterator[Generator]:
    generator = LlamaGenerator(gemma, context_window=WINDOW, threads=1)
    yield generator
    generator.close()


@pytest.fixture(scope="module")
def chatting(gemma: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generator]:
    path = tmp_path_factory.mktemp("chat") / "chat.gguf"
    with_chat_template(gemma, path, templates.GEMMA)
    generator = LlamaGenerator(path, context_window=WINDOW, threads=1)
    yield generator
    generator.close()
    path.unlink()


@pytest.fixture(scope="module")
def served() -> Iterator[Generator]:
    with Speaker() as speaker:
        words = "Nusa Volta memberhentikan 240 pekerja mulai Senin [1]. ".split(" ")
        speaker.say = lambda body: draft(*(f"{w} " for w in words[: body["max_tokens"]]))
        yield ServerGenerator(speaker.address, model="gemma", context_window=WINDOW)


@pytest.fixture(scope="module")
def fake() -> Generator:
    return FakeGenerator(lambda _: "Nusa Volta memberhentikan 240 pekerja.\n\nPertanyaan: Siapa?")


@pytest.fixture(scope="module")
def fake_text() -> Generator:
    return FakeGenerator(
        lambda _: "Nusa Volta memberhentikan 240 pekerja.\n\nPertanyaan: Siapa?", PromptForm.TEXT
    )


@pytest.fixture(params=["embedded", "chatting", "served", "fake", "fake_text"])
def generator(request: pytest.FixtureRequest) -> Generator:
    found: Generator = request.getfixturevalue(request.param)
    return found


def prompt_for(generator: Generator, question: str = "Berapa pekerja?") -> Prompt:
    source = "[1] Nusa Volta\nNusa Volta memberhentikan 240 pekerja mulai Senin."
    match generator.form:
        case PromptForm.CHAT:
            asked = Message(Role.USER, f"Sumber:\n\n{source}\n\nPertanyaan: {question}")
            return ChatPrompt((Message(Role.SYSTEM, "Jawablah singkat."), asked))
        case PromptForm.TEXT:
            return TextPrompt(f"{source}\n\nPertanyaan: {question}\nJawaban:", stop=("\n",))


def written(generator: Generator, prompt: Prompt, max_tokens: int = 16) -> str:
    return "".join(generator.stream(prompt, max_tokens=max_tokens))


def test_it_has_a_name_a_form_and_a_context(generator: Generator) -> None:
    assert generator.name.strip() == generator.name != ""
    assert generator.form in PromptForm
    assert generator.context_window in {WINDOW, FakeGenerator.context_window}


def test_a_draft_is_written_and_equal_prompts_give_equal_drafts(generator: Generator) -> None:
    prompt = prompt_for(generator)
    assert written(generator, prompt) == written(generator, prompt) != ""


def test_a_longer_prompt_has_more_tokens(generator: Generator) -> None:
    short = generator.count_tokens(prompt_for(generator))
    assert 0 < short < generator.count_tokens(prompt_for(generator, "Berapa pekerja dan kapan?"))


def test_a_prompt_that_just_fits_is_taken(generator: Generator) -> None:
    prompt = prompt_for(generator)
    room = generator.context_window - generator.count_tokens(prompt)
    stream = generator.stream(prompt, max_tokens=room)
    assert isinstance(next(stream), str)
    stream.close()


def test_a_prompt_that_is_too_long_is_refused_before_the_first_piece(generator: Generator) -> None:
    prompt = prompt_for(generator)
    room = generator.context_window - generator.count_tokens(prompt)
    with pytest.raises(PromptTooLongError, match=f"needs {generator.context_window + 1} tokens"):
        next(generator.stream(prompt, max_tokens=room + 1))


def test_a_shorter_draft_is_the_beginning_of_a_longer_one(generator: Generator) -> None:
    prompt = prompt_for(generator)
    short, long = (written(generator, prompt, max_tokens) for max_tokens in (2, 16))
    assert long.startswith(short)
    assert short != long


@pytest.mark.parametrize("generator", ["embedded", "fake_text"], indirect=True)
def test_a_text_ends_before_a_stop(generator: Generator) -> None:
    assert "\n" not in written(generator, prompt_for(generator))


def test_a_caller_who_stops_leaves_the_next_one_unaffected(generator: Generator) -> None:
    prompt = prompt_for(generator)
    whole = written(generator, prompt)
    stream = generator.stream(prompt, max_tokens=16)
    begun = next(stream) + next(stream)
    stream.close()
    assert whole.startswith(begun)
    assert written(generator, prompt) == whole


def test_a_caller_is_never_left_without_a_chance_to_stop(generator: Generator) -> None:
    prompt = prompt_for(generator)
    first = generator.stream(prompt, max_tokens=16)
    next(first)
    second = generator.stream(prompt, max_tokens=16)
    began = time.monotonic()
    next(second)  # Although the first one may have the model for itself.
    assert time.monotonic() - began < 5
    second.close()
    first.close()


def test_several_threads_each_get_their_whole_draft(generator: Generator) -> None:
    prompts = [prompt_for(generator, question) for question in ("Berapa?", "Siapa?", "Kapan?")]
    expected = [written(generator, prompt) for prompt in prompts]
    drafts: dict[int, str] = {}

    def ask(number: int) -> None:
        drafts[number] = written(generator, prompts[number])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(prompts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [drafts[number] for number in range(len(prompts))] == expected
