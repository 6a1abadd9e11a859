"""Terms of a penalty as data, and their reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from orebook.engines.settle.clause_terms import UNITS, clause_of, formula_of
from orebook.engines.settle.exchange import Clause
from orebook.engines.settle.payable import ZERO
from orebook.model.members import Members


@dataclass(frozen=True, slots=True)
class Penalty:
    """Money per dry tonne for each `every` units beyond `start`, pro rata unless `whole` steps.

    Its figure is the sum of the substances `of`, each by its weight; with `to` the ratio of that
    sum to this one, where `start` and `every` are plain numbers. Beyond is above, or `below`.
    """

    of: tuple[tuple[str, Decimal], ...]
    unit: str
    start: Decimal
    every: Decimal
    charge: Decimal
    whole: bool = False
    reject: Decimal | None = None
    clause: Clause | None = None
    to: tuple[tuple[str, Decimal], ...] = ()
    below: bool = False

    @property
    def substances(self) -> tuple[str, ...]:
        """Every substance whose assay it needs, each once."""
        return tuple(dict.fromkeys(name for name, _ in (*self.of, *self.to)))

    @property
    def name(self) -> str:
        """What it is on: `As`, `As + Sb`, `Fe / SiO2`."""
        over, under = (_summed(part, bool(self.to)) for part in (self.of, self.to))
        return f"{over} / {under}" if self.to else over


def _summed(parts: tuple[tuple[str, Decimal], ...], within: bool) -> str:
    told = " + ".join(name if times == 1 else f"{times} {name}" for name, times in parts)
    return f"({told})" if within and len(parts) > 1 else told


def penalty_of(m: Members, value: object, here: str) -> Penalty:
    """A penalty on one substance, a sum or a ratio; every fault with its pointer."""
    allowed = (
        "substance", "sum", "ratio", "unit", "from", "every", "charge", "side", "whole_steps",
        "reject_above", "reject_below", "exchange",
    )  # fmt: skip
    parts = m.members(value, here, allowed, ("unit", "from", "every", "charge"))
    of, to = _figure(m, parts, here)
    unit = m.text(parts.get("unit"), f"{here}/unit", tuple(UNITS))
    below = m.text(parts.get("side", "above"), f"{here}/side", ("above", "below")) == "below"
    own, other = ("reject_below", "reject_above")[:: 1 if below else -1]
    if other in parts:
        step = "Reject on the side that is penalised."
        m.wrong("wrong-side", f"{here}/{other}", "nothing, by its side", parts[other], step)
    return Penalty(
        of,
        unit,
        m.number(parts.get("from"), f"{here}/from", ZERO),
        m.number(parts.get("every"), f"{here}/every", Decimal("1e-9")),
        m.number(parts.get("charge"), f"{here}/charge", ZERO),
        m.flag(parts.get("whole_steps", False), f"{here}/whole_steps"),
        m.number(parts[own], f"{here}/{own}", ZERO) if own in parts else None,
        clause_of(m, parts["exchange"], f"{here}/exchange") if "exchange" in parts else None,
        to,
        below,
    )


def _figure(
    m: Members, parts: Mapping[str, object], here: str
) -> tuple[tuple[tuple[str, Decimal], ...], tuple[tuple[str, Decimal], ...]]:
    """What a penalty is on: one substance, a sum, or the ratio of two sums."""
    given = [name for name in ("substance", "sum", "ratio") if name in parts]
    if len(given) != 1:
        expected = "one of substance, sum and ratio"
        m.wrong("penalty-on", here, expected, ", ".join(given) or None)
        return (), ()
    if "ratio" not in parts:
        return _parts(m, parts[given[0]], f"{here}/{given[0]}"), ()
    place = f"{here}/ratio"
    ratio = m.members(parts["ratio"], place, ("of", "to"), ("of", "to"))
    of, to = (_parts(m, ratio.get(name), f"{place}/{name}") for name in ("of", "to"))
    return of, to


def _parts(m: Members, value: object, here: str) -> tuple[tuple[str, Decimal], ...]:
    """The substances of a sum: a formula, or a list of formulas, each with its weight."""
    if not isinstance(value, list):
        return ((formula_of(m, value, here), Decimal(1)),)
    found: list[tuple[str, Decimal]] = []
    for i, one in enumerate(value):
        place = f"{here}/{i}"
        if not isinstance(one, Mapping):
            found.append((formula_of(m, one, place), Decimal(1)))
            continue
        inner = m.members(one, place, ("substance", "times"), ("substance", "times"))
        times = m.number(inner.get("times"), f"{place}/times", Decimal("1e-9"))
        found.append((formula_of(m, inner.get("substance"), f"{place}/substance"), times))
    if not found:
        m.wrong("missing", here, "at least one substance", None)
    for i, (name, _) in enumerate(found):
        if name in {n for n, _ in found[:i]}:
            m.wrong("twice", f"{here}/{i}", "each substance once", name)
    return tuple(found)
