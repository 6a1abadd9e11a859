"""The claims register: one claim per row, with the source that makes it; read and written.

Columns and the form of `relays`: docs/reference/claims-csv.md.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from orebook.exchange.format import Format, Read, Source
from orebook.exchange.rows import (
    Fault,
    Grid,
    Line,
    cell_fault,
    grouped,
    letter,
    peek,
    table_bytes,
    take,
    text_grid,
)
from orebook.model.entry import Body
from orebook.model.problem import Problem, ReaderError
from orebook.model.shape import check
from orebook.model.vocabulary import words

COLUMNS = (
    "id",
    "subject",
    "property",
    "value",
    "unit",
    "source_title",
    "source_publisher",
    "source_date",
    "url_if_known",
    "status",
    "note",
)
_NEEDED = ("id", "subject", "property", "value", "source_title", "status")
_EXTRA = ("relays", "about", "relations", "speaker", "locator", "when")
_NOT_FOUND = "not found"
# Attribute of a checked body → the column its text stood in.
_COLUMN_OF = {
    "standing": "status",
    "title": "source_title",
    "publisher": "source_publisher",
    "date": "source_date",
    "url": "url_if_known",
}
_RELATION_FORM = (
    "supports, contradicts, corrects, retracts, denies or supersedes, the id of a claim, and where "
    "needed a scope in brackets"
)
_RELAY_FORM = "stated: TITLE|PUBLISHER|DATE|ADDRESS, or the id of a claim or a source; or inferred:"


def source_id(title: str, publisher: str = "", date: str = "", url: str = "") -> str:
    """The id of a source: the same for the same title, publisher, date and address, anywhere."""
    told = json.dumps([_squeezed(t) for t in (title, publisher, date, url)], ensure_ascii=False)
    return "s-" + hashlib.sha256(told.encode()).hexdigest()[:12]


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def sniff(head: bytes, name: str) -> int:
    """How sure it is that this is a claims register: by the names of its columns."""
    if head.isascii() and b"subject" not in head.lower():
        return 0  # what most documents are: not worth a look at their cells
    lines = peek(head, _known_columns).lines
    first = _names(lines[0]) if lines else []
    if not {"id", "subject", "property", "source_title"} <= set(first):
        return 0
    return 95 if name.casefold().endswith((".csv", ".tsv", ".txt")) else 85


def _names(line: Line) -> list[str]:
    return [cell.text.strip().casefold().replace(" ", "_") for cell in line.cells]


def _known_columns(row: Sequence[str]) -> int:
    return len({c.casefold().replace(" ", "_") for c in row} & {*COLUMNS, *_EXTRA})


@dataclass(slots=True)
class _Cited:
    """A source as the rows tell it: where it first stood, and whom it repeats."""

    body: Body
    place: str
    line: Line
    relays: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Register:
    """What is known while a register is read."""

    grid: Grid
    columns: dict[str, int]
    sources: dict[str, _Cited] = field(default_factory=dict)
    cited_by: dict[str, str] = field(default_factory=dict)
    claims: list[tuple[Line, Body]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    titled: dict[str, list[str]] = field(default_factory=dict)

    def text(self, line: Line, column: str) -> str:
        return line.text(self.columns[column]) if column in self.columns else ""

    def fault(self, line: Line, column: str, problem: Problem) -> None:
        self.faults.append(Fault(line.number, self.columns.get(column), column, problem))


def read(stream: BinaryIO, source: Source) -> Iterator[Read | Problem]:
    """One `claim` per row, and one `source` before the first claim that cites it.

    Refuses: per row, a Problem with its line and column; the other rows stand.
    Unknown: a row whose status is not_found holds an absence with the day of its source.
    """
    data = take(stream)
    grid = data if isinstance(data, Problem) else text_grid(data, _known_columns)
    if isinstance(grid, Problem):
        yield grid.within("", source.name)
        return
    faults = list(_header_faults(grid))
    if any(p.code == "missing-column" for p in faults):
        yield from (p.within("", source.name) for p in faults)
        return
    columns = {name: i for i, name in enumerate(_names(grid.lines[0])) if name}
    register = _Register(grid, columns)
    for line in grid.lines[1:]:
        if not line.empty:
            _read_row(register, line)
    _read_relays(register)
    _read_relations(register)
    yield from _reads(register)
    told = faults + grouped(grid, register.faults)
    yield from (p.within("", source.name) for p in told)


def _header_faults(grid: Grid) -> Iterator[Problem]:
    names = _names(grid.lines[0]) if grid.lines else []
    step = f"Name the columns {', '.join(COLUMNS)}."
    for name in _NEEDED:
        if name not in names:
            yield Problem("missing-column", "line 1", f"a column {name}", "none", step)
    for number, name in enumerate(names):
        if name and (name not in {*COLUMNS, *_EXTRA} or names.index(name) != number):
            code = "unknown-column" if names.index(name) == number else "column-twice"
            found_text = f'"{name}"; its cells were not read'
            yield Problem(
                code, f"line 1, column {letter(number)}", "a known name", found_text, step
            )


def _read_row(register: _Register, line: Line) -> None:
    width = len(register.grid.lines[0].cells)
    if len(line.cells) != width:
        step = "Complete the row, and put quotation marks around cells that hold the separator."
        register.faults.append(
            Fault(
                line.number,
                None,
                "",
                Problem("wrong-width", "", f"{width} cells", f"{len(line.cells)}", step),
            )
        )
        return
    cited = _source_of(register, line)
    body = _claim_of(register, line, str(cited["id"]))
    before = len(register.faults)
    for kind, checked in (("source", cited), ("claim", body)):
        for problem in check(kind, checked):
            _at_column(register, line, problem)
    ident = str(body.get("id", ""))
    if ident in register.cited_by:
        expected = "an id that no other row has"
        register.fault(line, "id", cell_fault("id-twice", expected, ident))
    if body.get("value") is None:
        expected = "a value, or the status not_found"
        register.fault(line, "value", cell_fault("missing-value", expected, ""))
    elif isinstance(body["value"], dict) and "until" not in body["value"]:
        expected = "the day until which it was looked for"
        register.fault(line, "source_date", cell_fault("missing-date", expected, ""))
    if len(register.faults) > before:
        return
    key = str(cited["id"])
    place = register.grid.at(str(line.number))
    register.sources.setdefault(key, _Cited(cited, place, line))
    register.cited_by[ident] = key
    register.claims.append((line, body))


def _at_column(register: _Register, line: Line, problem: Problem) -> None:
    """A fault of a body, told at the column its text stood in."""
    name = problem.place.split("/")[1]
    column = _COLUMN_OF.get(name, name)
    if name == "value" and "until" in problem.place:
        column = "source_date"
    told = Problem(problem.code, "", problem.expected, problem.found, problem.next_step)
    register.fault(line, column, told)


def _source_of(register: _Register, line: Line) -> Body:
    columns = ("source_title", "source_publisher", "source_date", "url_if_known")
    title, publisher, date, url = (_squeezed(register.text(line, c)) for c in columns)
    told = {"title": title, "publisher": publisher, "date": date, "url": url}
    body: Body = {"id": source_id(title, publisher, date, url)}
    return body | {name: text for name, text in told.items() if text}


def _claim_of(register: _Register, line: Line, source: str) -> Body:
    standing = register.text(line, "status").casefold().replace(" ", "_")
    value: object = register.text(line, "value")
    if standing == "not_found":
        absence = {
            "absent": "not_found",
            "until": register.text(line, "source_date"),
            "where": register.text(line, "source_title"),
            "note": "" if value in {"", _NOT_FOUND} else value,
        }
        value = {name: text for name, text in absence.items() if text}
    body: Body = {
        "id": register.text(line, "id"),
        "subject": register.text(line, "subject"),
        "about": [t for t in re.split(r"\s*;\s*", register.text(line, "about")) if t],
        "property": register.text(line, "property"),
        "value": value,
        "unit": register.text(line, "unit"),
        "source": source,
        "standing": standing,
        "speaker": register.text(line, "speaker"),
        "locator": register.text(line, "locator"),
        "when": register.text(line, "when"),
        "note": register.text(line, "note"),
    }
    return {name: item for name, item in body.items() if item}


def _read_relays(register: _Register) -> None:
    """Every row's relays, told of its source; read last, so that they may point ahead."""
    for key, cited in register.sources.items():
        register.titled.setdefault(str(cited.body.get("title", "")), []).append(key)
    for line, body in list(register.claims):
        text = register.text(line, "relays")
        for part in filter(None, re.split(r";\s*(?=(?:stated|inferred)\s*:)", text)):
            match = re.fullmatch(r"\s*(stated|inferred)\s*:\s*(.+?)\s*;?\s*", part, re.DOTALL)
            repeated = _repeated(register, line, match[2]) if match else None
            own = str(body["source"])
            if match is None or repeated is None:
                register.fault(line, "relays", cell_fault("bad-relay", _RELAY_FORM, part))
            elif repeated == own:
                expected = "another source than the one that repeats it"
                register.fault(line, "relays", cell_fault("bad-relay", expected, part))
            elif register.sources[own].relays.setdefault(repeated, match[1]) != match[1]:
                expected = "one basis, stated or inferred, for one relay"
                register.fault(line, "relays", cell_fault("bad-relay", expected, part))


