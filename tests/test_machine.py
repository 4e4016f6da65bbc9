import os
import sys

import pytest

from models.machine import available_memory, physical_cores


def test_cores_are_at_least_one_and_at_most_what_the_machine_shows() -> None:
    assert 1 <= physical_cores() <= (os.cpu_count() or 1)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what is available")
def test_available_memory_is_a_part_of_all_memory() -> None:
    available = available_memory()
    assert available is not None
    assert 0 < available < os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
