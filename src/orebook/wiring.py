"""The one place where objects are joined: clocks, keys, salts, folders, settings.

Tests inject a clock, keys and salts here; no environment variable does.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from orebook.acts.featured import Featured, featured
from orebook.book.book import Now, system_now, system_salt
from orebook.book.folder import SETTINGS, Keys, Settings
from orebook.book.memory import user_state
from orebook.book.office import Office
from orebook.book.opened import OpenBook
from orebook.book.where import where_of
from orebook.log.keys import SigningKey
from orebook.model.problem import KeeperError, ReaderError

PORTAL = "portal.toml"
OFFICE = "office.sqlite3"


@dataclass(frozen=True, slots=True)
class Naming:
    """What a book is called and who keeps it."""

    origin: str
    title: str
    operator: str = ""
    jurisdiction: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where time and randomness come from; a test passes its own."""

    now: Now = system_now
    salt: Callable[[], bytes] = system_salt
    keys: Keys | None = None
    heads: Callable[[], Path | None] = lambda: None  # where heads are remembered, outside of books


SYSTEM = Sources(heads=user_state)


def create_book(
    folder: Path | None,
    naming: Naming,
    sources: Sources = SYSTEM,
    store: str = "here",
    schema: str = "",
) -> OpenBook:
    """A new book in that folder, or in memory.

    Takes: `store`, where its parts lie, and `schema`, as `where_of` takes them.
    Refuses: BookExists; ReaderError for a store that is none.
    """
    more: dict[str, object] = {
        name: text
        for name, text in (("jurisdiction", naming.jurisdiction), ("contact", naming.contact))
        if text
    }
    return OpenBook.create(
        folder,
        origin=naming.origin,
        title=naming.title,
        operator=naming.operator or f"operator:{naming.origin}",
        keys=sources.keys,
        now=sources.now,
        salt=sources.salt,
        more=more,
        heads=sources.heads() if folder is not None else None,
        where=where_of(store, naming.origin, schema),
    )


def open_book(folder: Path, sources: Sources = SYSTEM, *, witnessed: bool = True) -> OpenBook:
    """The book in that folder, whole again after any crash. Refuses: NoBook, and any doubt.

    Takes: `witnessed` False where its witnesses are asked next.
    """
    return OpenBook.open(
        folder, now=sources.now, salt=sources.salt, heads=sources.heads(), witnessed=witnessed
    )


def author_key(folder: Path) -> SigningKey:
    """The key with which the keeper of the book in that folder signs. Refuses: MissingFile."""
    return Keys.load(folder / "keys").author


def open_office(folder: Path) -> tuple[Office, str]:
    """The office beside the book of that folder, and the book's operator. Refuses: NoBook."""
    operator = Settings.load(folder).operator
    return Office(folder / OFFICE), operator


def portal_settings(folder: Path | None) -> Featured:
    """What the keeper puts on the first page: `[front]` of portal.toml, or nothing.

    Refuses: KeeperError where the file is not TOML.
    """
    path = folder / PORTAL if folder is not None else None
    if path is None or not path.exists():
        return Featured()
    try:
        settings = tomllib.loads(path.read_text("utf-8"))
    except (ValueError, OSError) as error:
        message = f"{path}: expected TOML, found: {error}"
        raise KeeperError(message) from error
    chosen = featured(settings.get("front", {}))
    if chosen.backing:
        case = _beside(path, "backing", chosen.backing, Path("deals") / chosen.backing)
        chosen = replace(chosen, backing=str(case))
    if chosen.market:
        folder_ = _beside(path, "market", chosen.market, Path(chosen.market))
        chosen = replace(chosen, market=str(folder_))
    return chosen


def _beside(path: Path, name: str, value: str, packaged: Path) -> Path:
    """A file or folder named in portal.toml: beside it, or among the demo's own."""
    found = next((p for p in (path.parent / value, example_files() / packaged) if p.exists()), None)
    if found is None:
        what = "a case file" if name == "backing" else "a folder of statistics"
        message = f"{path}: {name}: expected the name of {what}, found {value!r}"
        raise KeeperError(message)
    return found


def example_files() -> Path:
    """The folder of the demo's files: beside the package when installed, else in the clone."""
    packaged = Path(str(files("orebook"))) / "examples"
    clone = Path(__file__).resolve().parent.parent.parent / "examples"
    for folder in (packaged, clone):
        if folder.is_dir():
            return folder
    message = f"the example files are missing: expected them in {packaged}"
    raise KeeperError(message)


def demo_book(folder: Path, sources: Sources = SYSTEM) -> OpenBook:
    """A new demo book in that folder; an earlier demo book there is replaced, nothing else is.

    Refuses: ReaderError where the folder holds anything but a demo book.
    """
    settings = tomllib.loads((example_files() / "book.toml").read_text("utf-8"))
    naming = Naming(**settings["book"])
    if folder.exists() and any(folder.iterdir()):
        if not _is_demo(folder, naming.origin):
            message = f"{folder} holds something that is not a demo book; name another folder"
            raise ReaderError(message)
        shutil.rmtree(folder)
    book = create_book(folder, naming, sources)
    shutil.copyfile(example_files() / PORTAL, folder / PORTAL)
    return book


def _is_demo(folder: Path, origin: str) -> bool:
    try:
        return bool(tomllib.loads((folder / SETTINGS).read_text("utf-8"))["origin"] == origin)
    except (OSError, ValueError, KeyError):
        return False
