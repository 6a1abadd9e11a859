"""Columns as files: written aside, made durable, renamed; mapped when read, and never trusted torn.

A snapshot is a folder named by its head. Its header says the head and how long each file is, and
carries a digest of itself; whatever does not agree with it is no snapshot.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from orebook.acts.origin_columns import Columns
from orebook.model.facts import Head
from orebook.model.problem import Problem

FORM = "orebook-flows/1"
_HEADER = "header.json"


def save(folder: Path, head: Head, columns: Columns) -> None:
    """Keeps the columns of a head, and no others. A folder that cannot be written is let be."""
    made = folder / f"{head.size}-{head.root[:16]}"
    aside = folder / f".{made.name}.{os.getpid()}"
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        sizes = {name: _write(aside / name, array) for name, array in columns.arrays.items()}
        _write_header(aside / _HEADER, _header(head, columns, sizes))
        if made.exists():  # a torn one of the same head
            shutil.rmtree(made)
        aside.rename(made)
        _settle(folder)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)
        return
    for other in folder.iterdir():
        if other != made:
            shutil.rmtree(other, ignore_errors=True)


def load(folder: Path, origin: str) -> tuple[Head, Columns] | None:
    """The newest whole snapshot of that record, mapped and not read; None where there is none."""
    try:
        found = sorted(
            (p for p in folder.iterdir() if not p.name.startswith(".")), key=_size, reverse=True
        )
    except OSError:
        return None
    for made in found:
        kept = _load(made)
        if kept is not None and kept[0].origin == origin:
            return kept
    return None


def _load(made: Path) -> tuple[Head, Columns] | None:
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
    head = Head(**about["head"])
    return head, Columns(arrays, faults, tuple(about["elements"]), tuple(about["loose"]))


def _header(head: Head, columns: Columns, sizes: dict[str, int]) -> dict[str, object]:
    return {
        "form": FORM,
        "head": head.as_json(),
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
