"""What is known about models: the two embedded ones, and which prefixes others want."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from rag.relevance import Bounds


@dataclass(frozen=True, slots=True)
class Prefixes:
    """What an embedder wants before a text, to know which side of a search it is on."""

    question: str = ""
    passage: str = ""


@dataclass(frozen=True, slots=True)
class EmbeddedModel:
    """A model that comes as Python packages.

    Attributes:
        source: Whose model it is, and what was done to it.
        licence: What a person agrees to by using it.
        packages: Requirements for pip, with the versions that hold what is known here.
        size: Of the weights as they are packed, in bytes.
        sha256: Digest of the weights as they are packed.
        prefixes: Empty for a generator.
        bounds: None for a generator.
    """

    name: str
    source: str
    licence: str
    packages: tuple[str, ...]
    size: int
    sha256: str
    prefixes: Prefixes
    bounds: Bounds | None

    @property
    def identity(self) -> str:
        """The name with the beginning of the digest: equal for equal weights only."""
        return f"{self.name}@{self.sha256[:8]}"


def embedder() -> EmbeddedModel:
    """The embedded embedder."""
    return _embedded("embedder")


def generator() -> EmbeddedModel:
    """The embedded generator."""
    return _embedded("generator")


def prefixes(name: str) -> Prefixes | None:
    """The prefixes that the embedder of that name on the hub wants, if they are known."""
    for family in _catalog()["families"]:
        if name in family["embedders"]:
            return Prefixes(**family["prefixes"])
    return None


@cache
def _catalog() -> Mapping[str, Any]:
    return tomllib.loads((files("models") / "catalog.toml").read_text(encoding="utf-8"))


def _embedded(kind: str) -> EmbeddedModel:
    entry = {"prefixes": {}} | _catalog()[kind]
    prefixes = Prefixes(**entry.pop("prefixes"))
    packages = tuple(entry.pop("packages"))
    bounds = Bounds(**entry.pop("bounds")) if "bounds" in entry else None
    return EmbeddedModel(**entry, packages=packages, prefixes=prefixes, bounds=bounds)
