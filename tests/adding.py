"""A process that adds articles to a library: ``python -m tests.adding FOLDER NAME COUNT``."""

import sys
from pathlib import Path

from index.library import SqliteLibrary
from tests.libraries import entry


def main() -> None:
    folder, name, count = sys.argv[1:]
    with SqliteLibrary(Path(folder), embedder="test") as library:
        for i in range(int(count)):
            library.put([entry(f"{name} {i} {name}", origin=f"/{name}/{i}", passages=2)])


if __name__ == "__main__":
    main()
