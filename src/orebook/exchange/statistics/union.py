"""The inputs of the EU's criticality study: factors by material and stage, trade parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from orebook.exchange.statistics.table import number, quoted, read_table
from orebook.model.problem import Problem, SenderError

COLUMNS = (
    "material", "supply_basis_extraction", "supply_basis_processing", "si_sr",
    "import_reliance_extraction_pct", "import_reliance_processing_pct", "eol_rir_pct",
)  # fmt: skip
LIST_COLUMNS = ("material", "critical", "strategic", "source")
TRADE_COLUMNS = ("material", "country", "t", "stage", "scope")
MEMBERS = frozenset(
    {
        "AUT", "BEL", "BGR", "HRV", "CYP", "CZE", "DNK", "EST", "FIN", "FRA", "DEU", "GRC", "HUN",
        "IRL", "ITA", "LVA", "LTU", "LUX", "MLT", "NLD", "POL", "PRT", "ROU", "SVK", "SVN", "ESP",
        "SWE",
    }
)  # fmt: skip
_PERCENT = Decimal(100)


@dataclass(frozen=True, slots=True)
class Factors:
    """What the study takes for one material at one stage; fractions, None where it gives none."""

    basis: str
    import_reliance: Decimal | None
    recycling: Decimal | None
    substitution: Decimal | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One material of a list of critical raw materials, and the list's name and edition."""

    material: str
    critical: bool
    strategic: bool
    source: str

    def text(self) -> str:
        """What the list says of it, in one line."""
        kinds = [
            k for k, is_ in (("critical", self.critical), ("strategic", self.strategic)) if is_
        ]
        said = f"{' and '.join(kinds)} raw material of the EU"
        if not kinds:
            said = "neither a critical nor a strategic raw material of the EU"
        return f"{self.material}: {said} (list: {self.source})"


def read_list(path: Path) -> tuple[Listed, ...]:
    """Every material of the list. Refuses: SenderError for a cell that is not yes or no."""
    found: list[Listed] = []
    for row in read_table(path, LIST_COLUMNS).rows:
        for name in ("critical", "strategic"):
            if row[name] not in {"yes", "no"}:
                step = "Take the list in again with orebook market import eu-list."
                problem = Problem("bad-statistics", row.place(name), "yes or no",
                                  quoted(row[name]), step, path.name)  # fmt: skip
                raise SenderError(problem.text(), (problem,))
        critical, strategic = row["critical"] == "yes", row["strategic"] == "yes"
        found.append(Listed(row["material"], critical, strategic, row["source"]))
    return tuple(found)


def read_inputs(path: Path) -> dict[tuple[str, str], Factors]:
    """Material and stage (`extraction`, `processing`) → its factors, for each stage assessed."""
    found: dict[tuple[str, str], Factors] = {}
    for row in read_table(path, COLUMNS).rows:
        for stage in ("extraction", "processing"):
            basis = row[f"supply_basis_{stage}"]
            if basis:
                found[row["material"], stage] = Factors(
                    "EUonly" if basis == "EU" else basis,
                    _fraction(row[f"import_reliance_{stage}_pct"]),
                    _fraction(row["eol_rir_pct"]),
                    number(row["si_sr"]),
                )
    return found


def read_trade(path: Path) -> Mapping[tuple[str, str], Mapping[str, Decimal]]:
    """Material and stage → country name → trade factor of world supply."""
    found: dict[tuple[str, str], dict[str, Decimal]] = {}
    for row in read_table(path, TRADE_COLUMNS).rows:
        factor = number(row["t"])
        if row["scope"] == "world" and factor is not None:
            found.setdefault((row["material"], row["stage"]), {})[row["country"]] = factor
    return found


def _fraction(text: str) -> Decimal | None:
    value = number(text)
    return None if value is None else value / _PERCENT
