"""A flow list in CSV, JSON or JSON Lines: edges from lot to lot with masses, and labels of lots.

Form: docs/reference/origin.md. A list of three columns needs no header.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence

from orebook.exchange.flow_cells import Board, column, figure
from orebook.exchange.rows import decode, letter
from orebook.model.flow import ATTRIBUTES, FlowList
from orebook.model.problem import Problem

_SEPARATORS = ",;\t|"
_BARE = ("from", "to", "mass")
_NAMES = {"from", "to", "id"}
_MORE = "More columns or another order need a header row: from,to,mass,…"


class _Digits(str):
    """A number of the JSON as it was written."""

    __slots__ = ()


def read_flows(data: bytes, name: str, nodes: bytes | None = None, table: str = "") -> FlowList:
    """The moves and lots of a document, and its faults by line and column.

    Takes: `nodes`, a second table with one row per lot (`id`, `mine`, `country`, `facility`,
    `owner`, `stage`, `mass`), and its file name `table`.
    Refuses: what cannot be read is a Problem; sound rows go on.
    """
    board = Board()
    _document(data, board, nodes_only=False)
    board.problems[:] = [p.within("", name) for p in board.problems]
    if nodes is not None:
        before = len(board.problems)
        _document(nodes, board, nodes_only=True)
        board.problems[before:] = [p.within("", table) for p in board.problems[before:]]
    return FlowList(tuple(board.moves), board.stops, tuple(board.problems), name=name)


def _document(data: bytes, board: Board, *, nodes_only: bool) -> None:
    decoded = decode(data)
    if isinstance(decoded, Problem):
        board.problems.append(decoded)
        return
    text = decoded[0]
    begun = text.lstrip()
    if not begun:
        step = "Give one row per flow: from,to,mass."
        board.fault("empty", "", "a table or JSON of flows", None, step)
    elif begun[0] in "[{":
        _json(text, board, nodes_only=nodes_only)
    else:
        _csv(text, board, nodes_only=nodes_only)


def _csv(text: str, board: Board, *, nodes_only: bool) -> None:
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    header: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            if any(c.strip() for c in cells) and not cells[0].lstrip().startswith("#"):
                if header is None:
                    header, skip = _header(cells, board, line, nodes_only=nodes_only)
                    if not header:
                        return
                    if skip:
                        line = reader.line_num + 1
                        continue
                _line(cells, header, line, board, nodes_only=nodes_only)
            line = reader.line_num + 1
    except csv.Error as error:
        step = "Close the quotation mark, or double it inside a quoted cell."
        board.fault("bad-csv", f"line {line}", "cells as in RFC 4180", str(error), step)
    if not (nodes_only or board.moves or board.problems):
        step = "Give one row per flow under the header."
        board.fault("empty", f"line {line}", "a row with from, to and mass", None, step)


def _header(
    cells: Sequence[str], board: Board, line: int, *, nodes_only: bool
) -> tuple[list[str], bool]:
    """The meaning of each column, and whether this row is a header at all."""
    names = [column(c) for c in cells]
    if not nodes_only and len(cells) == 3 and not isinstance(figure(cells[2].strip(), ""), str):
        return list(_BARE), False
    need = ("id",) if nodes_only else ("from", "to")
    gone = [n for n in need if n not in names]
    if not gone:
        for at, name in enumerate(names):
            if not name:
                place = f"line {line}, column {letter(at)}"
                board.fault(
                    "unknown-column", place, _columns(), cells[at], "The column was not read."
                )
        return names, True
    expected = f"a header with {' and '.join(need)}"
    board.fault("no-header", f"line {line}", expected, separator_free(cells), _MORE)
    return [], True


def separator_free(cells: Sequence[str]) -> str:
    """A header as found, short."""
    return ", ".join(c.strip() for c in cells)[:60]


def _columns() -> str:
    return f"from, to, mass, element, event, time, custody, {', '.join(ATTRIBUTES)}, …"


def _line(
    cells: Sequence[str], header: Sequence[str], line: int, board: Board, *, nodes_only: bool
) -> None:
    place = f"line {line}"
    if len(cells) > len(header) and any(c.strip() for c in cells[len(header) :]):
        step = "Quote cells that hold the separator; the row was left out."
        board.fault("too-many-cells", place, f"{len(header)} cells", f"{len(cells)} cells", step)
        return
    row, where = {}, {}
    for at, (name, cell) in enumerate(zip(header, cells, strict=False)):
        if name and name not in row:
            row[name] = cell
            where[name] = f"{place}, column {letter(at)} ({name})"
    _take(row, where, place, board, nodes_only=nodes_only)


def _take(
    row: dict[str, str], where: dict[str, str], place: str, board: Board, *, nodes_only: bool
) -> None:
    if not nodes_only:
        board.row(row, where, place)
        return
    lot = row.get("id", "").strip()
    if not lot:
        board.fault("no-lot", where.get("id", place), "the lot's id", None, "Name the lot.")
        return
    for name in (*ATTRIBUTES, "mass"):
        if row.get(name):
            board.label(lot, name, row[name], where[name])


def _json(text: str, board: Board, *, nodes_only: bool) -> None:
    try:
        value = json.loads(text, parse_float=_Digits, parse_int=_Digits)
    except json.JSONDecodeError as error:
        if "\n" in text.strip() and text.lstrip()[0] == "{":
            _json_lines(text, board, nodes_only=nodes_only)
            return
        place = f"line {error.lineno}, column {error.colno}"
        board.fault("bad-json", place, "a JSON document", error.msg, "Correct the JSON.")
        return
    except RecursionError:
        board.fault("bad-json", "", "a list of flows", "deep nesting", "Correct the JSON.")
        return
    if isinstance(value, list):
        _objects(value, "", board, nodes_only=nodes_only)
        return
    edges = next((k for k in ("edges", "flows", "links") if isinstance(value.get(k), list)), "")
    lots = next((k for k in ("nodes", "lots") if isinstance(value.get(k), list)), "")
    if not edges and not nodes_only and not {"from", "source"} & set(value):
        step = 'Give {"edges": [{"from": …, "to": …, "mass": …}], "nodes": [{"id": …}]}.'
        board.fault("no-edges", "", "a member edges", ", ".join(value)[:60], step)
        return
    if edges and not nodes_only:
        _objects(value[edges], f"/{edges}", board, nodes_only=False)
    elif not lots:
        _objects([value], "", board, nodes_only=nodes_only)
    if lots:
        _objects(value[lots], f"/{lots}", board, nodes_only=True)


def _json_lines(text: str, board: Board, *, nodes_only: bool) -> None:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            value = json.loads(line, parse_float=_Digits, parse_int=_Digits)
        except (json.JSONDecodeError, RecursionError) as error:
            seen = error.msg if isinstance(error, json.JSONDecodeError) else "deep nesting"
            board.fault("bad-json", place, "one JSON object", seen, "Correct the line.")
            continue
        is_lot = isinstance(value, dict) and "to" not in value and "id" in value
        _object(value, place, board, nodes_only=nodes_only or is_lot)


def _objects(values: Iterable[object], pointer: str, board: Board, *, nodes_only: bool) -> None:
    for number, value in enumerate(values):
        _object(value, f"{pointer}/{number}", board, nodes_only=nodes_only)


def _object(value: object, place: str, board: Board, *, nodes_only: bool) -> None:
    if isinstance(value, list) and len(value) in {2, 3} and not nodes_only:
        value = dict(zip(_BARE, value, strict=False))
    if not isinstance(value, dict):
        step = 'Write {"from": …, "to": …, "mass": …} or [from, to, mass].'
        board.fault("not-a-flow", place, "an object", value, step)
        return
    row, where = {}, {}
    for key, member in value.items():
        name = column(key)
        at = f"{place}/{key}"
        if not name:
            board.fault("unknown-column", at, _columns(), key, "The member was not read.")
        elif isinstance(member, dict | list | bool):
            board.fault("not-text", at, "a text or a number", member, "Correct it.")
        elif name in _NAMES and isinstance(member, _Digits):
            step = "Write the name in quotation marks; a place in a list of nodes is no name."
            board.fault("not-a-name", at, "the name of a lot, text", member, step)
            return
        elif member is not None:
            row[name], where[name] = str(member), at
    _take(row, where, place, board, nodes_only=nodes_only)
