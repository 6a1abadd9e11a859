"""The index of a head as files of plain columns, mapped into memory: a cold trace reads no log.

A snapshot is a folder named by its head; it is written aside and renamed, so that a reader finds
all of it or nothing. Arrays are NumPy's own files; names of lots are one block of UTF-8 with a
sorted table of hashes, so that finding a lot reads a few pages of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from orebook.engines.origin.index import Index
from orebook.engines.origin.network import Ints, Network, exact

FORM = "orebook-origin-snapshot/1"
_ARRAYS = tuple(f.name for f in fields(Index) if f.name != "keep")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One head's index, its edges, the group of each node, and the names of its lots."""

    head: str
    index: Index
    network: Network
    group_of: Ints
    group_names: tuple[str, ...]
    folder: Path

    def node(self, name: str) -> int | None:
        """The node of a lot by its name; None where the snapshot has no such lot."""
        hashes = _mapped(self.folder, "hashes")
        wanted = _hash(name)
        at = int(np.searchsorted(hashes, wanted))
        order, ends = _mapped(self.folder, "hash_order"), _mapped(self.folder, "name_ends")
        text = np.memmap(self.folder / "names.txt", dtype=np.uint8, mode="r")
        while at < len(hashes) and hashes[at] == wanted:
            node = int(order[at])
            begin = int(ends[node - 1]) if node else 0
            if bytes(text[begin : int(ends[node])]) == name.encode():
                return node
            at += 1
        return None


def save(
    folder: Path,
    head: str,
    index: Index,
    network: Network,
    group_of: Ints,
    group_names: Sequence[str],
    names: Sequence[str] = (),
) -> Path:
    """Writes a snapshot of a head and gives its folder; one that is there already is kept.

    Refuses: ValueError for a network with masses known within bounds only: their book is small
    enough to be read whole.
    """
    if len(index.soft):
        message = "a snapshot holds recorded masses only"
        raise ValueError(message)
    made = folder / head
    if made.exists():
        return made
    aside = folder / f".{head}.{os.getpid()}"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    for name in _ARRAYS:
        np.save(aside / f"{name}.npy", getattr(index, name))
    edges: Mapping[str, np.ndarray] = {
        "src": network.src,
        "dst": network.dst,
        "mass_kg": network.mass_kg,
        "group_of": group_of,
    }
    for name, array in edges.items():
        np.save(aside / f"{name}.npy", array)
    _names(aside, names)
    about = {"form": FORM, "head": head, "nodes": network.nodes, "groups": list(group_names)}
    (aside / "about.json").write_text(json.dumps(about), "utf-8")
    aside.rename(made)
    return made


def load(folder: Path, head: str) -> Snapshot | None:
    """The snapshot of a head, its columns mapped and not read; None where there is none."""
    made = folder / head
    try:
        about = json.loads((made / "about.json").read_text("utf-8"))
    except FileNotFoundError:
        return None
    if about.get("form") != FORM:
        return None
    columns_of: dict[str, Any] = {name: _mapped(made, name) for name in _ARRAYS}
    index = Index(**columns_of)
    columns = (_mapped(made, n) for n in ("src", "dst", "mass_kg"))
    network = exact(int(about["nodes"]), *columns)
    return Snapshot(head, index, network, _mapped(made, "group_of"), tuple(about["groups"]), made)


def _mapped(folder: Path, name: str) -> np.ndarray:
    found: np.ndarray = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    return found.view(np.ndarray)


def _hash(name: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest()))


def _names(folder: Path, names: Sequence[str]) -> None:
    encoded = [n.encode() for n in names]
    hashes = np.array([_hash(n) for n in names], dtype=np.uint64)
    order = np.argsort(hashes, kind="stable").astype(np.int32)
    ends = np.cumsum(np.array([len(e) for e in encoded], dtype=np.int64))
    np.save(folder / "hashes.npy", hashes[order])
    np.save(folder / "hash_order.npy", order)
    np.save(folder / "name_ends.npy", ends)
    (folder / "names.txt").write_bytes(b"".join(encoded) or b"\0")
