"""Figures as people write them, read into canonical bodies; digits are kept, nothing is guessed.

"1,200" is one thousand two hundred or one and a fifth: without a decimal sign declared (or settled
by clear figures of the same sheet) it is a Problem. Rules: docs/reference/shipment-sheet.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from orebook.model.entry import Body
from orebook.model.problem import Problem, found
from orebook.model.shape import decimal
from orebook.model.substance import UnknownSubstance, element_names, substance
from orebook.model.units import Unit, UnknownUnit, known, rec20
from orebook.model.units import unit as unit_of

Sign = Literal["", "point", "comma"]

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹−٫٬", "01234567890123456789-.'")
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
_BLANK = {"", "-", "–", "—", "n/a", "n.a.", "na", "unknown", "not stated", "?"}
_NO_FIGURE = {"n.d.", "nd", "n.d", "nil", "trace", "traces", "not detected", "b.d.l.", "bdl"}
_OPERATORS = {"<": "<", "<=": "≤", "≤": "≤", ">": ">", ">=": "≥", "≥": "≥", "=": "="}
_NUMBER = r"[+-]?\d[\d.,'’ ]*(?:[eE][+-]?\d{1,2}(?!\d))?|[+-]?[.,]\d+"
_FIGURE = re.compile(rf"(<=|>=|[<>≤≥=])? ?({_NUMBER}) ?(.*)", re.DOTALL)
_COVERAGE = re.compile(r"\((?:k ?= ?)?([123])(?: ?(?:σ|sd|sigma))?\)$", re.IGNORECASE)
_RUN = r"\d[\d.,' ]*\d"
_GROUPS = {
    ",": re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}"),
    ".": re.compile(r"\d{1,3}(?:\.\d{3})+"),
    " ": re.compile(r"\d{1,3}(?: \d{3})+"),
    "'": re.compile(r"\d{1,3}(?:'\d{3})+"),
}
_MARK: dict[Sign, str] = {"point": ".", "comma": ","}


def _fault(code: str, expected: str, text: str, step: str = "") -> Problem:
    return Problem(code, "", expected, found(text), step or "Correct it and send the sheet again.")


def _plain(text: str) -> str:
    """One form of spaces, digits, minus and apostrophes; the digits themselves stay."""
    if text.isascii():
        return " ".join(text.split())
    return _SPACES.sub(" ", text.translate(_DIGITS)).replace("’", "'").strip()


def blank(text: str) -> bool:
    """True where a cell says nothing (empty, a dash, n/a): no figure, and never zero."""
    return _plain(text).casefold() in _BLANK


def number(text: str, sign: Sign = "") -> str | Problem:
    """The canonical decimal text of a number as people write it, digits kept.

    Takes: `sign`, the decimal sign the sheet declares, or "" where it declares none.
    Refuses: a Problem for a text that is no number, is grouped wrongly, or can be read two ways
    (one comma or one point before exactly three digits).
    """
    match = re.fullmatch(r"([+-]?)([\d.,' ]*\d)(?:[eE]([+-]?\d{1,2}))?", _plain(text))
    if match is None:
        return _fault("not-a-number", "a number such as 1200.5", text)
    minus, digits, exponent = match.groups()
    mark = _decimal_mark(digits, sign)
    if mark is None:
        expected = "a figure that can be read in one way only"
        step = (
            f'"{digits}" can mean thousands or decimals: write it without grouping, or say which: '
            '"Decimal sign, point" (or comma) above a packing list, "decimal point" in the first '
            "row of a table of facts, decimal in a mapping."
        )
        return _fault("ambiguous-number", expected, text, step)
    whole, _, decimals = digits.rpartition(mark) if mark and mark in digits else (digits, "", "")
    whole = _ungroup(whole, mark)
    if not whole.isdecimal() or (decimals and not decimals.isdecimal()):
        return _fault("not-a-number", _expected(sign), text)
    written = (whole.lstrip("0") or "0") + (f".{decimals}" if decimals else "")
    written = ("-" if minus == "-" else "") + written + (f"e{exponent}" if exponent else "")
    if decimal(written) is None:
        return _fault("not-a-number", "at most 30 digits before and 30 after the sign", text)
    return written


def _expected(sign: Sign) -> str:
    example = "1.200,5" if sign == "comma" else "1,200.5"
    return f"a number with digits grouped in threes, such as {example}"


def _ungroup(whole: str, mark: str) -> str:
    """The digits without their grouping, or the text as it is where the grouping is wrong."""
    if not whole:
        return "0"
    for separator, shape in _GROUPS.items():
        if separator != mark and separator in whole and shape.fullmatch(whole):
            return whole.replace(separator, "")
    return whole


def _decimal_mark(digits: str, sign: Sign) -> str | None:
    """The decimal mark of one number, "" where it has none, None where it can be read two ways."""
    if sign:
        return _MARK[sign]
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return "." if digits.rfind(".") > digits.rfind(",") else ","
    if points + commas != 1:
        return ""  # none at all, or one mark repeated: that groups
    mark = "." if points else ","
    before, after = digits.split(mark)
    grouped = " " in before or "'" in before
    could_group = len(after) == 3 and re.fullmatch(r"[1-9]\d{0,2}", before)
    return None if could_group and not grouped else mark


def two_ways(text: str) -> bool:
    """Whether a figure holds a number that only the decimal sign of its sheet settles."""
    return any(_decimal_mark(run, "") is None for run in re.findall(_RUN, _plain(text)))


def settle(texts: Iterable[str]) -> Sign:
    """The decimal sign a sheet's own clear figures show; "" where they show none or both."""
    marks = set()
    for text in texts:
        for run in re.findall(_RUN, _plain(text)):
            mark = _decimal_mark(run, "")
            marks |= {mark} if mark else set(_grouping(run))
    if marks == {"."}:
        return "point"
    return "comma" if marks == {","} else ""


