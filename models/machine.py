"""What this machine has to run a model with."""

import os
import sys
from pathlib import Path


def physical_cores() -> int:
    """Cores this process may use, two hyperthreads counted as one.

    llama.cpp is bound by the arithmetic units that hyperthreads share: more threads than cores
    make it slower, not faster. Where the system does not say, half of what it shows is assumed.
    """
    if sys.platform != "linux":
        return max((os.cpu_count() or 2) // 2, 1)
    allowed = os.sched_getaffinity(0)
    topology = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"
    siblings = {_read(topology.format(cpu)) for cpu in allowed}
    return len(allowed) if None in siblings else len(siblings)


def available_memory() -> int | None:
    """Bytes that can be used without swapping; None where the system does not say (not Linux)."""
    for line in (_read("/proc/meminfo") or "").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="ascii")
    except OSError:
        return None
