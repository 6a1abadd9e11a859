"""Events as an EPCIS answer: each as its reader may see it, in one EPCISQueryDocument.

A value that is sealed for the reader is absent and its place is named in `orebook:sealed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from orebook.exchange.carried import lay_over
from orebook.exchange.epcis_check import event_faults
from orebook.exchange.epcis_filters import Master
from orebook.exchange.epcis_words import implied
from orebook.exchange.epcis_write import CONTEXT, OWN, event_of
from orebook.exchange.json_text import Number, Object, Value, steps
from orebook.model.entry import Body
from orebook.model.hidden import SEALED, clear, sealed_names
from orebook.model.problem import ReaderError, SenderError

_FLOWS = ("inputs", "outputs", "subjects")


def seen_event(body: Body, recorded: str) -> Object | None:
    """The event of a body as its reader sees it; None where EPCIS has no form for it.

    Takes: `recorded`, when this book took it: the recordTime of an answer (EPCIS 2.0 7.4.1).
    """
    hidden = sorted(sealed_names(body))
    try:
        event = _partial(body) if hidden else event_of(body)
    except (ReaderError, SenderError):
        return None
    event = {name: value for name, value in event.items() if value is not None}
    event.setdefault("eventID", str(body.get("id", "")))
    event["recordTime"] = recorded
    if hidden:
        event["orebook:sealed"] = cast("Value", hidden)
        if event_faults(event):
            return None
    return event


def _partial(body: Body) -> Object:
    """What of an event is left without its sealed values: never one moved into another's place."""
    known = clear(body)
    for name in _FLOWS:
        flows = known.get(name)
        if isinstance(flows, list):
            kept = [f for f in flows if isinstance(f, dict) and isinstance(f.get("lot"), str)]
            known = {**known, name: kept}
    foreign = known.get("foreign")
    event = implied({**known, "kind": known.get("kind", "observe")})
    original = body.get("foreign")
    if isinstance(foreign, dict) and isinstance(original, dict) and SEALED not in original:
        whole = [
            item
            for name in ("members", "free")
            for item in cast("list[Body]", foreign.get(name) or [])
            if len(steps(str(item.get("at", "")))) == 1
            and steps(str(item["at"]))[0] not in event
            and item.get("type") != "null"
        ]
        lay_over(event, whole)
    return event


def query_document(
    events: Sequence[Object],
    created: str,
    *,
    contexts: Iterable[Value] = (),
    name: str = "SimpleEventQuery",
    left_out: int = 0,
    follows: str = "",
) -> Object:
    """One EPCISQueryDocument. Takes: what gives the events' names meaning; how many are left out
    because EPCIS has no form for them; the token of the page that follows, where one does.
    """
    listed: list[Value] = [CONTEXT]
    for context in (*contexts, OWN):
        for item in context if isinstance(context, list) else [context]:
            if item not in listed and item != CONTEXT:
                listed.append(item)
    document: Object = {
        "@context": listed,
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": created,
        "epcisBody": {
            "queryResults": {
                "queryName": name,
                "resultsBody": {"eventList": cast("Value", list(events))},
            }
        },
    }
    if left_out:
        document["orebook:leftOut"] = Number(str(left_out))
    if follows:
        document["orebook:next"] = follows
    return document


def context_of(document: Body) -> Value:
    """The `@context` a document came with, or None where none is open to the reader."""
    items = document.get("envelope")
    mine = [
        item
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict) and str(item.get("at")).startswith("/@context")
    ]
    return _laid(mine).get("@context")


def prefixes_of(contexts: Iterable[Value]) -> dict[str, str]:
    """What prefixes mean in these contexts; the first to say so counts."""
    found: dict[str, str] = {}
    for context in contexts:
        for item in context if isinstance(context, list) else [context]:
            if isinstance(item, dict):
                for name, value in item.items():
                    if isinstance(value, str):
                        found.setdefault(name, value)
    return found


def master_of(documents: Iterable[Body]) -> Master:
    """Master data from the headers of captured documents: attributes, and what lies below what.

    Source: EPCIS 2.0 section 6.5.
    """
    children: dict[str, set[str]] = {}
    attributes: dict[str, dict[str, tuple[str, ...]]] = {}
    for document in documents:
        for element in _elements(_envelope(document)):
            ident = str(element.get("id"))
            below = element.get("children")
            if isinstance(below, list):
                children.setdefault(ident, set()).update(map(str, below))
            held = attributes.setdefault(ident, {})
            for item in cast("list[Value]", element.get("attributes") or []):
                if isinstance(item, dict) and isinstance(item.get("id"), str):
                    held[str(item["id"])] = (_plain(item.get("attribute")),)
    return Master(lambda ident: _below(ident, children), lambda ident: attributes.get(ident, {}))


def _below(ident: str, children: Mapping[str, set[str]]) -> frozenset[str]:
    found, front = {ident}, [ident]
    while front:
        for child in children.get(front.pop(), ()):
            if child not in found:
                found.add(child)
                front.append(child)
    return frozenset(found)


def _elements(envelope: Object) -> Iterable[Object]:
    header = envelope.get("epcisHeader")
    data = header.get("epcisMasterData") if isinstance(header, dict) else None
    lists = data.get("vocabularyList") if isinstance(data, dict) else None
    for vocabulary in lists if isinstance(lists, list) else []:
        elements = vocabulary.get("vocabularyElementList") if isinstance(vocabulary, dict) else None
        for element in elements if isinstance(elements, list) else []:
            if isinstance(element, dict):
                yield element


def _envelope(document: Body) -> Object:
    return _laid(document.get("envelope"))


def _laid(items: object) -> Object:
    try:
        return lay_over({}, items)
    except SenderError:
        return {}  # part of it is sealed or taken down


def _plain(value: Value) -> str:
    return value.text if isinstance(value, Number) else str(value)