def _grouping(run: str) -> Iterable[str]:
    """A mark that groups (1,200,000) shows that the other one is the decimal sign."""
    return {"," if mark == "." else "." for mark in ".," if run.count(mark) > 1}


@dataclass(frozen=True, slots=True)
class _Figure:
    operator: str
    value: str
    unit: Unit
    basis: str
    doubt: Body | None


def _basis_words(text: str) -> tuple[str, str]:
    """The text without the words wet or dry, and that word."""
    match = re.search(r"\(?\b(wet|dry)\b\)?", text, re.IGNORECASE)
    if match is None or re.match(r"(wet|dry)( metric)? ton", text, re.IGNORECASE):
        return text, ""
    rest = f"{text[: match.start()]} {text[match.end() :]}"
    return " ".join(rest.split()), match[1].lower()


def _unit(text: str, header: str, dimension: str) -> Unit | Problem:
    name = text.strip(" ()[]") or header
    expected = f"a unit of {dimension}: {', '.join(known(dimension))}"
    if not name:
        step = "Write the unit in the cell or in the column header, such as Net (kg)."
        return Problem("missing-unit", "", expected, "no unit", step)
    for spelling in (name, name.rstrip(".")):
        try:
            unit = unit_of(spelling)
        except UnknownUnit:
            continue
        if unit.dimension == dimension:
            return unit
    return _fault("unknown-unit", expected, name)


