"""What a person sees: a draft that comes and goes, and nothing that steers the terminal."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.answering import Events, Piece, Settled, Trace
from rag.errors import ModelError
from rag.retrieval import Found
from rag.values import Language, NotFound, Reason
from tests.speaking import Speaker, draft, event
from ui import terminal
from ui.cli import run
from ui.output import Exit, plain, write_json

ROOT = Path(__file__).parent.parent
KLIPING = [sys.executable, "-c", "from ui.cli import main; main()"]
QUESTION = "Berapa pekerja yang diberhentikan Nusa Volta?"
ANSWER = "Nusa Volta memberhentikan 240 pekerja di Karawang [1]."
SETTLED = Settled(
    NotFound(Language.INDONESIAN, Reason.UNSUPPORTED, ()), Trace("?", Found("?", (), (), ()))
)
DIM, ERASED = "\x1b[2m", "\r\x1b[J"


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A room on the shipped fakes, for processes of their own."""
    monkeypatch.setenv("KLIPING_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KLIPING_EMBEDDER", "fake")
    monkeypatch.setenv("KLIPING_GENERATOR", "fake")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return tmp_path


@pytest.fixture
def story(room: Path) -> Path:
    path = room / "volta.txt"
    path.write_text(
        "Nusa Volta memberhentikan pekerja\n\nNusa Volta memberhentikan 240 pekerja di Karawang.\n",
        "utf-8",
    )
    assert run(["add", str(path)]) == Exit.DONE
    return path


def kliping(*arguments: str | bytes, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*KLIPING, *arguments], input=given, capture_output=True, cwd=ROOT, check=False
    )


