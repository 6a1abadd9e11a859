"""The header of a table of transfers: which column holds what, in which unit, with which doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from orebook.engines.balance.network import MOISTURE_TEST
from orebook.model.problem import Problem, found
from orebook.model.substance import UnknownSubstance, oxide_to_element, weights
from orebook.model.units import Unit, UnknownUnit, unit

NAMES = {
    "edge": ("edge", "stream", "transfer", "id", "name"),
    "from": ("from", "source", "tail"),
    "to": ("to", "target", "head"),
    "scale": ("scale", "weighbridge", "device"),
    "laboratory": ("lab", "laboratory"),
    "sampler": ("sampler",),
    MOISTURE_TEST: ("moisture_test", "moisture test"),
    "party": ("party", "owner"),
    "corridor": ("corridor", "route"),
    "kind": ("kind",),
}
_MASS = ("dry", "mass", "flow", "value", "measured", "amount")
_WET = ("wet", "wet_mass")
_MOISTURE = ("moisture", "h2o")
_SD = re.compile(r"(?:sd|sigma|u|s)_(.+)|(sd|sigma)", re.IGNORECASE)
_SPLIT = re.compile(r"(.+?)(?:[ _]*[\[(]([^\])]*)[\])]|[_ ]+([A-Za-z%/]+))?")


@dataclass(frozen=True, slots=True)
class Column:
    """A measured column: `mass`, `wet`, `moisture` or an element.

    `factor` takes it, and `sd_factor` its doubt, to the unit of the network or to a fraction.
    """

    header: str
    what: str
    factor: float
    unit: str
    sd: str = ""
    sd_factor: float = 1.0


@dataclass(slots=True)
class Header:
    """What the header says: where the names stand, and the measured columns in order."""

    names: dict[str, str] = field(default_factory=dict)
    columns: list[Column] = field(default_factory=list)
    unit: str = "t"

    @property
    def elements(self) -> list[str]:
        """The element columns, in the order of the header."""
        return [c.what for c in self.columns if c.what not in {"mass", "wet", "moisture"}]


def header_of(fields: Sequence[str], problems: list[Problem], row: str = "row 1") -> Header:
    """The header; every column that says nothing this reader knows is a problem with its name."""
    head = Header()
    doubts: dict[str, tuple[str, _Meant]] = {}
    read: dict[str, tuple[str, _Meant]] = {}
    seen: set[str] = set()
    for name in fields:
        place = f'{row}, column "{name}"'
        if name in seen:
            problems.append(_bad("repeated-column", place, "each column once", name))
            continue
        seen.add(name)
        plain = name.strip().casefold()
        label = next((k for k, words in NAMES.items() if plain in words), None)
        if label is not None:
            head.names.setdefault(label, name)
            continue
        doubt = _SD.fullmatch(name.strip())
        text = (doubt.group(1) or "mass") if doubt else name.strip()
        meant = _meaning(text)
        if meant is None:
            expected = (
                "from, to, a mass such as dry_t, an element such as Nd, sd_ of one, or a source"
            )
            problems.append(_bad("unknown-column", place, expected, name))
        elif doubt:
            doubts[meant.what] = (name, meant)
        elif meant.what in read:
            expected = f"one column of {meant.what}, in one unit"
            problems.append(_bad("contradictory-units", place, expected, name))
        else:
            read[meant.what] = (name, meant)
    _finish(head, read, doubts, problems, row)
    return head


@dataclass(frozen=True, slots=True)
class _Meant:
    """What a header means: the share a compound holds, and the factor of its unit where written."""

    what: str
    share: float
    factor: float | None
    unit: str


def _finish(
    head: Header,
    read: dict[str, tuple[str, _Meant]],
    doubts: dict[str, tuple[str, _Meant]],
    problems: list[Problem],
    row: str,
) -> None:
    if not read.keys() & {"mass", "wet"}:
        expected = "a column of mass, such as dry_t or wet_t with moisture"
        problems.append(_bad("missing-column", row, expected, None))
    if "wet" in read and "moisture" not in read:
        problems.append(_bad("missing-column", row, "a column moisture beside the wet mass", None))
    first = next((m for _, m in read.values() if m.what in {"mass", "wet"}), None)
    head.unit = first.unit if first is not None else head.unit
    base = first.factor if first is not None and first.factor else 1.0
    for what, (header, meant) in read.items():
        # Masses stand in the unit of the first of them, everything else is a fraction.
        own = (meant.factor or base) / base if what in {"mass", "wet"} else meant.factor or 1.0
        name, doubt = doubts.get(what, ("", meant))
        # A doubt without a unit of its own has that of what it is the doubt of.
        unit = own if doubt.factor is None else doubt.factor
        if what in {"mass", "wet"} and doubt.factor is not None:
            unit = doubt.factor / base
        factors = (own * meant.share, unit * doubt.share)
        head.columns.append(Column(header, what, factors[0], meant.unit, name, factors[1]))


def _meaning(text: str) -> _Meant | None:
    match = _SPLIT.fullmatch(text.strip())
    if match is None:
        return None
    stem, written = match.group(1), match.group(2) or match.group(3) or ""
    plain = stem.casefold()
    if plain in (*_MASS, *_WET):
        what = "wet" if plain in _WET else "mass"
        measured = _unit(written or "t", "mass")
        fits = measured is not None and not (measured.basis == "wet" and what == "mass")
        if measured is None or not fits:
            return None
        return _Meant(what, 1.0, float(measured.factor) if written else None, written or "t")
    measured = _unit(written, "fraction") if written else None
    if written and measured is None:
        return None
    factor = float(measured.factor) if measured is not None else None
    if plain in _MOISTURE:
        return _Meant("moisture", 1.0, factor, "")
    element, share = _element(stem)
    return _Meant(element, share, factor, "") if element else None


def _unit(text: str, dimension: str) -> Unit | None:
    try:
        measured = unit(text)
    except UnknownUnit:
        return None
    return measured if measured.dimension == dimension else None


def _element(stem: str) -> tuple[str, float]:
    """The element a column is about, and what share of the compound named it is."""
    if stem in weights():
        return stem, 1.0
    try:
        element, share = oxide_to_element(stem)
    except UnknownSubstance:
        return "", 0.0
    return element, float(share)


def _bad(code: str, place: str, expected: str, value: object) -> Problem:
    return Problem(code, place, expected, found(value), "Correct the file and give it again.")
