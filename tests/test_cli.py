import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ui.cli import run
from ui.output import Exit

STORY = "Nusa Volta memberhentikan 240 pekerja di Karawang. Pesanan baterai turun 30 persen.\n"


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty room on the shipped fakes."""
    monkeypatch.setenv("KLIPING_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KLIPING_EMBEDDER", "fake")
    monkeypatch.setenv("KLIPING_GENERATOR", "fake")
    return tmp_path


@pytest.fixture
def story(room: Path) -> Path:
    path = room / "volta.txt"
    path.write_text(f"Nusa Volta memberhentikan pekerja\n\n{STORY}", "utf-8")
    return path


def records(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_adding_listing_showing_and_removing(
    story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["add", "--json", str(story)]) == Exit.DONE
    (added,) = records(capsys.readouterr().out)
    assert added["outcome"] == "new"
    assert run(["ls", "--json"]) == Exit.DONE
    (card,) = records(capsys.readouterr().out)
    assert card == added["article"]
    article_id = str(card["id"])
    assert run(["show", article_id[:6]]) == Exit.DONE
    assert "240 pekerja" in capsys.readouterr().out
    assert run(["rm", article_id]) == Exit.DONE
    assert run(["ls"]) == Exit.NOTHING_FOUND


def test_added_again_and_changed(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["add", str(story)])
    run(["add", str(story)])
    story.write_text("Nusa Volta membuka pabrik\n\nPabrik baru dibuka.\n", "utf-8")
    run(["add", str(story)])
    words = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert words == ["new", "unchanged", "changed"]


def test_one_bad_file_does_not_stop_the_rest(
    room: Path, story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(room / "tidak-ada.txt")
    assert run(["add", missing, str(story)]) == Exit.SOME_FAILED
    said = capsys.readouterr()
    assert "tidak-ada.txt" in said.err
    assert said.out.startswith("new")
    assert run(["add", missing]) == Exit.FAILED


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root opens what is locked"
)
def test_a_locked_folder_does_not_stop_the_rest(
    room: Path, story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    locked = room / "terkunci"
    locked.mkdir(mode=0)
    sources = [str(locked), str(locked / "a.txt"), str(story)]
    assert run(["add", *sources]) == Exit.SOME_FAILED
    said = capsys.readouterr()
    assert said.err.count("cannot be opened: Permission denied.") == 2
    assert said.out.startswith("new")


def test_a_folder_that_cannot_be_listed_does_not_stop_the_rest(
    room: Path, story: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = room / "hilang"
    gone.mkdir()
    walk = os.walk

    def vanished(top: Path, onerror: Callable[[OSError], None]) -> Iterator[object]:
        gone.rmdir()  # Between the question whether it is a folder and the listing.
        return walk(top, onerror=onerror)

    monkeypatch.setattr(os, "walk", vanished)
    assert run(["add", str(gone), str(story)]) == Exit.SOME_FAILED
    said = capsys.readouterr()
    assert "hilang cannot be opened" in said.err
    assert said.out.startswith("new")


def test_a_name_too_long_for_a_file_does_not_stop_the_rest(
    story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["add", "a" * 5000, str(story)]) == Exit.SOME_FAILED
    assert capsys.readouterr().out.startswith("new")


def test_an_address_may_shout(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["add", "HTTP://127.0.0.1:9/"]) == Exit.FAILED
    assert "is not on the public internet" in capsys.readouterr().err


def test_standard_input_is_added_under_its_title(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(STORY.encode("utf-16"))))
    assert run(["add", "--json", "--title", "Volta", "-"]) == Exit.DONE
    (added,) = records(capsys.readouterr().out)
    article = added["article"]
    assert isinstance(article, dict)
    assert article["title"] == "Volta"


def test_large_additions_are_counted(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(100):
        (room / f"{number}.txt").write_text(f"Berita nomor {number}.\n", "utf-8")
    (room / "buku.txt").write_text("Kata. " * 40_000, "utf-8")
    assert run(["add", str(room)]) == Exit.DONE
    said = capsys.readouterr().err.splitlines()
    assert "100 of 101" in said
    assert any("239,999 characters" in line for line in said)


@pytest.mark.parametrize("arguments", [["ls"], ["search", "Volta"], ["rebuild"], ["add", "kosong"]])
def test_notes_are_silenced(
    arguments: list[str],
    room: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (room / "kosong").mkdir()
    (room / "kosong" / "foto.png").touch()
    monkeypatch.chdir(room)
    assert run(arguments) == Exit.NOTHING_FOUND
    assert capsys.readouterr().err != ""
    assert run(["-q", *arguments]) == Exit.NOTHING_FOUND
    assert capsys.readouterr().err == ""


def test_searching_an_empty_library_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["search", "Volta"]) == Exit.NOTHING_FOUND
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "The library is empty. Add articles with `kliping add`.\n"


def test_a_folder_with_nothing_to_read(room: Path) -> None:
    (room / "kosong").mkdir()
    assert run(["add", str(room / "kosong")]) == Exit.NOTHING_FOUND


def test_an_answer_is_written_with_its_sources(
    story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["add", str(story)])
    capsys.readouterr()
    assert run(["ask", "Berapa pekerja yang diberhentikan Nusa Volta?"]) == Exit.DONE
    said = capsys.readouterr().out
    assert "Nusa Volta memberhentikan 240 pekerja di Karawang [1]." in said
    assert "[1] Nusa Volta memberhentikan pekerja" in said


def test_what_is_not_there_is_said_and_has_an_exit_code(
    story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["add", str(story)])
    assert run(["ask", "Siapa pemenang lomba panahan Surakarta?"]) == Exit.NOTHING_FOUND
    assert "Tidak ada di artikel Anda." in capsys.readouterr().out
    assert run(["ask", "--lang", "en", "Siapa pemenang panahan?"]) == Exit.NOTHING_FOUND
    assert "Not in your articles." in capsys.readouterr().out


def test_asking_an_empty_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ask", "Siapa itu?"]) == Exit.NOTHING_FOUND
    assert "kliping add" in capsys.readouterr().out


def test_json_gives_everything(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["add", str(story)])
    capsys.readouterr()
    run(["ask", "--json", "--explain", "Berapa pekerja yang diberhentikan Nusa Volta?"])
    (reply,) = records(capsys.readouterr().out)
    assert reply["found"] is True
    statements = reply["statements"]
    assert isinstance(statements, list)
    citation = statements[0]["citations"][0]
    sentence = citation["sentence"]
    assert sentence["text"] == "Nusa Volta memberhentikan 240 pekerja di Karawang."
    assert STORY[sentence["start"] : sentence["end"]] == sentence["text"]
    trace = reply["trace"]
    assert isinstance(trace, dict)
    assert {"dense", "lexical", "fused", "prompt", "draft"} <= trace.keys()


def test_the_way_is_explained(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["add", str(story)])
    capsys.readouterr()
    run(["ask", "--explain", "Berapa pekerja yang diberhentikan Nusa Volta?"])
    said = capsys.readouterr().out
    for part in ("by meaning (cosine): 1", "by words (BM25): 1", "<system>", "draft:"):
        assert part in said


def test_search_lists_passages(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["add", str(story)])
    capsys.readouterr()
    assert run(["search", "--json", "-k", "1", "pesanan baterai"]) == Exit.DONE
    (hit,) = records(capsys.readouterr().out)
    assert "Pesanan baterai turun" in str(hit["text"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["asc"],
        ["ask"],
        ["ask", "-k", "0", "x"],
        ["ask", "  "],
        ["add", ""],  # Not the current directory.
        ["add", "--title", "Judul", "artikel.md"],  # It brings its own.
        ["rm", "abcdef", "abc"],
    ],
)
def test_wrong_usage(arguments: list[str]) -> None:
    assert run(arguments) == Exit.WRONG_USAGE


def test_removing_goes_on_after_an_id_that_is_not_there(
    story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["add", "--json", str(story)])
    (added,) = records(capsys.readouterr().out)
    article = added["article"]
    assert isinstance(article, dict)
    assert run(["rm", "ffffff", article["id"][:4]]) == Exit.SOME_FAILED
    assert capsys.readouterr().out == f"removed  {article['id']}  {article['title']}\n"


def test_an_unknown_id_is_not_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "abc"]) == Exit.NOTHING_FOUND
    assert run(["rm", "abcd"]) == Exit.NOTHING_FOUND
    assert "kliping ls" in capsys.readouterr().err


def test_a_mistaken_setting_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KLIPING_GENERATER", "x")
    assert run(["ls"]) == Exit.FAILED
    assert "Known settings:" in capsys.readouterr().err


def test_another_embedder_names_the_way_out(
    story: Path, model_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["add", str(story)])
    # Prepared once a machine, not once a test.
    (story.parent / "home" / "cache").symlink_to(model_cache, target_is_directory=True)
    assert run(["--embedder", "embedded", "rebuild"]) == Exit.DONE
    capsys.readouterr()
    assert run(["ask", "Berapa pekerja?"]) == Exit.FAILED
    assert "kliping rebuild" in capsys.readouterr().err
    assert run(["rebuild"]) == Exit.DONE
    assert run(["ask", "Berapa pekerja yang diberhentikan Nusa Volta?"]) == Exit.DONE
