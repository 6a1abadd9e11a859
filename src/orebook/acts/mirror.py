"""Copy a public log and believe nothing of it; bring a lost book back from such a copy."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

from orebook.book.memory import user_state
from orebook.book.mirror import Copied, copy_log
from orebook.book.recover import recover as bring_back
from orebook.book.source import Source
from orebook.book.store_folder import write_files
from orebook.log.errors import LogError
from orebook.log.note import parse_vkey
from orebook.model.problem import KeeperError, ReaderError

SETTINGS = "mirror.toml"


def mirror(
    address: str,
    folder: Path,
    key: str = "",
    watch: Callable[[int, int], None] | None = None,
) -> Copied:
    """The public log at that address or folder, copied and checked, from where the copy stands.

    Takes: the log's verifier key, from elsewhere than the log; once told it is kept in
    `mirror.toml` beside the copy.
    Refuses: ReaderError without a key, or with another than before; Rollback and Fork with both
    heads kept; RecordBroken where the log does not lead to its own root.
    """
    kept = _kept(folder)
    if not (key or kept):
        message = (
            "expected the log's verifier key (--key), from someone other than who serves the log:"
            " `orebook init` prints it, and the book's first entry names it"
        )
        raise ReaderError(message)
    if key and kept and key != kept:
        message = f"{folder / SETTINGS}: expected the key this copy began with, {kept}, found {key}"
        raise ReaderError(message)
    try:
        verifier = parse_vkey(key or kept)
    except LogError as error:
        message = f"--key: {error}"
        raise ReaderError(message) from error
    done = copy_log(Source(address), folder, verifier, watch)
    if not kept:
        text = f"origin = {json.dumps(done.origin)}\nlog_key = {json.dumps(verifier.vkey)}\n"
        write_files([(folder / SETTINGS, text.encode())])
    return done


def recover(folder: Path, address: str, heads: Path | None = None) -> Copied:
    """The book of that folder, brought forward to the head its mirror holds. Signs nothing.

    Refuses: Rollback where the mirror is behind; Fork; RecordBroken.
    """
    return bring_back(folder, Source(address), heads if heads is not None else user_state())


def _kept(folder: Path) -> str:
    path = folder / SETTINGS
    try:
        return str(tomllib.loads(path.read_text("utf-8"))["log_key"])
    except FileNotFoundError:
        return ""
    except (OSError, ValueError, KeyError) as error:
        message = f"{path}: expected TOML with log_key, found: {error}"
        raise KeeperError(message) from error
