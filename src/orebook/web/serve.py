"""Serve a book's portal on this machine until Ctrl-C."""

from __future__ import annotations

import datetime as dt
import gc
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from orebook.acts.featured import Featured
from orebook.acts.record import Record
from orebook.book.errors import RecordBroken
from orebook.book.office import Office
from orebook.log.reader import TILES_KEPT_MAX
from orebook.log.tile import HASHES_PER_TILE
from orebook.model.problem import KeeperError
from orebook.web.api.call import Limits

STOP_WITHIN = 5
SWITCH_SECONDS = 0.0005
READERS_MAX = 4
OBJECTS_TO_A_LOOK = 20_000
NOTHING = Featured()
LIMITS = Limits()


def today() -> str:
    """The day by the machine's clock, in UTC, as YYYY-MM-DD."""
    return dt.datetime.now(dt.UTC).date().isoformat()


def serve(
    book: Record,
    host: str,
    port: int,
    announce: Callable[[str], None],
    *,
    featured: Featured = NOTHING,
    day: Callable[[], str] = today,
    office: Office | None = None,
    inbox: Path | None = None,
    limits: Limits = LIMITS,
) -> None:
    """Serves until interrupted; `announce` is told the address once it answers.

    Takes: port 0 for a free one; `featured`, what the keeper puts on the first page; `limits`, how
    much one call may bring.
    Refuses: KeeperError where the address cannot be listened on.
    """
    import uvicorn

    from orebook.acts import capture  # noqa: F401
    from orebook.acts.see import view
    from orebook.exchange.registry import formats
    from orebook.web.desk import READER
    from orebook.web.portal import create_app

    formats()  # with what captures: not while the first sender waits
    view(book, READER, day()).facts(kinds=["book"])  # with the tables of what can be said
    looked_over(book)

    app = create_app(
        book,
        featured=featured,
        today=day,
        office=office,
        inbox=inbox,
        limits=limits,
        readers=beside(),
    )
    listener = listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=STOP_WITHIN,
        server_header=False,
        lifespan="on",
    )
    server = uvicorn.Server(config)
    # A caller that syncs the disk several times gives the interpreter back and waits for it each
    # time; with the usual 5 ms a fold of views beside it holds it up for tenths of a second.
    sys.setswitchinterval(SWITCH_SECONDS)
    at_rest()
    announce(f"http://{shown}:{listener.getsockname()[1]}/")
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # Ctrl-C is how it is meant to end
    finally:
        listener.close()


def beside() -> int:
    """How many processes read documents beside the server: one processor is left to it."""
    return min((os.cpu_count() or 1) - 1, READERS_MAX)


def looked_over(book: Record) -> None:
    """Reads the hashes of the latest entries, as far as they are kept: so no caller waits for them.

    Of a log of a million events every one of the first dozen answers would wait for twenty tiles.
    What is wrong with them is told to who asks for what they cover, and by an audit.
    """
    size = book.head.size
    for position in range(max(size - TILES_KEPT_MAX * HASHES_PER_TILE, 0), size, HASHES_PER_TILE):
        with suppress(RecordBroken):
            book.proof(position)


def at_rest() -> None:
    """Takes what has been loaded by now out of the rounds of the collector of garbage.

    It stays loaded; to walk it again and again would hold up one answer in a hundred for as long
    as ten others take. So would walking all leaves that are kept parsed after every few dozen
    answers: nearly all of what an answer is made of is let go of at once, and refers to nothing in
    a circle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_TO_A_LOOK)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one. Refuses: KeeperError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The event loop sends at once what is short only where the protocol is named: else the end of
    # an answer waits 40 ms for the other side to confirm its beginning.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        message = f"cannot listen on {host} port {port}: {error.strerror}. Choose another port."
        raise KeeperError(message) from error
    return listener