class Screen:
    """A terminal with ``kliping`` on it; ``seen`` is all that was written to it."""

    def __init__(self, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [*KLIPING, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=ROOT,
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = ""

    def until(self, text: str) -> None:
        while text not in self.seen:
            read = os.read(self._ours, 4096)
            assert read, self.seen
            self.seen += read.decode()

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def left(self) -> int:
        """Wait for its end; return its exit code."""
        try:
            while read := os.read(self._ours, 4096):
                self.seen += read.decode()
        except OSError:  # How Linux says that nobody has the terminal open any more.
            pass
        os.close(self._ours)
        return self._process.wait(30)


@pytest.fixture
def speaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Speaker]:
    with Speaker() as speaker:
        monkeypatch.setenv("KLIPING_GENERATOR", speaker.address)
        yield speaker


class TestDraft:
    def test_it_is_dim_while_it_is_written_and_gone_in_the_end(
        self, story: Path, speaker: Speaker
    ) -> None:
        speaker.say = lambda _: draft("Nusa Volta memberhentikan 240 pekerja", " di Karawang [1].")
        screen = Screen("ask", QUESTION)
        assert screen.left() == Exit.DONE
        written, _, rest = screen.seen.partition(ERASED)
        assert written.startswith(f"{DIM}Nusa Volta memberhentikan 240 pekerja")
        assert rest.startswith(ANSWER)
        assert DIM not in rest

    def test_it_has_no_colour_where_none_is_wanted(
        self, story: Path, speaker: Speaker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NO_COLOR", "1")
        speaker.say = lambda _: draft(ANSWER)
        screen = Screen("ask", QUESTION)
        assert screen.left() == Exit.DONE
        assert screen.seen.startswith(ANSWER + ERASED)

    def test_a_pipe_gets_the_reply_alone(self, story: Path) -> None:
        done = kliping("ask", QUESTION)
        assert done.stdout.decode().startswith(ANSWER)
        assert b"\x1b" not in done.stdout
        assert done.stderr == b""

    def test_it_is_gone_when_a_person_interrupts(self, story: Path, speaker: Speaker) -> None:
        let_go = threading.Event()

        def hesitating(_: object) -> Iterator[bytes]:
            yield event({"content": "Barangkali"})
            let_go.wait(30)

        speaker.say = hesitating
        screen = Screen("ask", QUESTION)
        screen.until("Barangkali")
        screen.interrupt()
        code = screen.left()
        let_go.set()
        assert code == Exit.INTERRUPTED
        assert re.fullmatch(r"\s*Interrupted\.\s*", screen.seen.partition(ERASED)[2])

    def test_it_is_gone_when_the_model_fails(self, capsys: pytest.CaptureFixture[str]) -> None:
        def failing() -> Events:
            yield Piece("Barangkali")
            raise ModelError("Rusak.", remedy="Perbaiki.")

        with pytest.raises(ModelError):
            terminal.follow(failing(), stream=True)
        assert capsys.readouterr().out.endswith(ERASED)

    @pytest.mark.parametrize(
        ("written", "rows_up"),
        [("a" * 80, 0), ("a" * 81, 1), ("a\nb\n", 2), ("字" * 41, 1)],
    )
    def test_all_its_rows_are_erased(
        self,
        written: str,
        rows_up: int,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("COLUMNS", "80")

        def events() -> Events:
            yield Piece(written)
            yield SETTLED

        assert terminal.follow(events(), stream=True) is SETTLED
        up = f"\x1b[{rows_up}A" if rows_up else ""
        assert capsys.readouterr().out.endswith(f"\r{up}\x1b[J")

    def test_it_cannot_steer_the_terminal(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NO_COLOR", "1")

        def events() -> Events:
            yield Piece("\x1b]0;judul\x07\tisi")
            yield SETTLED

        terminal.follow(events(), stream=True)
        assert capsys.readouterr().out == f"\ufffd]0;judul\ufffd isi{ERASED}"


class TestWhatIsWritten:
    @pytest.mark.parametrize("steering", ["\x1b", "\x07", "\r", "\x9b", "\u202e", "\udcff"])
    def test_what_steers_a_terminal_is_replaced(self, steering: str) -> None:
        assert plain(f"Judul{steering}[2J\n\tisi") == "Judul\ufffd[2J\n\tisi"

    def test_programs_get_every_character_in_a_form_that_steers_nothing(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        record = {"title": "\x1b[2J\x9b\u202eé"}
        write_json(record)
        written = capsys.readouterr().out
        assert written == '{"title": "\\u001b[2J\\u009b\\u202eé"}\n'
        assert json.loads(written) == record

    def test_names_of_files_are_plain(self, room: Path) -> None:
        folder = room / "berkas"
        folder.mkdir()
        (folder / "\x1b[2Jfoto.png").write_bytes(b"")
        done = kliping("add", str(folder))
        assert "\ufffd[2Jfoto.png".encode() in done.stderr
        assert b"\x1b" not in done.stderr

    def test_a_name_that_is_no_text_is_said_all_the_same(self, room: Path) -> None:
        done = kliping("add", os.fsencode(room) + b"/\xff.txt")
        assert done.returncode == Exit.FAILED
        assert "/\ufffd.txt cannot be opened".encode() in done.stderr

    @pytest.mark.parametrize("command", ["ask", "search", "show", "rm"])
    def test_an_argument_need_not_be_text(self, command: str) -> None:
        done = kliping(command, b"apa \xff")
        assert done.returncode == Exit.NOTHING_FOUND
        assert b"Traceback" not in done.stderr

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
    def test_a_question_by_standard_input(self, story: Path, encoding: str) -> None:
        done = kliping("ask", "-", given=f"{QUESTION} “PHK”\n".encode(encoding))
        assert done.returncode == Exit.DONE, done.stderr
        assert done.stdout.decode().startswith(ANSWER)

    def test_standard_input_that_is_no_text_is_wrong_usage(self) -> None:
        done = kliping("ask", "-", given=b"\0\1\2")
        assert done.returncode == Exit.WRONG_USAGE
        assert b"Standard input holds no text." in done.stderr


class TestWhereItGoes:
    def test_a_closed_pipe_ends_quietly(self, story: Path) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            [*KLIPING, "ls"], stdout=writing, stderr=subprocess.PIPE, cwd=ROOT, check=False
        )
        os.close(writing)
        assert (done.returncode, done.stderr) == (Exit.DONE, b"")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full disk to write to")
    def test_a_full_disk_is_said_in_words(self, story: Path) -> None:
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [*KLIPING, "ls"], stdout=full, stderr=subprocess.PIPE, cwd=ROOT, check=False
            )
        assert done.returncode == Exit.FAILED
        assert done.stderr.decode().splitlines() == [
            "kliping: The result cannot be written: No space left on device.",
            "         Make room, or send it elsewhere.",
        ]
