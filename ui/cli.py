"""The command line: one small function a command.

Nothing heavy is imported at the top, so that ``kliping --help`` answers in a blink.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.errors import ArticleNotFoundError, KlipingError, LibraryError
from ui import arguments
from ui.output import Exit, HungUpError, note, say_error, write, write_json

if TYPE_CHECKING:
    from ui.wiring import Room

_EMPTY = "The library is empty. Add articles with `kliping add`."
_FEWEST_DIGITS = 4  # Of an id that is removed: a slip of the finger must not remove another.

_JSON = click.option("--json", "as_json", is_flag=True, help="Write JSON, for programs.")
_COUNT = click.option("-k", "count", type=click.IntRange(1, 50), help="How many passages at most.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--generator", help="Model that writes: `embedded`, a GGUF file, or a server's URL.")
@click.option("--embedder", help="Model that embeds: `embedded`, or a name or path.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no notes.")
@click.version_option(package_name="kliping", prog_name="kliping")
@click.pass_context
def cli(
    context: click.Context,
    generator: str | None,
    embedder: str | None,
    quiet: bool,
) -> None:
    """A private reading room on your own machine.

    Keep articles, ask about them in Indonesian or English, read answers that name their sources.
    Nothing leaves the machine.
    """

    def open_room() -> "Room":
        from ui.settings import read_settings
        from ui.wiring import Room

        settings = read_settings(generator=generator, embedder=embedder)
        room = Room(settings, say=(lambda _: None) if quiet else note)
        context.find_root().call_on_close(room.close)
        return room

    context.obj = open_room


def main() -> None:
    """Run the command line and leave with the exit code that says how it went."""
    sys.exit(run(sys.argv[1:]))


def run(given: Sequence[str]) -> int:
    """Run one command; return its exit code. Errors have been said on stderr by then."""
    try:
        code = cli.main(list(given), prog_name="kliping", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return Exit.WRONG_USAGE
    except (click.Abort, KeyboardInterrupt):
        note("\nInterrupted.")  # The terminal has written ^C.
        return Exit.INTERRUPTED
    except HungUpError:
        return Exit.DONE
    except KlipingError as error:
        say_error(error)
        missing = isinstance(error, ArticleNotFoundError)
        return Exit.NOTHING_FOUND if missing else Exit.FAILED
    return int(code or Exit.DONE)


@cli.command()
@click.argument("sources", nargs=-1, required=True, metavar="PATH|FOLDER|URL|-...")
@click.option("--title", help="Title of what comes by standard input.")
@click.option(
    "--allow-private-addresses",
    is_flag=True,
    help="Also read addresses on this machine or network.",
)
@_JSON
@click.pass_obj
def add(
    open_room: Callable[[], "Room"],
    sources: tuple[str, ...],
    title: str | None,
    allow_private_addresses: bool,
    as_json: bool,
) -> Exit:
    """Add articles: files (txt, md, html), folders, one address, or - for standard input."""
    from ui import gathering

    if "" in sources:
        raise click.UsageError("A source is empty.")
    if title is not None and "-" not in sources:
        raise click.UsageError("--title is for standard input: name - among the sources.")
    room = open_room()
    reads = gathering.reads(
        room, sources, title=title, allow_private_addresses=allow_private_addresses
    )
    return gathering.collect(room, reads, as_json=as_json)


@cli.command()
@_JSON
@click.pass_obj
def ls(open_room: Callable[[], "Room"], as_json: bool) -> Exit:
    """List the articles, the latest added first."""
    from ui.records import card_record

    room = open_room()
    cards = room.library.cards()
    for card in cards:
        if as_json:
            write_json(card_record(card))
        else:
            day = card.published.isoformat() if card.published else "-"
            write("  ".join([card.id, f"{day:10}", card.language, _told(card.title, card.site)]))
    if not cards:
        room.say(_EMPTY)
    return Exit.DONE if cards else Exit.NOTHING_FOUND


@cli.command()
@click.argument("article_id", metavar="ID")
@_JSON
@click.pass_obj
def show(open_room: Callable[[], "Room"], article_id: str, as_json: bool) -> Exit:
    """Show an article: its card and its text. The first digits of its id are enough."""
    from ui.records import article_record

    article = open_room().library.article(arguments.text(article_id))
    if as_json:
        write_json(article_record(article))
        return Exit.DONE
    card = article.card
    day = card.published.isoformat() if card.published else None
    write(card.title)
    write(" · ".join(part for part in (card.site, card.byline, day, card.origin) if part))
    write(f"\n{article.text}")
    return Exit.DONE


@cli.command()
@click.argument("article_ids", nargs=-1, required=True, metavar="ID...")
@click.pass_obj
def rm(open_room: Callable[[], "Room"], article_ids: tuple[str, ...]) -> Exit:
    """Remove articles and every trace of them."""
    if any(len(article_id) < _FEWEST_DIGITS for article_id in article_ids):
        raise click.UsageError(f"To remove an article, give {_FEWEST_DIGITS} digits of its id.")
    library = open_room().library
    missing = failed = 0
    for article_id in article_ids:
        try:
            card = library.remove(library.article(arguments.text(article_id)).card.id)
        except LibraryError as error:
            say_error(error)
            failed += 1
            missing += isinstance(error, ArticleNotFoundError)
        else:
            write(f"removed  {card.id}  {card.title}")
    if failed < len(article_ids):
        return Exit.SOME_FAILED if failed else Exit.DONE
    return Exit.NOTHING_FOUND if missing == failed else Exit.FAILED


@cli.command()
@click.argument("question")
@_COUNT
@_JSON
@click.pass_obj
def search(
    open_room: Callable[[], "Room"], question: str, count: int | None, as_json: bool
) -> Exit:
    """Find passages by meaning and by words. No model writes anything."""
    from ui.records import hit_record

    room = open_room()
    hits = room.retriever.find(arguments.question(question)).fused[: count or 10]
    for hit in hits:
        if as_json:
            write_json(hit_record(hit))
        else:
            write(f"{hit.card.id}  {_told(hit.card.title, hit.card.site)}")
            write(f"    {' '.join(hit.passage.text.split())}\n")
    if not room.library.size().articles:
        room.say(_EMPTY)
    return Exit.DONE if hits else Exit.NOTHING_FOUND


@cli.command()
@click.argument("question")
@click.option(
    "--lang",
    type=click.Choice(["auto", "id", "en"]),
    default="auto",
    help="Language of the reply; auto is the question's.",
)
@click.option("--explain", is_flag=True, help="Also show lists, scores, prompt and draft.")
@_COUNT
@_JSON
@click.pass_obj
def ask(
    open_room: Callable[[], "Room"],
    question: str,
    lang: str,
    explain: bool,
    count: int | None,
    as_json: bool,
) -> Exit:
    """Ask a question; the reply names the passages it stands on. - reads it from standard input."""
    from rag.values import Answer, Language
    from ui import render, terminal
    from ui.records import reply_record, trace_record

    language = None if lang == "auto" else Language(lang)
    events = open_room().answerer.ask(
        arguments.question(question), language=language, sources=count
    )
    settled = terminal.follow(events, stream=sys.stdout.isatty() and not as_json)
    if as_json:
        record = reply_record(settled.reply)
        write_json({**record, "trace": trace_record(settled.trace)} if explain else record)
    else:
        write(render.reply_text(settled.reply))
        if explain:
            write(terminal.trace_text(settled.trace))
    return Exit.DONE if isinstance(settled.reply, Answer) else Exit.NOTHING_FOUND


@cli.command()
@click.option("--host", envvar="GRADIO_SERVER_NAME", default="127.0.0.1", show_default=True)
@click.option(
    "--port",
    envvar="GRADIO_SERVER_PORT",
    type=click.IntRange(1, 65535),
    default=7860,
    show_default=True,
)
@click.option("--password", envvar="KLIPING_PASSWORD", help="Needed beyond this machine.")
@click.option("--samples", is_flag=True, help="Add the sample articles if the library is empty.")
@click.pass_obj
def chat(
    open_room: Callable[[], "Room"],
    host: str,
    port: int,
    password: str | None,
    samples: bool,
) -> Exit:
    """Open the chat page on this machine."""
    from ui import gathering
    from ui.page import serve

    room = open_room()
    if samples and not room.library.size().articles:
        folder = str(Path(__file__).parent / "samples")
        gathering.collect(room, gathering.reads(room, [folder]), as_json=False)
    room.warm_up()
    serve(room, host=host, port=port, password=password)
    return Exit.DONE


@cli.command()
@click.pass_obj
def rebuild(open_room: Callable[[], "Room"]) -> Exit:
    """Embed every article anew, after the embedder was changed."""
    room = open_room()
    total = room.library.size().articles
    if not total:
        room.say(_EMPTY)
        return Exit.NOTHING_FOUND

    def entries() -> Iterator[Any]:
        for done, article in enumerate(room.library.articles(), start=1):
            room.say(f"{done}/{total}  {article.card.title}")
            yield room.collector.entry(article)

    room.library.rebuild(entries())
    write(f"Rebuilt {total} articles with {room.embedder.identity}.")
    return Exit.DONE


def _told(title: str, site: str | None) -> str:
    return f"{title} ({site})" if site else title
