"""Takes an official file into a folder of statistics: rows kept, hash and vintage written down."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from orebook.acts.market import ACCOUNTS, EU_LIST, GOVERNANCE, PRODUCTION
from orebook.exchange.statistics import official
from orebook.exchange.statistics.official import Taken
from orebook.exchange.statistics.official_trade import baci, comtrade
from orebook.exchange.statistics.official_usgs import usgs
from orebook.exchange.statistics.official_wgi import wgi
from orebook.exchange.statistics.table import read_table, read_text
from orebook.model.problem import Problem, ReaderError, SenderError, found

KINDS = ("usgs", "world-mining-data", "wgi", "comtrade", "baci", "eu-list")
MANIFEST = "imports.json"
_SOURCES = {
    "usgs": "USGS MCS", "world-mining-data": "World Mining Data", "wgi": "World Bank WGI",
    "comtrade": "UN Comtrade", "baci": "CEPII BACI", "eu-list": "EU critical raw materials",
}  # fmt: skip
# What makes two rows of one edition the same row, so that the newer stands for both.
_SAME_TRADE = ("reporter", "partner_iso3", "flow", "hs", "year")


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
    heading: str = ""

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        return {
            "kind": self.kind,
            "file": self.file,
            "sha256": self.sha256,
            "vintage": self.vintage,
            "heading": self.heading or None,
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

    Of trade, which is downloaded heading by heading and year by year, the same rows are replaced.
    Takes: `kind`, one of KINDS; `vintage`, the edition as its publisher names it; for BACI, `codes`
    and `heading`. Refuses: ReaderError for another kind, no vintage, a folder that is none or a
    manifest that cannot be read; SenderError for a file that is not of its form or has no row to
    take. Nothing is half-written: all is read first, laid aside, and put in place at the end.
    """
    if kind not in KINDS:
        message = f"a kind is {', '.join(KINDS)}, not {kind[:40]}"
        raise ReaderError(message)
    if not vintage.strip():
        message = "name the vintage: the edition as its publisher names it, such as 2026 v1.3"
        raise ReaderError(message)
    source = f"{_SOURCES[kind]} {vintage.strip()}"
    earlier = _manifest(folder)
    taken = _read(kind, path, source, codes, heading)
    problems = tuple(p.within("", path.name) for p in taken.problems)
    data = _data(kind, path, folder, taken, source)
    if not data:
        raise _nothing(kind, path, heading, problems)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    of = heading if kind == "baci" else ""
    done = Imported(kind, path.name, digest, vintage, len(taken.rows), tuple(data), problems, of)
    _put(folder, {**data, MANIFEST: _noted(earlier, done)})
    return done


def _read(kind: str, path: Path, source: str, codes: Path | None, heading: str) -> Taken:
    if kind == "usgs":
        return usgs(path, source)
    if kind == "world-mining-data":
        return official.world_mining_data(path, source)
    if kind == "wgi":
        return wgi(path, source)
    if kind == "comtrade":
        return comtrade(path, source)
    if kind == "eu-list":
        return official.eu_list(path, source)
    if codes is None or not heading:
        message = "BACI needs the country codes that come with it, and a heading such as 2846"
        raise ReaderError(message)
    return baci(path, source, codes, heading)


def _data(kind: str, path: Path, folder: Path, taken: Taken, source: str) -> dict[str, bytes]:
    """Each file of the folder as it is to be; none where the file has nothing to take."""
    if kind == "usgs":
        # A file without the salient statistics says nothing of those taken before.
        data = {}
        if taken.rows:
            data[PRODUCTION] = _production(folder, taken, source)
        if _salient(path):
            data[ACCOUNTS] = read_text(path, published=True).encode()
        return data
    if not taken.rows:
        return {}
    if kind == "world-mining-data":
        return {PRODUCTION: _production(folder, taken, source)}
    if kind == "wgi":
        return {GOVERNANCE: official.as_csv(official.GOVERNANCE, taken.rows)}
    if kind == "eu-list":
        return {EU_LIST: official.as_csv(official.EU_LIST, taken.rows)}
    words = "".join(c if c.isalnum() else "-" for c in source.lower())
    name = f"trade_{words}.csv"
    new = {tuple(row[c] for c in _SAME_TRADE) for row in taken.rows}
    kept = [
        row for row in _rows(folder / name, official.TRADE)
        if tuple(row[c] for c in _SAME_TRADE) not in new
    ]  # fmt: skip
    return {name: official.as_csv(official.TRADE, [*kept, *taken.rows])}


def _salient(path: Path) -> bool:
    """Whether a USGS file holds salient statistics, which only the layout since 2026 does."""
    rows = read_table(path, (), published=True).rows
    return any(row.cells.get("Section", "").startswith("Salient") for row in rows)


def _production(folder: Path, taken: Taken, source: str) -> bytes:
    rows = _rows(folder / PRODUCTION, official.PRODUCTION)
    kept = [row for row in rows if row["source"] != source]
    return official.as_csv(official.PRODUCTION, [*kept, *taken.rows])


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows kept before. Refuses: SenderError for a file that is no such table."""
    if not path.is_file():
        return []
    rows = read_table(path, ("source",)).rows
    return [{name: row.cells.get(name, "") for name in columns} for row in rows]


def _nothing(kind: str, path: Path, heading: str, problems: tuple[Problem, ...]) -> SenderError:
    """The refusal of a file that has no row to take; what was there stays."""
    of = f" of heading {heading}" if kind == "baci" else ""
    step = "Take the file as it was published; what was taken before is as it was."
    none = Problem("no-rows", "", f"at least one row{of} of the kind {kind}", "none to take", step,
                   path.name)  # fmt: skip
    return SenderError(none.text(), (none, *problems))


def _manifest(folder: Path) -> list[dict[str, object]]:
    """What was taken before. Refuses: ReaderError for no folder, or a list that is none."""
    if folder.exists() and not folder.is_dir():
        message = f"{folder} is a file; name a folder for the statistics, which may be a new one"
        raise ReaderError(message)
    path = folder / MANIFEST
    if not path.is_file():
        return []
    try:
        listed = json.loads(path.read_text("utf-8"))
        what = found(listed)
        if isinstance(listed, list):
            what = "a list of other things"
    except (ValueError, RecursionError):
        listed, what = None, "text that is no JSON"
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        message = f"{MANIFEST}: expected a JSON list of objects, found {what}; mend or remove it"
        raise ReaderError(message)
    return listed


def _noted(earlier: list[dict[str, object]], done: Imported) -> bytes:
    """The manifest with this file in it; what it stands in place of is left out.

    Of trade several files of one edition lie side by side: each is noted by its hash.
    """
    names = ["kind", "vintage"]
    if done.kind in {"comtrade", "baci"}:
        names += ["heading", "sha256"]
    new = done.as_json()
    kept = [one for one in earlier if any(one.get(name) != new[name] for name in names)]
    return json.dumps([*kept, new], indent=2).encode() + b"\n"


def _put(folder: Path, data: dict[str, bytes]) -> None:
    """Every file aside first, then each in its place. Refuses: ReaderError where none can be."""
    aside = {folder / f"{name}.part": name for name in data}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part, name in aside.items():
            part.write_bytes(data[name])
        for part, name in aside.items():
            part.replace(folder / name)
    except OSError as error:
        for part in aside:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        message = f"{folder}: expected a folder that can be written; name another with --data"
        raise ReaderError(message) from error
