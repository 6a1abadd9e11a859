"""Takes an official file into a folder of statistics: rows kept, hash and vintage written down."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

from orebook.acts.market import ACCOUNTS, GOVERNANCE, PRODUCTION
from orebook.exchange.statistics import official
from orebook.exchange.statistics.official import Taken
from orebook.model.problem import Problem, ReaderError

KINDS = ("usgs", "world-mining-data", "wgi", "comtrade", "baci", "eu-list")
MANIFEST = "imports.json"
EU_LIST = "eu_critical.csv"
_SOURCES = {
    "usgs": "USGS MCS", "world-mining-data": "World Mining Data", "wgi": "World Bank WGI",
    "comtrade": "UN Comtrade", "baci": "CEPII BACI", "eu-list": "EU critical raw materials",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Imported:
    """What was taken: the file's hash and vintage, how many rows, where they went, every fault."""

    kind: str
    file: str
    sha256: str
    vintage: str
    rows: int
    written: tuple[str, ...]
    problems: tuple[Problem, ...]

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        return {
            "kind": self.kind,
            "file": self.file,
            "sha256": self.sha256,
            "vintage": self.vintage,
            "rows": self.rows,
            "written": list(self.written),
            "problems": [
                {"code": p.code, "place": p.place, "expected": p.expected, "found": p.found}
                for p in self.problems
            ],
        }


def take(
    kind: str, path: Path, folder: Path, vintage: str, *, codes: Path | None = None,
    heading: str = "",
) -> Imported:  # fmt: skip
    """Reads one official file into the folder. Rows of the same source and vintage are replaced.

    Takes: `kind`, one of KINDS; `vintage`, the edition as its publisher names it; for BACI, `codes`
    and `heading`. Refuses: ReaderError for another kind or no vintage; SenderError for a file that
    is not of its form. Nothing is half-written: each file is replaced whole.
    """
    if kind not in KINDS:
        message = f"a kind is {', '.join(KINDS)}, not {kind[:40]}"
        raise ReaderError(message)
    if not vintage.strip():
        message = "name the vintage: the edition as its publisher names it, such as 2026 v1.3"
        raise ReaderError(message)
    source = f"{_SOURCES[kind]} {vintage.strip()}"
    taken = _read(kind, path, source, codes, heading)
    folder.mkdir(parents=True, exist_ok=True)
    written = _write(kind, path, folder, taken, source)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    problems = tuple(p.within("", path.name) for p in taken.problems)
    done = Imported(kind, path.name, digest, vintage, len(taken.rows), written, problems)
    _note(folder, done)
    return done


def _read(kind: str, path: Path, source: str, codes: Path | None, heading: str) -> Taken:
    if kind == "usgs":
        return official.usgs_world(path, source)
    if kind == "world-mining-data":
        return official.world_mining_data(path, source)
    if kind == "wgi":
        return official.wgi(path, source)
    if kind == "comtrade":
        return official.comtrade(path, source)
    if kind == "eu-list":
        return official.eu_list(path, source)
    if codes is None or not heading:
        message = "BACI needs the country codes that come with it, and a heading such as 2846"
        raise ReaderError(message)
    return official.baci(path, source, codes, heading)


def _write(kind: str, path: Path, folder: Path, taken: Taken, source: str) -> tuple[str, ...]:
    if kind in {"usgs", "world-mining-data"}:
        kept = [r for r in _rows(folder / PRODUCTION) if r.get("source") != source]
        data = official.as_csv(official.PRODUCTION, [*kept, *taken.rows])
        _replace(folder / PRODUCTION, data)
        if kind == "world-mining-data":
            return (PRODUCTION,)
        _replace(folder / ACCOUNTS, path.read_bytes())
        return (PRODUCTION, ACCOUNTS)
    if kind == "wgi":
        _replace(folder / GOVERNANCE, official.as_csv(official.GOVERNANCE, taken.rows))
        return (GOVERNANCE,)
    if kind == "eu-list":
        _replace(folder / EU_LIST, official.as_csv(official.EU_LIST, taken.rows))
        return (EU_LIST,)
    words = "".join(c if c.isalnum() else "-" for c in source.lower())
    name = f"trade_{words}.csv"
    _replace(folder / name, official.as_csv(official.TRADE, taken.rows))
    return (name,)


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    reader = csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
    return [{name: row.get(name) or "" for name in official.PRODUCTION} for row in reader]


def _replace(path: Path, data: bytes) -> None:
    aside = path.with_name(f"{path.name}.part")
    aside.write_bytes(data)
    aside.replace(path)


def _note(folder: Path, done: Imported) -> None:
    """The manifest: what was taken, when it is taken again the newer in its place."""
    path = folder / MANIFEST
    listed = json.loads(path.read_text("utf-8")) if path.is_file() else []
    same = {"kind": done.kind, "vintage": done.vintage}
    kept = [one for one in listed if {k: one.get(k) for k in same} != same]
    _replace(path, json.dumps([*kept, done.as_json()], indent=2).encode() + b"\n")