def _read(text: str, unit: str, sign: Sign, dimension: str) -> _Figure | Problem:
    plain = _plain(text)
    if plain.casefold() in _NO_FIGURE:
        step = 'Write "< 0.01 %" with the limit of detection, or leave the cell empty.'
        return _fault("no-figure", "a figure, or < with the limit it lies below", text, step)
    stated, *doubts = re.split(r" ?(?:±|\+/-|\+-) ?", plain)
    match = _FIGURE.fullmatch(stated)
    if match is None or len(doubts) > 1:
        return _fault("not-a-number", f"one {dimension} such as 24.3 or 24.3 ± 0.2", text)
    value = number(match[2].strip(), sign)
    if isinstance(value, Problem):
        return value
    rest, basis = _basis_words(match[3])
    tail = _Tail.of(doubts[0]) if doubts else None
    if tail is not None and not basis:
        after, basis = _basis_words(tail.unit)
        tail = _Tail(tail.number, after, tail.coverage)
    name = rest or (tail.unit if tail and not (dimension == "mass" and tail.unit == "%") else "")
    read_unit = _unit(name, unit, dimension)
    if isinstance(read_unit, Problem):
        return read_unit
    doubt = _doubt(tail, value, read_unit, sign) if tail else None
    if isinstance(doubt, Problem):
        return doubt
    return _Figure(_OPERATORS.get(match[1] or "", ""), value, read_unit, basis, doubt)


@dataclass(frozen=True, slots=True)
class _Tail:
    """What stands after ±: a number, a unit or nothing, a coverage factor or nothing."""

    number: str
    unit: str
    coverage: str

    @classmethod
    def of(cls, text: str) -> _Tail:
        coverage = _COVERAGE.search(text)
        body = text[: coverage.start()].strip() if coverage else text
        match = re.fullmatch(rf"({_NUMBER}) ?(.*)", body)
        if match is None:
            return cls(body, "", "")
        return cls(match[1], match[2], coverage[1] if coverage else "")


def _doubt(tail: _Tail, value: str, unit: Unit, sign: Sign) -> Body | Problem:
    """± u is a pair of bounds; ± u (k=2) is a standard uncertainty of u/2."""
    written = number(tail.number, sign)
    if isinstance(written, Problem):
        return written
    half, middle = Decimal(written), Decimal(value)
    relative = re.sub(r" ?(?:rel\.?|relative)$", "", tail.unit)
    if relative == "%" and (relative != tail.unit or unit.dimension == "mass"):
        half = middle * half / 100
    elif tail.unit and _unit(tail.unit, "", unit.dimension) != unit:
        expected = f"the doubt in the unit of the figure ({unit.symbol})"
        return _fault("bad-doubt", expected, tail.unit)
    if half <= 0:
        return _fault("bad-doubt", "a doubt above zero after ±", written)
    if tail.coverage:
        return {"kind": "normal", "sd": format(half / Decimal(tail.coverage), "f")[:32]}
    low, high = _bounds(middle, half, unit)
    return {"kind": "range", "low": format(low, "f"), "high": format(high, "f")}


def _bounds(middle: Decimal, half: Decimal, unit: Unit) -> tuple[Decimal, Decimal]:
    """What ± reaches: no mass and no fraction lies below zero, and no fraction above the whole."""
    low, high = max(middle - half, min(middle, Decimal(0))), middle + half
    if unit.dimension == "fraction":
        high = min(high, max(middle, 1 / unit.factor))
    return low, high


def mass_body(text: str, unit: str = "", basis: str = "", sign: Sign = "") -> Body | Problem | None:
    """A mass as written → its body: "12.5 dmt" gives 12.5 TNE, basis dry.

    Takes: `unit` and `basis` as the column header states them; the cell's own unit comes first.
    Refuses: a Problem for a bound (<), an unknown or missing unit, two bases that disagree.
    Unknown: None where the cell says nothing; a basis nobody states stays out of the body.
    """
    if blank(text):
        return None
    figure = _read(text, unit, sign, "mass")
    if isinstance(figure, Problem):
        return figure
    if figure.operator not in {"", "="}:
        return _fault("bound-not-figure", "a mass and not a bound", text)
    said = {figure.basis, figure.unit.basis, basis} - {""}
    if len(said) > 1:
        return _fault("bad-basis", "one basis", f"{text}: {' and '.join(sorted(said))}")
    body: Body = {"value": figure.value, "unit": rec20(figure.unit)}
    if said:
        body["basis"] = said.pop()
    return body if figure.doubt is None else {**body, "doubt": figure.doubt}


