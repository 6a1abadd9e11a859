"""A stream table as JSON: nodes with numbered streams, readings and sigma; or a list of edges.

The published test problems are in this form. Members that hold the true or published answer are
never read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any

import numpy as np

from orebook.engines.balance.assumptions import Assumption
from orebook.engines.balance.fingerprint import with_baskets
from orebook.engines.balance.network import Network, Shared
from orebook.engines.balance.network_rows import Doubts, Read, network_of_rows, sane
from orebook.model.problem import Problem, found

_NEXT = "Correct the file and give it again."
_PERCENT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:%|percent|per cent)\s+of each measured assay\b.*")


def network_of_json(text: str, assumptions: Sequence[Assumption] = (), case: str = "") -> Read:
    """The network of that JSON text.

    Takes: `nodes` (node, inputs, outputs, optionally conserves: "elements") with `measured` and
    `sigma` or `variance`; or `constraint_matrix`; or `assay_percent` with `feed_flow_fixed`; or
    `edges`, a list of rows as in the table. `case` names a member whose `measured` is used.
    Unknown: null is not measured.
    """
    try:
        body = json.loads(
            text, parse_float=Decimal, parse_constant=_constant, object_pairs_hook=_members
        )
    except _Twice as twice:
        place = f"an object with {twice.args[0]}"
        return _refused(Problem("name-twice", place, "each name once", "it twice", _NEXT))
    except (ValueError, RecursionError) as error:
        place = f"line {getattr(error, 'lineno', 1)}, column {getattr(error, 'colno', 1)}"
        return _refused(
            Problem("not-json", place, "JSON, all numbers finite", "something else", _NEXT)
        )
    if not isinstance(body, dict):
        return _refused(Problem("bad-shape", "/", "an object", found(body), _NEXT))
    if case:
        inner = body.get(case)
        if not isinstance(inner, dict) or "measured" not in inner:
            expected = "a member that holds other readings (measured)"
            return _refused(Problem("no-case", f"/{case}", expected, found(inner), _NEXT))
        body = {**body, "measured": inner["measured"]}
    if isinstance(body.get("edges"), list) and body["edges"]:
        return _rows(body, assumptions)
    if "constraint_matrix" in body:
        return _matrix(body, assumptions)
    if not isinstance(body.get("nodes"), list) or not body["nodes"]:
        expected = 'a list nodes ({"node": …, "inputs": […], "outputs": […]}) with measured and'
        expected += " sigma, a constraint_matrix, or a list edges of rows"
        listed = ", ".join(list(body)[:6]) or "an empty object"
        members = found(body["nodes"]) if "nodes" in body else f"the members {listed}"
        step = "Give the network in one of these forms (docs/reference/balance.md, A network)."
        return _refused(Problem("no-network", "/nodes", expected, members, step))
    return _streams(body, assumptions)


class _Twice(ValueError):
    """A name that stands twice in an object: either value could be meant."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1))
    return read


def _constant(name: str) -> float:
    message = f"{name} is not a number"
    raise ValueError(message)


def _refused(*problems: Problem) -> Read:
    return Read(None, problems)


def _rows(body: Mapping[str, Any], assumptions: Sequence[Assumption]) -> Read:
    rows, problems = [], []
    fields: dict[str, None] = {}
    for place, row in enumerate(body["edges"]):
        at, wrong = _misshapen(f"/edges/{place}", row)
        if wrong:
            problems.append(wrong)
            continue
        rows.append((at, {k: "" if v is None else str(v) for k, v in row.items()}))
        fields.update(dict.fromkeys(row))
    if not rows:
        return _refused(*problems)
    read = network_of_rows(list(fields), rows, assumptions)
    read = Read(read.network, (*problems, *read.problems), read.assumptions)
    if read.network is not None and "baskets" in body:
        read = with_baskets(read, body["baskets"])
    if read.network is None or "shared" not in body:
        return read
    return _with_shared(read, body["shared"])


