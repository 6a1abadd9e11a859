"""What several parts of the terms of a sale are written with: units, formulas, exchange clauses."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from orebook.engines.settle.exchange import COSTS, WORDS, Clause, Rule, rules
from orebook.engines.settle.payable import ZERO
from orebook.model.members import Members
from orebook.model.substance import UnknownSubstance, substance

UNITS = {"%": Decimal("0.01"), "g/t": Decimal("0.000001"), "ppm": Decimal("0.000001")}


def formula_of(m: Members, value: object, here: str) -> str:
    """The formula of a substance; a fault where it is none."""
    text = m.text(value, here)
    try:
        substance(text)
    except UnknownSubstance:
        m.wrong("unknown-substance", here, "an element symbol or a formula such as Nd2O3", value)
    return text


def clause_of(m: Members, value: object, here: str) -> Clause:
    """An exchange clause: splitting limit, rule by name or as data, who bears the umpire's fee."""
    parts = m.members(
        value, here, ("splitting_limit", "rule", "umpire_cost"), ("splitting_limit", "rule")
    )
    limit = m.number(parts.get("splitting_limit"), f"{here}/splitting_limit", ZERO)
    cost = m.text(parts.get("umpire_cost", "farther"), f"{here}/umpire_cost", COSTS)
    given = parts.get("rule")
    if isinstance(given, Mapping):
        words = m.members(given, f"{here}/rule", ("inside", "outside"), ("inside", "outside"))
        inside = m.text(words.get("inside"), f"{here}/rule/inside", WORDS)
        return Clause(
            limit, Rule(inside, m.text(words.get("outside"), f"{here}/rule/outside", WORDS)), cost
        )
    known = rules()
    name = m.text(given, f"{here}/rule", tuple(known))
    return Clause(limit, known[name], cost)
