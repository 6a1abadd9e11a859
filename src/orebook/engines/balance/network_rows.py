"""A table of transfers as a network; a bad figure is left out with its place, good ones survive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

import numpy as np

from orebook.engines.balance.assumptions import Assumption
from orebook.engines.balance.network import SOURCES, Network, Slack, closing_nodes
from orebook.engines.balance.network_columns import Column, Header, header_of
from orebook.model.problem import Problem, found

BOUNDARY = {"boundary", "outside", "environment", "world"}
SLACKS = {"loss": -1.0, "closing": -1.0, "opening": 1.0}
# The name under which a row keeps what stands beyond its last column.
BEYOND = ""
_NEXT = "Correct the file and give it again."


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A network as far as it could be read, every fault, and the assumptions that were used."""

    network: Network | None
    problems: tuple[Problem, ...]
    assumptions: tuple[str, ...] = ()


@dataclass(slots=True)
class Doubts:
    """Where nobody stated a doubt: what the caller named, and whether it was used."""

    given: Sequence[Assumption]
    used: dict[str, str] = field(default_factory=dict)

    def of(self, what: str, value: float, text: str, factor: float = 1.0) -> float:
        """The standard uncertainty under the named assumption, or 0 where there is none.

        Takes: the value, the text it was written in, and the factor from that to the value.
        """
        for item in self.given:
            if item.verb == "relative" and item.of in {"", what}:
                self.used[item.id] = item.sentence
                return abs(value) * float(item.value)
            if item.verb == "as-written":
                self.used[item.id] = item.sentence
                return _last_digit(text) * factor / 2 / 3**0.5
        return 0.0


def _last_digit(text: str) -> float:
    body, _, power = text.strip().casefold().partition("e")
    decimals = len(body.partition(".")[2])
    return float(10.0 ** (int(power or 0) - decimals))


@dataclass(slots=True)
class _Build:
    names: dict[str, int] = field(default_factory=dict)
    edges: list[str] = field(default_factory=list)
    ends: list[tuple[int, int]] = field(default_factory=list)
    figures: list[list[tuple[float, float] | None]] = field(default_factory=list)
    groups: dict[str, list[str]] = field(default_factory=dict)
    slacks: list[Slack] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)

    def node(self, name: str) -> int:
        if not name or name.casefold() in BOUNDARY:
            return -1
        return self.names.setdefault(name, len(self.names))


def network_of_rows(
    fields: Sequence[str],
    rows: Iterable[tuple[str, Mapping[str, str | None]]],
    assumptions: Sequence[Assumption] = (),
) -> Read:
    """The network of a table: one row per transfer, with `from`, `to`, a mass and grades.

    Takes: each row with its place, None for a cell that is not there; masses dry, or wet with a
    moisture; grades as fractions unless the header names a unit; `sd_` columns hold one standard
    deviation; oxides become their element by exact factors.
    Unknown: an empty cell is not measured. A reading without a doubt is left out unless a named
    assumption (`relative:1%`, `as-written`) says how good it is; a doubt of zero is refused.
    """
    problems: list[Problem] = []
    head = header_of(fields, problems)
    if problems and any(p.code in {"missing-column", "contradictory-units"} for p in problems):
        return Read(None, tuple(problems))
    problems += [
        Problem("missing-column", "row 1", f'a column "{needed}"', "none", _NEXT)
        for needed in ("from", "to")
        if needed not in head.names
    ]
    if any(p.code == "missing-column" for p in problems):
        return Read(None, tuple(problems))
    build, doubts = _Build(), Doubts(assumptions)
    for place, row in rows:
        _row(place, row, head, build, doubts, problems)
    if not build.edges:
        problems.append(Problem("empty-table", "the table", "rows below the header", "none", _NEXT))
        return Read(None, tuple(problems))
    return Read(_network(head, build), tuple(problems), tuple(doubts.used.values()))


