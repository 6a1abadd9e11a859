"""Columns as files: written aside, made durable, renamed; mapped when read, and never trusted torn.

A snapshot is a folder named by its head. Its header says the head and how long each file is, and
carries a digest of itself; whatever does not agree with it is no snapshot. It holds every unit, or
a patch: the units touched since another one, its base, which lies beside it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from orebook.acts.origin_columns import Columns, unjoined
from orebook.model.facts import Head
from orebook.model.problem import Problem

FORM = "orebook-flows/2"
_HEADER = "header.json"


@dataclass(frozen=True, slots=True)
class Stored:
    """The columns of a head; the whole snapshot they rest on, and what was touched since then."""

    head: Head
    columns: Columns
    base: Head
    steps: frozenset[str] = frozenset()
    lots: frozenset[str] = frozenset()


def save(folder: Path, head: Head, columns: Columns) -> None:
    """Keeps the columns of a head, and no others. A folder that cannot be written is let be."""
    _save(folder, Stored(head, columns, head), columns)


def save_patch(folder: Path, now: Stored) -> bool:
    """Keeps what was touched since the base, beside it; False where the base is not there."""
    if not (folder / _name(now.base) / _HEADER).is_file():
        return False
    units = now.columns.some(now.steps, now.lots)
    _save(folder, now, unjoined(units, now.columns))
    return True


def _name(head: Head) -> str:
    return f"{head.size}-{head.root[:16]}"


def _save(folder: Path, now: Stored, columns: Columns) -> None:
    made = folder / _name(now.head)
    aside = folder / f".{made.name}.{os.getpid()}"
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        sizes = {name: _write(aside / name, array) for name, array in columns.arrays.items()}
        _write_header(aside / _HEADER, _header(now, columns, sizes))
        if made.exists():  # a torn one of the same head
            shutil.rmtree(made)
        aside.rename(made)
        _settle(folder)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)
        return
    for other in folder.iterdir():
        if other not in {made, folder / _name(now.base)}:
            shutil.rmtree(other, ignore_errors=True)


def load(folder: Path, origin: str) -> Stored | None:
    """The newest whole snapshot of that record, mapped and not read; None where there is none."""
    try:
        found = sorted(
            (p for p in folder.iterdir() if not p.name.startswith(".")), key=_size, reverse=True
        )
    except OSError:
        return None
    for made in found:
        kept = _load(made)
        if kept is not None and kept.head.origin == origin:
            return kept
    return None


def _load(made: Path) -> Stored | None:
    try:
        text = (made / _HEADER).read_text("utf-8")
        digest, _, body = text.partition("\n")
        about = json.loads(body)
        if digest != hashlib.sha256(body.encode()).hexdigest() or about["form"] != FORM:
            return None
        arrays: dict[str, Any] = {}
        for name, size in about["sizes"].items():
            path = made / name
            if path.stat().st_size != size:
                return None
            arrays[name] = np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
    except (OSError, ValueError, KeyError, EOFError):
        return None
    faults = {int(at): tuple(Problem(**p) for p in told) for at, told in about["faults"].items()}
    head, base = Head(**about["head"]), Head(**about["base"])
    columns = Columns(arrays, faults, tuple(about["elements"]), tuple(about["loose"]))
    if head == base:
        return Stored(head, columns, base)
    under = _load(made.parent / _name(base))
    if under is None or under.head != base or under.base != base:
        return None
    steps, lots = (frozenset(about["touched"][name]) for name in ("steps", "lots"))
    joined = under.columns.with_units(steps, lots, columns)
    return Stored(head, replace(joined, loose=columns.loose), base, steps, lots)


def _header(now: Stored, columns: Columns, sizes: dict[str, int]) -> dict[str, object]:
    return {
        "form": FORM,
        "head": now.head.as_json(),
        "base": now.base.as_json(),
        "touched": {"steps": sorted(now.steps), "lots": sorted(now.lots)},
        "elements": columns.elements,
        "loose": columns.loose,
        "faults": {at: [asdict(p) for p in told] for at, told in columns.faults.items()},
        "sizes": sizes,
    }


def _write(path: Path, array: Any) -> int:
    with path.open("wb") as file:
        np.save(file, array, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def _write_header(path: Path, about: dict[str, object]) -> None:
    body = json.dumps(about)
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{hashlib.sha256(body.encode()).hexdigest()}\n{body}")
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """The rename made durable."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _size(path: Path) -> int:
    text = path.name.partition("-")[0]
    return int(text) if text.isascii() and text.isdigit() else -1
