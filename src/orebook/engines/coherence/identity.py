"""Identifiers that name more than one thing, and material that comes from itself."""

from __future__ import annotations

from collections.abc import Iterator

from orebook.engines.coherence.faults import Fault, Steps
from orebook.model.absence import known
from orebook.model.facts import Facts
from orebook.model.lot import Lot


def one_name_for_many(facts: Facts) -> Iterator[Fault]:
    """An identifier said to name a model while a batch number is given, or two batches."""
    for lot_id in dict.fromkeys(lot.id for lot in facts.all(Lot)):
        stated = facts.stated(Lot, lot_id)
        refs = tuple(lot.ref.text() for lot in stated)
        given = [known(lot.batch) for lot in stated]
        batches = list(dict.fromkeys(b for b in given if b))
        last = stated[-1]
        if known(last.granularity) == "model" and given[-1]:
            yield Fault(
                "model-with-a-batch",
                lot_id,
                (lot_id,),
                f"The identifier {lot_id} is said to name a product model, yet a batch number is"
                f" given ({given[-1]}): other batches of the model bear the same name.",
                (last.ref.text(),),
            )
        if len(batches) > 1:
            yield Fault(
                "one-name-two-batches",
                lot_id,
                (lot_id,),
                f"Lot {lot_id} is given the batch numbers {', '.join(batches)}.",
                refs,
            )


def made_twice(facts: Facts, found: Steps) -> Iterator[Fault]:
    """A lot that two events are said to have made."""
    for lot_id, makings in found.made.items():
        ids = tuple(dict.fromkeys(m.event.id for m in makings))
        lot = facts.get(Lot, lot_id)
        if len(ids) > 1 and not (lot and known(lot.granularity) == "model"):
            yield Fault(
                "made-twice",
                lot_id,
                (lot_id, *ids),
                f"Lot {lot_id} is an output of {len(ids)} events: {', '.join(ids)}.",
                tuple(dict.fromkeys(m.event.ref.text() for m in makings)),
            )


def cycles(found: Steps) -> Iterator[Fault]:
    """Lots that come from themselves: each ring once, with the events on it."""
    after: dict[str, list[tuple[str, str]]] = {}
    refs: dict[str, str] = {}
    outputs: dict[str, list[str]] = {}
    for lot_id, makings in found.made.items():
        for making in makings:
            outputs.setdefault(making.event.id, []).append(lot_id)
            refs[making.event.id] = making.event.ref.text()
    for lot_id, uses in found.consumed.items():
        for use in uses:
            for made in outputs.get(use.event.id, ()):
                after.setdefault(lot_id, []).append((made, use.event.id))
    for ring in _rings({k: [m for m, _ in v] for k, v in after.items()}):
        inside = set(ring)
        events = sorted({e for lot in ring for made, e in after[lot] if made in inside})
        yield Fault(
            "comes-from-itself",
            ring[0],
            (*ring, *events),
            f"Lots {', '.join(ring)} come from one another in a ring, through {', '.join(events)}.",
            tuple(refs[e] for e in events),
        )


def _rings(after: dict[str, list[str]]) -> list[tuple[str, ...]]:
    """The strongly connected groups of more than one lot, or of one that follows itself.

    Source: M. Sharir, Comput. Math. Appl. 7 (1981), 67-72; without recursion, for chains are long.
    """
    before: dict[str, list[str]] = {}
    for one, followers in after.items():
        for other in followers:
            before.setdefault(other, []).append(one)
    rings = []
    seen: set[str] = set()
    for root in reversed(_finished(after)):
        if root in seen:
            continue
        seen.add(root)
        group = [root]
        for here in group:  # it grows while it is walked
            fresh = [p for p in dict.fromkeys(before.get(here, ())) if p not in seen]
            seen.update(fresh)
            group += fresh
        if len(group) > 1 or root in after.get(root, ()):
            rings.append(tuple(sorted(group)))
    return sorted(rings)


def _finished(after: dict[str, list[str]]) -> list[str]:
    """Every lot, after all that can be reached from it and was not seen before."""
    done: list[str] = []
    seen: set[str] = set()
    for root in after:
        if root in seen:
            continue
        seen.add(root)
        work = [(root, iter(after.get(root, ())))]
        while work:
            here, followers = work[-1]
            fresh = next((f for f in followers if f not in seen), None)
            if fresh is None:
                done.append(here)
                work.pop()
            else:
                seen.add(fresh)
                work.append((fresh, iter(after.get(fresh, ()))))
    return done
