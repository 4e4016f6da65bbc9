import os

import psutil

from models.machine import available_memory, physical_cores


def test_cores_are_at_least_one_and_at_most_what_the_machine_shows() -> None:
    assert 1 <= physical_cores() <= (os.cpu_count() or 1)


def test_available_memory_is_a_part_of_all_memory() -> None:
    assert 0 < available_memory() < psutil.virtual_memory().total
