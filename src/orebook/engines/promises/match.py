"""Each commitment matched to shipments, facilities and payments; royalties to tonnes shipped."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from orebook.model.absence import known
from orebook.model.agreement import Agreement, Commitment, Payment
from orebook.model.facts import Facts, R
from orebook.model.finding import Figure, Finding, Missing
from orebook.model.place import Facility
from orebook.model.quantity import Mass
from orebook.model.shipment import Shipment
from orebook.model.when import When, when

VERSION = "promises/1"
OUTCOMES = {
    "kept": "kept",
    "late": "kept, after its date",
    "partly": "kept in part",
    "not_kept": "not kept by its date, as far as recorded",
    "not_measurable": "not measurable as worded",
    "not_yet_due": "not yet due",
    "cannot_be_told": "cannot be told",
}
_Told = tuple[str, tuple[str, ...], tuple[Figure, ...], tuple[Missing, ...], tuple[str, ...]]


def promises(agreement: Agreement, facts: Facts) -> tuple[Finding, ...]:
    """One finding per commitment, in their order; its verdict is a key of OUTCOMES.

    Unknown: a delivery nobody recorded is not taken for none; without a date due nothing is late.
    """
    return tuple(
        _finding(agreement, facts, n, one, _judge(agreement, facts, one))
        for n, one in enumerate(known(agreement.commitments) or ())
    )


def _finding(agreement: Agreement, facts: Facts, n: int, one: Commitment, told: _Told) -> Finding:
    verdict, reasons, figures, missing, sources = told
    claim = known(one.claim)
    return Finding(
        "promises",
        VERSION,
        f"Was this promise kept: {known(one.text) or known(one.topic) or f'commitment {n + 1}'}?",
        agreement.id,
        verdict,
        facts.head,
        facts.as_of,
        figures,
        reasons,
        missing,
        sources=tuple(dict.fromkeys((*((claim,) if claim else ()), *sources))),
        component=known(one.topic) or f"commitment {n + 1}",
    )


def _judge(agreement: Agreement, facts: Facts, one: Commitment) -> _Told:
    if (mass := known(one.mass)) is not None:
        return _volume(agreement, facts, one, mass)
    if known(one.money) is not None:
        return _money(agreement, facts, one)
    if known(one.facility) is not None:
        return _facility(facts, one)
    lacks = []
    if known(one.measure) is None and known(one.count) is None:
        lacks.append("no measure")
    if known(one.baseline) is None:
        lacks.append("no baseline")
    if known(one.due) is None:
        lacks.append("no date")
    if known(one.measure) is None and known(one.count) is None:
        return "not_measurable", (f"As worded it gives {', '.join(lacks)}.",), (), (), ()
    missing = (Missing("a record of what was delivered", agreement.id, "none is in the book"),)
    given = f" It gives {', '.join(lacks)}." if lacks else ""
    reasons = (f"A measure is given; the book holds no record of what it counts.{given}",)
    return "cannot_be_told", reasons, (), missing, ()


def _latest(facts: Facts, cls: type[R]) -> list[R]:
    return list({r.id: r for r in facts.all(cls)}.values())


def _volume(agreement: Agreement, facts: Facts, one: Commitment, target: Mass) -> _Told:
    own = [s for s in _latest(facts, Shipment) if known(s.agreement) == agreement.id]
    weighed = [(s, m) for s in own if (m := known(s.mass)) is not None]
    missing = tuple(
        Missing("net mass", s.id, "nobody stated it, or it is sealed")
        for s in own
        if known(s.mass) is None
    )
    other = [s for s, m in weighed if m.basis != target.basis]
    if other or target.basis == "unstated":
        reason = f"The promise is {target.basis}, shipments are on another basis or none."
        return "cannot_be_told", (reason,), (), (Missing("basis", agreement.id, reason),), ()
    due = known(one.due)
    sent = sum((m.value for _, m in weighed), Decimal(0))
    in_time = sum((m.value for s, m in weighed if _by(s, due)), Decimal(0))
    refs = tuple(s.ref.text() for s, _ in weighed)
    figures = (
        Figure("promised", target.value, "kg", "known", label="promised"),
        Figure("shipped", sent, "kg", label="shipped so far", sources=refs),
    )
    verdict, reason = _against(target.value, sent, in_time, due, facts.as_of, blind=bool(missing))
    return verdict, (reason,), figures, missing, refs


def _by(shipment: Shipment, due: When | None) -> bool:
    left = known(shipment.dispatched)
    return due is None or (left is not None and left.last <= due.last)


def _against(
    target: Decimal, sent: Decimal, in_time: Decimal, due: When | None, today: str, *, blind: bool
) -> tuple[str, str]:
    past = due is not None and due.last < when(today).first
    if in_time >= target:
        return "kept", "What is recorded reaches the promise."
    if sent >= target:
        return "late", "What is recorded reaches the promise after its date."
    if blind:
        return "cannot_be_told", "Deliveries are recorded whose size is not known."
    if due is not None and not past:
        return "not_yet_due", f"Due {due.text}."
    if due is None:
        word = "part of the promise" if sent else "nothing"
        return "cannot_be_told", f"No date is given; {word} is recorded as delivered."
    if sent:
        return "partly", "What is recorded stays below the promise, and its date has passed."
    return "not_kept", "Its date has passed and no delivery is recorded."


def _money(agreement: Agreement, facts: Facts, one: Commitment) -> _Told:
    target = known(one.money)
    assert target is not None
    kinds = {"investment"} if known(one.topic) == "investment" else None
    paid = [
        (p, m)
        for p in _latest(facts, Payment)
        if known(p.agreement) == agreement.id
        and (kinds is None or known(p.kind) in kinds)
        and (m := known(p.amount)) is not None
    ]
    if any(m.currency != target.currency for _, m in paid):
        reason = "Payments are in another currency than the promise; they are not converted here."
        return "cannot_be_told", (reason,), (), (), ()
    due = known(one.due)
    sent = sum((m.value for _, m in paid), Decimal(0))
    in_time = sum((m.value for p, m in paid if _paid_by(p, due)), Decimal(0))
    refs = tuple(p.ref.text() for p, _ in paid)
    figures = (
        Figure("promised", target.value, target.currency, "known", label="promised"),
        Figure("paid", sent, target.currency, label="paid as recorded", sources=refs),
    )
    verdict, reason = _against(target.value, sent, in_time, due, facts.as_of, blind=False)
    return verdict, (reason,), figures, (), refs


def _paid_by(payment: Payment, due: When | None) -> bool:
    on = known(payment.when)
    return due is None or (on is not None and on.last <= due.last)


def _facility(facts: Facts, one: Commitment) -> _Told:
    name = known(one.facility) or ""
    facility = facts.get(Facility, name)
    states = [s for s in (known(facility.status) or ()) if known(s.status)] if facility else []
    works = [s for s in states if known(s.status) == "operating"]
    due = known(one.due)
    refs = (facility.ref.text(),) if facility is not None else ()
    name = (known(facility.name) if facility is not None else None) or name
    if works:
        since = known(works[0].when)
        if due is None or (since is not None and since.last <= due.last):
            return "kept", (f"{name} is recorded as operating.",), (), (), refs
        if since is None:
            missing = (Missing("since when it operates", name, "nobody stated it"),)
            return "cannot_be_told", ("It operates; since when is not stated.",), (), missing, refs
        return "late", (f"{name} operates since {since.text}; due {due.text}.",), (), (), refs
    last = known(states[-1].status) if states else None
    told = f"{name} is recorded as {last}." if last else f"No status of {name} is recorded."
    if due is not None and due.last < when(facts.as_of).first:
        return ("not_kept" if last else "cannot_be_told"), (told,), (), (), refs
    if due is not None:
        return "not_yet_due", (f"{told} Due {due.text}.",), (), (), refs
    return "cannot_be_told", (f"{told} No date is given.",), (), (), refs


def royalty_tonnes(agreement: Agreement, facts: Facts) -> Finding | None:
    """Tonnes royalties were paid on, against tonnes shipped; None where no royalty is recorded.

    Unknown: masses on different bases, or not known, are not compared.
    """
    paid = [
        p
        for p in _latest(facts, Payment)
        if known(p.agreement) == agreement.id and known(p.kind) == "royalty"
    ]
    if not paid:
        return None
    shipped = [s for s in _latest(facts, Shipment) if known(s.agreement) == agreement.id]
    masses = [known(p.mass) for p in paid], [known(s.mass) for s in shipped]
    both: list[Payment | Shipment] = [*paid, *shipped]
    missing = tuple(
        Missing("mass", r.id, "nobody stated it, or it is sealed")
        for r in both
        if known(r.mass) is None
    )
    bases = {m.basis for side in masses for m in side if m is not None}
    refs = tuple(r.ref.text() for r in both)
    if missing or len(bases) != 1 or "unstated" in bases:
        why = "A mass is not known." if missing else "The masses are not on one stated basis."
        return _royalty(agreement, facts, "cannot_be_told", (why,), (), missing, refs)
    on = _sum(masses[0])
    out = _sum(masses[1])
    figures = (
        Figure("paid_on", on, "kg", label="royalty was paid on"),
        Figure("shipped", out, "kg", label="shipped"),
        Figure("difference", out - on, "kg", label="shipped less paid on"),
    )
    verdict = "kept" if on == out else "partly" if on < out else "late"
    words = {
        "kept": "Royalty was paid on what was shipped.",
        "partly": "More was shipped than royalty was paid on, by the records in this book.",
        "late": "Royalty was paid on more than was shipped, by the records in this book.",
    }
    state = "cannot_be_told" if verdict == "late" else verdict
    return _royalty(agreement, facts, state, (words[verdict],), figures, (), refs)


def _sum(masses: Sequence[Mass | None]) -> Decimal:
    return sum((m.value for m in masses if m is not None), Decimal(0))


def _royalty(
    agreement: Agreement,
    facts: Facts,
    verdict: str,
    reasons: tuple[str, ...],
    figures: tuple[Figure, ...],
    missing: tuple[Missing, ...],
    sources: tuple[str, ...],
) -> Finding:
    return Finding(
        "promises",
        VERSION,
        "Were royalties paid on the tonnes that were shipped?",
        agreement.id,
        verdict,
        facts.head,
        facts.as_of,
        figures,
        reasons,
        missing,
        sources=sources,
        component="royalty tonnes",
    )
