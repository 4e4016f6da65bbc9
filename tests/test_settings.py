from pathlib import Path

import pytest

from rag.errors import SettingsError
from ui.settings import read_settings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KLIPING_HOME", str(tmp_path))
    monkeypatch.delenv("KLIPING_GENERATOR", raising=False)
    monkeypatch.delenv("KLIPING_EMBEDDER", raising=False)
    return tmp_path


def test_defaults_are_the_embedded_models() -> None:
    settings = read_settings()
    assert (settings.embedder, settings.generator) == ("embedded", "embedded")


def test_a_flag_beats_the_environment_which_beats_the_file(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "config.toml").write_text('generator = "file"\nembedder = "file"\n', "utf-8")
    assert read_settings().generator == "file"
    monkeypatch.setenv("KLIPING_GENERATOR", "environment")
    assert read_settings().generator == "environment"
    assert read_settings(generator="flag").generator == "flag"
    assert read_settings(generator="flag").embedder == "file"


def test_an_unknown_key_in_the_file_is_refused_and_the_known_ones_named(home: Path) -> None:
    (home / "config.toml").write_text('generater = "x"\n', "utf-8")
    with pytest.raises(SettingsError, match=r"'generater' in .* is no setting.*generator"):
        read_settings()


def test_an_unknown_environment_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KLIPING_GENERATER", "x")
    with pytest.raises(SettingsError, match="KLIPING_GENERATER is no setting"):
        read_settings()


def test_a_value_that_makes_no_sense_is_named_with_its_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KLIPING_CONTEXT_WINDOW", "many")
    with pytest.raises(SettingsError, match="context_window is 'many'"):
        read_settings()


def test_a_file_that_is_no_toml_says_where_it_is(home: Path) -> None:
    (home / "config.toml").write_text("generator = \n", "utf-8")
    with pytest.raises(SettingsError, match=r"config\.toml cannot be read"):
        read_settings()


def test_home_holds_data_and_cache(home: Path) -> None:
    assert read_settings().data == home
    assert read_settings().cache == home / "cache"


def test_a_key_is_never_shown() -> None:
    assert "secret" not in repr(read_settings(server_key="secret"))