def _misshapen(at: str, row: Any) -> tuple[str, Problem | None]:
    """The place of an item of `edges`, and what is wrong with its shape."""
    if not isinstance(row, dict):
        return at, Problem("bad-shape", at, "an object", found(row), _NEXT)
    for name, value in row.items():
        if isinstance(value, bool | list | dict):
            expected = "a text, a number or null"
            return at, Problem("bad-shape", f"{at}/{name}", expected, found(value), _NEXT)
    return at, None


def _with_shared(read: Read, items: Any) -> Read:
    """Errors that readings share, declared: source, name, relative_sd, and a component."""
    from dataclasses import replace

    network, problems, kept = read.network, list(read.problems), []
    assert network is not None
    for place, item in enumerate(items if isinstance(items, list) else []):
        at = f"/shared/{place}"
        source = str(item.get("source", "")) if isinstance(item, dict) else ""
        name = str(item.get("name", "")) if isinstance(item, dict) else ""
        amount = _number(item.get("relative_sd")) if isinstance(item, dict) else None
        if source not in network.groups or name not in network.groups[source] or not amount:
            expected = "a source and a name that edges carry, and a relative_sd above 0"
            problems.append(Problem("bad-shared", at, expected, found(item), _NEXT))
            continue
        component = str(item.get("component", ""))
        if component and component not in network.components:
            expected = f"one of {', '.join(network.components)}"
            problems.append(
                Problem("bad-shared", f"{at}/component", expected, found(component), _NEXT)
            )
            continue
        kept.append(Shared(source, name, amount, component))
    return Read(replace(network, shared=tuple(kept)), tuple(problems), read.assumptions)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        return None
    number = float(value)
    return number if isfinite(number) and sane(number) else None


def _streams(body: Mapping[str, Any], assumptions: Sequence[Assumption]) -> Read:
    problems: list[Problem] = []
    nodes, ends, fixed = _nodes(body["nodes"], problems)
    _looped(ends, problems)
    if not ends:
        return (
            _refused(*problems)
            if problems
            else _refused(Problem("no-network", "/nodes", "inputs and outputs", "none", _NEXT))
        )
    names = sorted(ends, key=lambda n: (isinstance(n, str), n if isinstance(n, int) else 0, str(n)))
    if any(isinstance(n, int) for n in names):
        names = list(range(1, max(n for n in names if isinstance(n, int)) + 1))
    problems += [
        Problem("unused-stream", f"/measured/{n - 1}", "a node it enters or leaves", "none", _NEXT)
        for n in names
        if n not in ends
    ]
    tail = np.array([ends.get(n, (-1, -1))[0] for n in names], dtype=np.int64)
    head = np.array([ends.get(n, (-1, -1))[1] for n in names], dtype=np.int64)
    doubts = Doubts(assumptions)
    components, figures = _readings(body, len(names), doubts, problems)
    value, sd, known = figures
    fixed_rows = np.repeat(
        np.array([f != "nothing" for f in fixed], dtype=bool)[:, None], len(components), axis=1
    )
    fixed_rows[:, 0] &= np.array([f != "elements" for f in fixed], dtype=bool)
    fixed_rows &= (np.isin(np.arange(len(nodes)), tail) | np.isin(np.arange(len(nodes)), head))[
        :, None
    ]
    network = Network(
        nodes, tuple(str(n) for n in names), components, tail, head, value, sd, known, fixed_rows,
        str(body.get("unit", "")) or "t",
    )  # fmt: skip
    return Read(network, tuple(problems), tuple(doubts.used.values()))


