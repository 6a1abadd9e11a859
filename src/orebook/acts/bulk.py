"""The whole book, as far as a reader may see it, in one file or as tables for analysis."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from orebook.acts.export import lines
from orebook.acts.see import View
from orebook.model.entry import Body, Entry
from orebook.model.problem import KeeperError, ReaderError
from orebook.model.shape import Attribute, shapes

_PAGE = 512
_ROWS = 20_000
_MEASURED = {"mass", "fraction", "money"}
_ENVELOPE = ("position", "index", "leaf", "author", "issued", "self_signed")


def bulk(view: View, file: Path) -> int:
    """Every fact as a line of JSON Lines, compressed where the name ends in .gz; says how many.

    The file appears when it is whole; one that stood there stays until then.
    """
    pinned = replace(view, size=view.head.size)
    part = file.with_name(f".{file.name}.part")
    count = 0
    try:
        with part.open("wb") as raw:
            packed = gzip.GzipFile("", "wb", fileobj=raw, mtime=0) if file.suffix == ".gz" else raw
            for line in lines(pinned):
                packed.write(line)
                count += 1
            packed.close()
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return count


def parquet(view: View, folder: Path) -> dict[str, int]:
    """One Parquet file per kind of fact, its attributes as columns of text; says how many rows.

    Gives: what is measured as `NAME`, `NAME_unit` and `NAME_basis`; records and lists as JSON;
    `sealed`, the names of what is hidden from this reader, as JSON; the head in the metadata.
    Refuses: ReaderError where the folder holds files; KeeperError without pyarrow.
    Unknown: an absent value is null; a stated absence is its JSON.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        message = "writing Parquet needs pyarrow: pip install orebook[parquet]"
        raise KeeperError(message) from error
    if folder.exists() and any(folder.iterdir()):
        message = f"{folder}: expected an empty folder or none, found files"
        raise ReaderError(message)
    folder.mkdir(parents=True, exist_ok=True)
    pinned = replace(view, size=view.head.size)
    head = pinned.head
    told = {
        "orebook.origin": head.origin,
        "orebook.size": str(head.size),
        "orebook.root": head.root,
    }
    rows: dict[str, list[dict[str, object]]] = {}
    writers: dict[str, Any] = {}
    counts: dict[str, int] = {}

    def flush(kind: str) -> None:
        schema = pa.schema([(n, _arrow(pa, n)) for n in _columns(kind)], metadata=told)
        if kind not in writers:
            writers[kind] = pq.ParquetWriter(folder / f"{kind}.parquet", schema, compression="zstd")
        writers[kind].write_table(pa.Table.from_pylist(rows.pop(kind), schema=schema))

    try:
        for entry in _entries(pinned):
            for index in range(len(entry.facts)):
                rows.setdefault(entry.kind, []).append(_row(entry, index))
                counts[entry.kind] = counts.get(entry.kind, 0) + 1
            if len(rows[entry.kind]) >= _ROWS:
                flush(entry.kind)
        for kind in sorted(rows):
            flush(kind)
    finally:
        for writer in writers.values():
            writer.close()
    return counts


def _entries(view: View) -> Iterator[Entry]:
    for start in range(0, view.head.size, _PAGE):
        yield from view.entries(start, start + _PAGE)


def _columns(kind: str) -> tuple[str, ...]:
    names = [name for a in shapes()[kind].values() for name in _named(a)]
    return (*_ENVELOPE, *names, "sealed")


def _named(attribute: Attribute) -> tuple[str, ...]:
    name = attribute.name
    own = f"fact_{name}" if name in {*_ENVELOPE, "sealed"} else name
    return (own, f"{own}_unit", f"{own}_basis") if attribute.type in _MEASURED else (own,)


def _arrow(pa: Any, name: str) -> Any:
    if name in {"position", "index"}:
        return pa.int64()
    return pa.bool_() if name == "self_signed" else pa.string()


def _row(entry: Entry, index: int) -> dict[str, object]:
    fact = entry.facts[index]
    row: dict[str, object] = {
        "position": entry.position,
        "index": index,
        "leaf": entry.leaf,
        "author": entry.author,
        "issued": entry.issued,
        "self_signed": entry.self_signed,
        "sealed": json.dumps(fact["sealed"]) if "sealed" in fact else None,
    }
    for attribute in shapes()[entry.kind].values():
        row |= _cells(attribute, fact)
    return row


def _cells(attribute: Attribute, fact: Body) -> dict[str, object]:
    value = fact.get(attribute.name)
    own, *more = _named(attribute)
    if value is None:
        return {}
    if more and isinstance(value, dict) and "value" in value:
        unit = value.get("unit", value.get("currency"))
        cells = {own: _text(value["value"]), more[0]: _text(unit), more[1]: value.get("basis")}
        return {name: cell for name, cell in cells.items() if cell is not None}
    return {own: _text(value)}


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
