"""The rule packs that come with the program, and those of a folder somebody names."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from orebook.engines.rules import Pack, load
from orebook.model.problem import ReaderError

_FILES = ("pack.yaml", "rules.yaml", "examples.yaml")
_MAX_BYTES = 4 * 1024 * 1024


@cache
def names() -> tuple[str, ...]:
    """The packs that come with the program, by id."""
    law = files("orebook.engines.rules").joinpath("law")
    return tuple(sorted(item.name for item in law.iterdir() if item.is_dir()))


@cache
def pack(name: str) -> Pack:
    """A pack by its id, or by the folder it lies in.

    Refuses: ReaderError for a name that is neither; BadPack, with file and line, for one at fault.
    """
    if name in names():
        folder = files("orebook.engines.rules").joinpath("law", name)
        return load({f: folder.joinpath(f).read_bytes() for f in _FILES})
    path = Path(name)
    if not (path / "pack.yaml").is_file():
        message = (
            f"no pack is called {name}; there are: {', '.join(names())}, or a folder of your own"
        )
        raise ReaderError(message)
    found = {}
    for file in _FILES:
        here = path / file
        if here.is_file():
            if here.stat().st_size > _MAX_BYTES:
                message = f"{here}: a pack file has at most {_MAX_BYTES:,} bytes"
                raise ReaderError(message)
            found[file] = here.read_bytes()
    return load(found)