def _nodes(
    items: Sequence[Any], problems: list[Problem]
) -> tuple[tuple[str, ...], dict[Any, tuple[int, int]], list[str]]:
    names: list[str] = []
    taken: set[str] = set()
    ends: dict[Any, tuple[int, int]] = {}
    conserved: list[str] = []
    for place, item in enumerate(items):
        at = f"/nodes/{place}"
        if not isinstance(item, dict):
            problems.append(Problem("bad-shape", at, "an object", found(item), _NEXT))
            continue
        number, name = len(names), str(item.get("node", place + 1))
        if name in taken:
            expected = "each node once, with all its inputs and outputs"
            step = "Join the two, or give each a name of its own; until then they are two places."
            problems.append(Problem("in-two-places", f"{at}/node", expected, name, step))
            name = f"{name} (/nodes/{place})"
        taken.add(name)
        names.append(name)
        conserved.append(str(item.get("conserves", "all")))
        for side, which in (("outputs", 0), ("inputs", 1)):
            streams = item.get(side)
            if not isinstance(streams, list) or not streams:
                expected = f"at least one of {side}"
                problems.append(Problem("one-sided", f"{at}/{side}", expected, "none", _NEXT))
                conserved[-1] = "nothing"
                continue
            for position, stream in enumerate(streams):
                if isinstance(stream, bool) or not isinstance(stream, int | str):
                    expected = "the number or name of a stream"
                    where = f"{at}/{side}/{position}"
                    problems.append(Problem("bad-stream", where, expected, found(stream), _NEXT))
                    continue
                old = ends.get(stream, (-1, -1))
                if old[which] >= 0:
                    expected = f"stream {stream} to {'leave' if which == 0 else 'enter'} one node"
                    where = f"{at}/{side}/{position}"
                    problems.append(
                        Problem("in-two-places", where, expected, names[old[which]], _NEXT)
                    )
                    continue
                ends[stream] = (number, old[1]) if which == 0 else (old[0], number)
    return tuple(names), ends, conserved


def _looped(ends: dict[Any, tuple[int, int]], problems: list[Problem]) -> None:
    """Streams from a node to itself change no balance: they are left out, each with its place."""
    for stream, (one, other) in list(ends.items()):
        if one == other >= 0:
            where, expected = f"/nodes/{one}", "streams that leave for another place"
            worth = f"stream {stream} from it to itself"
            problems.append(Problem("self-loop", where, expected, worth, _NEXT))
            ends[stream] = (-1, -1)


def _readings(
    body: Mapping[str, Any], count: int, doubts: Doubts, problems: list[Problem]
) -> tuple[tuple[str, ...], tuple[Any, Any, Any]]:
    if "assay_percent" in body:
        return _assayed(body, count, problems)
    value, sd = np.zeros((count, 1)), np.zeros((count, 1))
    known = np.zeros((count, 1), dtype=bool)
    readings = body.get("measured")
    if not isinstance(readings, list) or len(readings) != count:
        expected = f"a list of {count} readings, one per stream"
        size = f"{len(readings)} of them" if isinstance(readings, list) else found(readings)
        problems.append(Problem("bad-shape", "/measured", expected, size, _NEXT))
        return ("flow",), (value, sd, known)
    for place, reading in enumerate(readings):
        if reading is None:
            continue
        number = _number(reading)
        if number is None:
            at = f"/measured/{place}"
            problems.append(Problem("not-a-number", at, "a number or null", found(reading), _NEXT))
            continue
        if number < 0:
            at = f"/measured/{place}"
            problems.append(Problem("negative", at, "a flow of 0 or more", str(number), _NEXT))
            continue
        doubt = _sigma(body, place, number, str(reading), doubts, problems)
        if doubt is not None:
            value[place, 0], sd[place, 0], known[place, 0] = number, doubt, True
    return ("flow",), (value, sd, known)


