"""Published indicators to be computed again: id, formula, subject, value as printed, tolerance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from orebook.exchange.statistics.table import Row, read_table

COLUMNS = (
    "indicator_id", "metric", "subject", "stage", "year", "value", "unit", "tolerance",
    "formula_ref", "inputs", "note", "source",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Indicator:
    """One published value, all as text as it was printed; `line` of the file it stands on."""

    id: str
    metric: str
    subject: str
    stage: str
    year: str
    value: str
    unit: str
    tolerance: str
    formula: str
    inputs: str
    note: str
    source: str
    line: int


def read(path: Path) -> tuple[Indicator, ...]:
    """The indicators of the file, in its order. Refuses: SenderError without these columns."""
    table = read_table(path, COLUMNS)
    return tuple(_indicator(row) for row in table.rows)


def _indicator(row: Row) -> Indicator:
    return Indicator(
        id=row["indicator_id"],
        metric=row["metric"],
        subject=row["subject"],
        stage=row["stage"],
        year=row["year"],
        value=row["value"],
        unit=row["unit"],
        tolerance=row["tolerance"],
        formula=row["formula_ref"],
        inputs=row["inputs"],
        note=row["note"],
        source=row["source"],
        line=row.line,
    )
