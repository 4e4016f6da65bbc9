"""What this machine has to run a model with."""

import os

import psutil


def physical_cores() -> int:
    """Cores this process may use, two hyperthreads counted as one.

    llama.cpp is bound by the arithmetic units that hyperthreads share: more threads than cores
    make it slower, not faster.
    """
    cores = psutil.cpu_count(logical=False) or 1
    # A container or taskset may allow fewer; only some systems say so.
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else cores
    return min(cores, allowed)


def available_memory() -> int:
    """Bytes that can be used without swapping."""
    return int(psutil.virtual_memory().available)
