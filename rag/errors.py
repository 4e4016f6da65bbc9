"""Errors that speak to the person: what happened, then what to do.

KlipingError
├── SettingsError               a setting is unknown or has no sensible value
├── ReadingError                one source could not be read as an article
│   ├── AddressRefusedError     an address leads where Kliping does not go unasked
│   └── NothingToReadError      the source holds no article text
├── LibraryError                the library cannot do what was asked
│   ├── ArticleNotFoundError    no article has that id
│   ├── LibraryBusyError        another process is writing, for longer than one waits
│   ├── EmbedderChangedError    the library was built by another embedder
│   └── LibraryTooNewError      the library was written by a newer Kliping
├── ModelError                  a model cannot be had or cannot work
│   ├── ModelMissingError       weights or their runtime are not there
│   ├── ModelDamagedError       weights are there and are not what they should be
│   └── PromptTooLongError      a prompt does not fit the context window
└── PageError                   the page cannot be served as asked
"""


class KlipingError(Exception):
    """Root of everything Kliping raises on purpose.

    Args:
        what: One sentence: what happened, with the values that matter.
        remedy: One sentence: what the person can do now.
    """

    def __init__(self, what: str, *, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}"


class SettingsError(KlipingError):
    """A setting is unknown or has no sensible value."""


class ReadingError(KlipingError):
    """One source could not be read as an article; others are not affected.

    Args:
        origin: The path or address that failed, as the person gave it.
        what: What happened.
        remedy: What to do now.
    """

    def __init__(self, what: str, *, origin: str, remedy: str) -> None:
        super().__init__(what, remedy=remedy)
        self.origin = origin


class AddressRefusedError(ReadingError):
    """An address leads to this machine or a private network."""

    def __init__(self, *, origin: str, host: str, resolved: str) -> None:
        super().__init__(
            f"{origin} leads to {host} ({resolved}), which is not on the public internet.",
            origin=origin,
            remedy="If you trust it, add it with --allow-private-addresses.",
        )


class NothingToReadError(ReadingError):
    """The source holds no article text."""


class LibraryError(KlipingError):
    """The library cannot do what was asked."""


class ArticleNotFoundError(LibraryError):
    """No article has that id, or several ids begin so."""

    def __init__(self, article_id: str, *, several: int = 0) -> None:
        super().__init__(
            f"{several} articles have ids that begin with {article_id!r}."
            if several
            else f"No article has the id {article_id!r}.",
            remedy="Run `kliping ls` to see the articles and their ids.",
        )
        self.article_id = article_id


class LibraryBusyError(LibraryError):
    """Another thread or process has been writing for longer than one waits."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"Another Kliping has been using {path} for too long.",
            remedy="Wait until it is done, or close it, and try again.",
        )


class EmbedderChangedError(LibraryError):
    """The library was built by another embedder than the one asking."""

    def __init__(self, *, built_with: str, asked_with: str) -> None:
        super().__init__(
            f"This library was embedded with {built_with}, but the settings name {asked_with}.",
            remedy="Run `kliping rebuild`, or set `embedder` back.",
        )


class LibraryTooNewError(LibraryError):
    """The library was written by a newer Kliping than this one."""

    def __init__(self, *, found: int, known: int) -> None:
        super().__init__(
            f"This library has format {found}; this Kliping knows formats up to {known}.",
            remedy="Update Kliping, or point KLIPING_HOME at another library.",
        )


class ModelError(KlipingError):
    """A model cannot be had or cannot work."""


class ModelMissingError(ModelError):
    """Weights, or the runtime that runs them, are not there."""


class ModelDamagedError(ModelError):
    """Weights are there and are not what they should be."""


class PromptTooLongError(ModelError):
    """A prompt and the room for its draft do not fit the context window."""

    def __init__(self, *, needed: int, context_window: int) -> None:
        super().__init__(
            f"The prompt needs {needed} tokens; the model holds {context_window}.",
            remedy="Ask a shorter question, or set a larger `context_window`.",
        )


class PageError(KlipingError):
    """The page cannot be served as asked."""
