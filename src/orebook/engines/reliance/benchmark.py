"""The EU's single-country benchmark: at most 65 % of any stage from one third country."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from orebook.engines.reliance.shares import Holdings
from orebook.model.statistic import Interval

# Source: Regulation (EU) 2024/1252, Article 5(1)(b): by 2030, not more than 65 % of the Union's
# annual consumption of a strategic raw material at any relevant stage from a single third country.
LIMIT = Decimal("0.65")
# The member states by ISO 3166-1, alpha-3 as statistics have them and alpha-2 as lots do.
MEMBERS = frozenset(
    {"AUT", "BEL", "BGR", "CYP", "CZE", "DEU", "DNK", "ESP", "EST", "FIN", "FRA", "GRC", "HRV"}
    | {"HUN", "IRL", "ITA", "LTU", "LUX", "LVA", "MLT", "NLD", "POL", "PRT", "ROU", "SVK", "SVN"}
    | {"SWE", "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "ES", "EE", "FI", "FR", "GR", "HR", "HU"}
    | {"IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "SE"}
)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The largest third country, its share at least and at most, and how it stands to 65 %."""

    country: str
    share: Interval
    outcome: Literal["met", "not met", "cannot be told"]

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        return {
            "rule": "Regulation (EU) 2024/1252, Article 5(1)(b)",
            "limit": format(LIMIT, "f"),
            "country": self.country or None,
            "share": self.share.as_json(),
            "outcome": self.outcome,
        }


def single_source(holdings: Holdings, inside: Collection[str] = MEMBERS) -> Benchmark:
    """How the largest third country stands to the benchmark.

    The whole of the unnamed rest may be its, or that of another third country alone. It is a
    reliance metric of 2030 and no lot's test; of world supply it only says where the Union buys in.
    """
    total = holdings.total
    rest = holdings.rest / total
    ranked = [(party, share) for party, share in holdings.ranked() if party not in inside]
    country, low = ranked[0] if ranked else ("", Decimal(0))
    share = Interval(low, low + rest)
    if low > LIMIT:
        return Benchmark(country, share, "not met")
    met = low + rest <= LIMIT
    return Benchmark(country, share, "met" if met else "cannot be told")
