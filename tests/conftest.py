"""Fixtures that several files of tests share."""

import os
from pathlib import Path

import platformdirs
import pytest

from models import catalog, weights
from models.sentence import SentenceEmbedder


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """Where the program itself prepares the embedded models, so that it happens once a machine."""
    named = os.environ.get("KLIPING_TEST_CACHE")
    cache = Path(named) if named else platformdirs.user_cache_path("kliping", appauthor=False)
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)  # Tests link to it.
    return cache


@pytest.fixture(scope="session")
def embedded_embedder(model_cache: Path) -> SentenceEmbedder:
    """The embedded embedder, loaded once for all tests."""
    known = catalog.embedder()
    return SentenceEmbedder(
        weights.embedded_embedder(model_cache), identity=known.identity, prefixes=known.prefixes
    )


@pytest.fixture(scope="session")
def gemma(model_cache: Path) -> Path:
    """The embedded generator as a GGUF file."""
    return weights.embedded_generator(model_cache)
