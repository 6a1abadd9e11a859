"""The "try it" form of a balance: its fields, and the named assumptions they stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from orebook.model.absence import known
from orebook.model.assay import Assay
from orebook.model.event import Event
from orebook.model.facts import Facts
from orebook.model.finding import Finding
from orebook.model.lot import Lot
from orebook.model.problem import ReaderError
from orebook.web.addresses import address

FIELDS = ("grade", "moisture", "scrap", "scrap_grade", "doubt", "dry")
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?")


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The form as it stands: which feed and element it is about, and what was put in."""

    action: str
    event: str
    lot: str
    label: str
    element: str
    stated: str
    put_in: Mapping[str, str]
    tries: tuple[tuple[str, str], ...]
    fault: str = ""

    @property
    def used(self) -> bool:
        """True when the reader put something in."""
        return any(self.put_in.values())


def form(
    facts: Facts, finding: Finding, query: Mapping[str, str], action: str, anchor: str
) -> WhatIf | None:
    """The form for the first feed of an event, or None where there is nothing to try."""
    event = facts.get(Event, finding.subject)
    part = next((p for p in finding.parts if p.component and p.component != "dry mass"), None)
    feeds = [name for f in known(event.inputs) or () if (name := known(f.lot))] if event else []
    if part is None or not feeds:
        return None
    lot = facts.get(Lot, feeds[0])
    label = (known(lot.label) if lot is not None else None) or feeds[0]
    put_in = {name: query.get(name, "").strip()[:40] for name in FIELDS}
    return WhatIf(
        action,
        finding.subject,
        feeds[0],
        label,
        part.component,
        _grade(facts, feeds[0], part.component),
        put_in,
        _tries(facts, event, action, anchor),
    )


def assumptions(shown: WhatIf) -> tuple[str, ...]:
    """What was put in, as the engine's named assumptions.

    Refuses: ReaderError for text that is no number.
    """
    told = shown.put_in
    out = []
    if told["grade"]:
        grade = _number(told["grade"], "grade")
        out.append(f"grade:{shown.lot}:{shown.element}={grade}%")
    if told["moisture"]:
        out += [
            f"basis:{shown.lot}=wet",
            f"moisture:{shown.lot}={_number(told['moisture'], 'moisture')}%",
        ]
    elif told["dry"]:
        out.append("basis=dry")
    if told["scrap"]:
        at = _number(told["scrap_grade"] or "100", "grade of the scrap")
        out.append(f"scrap:{shown.element}={_number(told['scrap'], 'scrap')} kg@{at}%")
    if told["doubt"]:
        out.append("as-written")
    return tuple(out)


def _number(text: str, name: str) -> str:
    plain = text.replace(",", ".").replace("\u202f", "").replace(" ", "").removesuffix("%")
    if not _NUMBER.fullmatch(plain):
        message = f'{name}: expected a number such as 31.5, found "{text}"'
        raise ReaderError(message)
    return plain


def _grade(facts: Facts, lot: str, element: str) -> str:
    for assay in facts.all(Assay):
        if known(assay.lot) != lot:
            continue
        for result in known(assay.results) or ():
            grade = known(result.grade)
            if known(result.substance) == element and grade is not None:
                return format((grade.value * 100).normalize(), "f")
    return ""


def _tries(
    facts: Facts, event: Event | None, action: str, anchor: str
) -> tuple[tuple[str, str], ...]:
    """What is worth a try with these papers: stated digits at their word, the declared scrap."""
    found: list[tuple[str, dict[str, str]]] = [
        ("±½ of the last digit, as written, and dry", {"doubt": "1", "dry": "1"})
    ]
    scrap = _declared_scrap(facts, event)
    if scrap is not None:
        plain = format(scrap.normalize(), "f")
        found += [
            (f"the declared scrap ({plain} kg), feed dry", {"scrap": plain, "dry": "1"}),
            ("that scrap, feed at 8 % moisture", {"scrap": plain, "moisture": "8"}),
        ]
    return tuple((words, _link(action, anchor, told)) for words, told in found)


def _link(action: str, anchor: str, told: Mapping[str, str]) -> str:
    from urllib.parse import urlencode

    glue = "&" if "?" in action else "?"
    return f"{action}{glue}{urlencode(told)}#{anchor}"


def _declared_scrap(facts: Facts, event: Event | None) -> Decimal | None:
    """The recycled share that a product declares, as kilograms of that product."""
    for flow in known(event.outputs) or () if event is not None else ():
        lot = facts.get(Lot, known(flow.lot) or "")
        share = known(lot.recycled_share) if lot is not None else None
        mass = known(flow.mass) or (known(lot.mass) if lot is not None else None)
        if share is not None and mass is not None:
            return share.value * mass.value
    return None


def event_address(event: str) -> str:
    """The page of the event the form is about."""
    return address("event", event)