def _sigma(
    body: Mapping[str, Any], place: int, number: float, text: str, doubts: Doubts,
    problems: list[Problem],
) -> float | None:  # fmt: skip
    squared = "sigma" not in body and "variance" in body
    if not squared and "sigma" not in body:
        body = {"sigma": [None] * (place + 1)}
    at, given = ("/variance", body.get("variance")) if squared else ("/sigma", body.get("sigma"))
    if isinstance(given, list):
        at, given = f"{at}/{place}", given[place] if place < len(given) else None
    if given is None:
        assumed = doubts.of("mass", number, text)
        if assumed > 0:
            return assumed
        step = "State it, or name an assumption such as --assume relative:1%."
        expected = "a standard deviation; unstated is neither zero nor exact"
        problems.append(Problem("no-uncertainty", at, expected, "nothing", step))
        return None
    doubt = _number(given)
    if doubt is None or doubt <= 0:
        code = "zero-uncertainty" if doubt == 0 else "not-a-number"
        expected = "a standard deviation above zero; no reading is exact"
        problems.append(Problem(code, at, expected, str(given), _NEXT))
        return None
    return float(doubt**0.5) if squared else doubt


def _assayed(
    body: Mapping[str, Any], count: int, problems: list[Problem]
) -> tuple[tuple[str, ...], tuple[Any, Any, Any]]:
    """Assays in per cent on every stream; the first flow is fixed, the others are unknown."""
    table = body["assay_percent"]
    names = list(table) if isinstance(table, dict) else []
    many = 1 + len(names)
    value, sd = np.zeros((count, many)), np.zeros((count, many))
    known = np.zeros((count, many), dtype=bool)
    feed = _number(body.get("feed_flow_fixed"))
    if feed is None or feed <= 0:
        expected = "the one flow that is known, above 0"
        problems.append(
            Problem("not-a-number", "/feed_flow_fixed", expected,
                    found(body.get("feed_flow_fixed")), _NEXT)
        )  # fmt: skip
    else:
        value[0, 0], known[0, 0] = feed, True
    share = _PERCENT.fullmatch(str(body.get("sigma", "")))
    if share is None:
        expected = 'the doubt of the assays, such as "1 percent of each measured assay"'
        problems.append(
            Problem("no-uncertainty", "/sigma", expected, found(body.get("sigma")), _NEXT)
        )
        return ("flow", *names), (value, sd, known)
    for k, name in enumerate(names, 1):
        column = table[name]
        for place in range(count):
            item = column[place] if isinstance(column, list) and place < len(column) else None
            number = _number(item)
            at = f"/assay_percent/{name}/{place}"
            if item is None:
                continue
            if number is None or not 0 <= number <= 100:
                problems.append(
                    Problem("fraction-out-of-range", at, "0 to 100 %", found(item), _NEXT)
                )
                continue
            value[place, k] = number / 100
            sd[place, k] = float(share.group(1)) / 100 * number / 100
            known[place, k] = number > 0
    return ("flow", *names), (value, sd, known)


def _matrix(body: Mapping[str, Any], assumptions: Sequence[Assumption]) -> Read:
    problems: list[Problem] = []
    rows = body["constraint_matrix"]
    numbers = [[_number(v) for v in r] if isinstance(r, list) else [None] for r in rows]
    width = len(numbers[0]) if numbers else 0
    for place, row in enumerate(numbers):
        if len(row) != width or any(v is None for v in row):
            at = f"/constraint_matrix/{place}"
            problems.append(Problem("bad-shape", at, f"{width} numbers", found(rows[place]), _NEXT))
    if problems or not width:
        return _refused(*problems)
    doubts = Doubts(assumptions)
    components, (value, sd, known) = _readings(body, width, doubts, problems)
    outside = np.full(width, -1, dtype=np.int64)
    network = Network(
        tuple(str(n + 1) for n in range(len(rows))),
        tuple(str(n + 1) for n in range(width)),
        components, outside, outside, value, sd, known,
        np.ones((len(rows), 1), dtype=bool), matrix=np.array(numbers, dtype=np.float64),
    )  # fmt: skip
    return Read(network, tuple(problems), tuple(doubts.used.values()))
