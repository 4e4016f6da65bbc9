"""Settings, read once: flag > environment (``KLIPING_*``) > ``config.toml`` > default."""

import os
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import (  # noqa: TID253 - this is its adapter, itself imported only on use
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rag.errors import SettingsError

_PREFIX = "KLIPING_"
_KNOWN_ELSEWHERE = frozenset({"KLIPING_HOME", "KLIPING_PASSWORD", "KLIPING_TEST_CACHE"})


class Settings(BaseSettings):
    """What a person may choose. Unknown keys are refused, with the known ones named."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", frozen=True)

    embedder: str = Field(
        default="embedded",
        description="`embedded`, or a sentence-transformers model by name or path.",
    )
    question_prefix: str | None = Field(
        default=None, description="What the embedder wants before a question; e5: `query: `."
    )
    passage_prefix: str | None = Field(
        default=None, description="What the embedder wants before a passage; e5: `passage: `."
    )
    generator: str = Field(
        default="embedded",
        description="`embedded`, the path of a GGUF file, or the address of an "
        "OpenAI-compatible server.",
    )
    server_model: str | None = Field(
        default=None, description="Which model of the server; its first when not set."
    )
    server_key: str | None = Field(
        default=None, repr=False, description="The server's API key, if it wants one."
    )
    context_window: int | None = Field(
        default=None,
        ge=1024,
        description="Tokens of prompt and draft together; a default that fits the machine.",
    )
    page_language: Literal["id", "en"] = Field(
        default="id", description="Language of the page's words at its start."
    )
    allow_private_addresses: bool = Field(
        default=False, description="Whether addresses on this machine or network may be read."
    )

    @cached_property
    def data(self) -> Path:
        """Folder of the library."""
        return _home() or platformdirs.user_data_path("kliping", appauthor=False)

    @cached_property
    def cache(self) -> Path:
        """Folder of unpacked or fetched weights; nothing in it is lost when it is deleted."""
        home = _home()
        return home / "cache" if home else platformdirs.user_cache_path("kliping", appauthor=False)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = TomlConfigSettingsSource(settings_cls, config_file())
        return init_settings, env_settings, file


def config_file() -> Path:
    """Where the settings file is looked for."""
    home = _home()
    return (home or platformdirs.user_config_path("kliping", appauthor=False)) / "config.toml"


def read_settings(**flags: Any) -> Settings:
    """Read the settings; flags that are None were not given.

    Raises:
        SettingsError: the file cannot be read, a key is unknown or a value makes no sense.
    """
    known = sorted(Settings.model_fields)
    for name in os.environ:
        if name.startswith(_PREFIX) and name not in _KNOWN_ELSEWHERE:
            key = name.removeprefix(_PREFIX).lower()
            if key not in known:
                raise SettingsError(
                    f"The environment variable {name} is no setting.",
                    remedy=f"Known settings: {', '.join(known)}.",
                )
    try:
        return Settings(**{key: value for key, value in flags.items() if value is not None})
    except ValidationError as error:
        raise _said(error, known) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(
            f"The settings file {config_file()} cannot be read: {error}.",
            remedy="Mend it, or move it away to use the defaults.",
        ) from error


def _said(error: ValidationError, known: list[str]) -> SettingsError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return SettingsError(
            f"{key!r} in {config_file()} is no setting.",
            remedy=f"Known settings: {', '.join(known)}.",
        )
    return SettingsError(
        f"The setting {key} is {first['input']!r}: {first['msg']}.",
        remedy=Settings.model_fields[key].description or "See the README.",
    )


def _home() -> Path | None:
    home = os.environ.get("KLIPING_HOME")
    return Path(home).expanduser().resolve() if home else None