def _row(
    place: str,
    row: Mapping[str, str | None],
    head: Header,
    build: _Build,
    doubts: Doubts,
    problems: list[Problem],
) -> None:
    def cell(label: str) -> str:
        return str(row.get(head.names.get(label, ""), "") or "").strip()

    problem = _uneven(place, row)
    if problem is not None:
        problems.append(problem)
        return
    name = cell("edge") or place
    kind = cell("kind").casefold()
    blank = next((side for side in ("from", "to") if not cell(side)), "")
    if blank and kind not in SLACKS:
        at = f'{place}, column "{head.names[blank]}"'
        expected = "a place, or the word boundary for what lies outside"
        problems.append(Problem("no-place", at, expected, "an empty cell", _NEXT))
        return
    tail, end = build.node(cell("from")), build.node(cell("to"))
    problem = _misplaced(place, name, cell("from"), cell("to"), tail, end, build)
    if problem is not None:
        problems.append(problem)
        return
    figures = _figures(place, row, head, doubts, problems)
    if kind in SLACKS:
        node = end if kind == "opening" else tail
        mass = figures[0]
        if node < 0 or mass is None:
            expected = f"a node and a mass with its doubt for this {kind}"
            problems.append(Problem("bad-slack", place, expected, found(cell("from")), _NEXT))
            return
        build.slacks.append(Slack(node, kind, mass[0], mass[1], SLACKS[kind]))
        return
    build.seen[name] = place
    build.edges.append(name)
    build.ends.append((tail, end))
    build.figures.append(figures)
    for source in SOURCES:
        if source in head.names:
            build.groups.setdefault(source, []).append(cell(source))


def _uneven(place: str, row: Mapping[str, str | None]) -> Problem | None:
    """A row with more or fewer cells than there are columns: which cell is which is not known."""
    lacking = [name for name, text in row.items() if text is None]
    if lacking:
        expected = f"{len(row)} cells, one per column"
        lack = f"{len(row) - len(lacking)}; none for {', '.join(lacking)}"
        step = "Write an empty cell for what was not measured."
        return Problem("too-few-cells", place, expected, lack[:90], step)
    if more := row.get(BEYOND):
        expected = "no more cells than there are columns"
        step = "Put a cell that holds the mark of the columns in quotes, or take it out."
        return Problem("too-many-cells", place, expected, f"also {more}"[:65], step)
    return None


def _misplaced(
    place: str, name: str, start: str, stop: str, tail: int, end: int, build: _Build
) -> Problem | None:
    if name in build.seen:
        expected = f"each transfer once; {name} stands already in {build.seen[name]}"
        return Problem("in-two-places", place, expected, f"{start} to {stop}", _NEXT)
    if tail == end and tail >= 0:
        return Problem("self-loop", place, "two different places", f"{start} to itself", _NEXT)
    if tail == end:
        expected = "at least one place that is not the boundary"
        return Problem("outside-only", place, expected, "boundary to boundary", _NEXT)
    return None


def _figures(
    place: str, row: Mapping[str, str | None], head: Header, doubts: Doubts, problems: list[Problem]
) -> list[tuple[float, float] | None]:
    """Mass first, then the elements: (value, sd), or None where nothing can be used."""
    read = {
        c.what: _figure(f'{place}, column "{c.header}"', row, c, doubts, problems)
        for c in head.columns
    }
    mass, dry = read.get("mass"), _dried(read.get("wet"), read.get("moisture"))
    if mass is not None and dry is not None and _contradict(mass, dry):
        expected = f"a dry mass of about wet times one minus moisture, {dry[0]:.6g}"
        problems.append(Problem("contradictory-masses", place, expected, f"{mass[0]:.6g}", _NEXT))
        mass = None
    elif mass is None:
        mass = dry
    grades = [read[e] for e in head.elements]
    total = sum(g[0] for g in grades if g is not None)
    if total > 1.0 + 1e-9 and all(g is None or g[0] <= 1.0 for g in grades):
        problems.append(
            Problem("grades-over-one", place, "grades that sum to 1 at most", f"{total:.6g}", _NEXT)
        )
        grades = [None] * len(grades)
    return [mass, *grades]