def _read_relations(register: _Register) -> None:
    """How each row stands to others; read last, so that a row may point ahead."""
    for line, body in register.claims:
        told: list[Body] = []
        for part in filter(None, re.split(r"\s*;\s*", register.text(line, "relations"))):
            match = re.fullmatch(r"(\w+)\s*:?\s+(\S+?)(?:\s*\((.+)\))?", part)
            if match is None or match[1] not in words("claim_relation"):
                problem = cell_fault("bad-relation", _RELATION_FORM, part)
                register.fault(line, "relations", problem)
            elif match[2] not in register.cited_by or match[2] == body["id"]:
                expected = "the id of another claim of this register"
                register.fault(line, "relations", cell_fault("missing-claim", expected, match[2]))
            else:
                scope = {"scope": match[3]} if match[3] else {}
                told.append({"kind": match[1], "claim": match[2], **scope})
        if told:
            body["relations"] = told


def _repeated(register: _Register, line: Line, text: str) -> str | None:
    """The id of the source a relay names, which is added where no row cites it."""
    if re.fullmatch(r"s-[0-9a-f]{12}", text):
        return text
    if text in register.cited_by:
        return register.cited_by[text]
    parts = [_squeezed(p) for p in text.split("|")]
    if not 2 <= len(parts) <= 4 or not parts[0]:
        return None
    parts += [""] * (4 - len(parts))
    title, publisher, date, url = parts
    told = {"title": title, "publisher": publisher, "date": date} | ({"url": url} if url else {})
    same = [
        key
        for key in register.titled.get(title, ())
        if all(register.sources[key].body.get(name, "") == value for name, value in told.items())
    ]
    if len(same) == 1:
        return same[0]
    body: Body = {"id": source_id(*parts), **{k: v for k, v in told.items() if v}}
    if same or check("source", body):
        return None
    place = register.grid.at(str(line.number), register.columns["relays"], "relays")
    ident = str(body["id"])
    if ident not in register.sources:
        register.titled.setdefault(title, []).append(ident)
    register.sources[ident] = _Cited(body, place, line)
    return ident


