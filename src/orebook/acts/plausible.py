"""What the lots of a book claim to have been mined, held against capacity and known output."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from orebook.acts.chains import Chains, chains_around
from orebook.acts.mined_rows import Claimed
from orebook.acts.see import View
from orebook.book.errors import StoreFailed
from orebook.engines.evidence.plausible import known_output
from orebook.engines.rules import Chain
from orebook.engines.rules.plausible import (
    KG_PER_T,
    LEVELS,
    Group,
    Limit,
    Mined,
    Sum,
    doubts,
    summed,
    sums,
)
from orebook.model.absence import known
from orebook.model.facts import Facts, Head
from orebook.model.place import Facility
from orebook.model.vocabulary import table

_KEPT_MOST = 4


@dataclass(frozen=True, slots=True)
class Plausible:
    """Every sum of a book, and for each step in an unexplained one why its origin is in doubt."""

    sums: tuple[Sum, ...]
    doubts: dict[str, str]
    head: Head

    def as_json(self) -> dict[str, object]:
        """Plain members; masses in kilograms as decimal text."""
        return {
            "head": self.head.as_json(),
            "sums": [
                {
                    "level": s.level,
                    "name": s.name,
                    "year": s.year,
                    "material": s.material,
                    "kind": s.kind,
                    "lots": len(s.steps),
                    "claimed_kg": {
                        "low": format(s.low_kg, "f"),
                        "high": None if s.high_kg is None else format(s.high_kg, "f"),
                    },
                    "limit_kg": None if s.limit is None else format(s.limit.kg, "f"),
                    "limit": None if s.limit is None else f"{s.limit.what}: {s.limit.source}",
                    "excess_kg": format(s.excess_kg, "f"),
                    "steps": list(s.steps),
                }
                for s in self.sums
            ],
        }


_kept: OrderedDict[tuple[str, int, str, str], Plausible] = OrderedDict()


def plausible(view: View) -> Plausible:
    """The sums of a whole book as this reader may see it."""
    from orebook.acts.mined_kept import claimed

    with suppress(StoreFailed), claimed(view) as found:
        if found is not None:
            mined = found.all()
            return _plausible(mined, _places(view, mined), view.head)
    return _read_whole(view)


def _read_whole(view: View) -> Plausible:
    """The same by reading the book; it is kept while the head and what the reader holds stay."""
    from orebook.acts.mined import KINDS

    seen = view.facts(kinds=["book"])
    key = (seen.head.origin, seen.head.size, seen.head.root, f"{view.reader} {seen.disclosures}")
    found = _kept.get(key)
    if found is None:
        found = _kept[key] = weighed(Chains(view.facts(kinds=KINDS)))
        while len(_kept) > _KEPT_MOST:
            _kept.popitem(last=False)
    return found


def chains_of(view: View, lot: str) -> Chains:
    """What the chain of a lot is read from, its steps in doubt where the book claims too much.

    Refuses: NotFound where nobody speaks of the lot.
    """
    chains = chains_around(view, lot)
    if steps := {step.id for step in chains.steps(lot).at(["mine"])}:
        chains.doubts = doubts_of(view, steps)
    return chains


def doubts_of(view: View, steps: Collection[str]) -> Mapping[str, str]:
    """Step → why its origin is in doubt, of these steps; only the sums they belong to are read."""
    from orebook.acts.mined_kept import claimed

    with suppress(StoreFailed), claimed(view) as found:
        if found is not None:
            return _some_doubts(view, found, steps)
    return {step: why for step, why in _read_whole(view).doubts.items() if step in steps}


def _some_doubts(view: View, found: Claimed, steps: Collection[str]) -> Mapping[str, str]:
    own = found.of_steps(steps)
    groups = {g for one in own for level in LEVELS if (g := one.group(level)) is not None}
    held = {g[1]: found.mines_of(g[1]) for g in groups if g[0] == "holder"}
    mines = {g[1] for g in groups if g[0] == "mine"}.union(*held.values())
    limits = _limits(view.facts(ids=mines, kinds=["facility"]), groups, held)
    told = doubts(summed({g: found.of_group(g) for g in sorted(limits)}, limits))
    return {step: why for step, why in told.items() if step in steps}


def chain_of_lot(view: View, lot: str) -> tuple[Chain, Facts]:
    """The chain of a lot as this reader may see it, and the facts it is from. Refuses: NotFound."""
    chains = chains_of(view, lot)
    return chains.chain(lot), chains.facts


def weighed(chains: Chains) -> Plausible:
    """The sums of the facts that the chains are read from."""
    from orebook.acts.mined import units_of

    mined = [one for unit in units_of(chains) for one in unit.mined]
    return _plausible(mined, chains.facts, chains.facts.head)


def _places(view: View, mined: Iterable[Mined]) -> Facts:
    return view.facts(ids={m.mine for m in mined if m.mine is not None}, kinds=["facility"])


def _plausible(mined: list[Mined], places: Facts, head: Head) -> Plausible:
    held: dict[str, set[str]] = {}
    for one in mined:
        if one.holder is not None and one.mine is not None:
            held.setdefault(one.holder, set()).add(one.mine)
    groups = {g for one in mined for level in LEVELS if (g := one.group(level)) is not None}
    found = sums(mined, _limits(places, groups, held))
    return Plausible(found, doubts(found), head)


@cache
def _known() -> dict[tuple[str, str], tuple[tuple[int, Limit], ...]]:
    """Material and country (alpha-2) → known output by year."""
    codes = {row["name"]: row["alpha_2"] for row in table("countries")}
    found: dict[tuple[str, str], list[tuple[int, Limit]]] = {}
    for row in known_output():
        code = codes.get(row.country)
        if row.measure == "output" and code is not None:
            what = f"the known output of {row.of} in {row.year}"
            limit = Limit(row.tonnes * KG_PER_T, what, row.source)
            found.setdefault((row.material, code), []).append((int(row.year), limit))
    return {key: tuple(sorted(rows, key=lambda r: r[0])) for key, rows in found.items()}


def _limits(
    places: Facts, groups: Iterable[Group], held: Mapping[str, Collection[str]]
) -> dict[Group, Limit]:
    """Known outputs of countries; capacities of mines, and of holders whose mines all say one."""
    limits: dict[Group, Limit] = {}
    for group in groups:
        level, name, material, year = group
        limit = None
        if level == "country" and (rows := _known().get((material, name))):
            # The latest year that is not later than the lot's, else the first there is.
            earlier = [limit for known_year, limit in rows if known_year <= year]
            limit = earlier[-1] if earlier else rows[0][1]
        elif level == "mine":
            limit = _capacity(places, [name])
        elif level == "holder":
            limit = _capacity(places, sorted(held.get(name, ())))
        if limit is not None:
            limits[group] = limit
    return limits


def _capacity(facts: Facts, mines: list[str]) -> Limit | None:
    total = Decimal(0)
    sources = []
    for mine in mines:
        place = facts.get(Facility, mine)
        capacity = known(place.capacity) if place is not None else None
        if capacity is None or place is None:
            return None
        total += capacity.value
        sources.append(f"entry {place.ref.position}")
    return Limit(total, "the capacity stated of it", ", ".join(sources)) if mines else None