def _dried(
    wet: tuple[float, float] | None, moisture: tuple[float, float] | None
) -> tuple[float, float] | None:
    """Dry mass and its doubt. Source: ISO 10251; JCGM 100:2008, 5.1.2."""
    if wet is None or moisture is None:
        return None
    doubt = ((1.0 - moisture[0]) ** 2 * wet[1] ** 2 + wet[0] ** 2 * moisture[1] ** 2) ** 0.5
    return wet[0] * (1.0 - moisture[0]), doubt


def _contradict(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two readings of one thing are further apart than six of their deviations."""
    return abs(one[0] - other[0]) > 6.0 * float(np.hypot(one[1], other[1]))


def _figure(
    place: str,
    row: Mapping[str, str | None],
    column: Column,
    doubts: Doubts,
    problems: list[Problem],
) -> tuple[float, float] | None:
    text = str(row.get(column.header) or "").strip()
    if not text:
        return None
    value = _number(place, text, problems)
    if value is None:
        return None
    value *= column.factor
    mass = column.what in {"mass", "wet"}
    if value < 0:
        what = "a mass" if mass else "a fraction"
        problems.append(Problem("negative", place, f"{what} of 0 or more", found(text), _NEXT))
        return None
    if not mass and value > 1.0:
        expected = "a fraction of 1 at most; name the unit in the header if it is a percentage"
        problems.append(Problem("fraction-out-of-range", place, expected, found(text), _NEXT))
        return None
    what = "mass" if mass else "moisture" if column.what == "moisture" else "grade"
    written = str(row.get(column.sd) or "").strip() if column.sd else ""
    if not written:
        doubt = doubts.of(what, value, text, column.factor)
        if doubt > 0:
            return value, doubt
        expected = "a standard deviation; unstated is neither zero nor exact"
        step = "State it, or name an assumption such as --assume relative:1%."
        problems.append(Problem("no-uncertainty", place, expected, "none", step))
        return None
    sd = _number(place.replace(column.header, column.sd), written, problems)
    if sd is None:
        return None
    if sd <= 0:
        expected = "a standard deviation above zero; no reading is exact"
        at = place.replace(column.header, column.sd)
        problems.append(Problem("zero-uncertainty", at, expected, found(written), _NEXT))
        return None
    return value, sd * column.sd_factor


def _number(place: str, text: str, problems: list[Problem]) -> float | None:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value) or "_" in text or not sane(value):
        problems.append(
            Problem(
                "not-a-number",
                place,
                "a number such as 12.5, of a size a transfer can have",
                found(text),
                "Write the decimal mark as a point." if _with_comma(text) else _NEXT,
            )
        )
        return None
    return value


def _with_comma(text: str) -> bool:
    whole, comma, rest = text.lstrip("+-").partition(",")
    return bool(comma) and whole.isdigit() and rest.isdigit()


def sane(value: float) -> bool:
    """Whether a number is 0 or of a size that something on earth can have, in any unit."""
    return value == 0 or 1e-30 < abs(value) < 1e30


def _network(head: Header, build: _Build) -> Network:
    count, many = len(build.edges), 1 + len(head.elements)
    value, sd = np.zeros((count, many)), np.zeros((count, many))
    known = np.zeros((count, many), dtype=bool)
    for i, figures in enumerate(build.figures):
        for k, figure in enumerate(figures):
            if figure is not None:
                value[i, k], sd[i, k] = figure
                known[i, k] = True
    ends = np.array(build.ends, dtype=np.int64)
    tail, to = ends[:, 0].copy(), ends[:, 1].copy()
    closed = closing_nodes(len(build.names), tail, to)
    for slack in build.slacks:
        closed[slack.node] |= bool(((tail if slack.sign > 0 else to) == slack.node).any())
    return Network(
        tuple(build.names), tuple(build.edges),
        ("dry mass" if head.elements else "mass", *head.elements),
        tail, to, value, sd, known, np.repeat(closed[:, None], many, axis=1), head.unit,
        {k: tuple(v) for k, v in build.groups.items()}, tuple(build.slacks),
    )  # fmt: skip
