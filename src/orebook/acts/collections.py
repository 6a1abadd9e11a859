"""What can be browsed: event types, EPCs, business steps, places and dispositions in the book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from orebook.acts.events import SCAN, Found, Query, find
from orebook.acts.paging import Cursor, begun, question_of
from orebook.acts.see import View
from orebook.exchange import epcis_answer as answer
from orebook.exchange.epcis_check import MEMBERS
from orebook.exchange.epcis_terms import BIZ_STEPS, DISPOSITIONS
from orebook.exchange.epcis_tests import at, short
from orebook.model.problem import NotFound

_CHUNK = 400


@dataclass(frozen=True, slots=True)
class Collection:
    """One browsable resource: its parameter, where its value stands, the words of the standard."""

    parameter: str
    at: str
    words: frozenset[str] = frozenset()


COLLECTIONS = {
    "eventTypes": Collection("eventType", "type", frozenset(MEMBERS)),
    "epcs": Collection("MATCH_anyEPC", ""),
    "bizSteps": Collection("EQ_bizStep", "bizStep", BIZ_STEPS),
    "bizLocations": Collection("EQ_bizLocation", "bizLocation/id"),
    "readPoints": Collection("EQ_readPoint", "readPoint/id"),
    "dispositions": Collection("EQ_disposition", "disposition", DISPOSITIONS),
}


def members(view: View, name: str, count: int, token: str = "") -> tuple[list[str], str]:
    """The next members of a collection and the token that goes on, empty at the end.

    First the words of the standard, then what the book's events say; a page looks through so many
    events and may repeat what an earlier page gave. Refuses: ReaderError for a token of another.
    """
    question = question_of("collection", name)
    cursor = begun(view, token, question)
    pinned = replace(view, size=cursor.size)
    collection = COLLECTIONS[name]
    if name == "epcs":
        return _lots(pinned, cursor, count, question)
    if cursor.place == (-1, 0):
        left = [word for word in sorted(collection.words) if word > cursor.name]
        if left:
            shown = left[:count]
            last = len(shown) == len(left)
            place = (-1, 1) if last else (-1, 0)  # from here on, the events
            return shown, Cursor(cursor.size, place, shown[-1]).token(question)
    return _said(pinned, collection, cursor, count, question)


def known(view: View, name: str, value: str) -> None:
    """Refuses: NotFound for a value that no event of the book names and no standard knows."""
    collection = COLLECTIONS[name]
    if short(value) in collection.words:
        return
    found = events(view, name, value, {}, 1)
    if not found.events and not found.token:
        message = f"no event in this book names {value[:200]} among its {name}"
        raise NotFound(message)


def events(
    view: View,
    name: str,
    value: str,
    asked: dict[str, list[str]],
    count: int,
    token: str = "",
    prefixes: Mapping[str, str] | None = None,
) -> Found:
    """The events below a member of a collection that fit what is asked besides."""
    if name == "epcs":
        return find(view, Query(asked, prefixes or {}, lot=value), count, token)
    own = COLLECTIONS[name].parameter
    if own in asked and value not in asked[own]:
        return Found((), ())
    return find(view, Query({**asked, own: [value]}, prefixes or {}), count, token)


def _lots(view: View, cursor: Cursor, count: int, question: str) -> tuple[list[str], str]:
    found = view.lots_named(after=cursor.name, limit=count + 1)
    shown = found[:count]
    more = len(found) > count
    return shown, Cursor(cursor.size, (-1, 0), shown[-1]).token(question) if more else ""


def _said(
    view: View, collection: Collection, cursor: Cursor, count: int, question: str
) -> tuple[list[str], str]:
    fields = at(collection.at)
    shown: dict[str, None] = {}
    after = cursor.place
    looked = 0
    while places := view.places("event", after=after, limit=_CHUNK):
        for entry, index in view.facts_at(places):
            after = (entry.position, index)
            looked += 1
            event = answer.seen_event(entry.facts[index], entry.issued)
            for value in fields(event or {}):
                if isinstance(value, str) and short(value) not in collection.words:
                    shown[value] = None
            if len(shown) >= count or looked >= SCAN:
                return list(shown), Cursor(cursor.size, after).token(question)
    return list(shown), ""
