"""EPCIS questions to the book: events by query parameters, and what they name.

Answers are what the reader may see: filters look at that and at nothing else, so a value that is
sealed for the reader neither matches nor fails to. Source: EPCIS 2.0 sections 8.2 and 12.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from orebook.acts.paging import Cursor, begun, question_of
from orebook.acts.see import View
from orebook.exchange import epcis_answer as answer
from orebook.exchange import epcis_filters as filters
from orebook.exchange.epcis_tests import Test, at, exact, matching
from orebook.exchange.gs1_forms import forms
from orebook.exchange.json_text import Number, Object, Value
from orebook.model.entry import Body, Entry
from orebook.model.problem import NotFound, ReaderError
from orebook.model.when import BadDate, when

SCAN = 4000  # events one page looks through; it may hold fewer than asked for, and goes on
SCAN_ALL = 40_000  # events that are looked through where all must be known before any is given
_CHUNK = 400
_MASTER_MAX = 1000
_ANY = (
    *("epcList", "childEPCs", "parentID", "inputEPCList", "outputEPCList"),
    *(f"{name}/epcClass" for name in filters.QUANTITIES),
)
Asked = Mapping[str, Sequence[str]]


class TooLarge(ReaderError):
    """More events fit than the question allows."""

    code = "query-too-large"


class TooComplex(ReaderError):
    """The answer asks to look through more events than one question may."""

    code = "query-too-complex"


@dataclass(frozen=True, slots=True)
class Found:
    """Events that fit, in order, with what gives their names meaning.

    `left_out` counts events EPCIS has no form for; `token` goes on, empty at the end.
    """

    events: tuple[Object, ...]
    contexts: tuple[Value, ...]
    left_out: int = 0
    token: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: filters, controls, and the resource below which it is asked.

    `name` is that of a named query; `lot` an identifier one of whose events is asked for.
    """

    asked: Asked
    prefixes: Mapping[str, str] = field(default_factory=dict)
    name: str = "SimpleEventQuery"
    lot: str = ""

    def control(self, name: str) -> str:
        """The one value of a control. Refuses: ReaderError for several."""
        values = self.asked.get(name, ())
        if len(values) > 1:
            message = f"{name}: expected one value, found {len(values)}"
            raise ReaderError(message)
        return values[0] if values else ""

    def number(self, name: str) -> int | None:
        """A control that is a whole number. Refuses: ReaderError."""
        text = self.control(name)
        if not text and name not in self.asked:
            return None
        if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text) > 0):
            message = f"{name}: expected a whole number from 1, found {text[:40]!r}"
            raise ReaderError(message)
        return int(text)

    @property
    def filters(self) -> dict[str, Sequence[str]]:
        """What is asked of events, controls left out."""
        return {k: v for k, v in self.asked.items() if k not in filters.CONTROLS}


def check(query: Query) -> None:
    """Refuses: ReaderError for a question that cannot be asked, whatever the book holds."""
    filters.compiled(query.filters)
    if (order := query.control("orderBy")) or "orderBy" in query.asked:
        filters.ordering(order, query.prefixes)
    direction = query.control("orderDirection")
    if direction not in {"", "ASC", "DESC"}:
        message = f"orderDirection: expected ASC or DESC, found {direction[:40]!r}"
        raise ReaderError(message)
    limit, most = query.number("eventCountLimit"), query.number("maxEventCount")
    if limit is not None and most is not None:
        message = "eventCountLimit and maxEventCount: expected one of them, found both"
        raise ReaderError(message)
    if limit is not None and not order:
        message = "eventCountLimit: expected orderBy beside it, found none"
        raise ReaderError(message)


def find(view: View, query: Query, count: int, token: str = "") -> Found:
    """A page of the events that fit, at most `count`.

    Takes: `token`, of the page before. Without an order events come as the book took them.
    Refuses: ReaderError for a question that cannot be asked; TooLarge; TooComplex.
    """
    check(query)
    question = question_of(query.name, query.lot, asked=query.asked)
    cursor = begun(view, token, question)
    pinned = replace(view, size=cursor.size)
    search = _Search(pinned, query)
    order, most = query.control("orderBy"), query.number("maxEventCount")
    if not order and most is None:
        return search.page(cursor, count, question)
    every = search.all()
    if most is not None and len(every) > most:
        message = f"maxEventCount: more than {most} events fit. Ask for fewer, or leave it out."
        raise TooLarge(message)
    if order:
        every = _ordered(every, query)
        every = every[: query.number("eventCountLimit")]
    start = cursor.place[0] + 1
    shown = every[start : start + count]
    more = start + count < len(every)
    follows = Cursor(cursor.size, (start + count - 1, 0)).token(question) if more else ""
    return search.found([e for _, e in shown], follows)


def one(view: View, ident: str) -> Found:
    """The events of that id, a declaration of error among them. Refuses: NotFound."""
    found = find(view, Query({"EQ_eventID": (ident,)}), _CHUNK)
    if not found.events:
        message = f"this book has no event {ident[:200]} that EPCIS has a form for"
        raise NotFound(message)
    return found


_Seen = tuple[Entry, Object]


