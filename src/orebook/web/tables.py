"""A table as a page, a JSON document and a CSV file show it: the same cells, the same numbers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from orebook.model.absence import Maybe, known
from orebook.model.quantity import ContainedMass, Fraction, Mass, Money
from orebook.model.units import unit
from orebook.model.when import When
from orebook.show.html import Html
from orebook.show.values import Said, say

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its words, its page, how it stands, and the bare value with its unit if measured.

    `state` is that of `Said`. `mark` is a badge after the words; `markup` replaces the words on a
    page where the same words need more than a link; `anchor` is where a link in the page leads.
    """

    text: str
    href: str = ""
    state: str = "known"
    remark: str = ""
    value: str = ""
    unit: str = ""
    mark: str = ""
    markup: Html | None = None
    anchor: str = ""

    def plain(self) -> str:
        """The words for a file: the bare value where there is one, an absence with its remark."""
        if self.value:
            return self.value
        if self.state == "known":
            return f"{self.text} [{self.mark}]" if self.mark else self.text
        return f"{self.text} ({self.remark})" if self.remark else self.text


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key in files, its heading, and whether it holds measured values with a unit."""

    key: str
    title: str
    measured: bool = False
    number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings. `of` is how many there are where not all are shown."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    of: int | None = None
    note: str = ""
    following: str = ""

    @property
    def cut(self) -> bool:
        """True where rows were left out."""
        return self.of is not None and self.of > len(self.rows)


def table(
    key: str,
    caption: str,
    columns: Sequence[tuple[str, str]],
    rows: Iterable[Sequence[Cell]],
    *,
    measured: Sequence[str] = (),
    numbers: Sequence[str] = (),
    note: str = "",
) -> Table:
    """A table from (key, heading) pairs and rows of cells."""
    cols = tuple(Column(k, title, k in measured, k in numbers) for k, title in columns)
    return Table(key, caption, cols, tuple(tuple(row) for row in rows), note=note)


def part(whole: Table, after: str, count: int) -> Table:
    """The rows after the one whose first cell reads `after`, at most `count` of them."""
    rows = whole.rows
    if after:
        begin = next((n for n, row in enumerate(rows) if row[0].text > after), len(rows))
        rows = rows[begin:]
    shown = rows[:count]
    following = shown[-1][0].text if len(rows) > count else ""
    total = len(whole.rows) if len(shown) < len(whole.rows) else None
    return replace(whole, rows=shown, of=total, following=following)


def cell(value: Maybe[object], href: str = "", mark: str = "") -> Cell:
    """A value or its absence as a cell, with the bare number where it is a quantity."""
    said = say(value)
    bare, symbol = _bare(value)
    return Cell(said.text, href, said.state, said.remark, bare, symbol, mark)


def said_cell(said: Said, href: str = "") -> Cell:
    """Words that are already said, as a cell."""
    return Cell(said.text, href, said.state, said.remark)


def _bare(value: Maybe[object]) -> tuple[str, str]:
    """The number as written and its unit with the basis, for a spreadsheet."""
    match value:
        case Mass(written=written):
            declared = unit(written.unit) if written is not None else None
            basis = f"contained {value.of}" if isinstance(value, ContainedMass) else value.basis
            symbol = declared.symbol if declared is not None else "kg"
            number = written.value if written is not None else format(value.value, "f")
            return number, f"{symbol}, basis {basis}"
        case Fraction(written=written):
            if written is None:
                return format(value.value, "f"), "1"
            return written.value, unit(written.unit).symbol
        case Money(currency=currency):
            return format(value.value, "f"), currency
        case When(text=text):
            return text, ""
        case _:
            return "", ""


def as_csv(shown: Table) -> str:
    """The table as CSV (RFC 4180), a unit column after each measured one; a cut says so at its end.

    A cell that a spreadsheet would take for a formula is led by an apostrophe; plain numbers stay.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    heads: list[str] = []
    for column in shown.columns:
        heads += [column.key, f"{column.key}_unit"] if column.measured else [column.key]
    writer.writerow(heads)
    for row in shown.rows:
        values: list[str] = []
        for column, one in zip(shown.columns, row, strict=True):
            values += [one.plain(), one.unit] if column.measured else [one.plain()]
        writer.writerow([harmless(value) for value in values])
    if shown.cut:
        writer.writerow([f"cut off: {len(shown.rows)} of {shown.of} rows"])
    return out.getvalue()


_RUN = set("=+-@＝＋－＠\t\r\n")  # what begins a formula; of full width for some programs too


def harmless(text: str) -> str:
    """The text as no spreadsheet runs it."""
    if text[:1] in _RUN and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def as_json(shown: Table) -> dict[str, object]:
    """The table as plain members: one object per row, one per cell, by column key."""
    return {
        "caption": shown.caption,
        "shown": len(shown.rows),
        "of": shown.of if shown.of is not None else len(shown.rows),
        "cut_off": shown.cut,
        "rows": [
            {column.key: _cell_json(one) for column, one in zip(shown.columns, row, strict=True)}
            for row in shown.rows
        ],
    }


def as_lines(shown: Table) -> Iterator[dict[str, object]]:
    """The rows as objects, one per line of a file; where rows are left out the last one says so."""
    for row in shown.rows:
        yield {column.key: _cell_json(one) for column, one in zip(shown.columns, row, strict=True)}
    if shown.cut:
        yield {"cut_off": True, "shown": len(shown.rows), "of": shown.of}


def _cell_json(one: Cell) -> dict[str, str]:
    more = {"remark": one.remark, "value": one.value, "unit": one.unit, "mark": one.mark}
    kept = {name: text for name, text in more.items() if text}
    return {"text": one.text, "state": one.state, **kept}


_LEGEND = (
    (
        "(k=1)",
        "± with k=1 is one standard uncertainty: the value lies within it two times in three.",
    ),
    ("ZZ", "ZZ is the code of no country: invented examples use it."),
)


def legend(shown: Table) -> str:
    """What the short signs in a table mean; empty where it has none."""
    told = []
    for sign, words in _LEGEND:
        bare = sign == "ZZ"
        if any(
            c.text == sign if bare else sign in c.text or sign in c.remark
            for row in shown.rows
            for c in row
        ):
            told.append(words)
    return " ".join(told)


def fields(key: str, caption: str, rows: Iterable[tuple[str, Cell]]) -> Table:
    """A table of one thing's attributes: its title and its value per row."""
    columns = (("attribute", "attribute"), ("value", "value"))
    cells = ((Cell(title), value) for title, value in rows)
    return table(key, caption, columns, cells, measured=("value",))


def known_text(value: Maybe[str]) -> str:
    """The text where one is known, else nothing."""
    return known(value) or ""
