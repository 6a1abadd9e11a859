"""Shares of origin in words, rows and JSON: the same for terminal, table and page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orebook.acts.origin_list import Answer, LotOrigin, Share, Split
from orebook.acts.recall import Affected, Recall
from orebook.show.numbers import number

METHODS = {
    "proportional": "proportional (well-mixed)",
    "fifo": "first in, first out",
    "lifo": "last in, first out",
    "poison": "poison (any reach counts whole)",
}


def custody_words(models: Iterable[tuple[str, int]]) -> str:
    """The custody models an answer rests on: `segregated (2), not stated, read as mixed (3)`."""
    told = [
        f"{name.replace('_', ' ') if name else 'not stated, read as well mixed'} ({number(count)})"
        for name, count in models
    ]
    return ", ".join(told) or "no flow"


def percent(value: float) -> str:
    """A share as people read it: 62.5 %, never rounded up to a whole or down to none."""
    text = f"{value * 100:.4g}"
    if 0 < value < 1e-6:
        return "under 0.0001 %"
    if value < 1 and float(text) >= 100:
        return "over 99.99 %"
    return f"{text} %"


def between(share: Share) -> str:
    """A share with its bounds where they differ: `62 % (50 % to 70 %)`."""
    if share.high - share.low < 1e-12:
        return percent(share.value)
    return f"{percent(share.value)} ({percent(share.low)} to {percent(share.high)})"


def split_json(split: Split) -> dict[str, object]:
    """One question's shares, as numbers between 0 and 1."""
    return {
        "by": split.question.attribute,
        "stage": split.question.stage or None,
        "shares": [share_json(s) for s in split.shares],
        "unknown": split.unknown,
        "not_passed": None if split.not_passed is None else share_json(split.not_passed),
    }


def share_json(share: Share) -> dict[str, object]:
    """Name, least, recorded and most."""
    return {"name": share.name, "low": share.low, "value": share.value, "high": share.high}


def lot_json(lot: LotOrigin) -> dict[str, object]:
    """One lot with everything that was answered for it."""
    return {
        "lot": lot.lot,
        "element": lot.element or None,
        "splits": [split_json(s) for s in lot.splits],
        "missing": [{"what": g.what, "lot": g.lot, "narrows": g.narrows} for g in lot.missing],
        "heaviest_way": {"lots": list(lot.way), "share": lot.way_share} if lot.way else None,
        "plants": [{"facility": c.plants[0], "share": c.share} for c in lot.plants],
        "smallest_cut": None
        if lot.cut is None
        else {"facilities": list(lot.cut.plants), "share": lot.cut.share, "severs": lot.cut.severs},
    }


def answer_json(answer: Answer) -> dict[str, object]:
    """A whole answer with its problems."""
    return {
        "method": METHODS[answer.method],
        "custody": {name or "not_stated": count for name, count in answer.models},
        "lots": [lot_json(lot) for lot in answer.lots],
        "claims_without_goods": answer.claims,
        "problems": [p.as_json() for p in answer.problems],
    }


def lot_lines(lot: LotOrigin) -> Iterator[str]:
    """One lot for a terminal."""
    yield f"{lot.lot}" + (f", {lot.element}" if lot.element else "")
    for split in lot.splits:
        stage = f" at {split.question.stage}" if split.question.stage else ""
        yield f"  by {split.question.attribute}{stage}"
        width = max((len(s.name) for s in split.shares), default=0)
        for share in split.shares:
            yield f"    {share.name.ljust(width)}  {between(share)}"
        if split.not_passed is not None and split.not_passed.high > 0:
            yield f"    not through this stage: {between(split.not_passed)}"
        if split.unknown > 0:
            yield f"    unknown: {percent(split.unknown)}"
    if lot.way:
        yield f"  most came by {' → '.join(lot.way)}: {percent(lot.way_share)}"
    if lot.cut is not None and lot.cut.severs:
        yield f"  without {' and '.join(lot.cut.plants)} nothing of it would have come"
    if lot.plants and not lot.plants[0].severs:
        top = lot.plants[0]
        yield f"  the loss of {top.plants[0]} alone would have taken {percent(top.share)}"
    for gap in lot.missing[:5]:
        yield f"  missing: {gap.what} (leaves up to {percent(gap.narrows)} open)"
    if len(lot.missing) > 5:
        yield f"  and {number(len(lot.missing) - 5)} more facts are missing"


def rows(lots: Iterable[LotOrigin]) -> Iterator[tuple[str, ...]]:
    """All lots as rows: lot, element, by, stage, name, low, value, high; unknown as its own row."""
    for lot in lots:
        for split in lot.splits:
            head = (lot.lot, lot.element, split.question.attribute, split.question.stage)
            for share in split.shares:
                yield (*head, share.name, repr(share.low), repr(share.value), repr(share.high))
            if split.not_passed is not None and split.not_passed.high > 0:
                share = split.not_passed
                yield (*head, "(not passed)", repr(share.low), repr(share.value), repr(share.high))
            if split.unknown > 0:
                yield (*head, "(unknown)", "", repr(split.unknown), "")


def recall_row(found: Affected) -> tuple[str, ...]:
    """One affected lot as cells; figures plain, so that a spreadsheet can add them."""
    mass = "" if found.mass_kg is None else f"{found.mass_kg:.6g}"
    return (
        found.lot,
        found.label,
        found.element,
        repr(found.share),
        mass,
        found.owner,
        found.facility,
        " ".join(found.shipments),
    )


def recall_json(found: Recall) -> dict[str, object]:
    """A recall with its list, whom to tell, and what carried it."""
    return {
        "subject": found.subject,
        "start": list(found.start),
        "owners": list(found.owners),
        "shipments": list(found.shipments),
        "affected": [
            {
                "lot": a.lot,
                "label": a.label,
                "element": a.element or None,
                "share": a.share,
                "mass_kg": None if a.mass_kg is None else format(a.mass_kg, "f"),
                "owner": a.owner or None,
                "facility": a.facility or None,
                "shipments": list(a.shipments),
            }
            for a in found.affected
        ],
    }