class _Search:
    """One question at one pinned head: candidates from open values, then the test on each."""

    def __init__(self, view: View, query: Query) -> None:
        self._view = view
        names = query.filters
        beside = any("ATTR_" in n or n.startswith("WD_") for n in names)
        self._master = _master(view) if beside else filters.Master()
        self._query = query
        # A name in full is read by what each document's own prefixes mean.
        self._in_full = any("://" in n or n.partition("_")[2].count(":") > 1 for n in names)
        self._tests: dict[str, Test] = {"": self._made({})}
        self._idents = tuple(names["EQ_eventID"]) if "EQ_eventID" in names else None
        self._lots = forms(query.lot) if query.lot else next(iter(filters.lots_asked(names)), None)
        self._papers: dict[str, Value] = {}
        self.left_out = 0

    def _made(self, prefixes: Mapping[str, str]) -> Test:
        meant = {**self._query.prefixes, **prefixes}
        test = filters.compiled(self._query.filters, self._master, meant)
        if not self._query.lot:
            return test
        here = matching(at(*_ANY), (self._query.lot,))
        return lambda event: here(event) and test(event)

    def _test(self, entry: Entry, event: Object) -> bool:
        if not self._in_full:
            return self._tests[""](event)
        name = next(iter(entry.evidence), "") + str(event.get("@context", ""))
        if name not in self._tests:
            contexts = (event.get("@context"), self._context(entry))
            self._tests[name] = self._made(answer.prefixes_of(contexts))
        return self._tests[name](event)

    def page(self, cursor: Cursor, count: int, question: str) -> Found:
        """The next events that fit, after looking through so many at most."""
        shown: list[_Seen] = []
        for looked, (place, item) in enumerate(self._walk(cursor.place), 1):
            if item is not None:
                shown.append(item)
            if len(shown) == count or looked == SCAN:
                follows = Cursor(cursor.size, place).token(question)
                if not self._places(place, 1):
                    follows = ""
                return self.found(shown, follows)
        return self.found(shown, "")

    def all(self) -> list[tuple[Entry, _Seen]]:
        """Every event that fits. Refuses: TooComplex beyond so many to look through."""
        fit: list[tuple[Entry, _Seen]] = []
        for looked, (_, item) in enumerate(self._walk((-1, 0))):
            if looked >= SCAN_ALL:
                message = (
                    f"orderBy and maxEventCount look through at most {SCAN_ALL} events."
                    " Narrow the question (MATCH_anyEPC, EQ_eventID), or page without them."
                )
                raise TooComplex(message)
            if item is not None:
                fit.append((item[0], item))
        return fit

    def found(self, seen: Sequence[_Seen], token: str) -> Found:
        """The answer, every name in it given its meaning."""
        self._learn([entry for entry, _ in seen])
        contexts, meant = list[Value](), dict[str, str]()
        events: list[Object] = []
        for entry, event in seen:
            context = self._context(entry)
            own = answer.prefixes_of([context])
            if any(meant.get(name, value) != value for name, value in own.items()):
                event.setdefault("@context", context)  # the same prefix for something else
            elif context is not None and context not in contexts:
                contexts.append(context)
                meant |= own
            events.append(event)
        return Found(tuple(events), tuple(contexts), self.left_out, token)

    def _walk(self, after: tuple[int, int]) -> Iterator[tuple[tuple[int, int], _Seen | None]]:
        while places := self._places(after, _CHUNK):
            for entry, index in self._view.facts_at(places):
                event = answer.seen_event(entry.facts[index], entry.issued)
                if event is None:
                    self.left_out += 1
                fits = event is not None and self._test(entry, event)
                yield (entry.position, index), (entry, event) if fits and event else None
            if len(places) < _CHUNK:
                return
            after = places[-1]

    def _places(self, after: tuple[int, int], limit: int) -> list[tuple[int, int]]:
        return self._view.places(
            "event", lots=self._lots, idents=self._idents, after=after, limit=limit
        )

    def _context(self, entry: Entry) -> Value:
        name = next(iter(entry.evidence), "")
        if name not in self._papers:
            self._learn([entry])
        return self._papers[name]

    def _learn(self, entries: Iterable[Entry]) -> None:
        """What the documents of these entries say of their names, asked for all of them at once."""
        names = {next(iter(entry.evidence), "") for entry in entries} - self._papers.keys()
        self._papers |= dict.fromkeys(names)
        names.discard("")
        after = (-1, 0)
        while names and (
            places := self._view.places("document", idents=names, after=after, limit=_CHUNK)
        ):
            for entry, index in self._view.facts_at(places):
                paper = entry.facts[index]
                if (context := answer.context_of(paper)) is not None:
                    self._papers[str(paper["id"])] = context  # the last one that has any
            if len(places) < _CHUNK:
                return
            after = places[-1]


def _ordered(every: list[tuple[Entry, _Seen]], query: Query) -> list[tuple[Entry, _Seen]]:
    key = filters.ordering(query.control("orderBy"), query.prefixes)
    has = [pair for pair in every if key(pair[1][1]) is not None]
    lacks = [pair for pair in every if key(pair[1][1]) is None]
    down = query.control("orderDirection") != "ASC"
    has.sort(key=lambda pair: _rank(key(pair[1][1])), reverse=down)
    return has + lacks


def _rank(value: Value) -> tuple[int, object]:
    """Numbers by value, then times by instant, then texts by their characters."""
    if isinstance(value, Number):
        figure = exact(value.text)
        return (0, figure) if figure is not None else (2, value.text)
    text = value if isinstance(value, str) else str(value)
    try:
        moment = when(text).instant
    except BadDate:
        moment = None
    return (1, moment) if moment is not None else (2, text)


def _documents(view: View) -> list[Body]:
    places = view.places("document", limit=_MASTER_MAX)
    return [entry.facts[index] for entry, index in view.facts_at(places)]


def _master(view: View) -> filters.Master:
    return answer.master_of(_documents(view))