def _reads(register: _Register) -> Iterator[Read]:
    told = set()
    for line, body in register.claims:
        own = str(body["source"])
        for key in (*register.sources[own].relays, own):
            if key not in told and key in register.sources:
                told.add(key)
                cited = register.sources[key]
                relays = [{"source": k, "basis": b} for k, b in cited.relays.items()]
                yield Read(
                    "source", cited.body | ({"relays": relays} if relays else {}), cited.place
                )
        yield Read("claim", body, register.grid.at(str(line.number)))


def write(facts: Iterable[tuple[str, Body]], stream: BinaryIO) -> None:
    """The claims as a register, in their order; facts of other kinds are left out.

    Refuses: ReaderError for a claim whose source is not among the facts.
    """
    told = list(facts)
    sources = {str(body["id"]): body for kind, body in told if kind == "source"}
    claims = [body for kind, body in told if kind == "claim"]
    lost = next((b for b in claims if b.get("source") not in sources), None)
    if lost is not None:
        message = f"claim {lost['id']} cites source {lost.get('source')}, which is not among them"
        raise ReaderError(message)
    relaying = any("relays" in sources[str(b["source"])] for b in claims)
    own = [n for n in _EXTRA if n != "relays" and any(n in b for b in claims)]
    extra = (["relays"] if relaying else []) + own
    header = [*COLUMNS, *extra]
    rows = [[_cells(body, sources)[name] for name in header] for body in claims]
    stream.write(table_bytes([header, *rows]))


def _cells(claim: Body, sources: dict[str, Body]) -> dict[str, str]:
    source = sources[str(claim["source"])]
    value = claim.get("value", "")
    if isinstance(value, dict):
        value = value.get("note", _NOT_FOUND if value.get("absent") == "not_found" else "")
    about = claim.get("about")
    cells = {name: _text(claim, name) for name in ("id", "subject", "property", "unit", "note")}
    return cells | {
        "value": str(value) if "value" in claim else _text(claim, "value"),
        "source_title": _text(source, "title"),
        "source_publisher": _text(source, "publisher"),
        "source_date": _text(source, "date"),
        "url_if_known": _text(source, "url"),
        "status": _text(claim, "standing"),
        "relays": _relay_text(source, sources),
        "about": "; ".join(about) if isinstance(about, list) else "",
        "relations": _relation_text(claim),
        **{name: _text(claim, name) for name in ("speaker", "locator", "when")},
    }


def _relation_text(claim: Body) -> str:
    relations = claim.get("relations")
    return "; ".join(
        f"{r['kind']} {r['claim']}" + (f" ({r['scope']})" if r.get("scope") else "")
        for r in (relations if isinstance(relations, list) else ())
    )


def _text(body: Body, name: str) -> str:
    """An attribute as its cell: what this reader may not see is marked, never left empty."""
    sealed = body.get("sealed")
    if isinstance(sealed, dict) and name in sealed:
        return "(sealed)"
    value = body.get(name, "")
    return f"({value['absent']})" if isinstance(value, dict) else str(value)


def _relay_text(source: Body, sources: dict[str, Body]) -> str:
    relays = source.get("relays")
    parts = []
    for relay in relays if isinstance(relays, list) else ():
        key, known = str(relay["source"]), sources.get(str(relay["source"]), {})
        told = [_text(known, name) for name in ("title", "publisher", "date", "url")]
        sound = known and not any("|" in text or ";" in text for text in told)
        parts.append(f"{relay['basis']}: {'|'.join(told) if sound else key}")
    return "; ".join(parts)


CLAIMS_CSV = Format(
    name="claims-csv",
    title="Claims register (CSV)",
    media_types=("text/csv",),
    suffixes=(".csv", ".tsv"),
    sniff=sniff,
    read=read,
    write=write,
)