def fraction_body(text: str, unit: str = "", sign: Sign = "") -> Body | Problem | None:
    """A fraction as written ("30 %", "0.5 g/t") → its body; None where the cell says nothing."""
    if blank(text):
        return None
    figure = _read(text, unit, sign, "fraction")
    if isinstance(figure, Problem):
        return figure
    if figure.operator not in {"", "="} or figure.basis:
        return _fault("bound-not-figure", "a fraction without a bound or a basis", text)
    return _fraction(figure)


def _fraction(figure: _Figure) -> Body:
    body: Body = {"value": figure.value, "unit": rec20(figure.unit)}
    return body if figure.doubt is None else {**body, "doubt": figure.doubt}


def results(text: str, unit: str = "", sign: Sign = "") -> list[Body | Problem]:
    """The lines of an assay as people write it: "Cu 24.3 %; Sb < 0.01 %" gives two results.

    Takes: lines parted by `;`, `|`, a new line, or a comma before a capital letter; in each a
    substance (symbol, formula or element name) before or after its figure.
    Refuses: per line, a Problem for an unknown substance or a figure that cannot be read.
    Unknown: a substance with a dash gives no line.
    """
    parts = re.split(r"[;|\n]|,\s*(?=[A-Z])", text)
    lines = (_result(part.strip(), unit, sign) for part in parts if not blank(part))
    return [line for line in lines if line is not None]


def _result(text: str, unit: str, sign: Sign) -> Body | Problem | None:
    name, figure_text = _split(text)
    symbol = _symbol(name)
    if symbol is None:
        expected = "a substance and its grade, such as Cu 24.3 %"
        return _fault("unknown-substance", expected, text)
    if blank(figure_text):
        return None
    figure = _read(figure_text, unit, sign, "fraction")
    if isinstance(figure, Problem):
        return figure
    line: Body = {"substance": symbol, "grade": _fraction(figure)}
    if figure.operator:
        line["operator"] = figure.operator
    return line


def _split(text: str) -> tuple[str, str]:
    """A line of an assay as its substance and its figure, whichever comes first."""
    first = re.fullmatch(r"([A-Za-z][A-Za-z0-9()]*) ?[:=]?(?: +(.*)|([<>≤≥].*))", text, re.DOTALL)
    if first is not None:
        return first[1], first[2] or first[3]
    last = re.fullmatch(r"(.*?)\s*([A-Za-z][A-Za-z0-9()]*)", text, re.DOTALL)
    return (last[2], last[1]) if last is not None else (text, "")


def _symbol(name: str) -> str | None:
    by_name = {n.casefold(): s for s, n in element_names().items()}
    spelled = by_name.get(name.casefold(), name)
    try:
        return substance(spelled).formula if spelled else None
    except UnknownSubstance:
        return None


def figure_text(body: Body) -> str | None:
    """A mass or fraction body as a figure this module reads back; None where it cannot be said."""
    unit = unit_of(str(body["unit"]))
    basis = str(body.get("basis", ""))
    words = [str(body["value"]), unit.symbol, *([basis] if basis in {"wet", "dry"} else [])]
    doubt = body.get("doubt")
    if basis not in {"", "wet", "dry"} or "of" in body or "cause" in body:
        return None
    if doubt is None:
        return " ".join(words)
    if not isinstance(doubt, dict) or doubt.get("kind") not in {"normal", "range"}:
        return None
    if doubt["kind"] == "normal":
        return " ".join((*words, "±", str(doubt["sd"]), unit.symbol, "(k=1)"))
    low, high, middle = (Decimal(str(v)) for v in (doubt["low"], doubt["high"], body["value"]))
    half = max(high - middle, middle - low)
    if half == 0 or _bounds(middle, half, unit) != (low, high):
        return None
    return " ".join((*words, "±", format(half, "f"), unit.symbol))
