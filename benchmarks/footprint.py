"""CPU seconds of `kliping --help`, and the peak memory of `kliping ask` with the embedded models.

Goals: 0.3 CPU seconds at most, and a peak that fits a machine with 4 GB.

    python -m benchmarks.footprint
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

_QUESTION = "Berapa karyawan yang di-PHK Aruvolt?"
_KLIPING = [sys.executable, "-c", "from ui.cli import main; main()"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--repeat", type=int, default=5, help="runs of each command")
    repeat = parser.parse_args().repeat
    samples = str(Path(__file__).parent.parent / "ui" / "samples")
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "KLIPING_HOME": home}
        subprocess.run(
            [*_KLIPING, "add", samples], env=environment, check=True, capture_output=True
        )
        print(f"{'command':24}{'CPU seconds':>14}{'peak memory, MiB':>18}")
        for name, arguments in (
            ("python -c pass", None),
            ("kliping --help", ["--help"]),
            ("kliping ls", ["ls"]),
            ("kliping ask", ["ask", _QUESTION]),
        ):
            command = [sys.executable, "-c", "pass"] if arguments is None else _KLIPING + arguments
            runs = [_measured(command, environment) for _ in range(repeat)]
            seconds = statistics.median(cpu for cpu, _ in runs)
            memory = max(peak for _, peak in runs)
            print(f"{name:24}{seconds:14.2f}{memory:18.0f}", flush=True)


def _measured(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """CPU seconds and peak resident MiB of one run of a command."""
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} left with {process.returncode}")
    to_mib = 1 / 1024 / (1024 if sys.platform == "darwin" else 1)  # macOS counts bytes.
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * to_mib


if __name__ == "__main__":
    main()
