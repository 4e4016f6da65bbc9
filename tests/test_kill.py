"""A kill at any moment loses at most the step in flight and never leaves a broken library."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 60


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills are cheap only where processes fork")
def test_a_kill_at_any_moment_loses_at_most_the_step_in_flight(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.killing", tmp_path, str(KILLS), "1"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr[-3000:]
    assert ran.stdout.startswith(f"{KILLS} kills")
