"""What the documents show is what happens: their commands are run, their links followed."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
KLIPING = [sys.executable, "-c", "from ui.cli import main; main()"]
SESSIONS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)


def steps(session: str) -> list[tuple[str, str]]:
    """The commands of a console session, each with the output that is shown for it."""
    parts = re.split(r"^\$ (.*)\n", session, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def pattern(shown: str) -> str:
    """Shown output as a pattern: … stands for anything, a line of its own for any lines."""
    lines = [
        "(?:.*\n)*?" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + " *\n"
        for line in shown.splitlines()
    ]
    return "".join(lines)


@pytest.mark.parametrize("session", SESSIONS)
def test_sessions_in_the_readme_go_as_shown(
    session: str, tmp_path: Path, model_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KLIPING_HOME", str(tmp_path))
    (tmp_path / "cache").symlink_to(model_cache, target_is_directory=True)
    for command, shown in steps(session):
        program, *arguments = shlex.split(command)
        assert program == "kliping"
        done = subprocess.run(
            [*KLIPING, *arguments], capture_output=True, text=True, cwd=ROOT, check=False
        )
        assert done.returncode == 0, done.stderr
        assert re.fullmatch(pattern(shown), done.stdout), f"$ {command}\n{done.stdout}"


def test_there_is_a_session_to_run() -> None:
    assert len(SESSIONS) >= 1


@pytest.mark.parametrize("document", ["README.md", "CHANGELOG.md", "NOTICE", "docs/samples.md"])
def test_links_within_the_project_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("http"):
            assert (ROOT / document).parent.joinpath(target).exists(), target


def test_every_setting_stands_in_the_readme() -> None:
    from ui.settings import Settings

    assert [name for name in Settings.model_fields if f"`{name}`" not in README] == []


def test_every_command_stands_in_the_readme() -> None:
    from ui.cli import cli

    assert [name for name in cli.commands if not re.search(rf"`(kliping )?{name}\b", README)] == []


def test_the_readme_names_the_benchmarks_there_are() -> None:
    (named,) = re.findall(r"^`benchmarks/` measures.*?\n\n", README, re.DOTALL | re.MULTILINE)
    there = {
        path.stem
        for path in (ROOT / "benchmarks").glob("*.py")
        if "__main__" in path.read_text("utf-8")
    }
    assert set(re.findall(r"\.(\w+)`", named)) == there


def test_requirements_are_pinned() -> None:
    pins = (ROOT / "constraints.txt").read_text("utf-8")
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in pins.splitlines()}
    wanted = re.findall(r'^ {4}"([a-z0-9-]+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    assert {"torch", "click", "gradio"} <= pinned
    assert [name for name in wanted if name not in pinned] == []


@pytest.mark.skipif(not (ROOT / ".venv" / ".chat").exists(), reason="`make chat` would install")
def test_make_chat_serves_the_page_with_the_samples(
    tmp_path: Path, model_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "cache").symlink_to(model_cache, target_is_directory=True)
    monkeypatch.setenv("KLIPING_HOME", str(tmp_path))
    monkeypatch.setenv("GRADIO_SERVER_PORT", str(port))
    # A session of its own, so that make's children end with it.
    with subprocess.Popen(["make", "chat"], cwd=ROOT, start_new_session=True) as made:
        try:
            assert "Kliping" in eventually(f"http://127.0.0.1:{port}/", made)
        finally:
            if made.poll() is None:
                os.killpg(made.pid, signal.SIGINT)
                made.wait(30)
    listed = subprocess.run([*KLIPING, "ls"], capture_output=True, text=True, check=True, cwd=ROOT)
    assert len(listed.stdout.splitlines()) == len(list((ROOT / "ui" / "samples").glob("*.md")))


def eventually(address: str, process: subprocess.Popen[bytes]) -> str:
    """The page at an address, as soon as it is served."""
    while process.poll() is None:
        try:
            return httpx.get(address, trust_env=False).text
        except httpx.TransportError:
            time.sleep(0.5)
    raise AssertionError(f"make chat left with {process.returncode}")
