"""A bare table of transfers: reconciled, classed, its gaps explained. No book is needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from orebook.acts.asked import Asked, asked, nameable
from orebook.acts.closings import Closing, before, closings_of
from orebook.acts.component import component
from orebook.acts.see import View
from orebook.acts.warm import Begun, remember, warm_start
from orebook.engines.balance.assumptions import parse_assumption
from orebook.engines.balance.network import Network
from orebook.engines.balance.network_rows import Read
from orebook.engines.balance.suspicions import VERSION, Answer
from orebook.engines.balance.vast import VastAnswer
from orebook.engines.balance.words import ADDS_UP, CANNOT_BE_TOLD
from orebook.engines.balance.worth import Price, parse_price, worth
from orebook.model.absence import known
from orebook.model.event import Event
from orebook.model.facts import Facts, Head
from orebook.model.party import Party
from orebook.model.problem import NotFound, Problem, TooLarge

FILE_MAX = 256 << 20
KINDS = ("event", "lot", "assay", "facility", "party", "notice", "reply")
_NAMED = 5
USED_UP = "Lots that went into an event are supposed to have gone in whole."


@dataclass(frozen=True, slots=True)
class Told:
    """The answer where there is one, and every fault of the file with its place.

    `unchecked` are the events of a book of which nothing can be told, `steps` how many were asked
    for: while one is not checked, the whole cannot be said to add up.
    """

    answer: Answer | None
    problems: tuple[Problem, ...]
    assumptions: tuple[str, ...]
    why_not: str = ""
    vast: VastAnswer | None = None
    prices: tuple[Price, ...] = ()
    asked: tuple[Asked, ...] = ()
    head: Head | None = None
    as_of: str = ""
    standing: str = ""
    unchecked: tuple[str, ...] = ()
    steps: int = 0

    @property
    def verdict(self) -> str:
        """What is said of the whole; empty where nothing is."""
        said = self.answer or self.vast
        if said is not None and said.verdict == ADDS_UP and self.unchecked:
            return CANNOT_BE_TOLD
        return said.verdict if said is not None else ""

    def sentence(self) -> str:
        """The answer in plain words, with the events that nothing checks."""
        from orebook.engines.balance.phrases import plainly

        if self.answer is None:
            return self.why_not
        return " ".join(filter(None, (plainly(self.answer), self._not_told())))

    def _not_told(self) -> str:
        if not self.unchecked or not self.answer or self.answer.found.freedom <= 0:
            return ""
        more = len(self.unchecked) - _NAMED
        named = ", ".join(self.unchecked[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        count = f"{len(self.unchecked)} of {self.steps} steps"
        return f"Nothing can be told of {count}, for too little is stated there: {named}."

    @property
    def version(self) -> str:
        """The engine that said so."""
        return VERSION

    def as_json(self) -> dict[str, Any]:
        """The members of `orebook reconcile --json`."""
        from orebook.engines.balance.answer_json import as_json

        rest: dict[str, Any] = {
            "assumptions": list(self.assumptions),
            "problems": [p.as_json() for p in self.problems],
        }
        if self.asked:
            rest["asked"] = [a.as_json() for a in self.asked]
        if self.head is not None:
            rest |= {"head": asdict(self.head), "as_of": self.as_of, "standing": self.standing,
                     "unchecked": list(self.unchecked)}  # fmt: skip
        if self.vast is not None:
            from orebook.engines.balance.vast_answer import vast_json

            return {**vast_json(self.vast), **rest}
        if self.answer is None:
            return {
                "engine": VERSION,
                "verdict": "cannot_be_told",
                "reason": self.why_not or "The file was refused.",
                "explanations": [],
                **rest,
            }
        made = {**as_json(self.answer), **rest, "verdict": self.verdict}
        for shown, gap in zip(made["explanations"], self.answer.gaps, strict=True):
            shown["money"] = worth(gap.best, self.prices)
        return made

    def lines(self) -> list[str]:
        """The answer for a terminal."""
        from orebook.engines.balance.phrases import lines

        if self.vast is not None:
            from orebook.engines.balance.vast_answer import vast_lines

            return vast_lines(self.vast)
        if self.answer is None:
            return [self.why_not or "The file was refused."]
        said = [a.sentence() for a in self.asked]
        first, *rest = lines(self.answer, self.worth())
        more = self._not_told()
        return [first, *([more] if more else []), *rest, *said, *self.assumptions]

    def worth(self) -> list[list[dict[str, Any]]]:
        """What the likeliest explanation of each gap is worth at the prices given."""
        gaps = self.answer.gaps if self.answer is not None else ()
        return [worth(gap.best, self.prices) for gap in gaps]


def reconcile(
    data: bytes,
    name: str,
    assumptions: Iterable[str] = (),
    case: str = "",
    prices: Iterable[str] = (),
) -> Told:
    """What a table of transfers says: reconciled figures, classes, explanations, what is not seen.

    Takes: a table (comma, semicolon or tab) or JSON in UTF-8; assumptions such as `relative:1%`.
    Refuses: TooLarge; ReaderError for an assumption that is none.
    Unknown: a figure that cannot be read or has no doubt is left out, with its place.
    """
    dated = tuple(parse_price(text) for text in prices)
    if len(data) > FILE_MAX:
        step = "Give one connected network or one period at a time."
        problem = Problem(
            "too-large", "", f"at most {FILE_MAX} bytes", f"{len(data)} bytes", step, name
        )
        raise TooLarge(problem.text(), [problem])
    read = _read(data, assumptions, case)
    problems = tuple(p.within("", name) for p in read.problems)
    if read.network is None:
        return Told(None, problems, read.assumptions)
    return replace(_weighed(read.network, problems, read.assumptions), prices=dated)


def _read(data: bytes, assumptions: Iterable[str], case: str) -> Read:
    from orebook.engines.balance.network_json import network_of_json
    from orebook.engines.balance.network_text import network_of_text

    named = tuple(parse_assumption(text) for text in assumptions)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        step = "Save the table as UTF-8 text."
        byte = f"byte {data[error.start]:#04x}"
        return Read(None, (Problem("not-utf8", f"byte {error.start}", "UTF-8 text", byte, step),))
    if text.lstrip()[:1] in {"{", "["}:
        return network_of_json(text, named, case)
    if "\0" in text:
        step = "Save the table as plain text."
        return Read(None, (Problem("not-text", "", "plain text", "a zero byte", step),))
    return network_of_text(text, named)


def reconcile_view(
    view: View,
    *,
    lot: str | None = None,
    site: str | None = None,
    period: str | None = None,
    assumptions: Iterable[str] = (),
    used_up: bool = False,
    prices: Iterable[str] = (),
    most: int | None = None,
) -> Told:
    """The events of a book as one network: a lot's whole chain, a site, a period, or all there are.

    Takes: `used_up`, that lots which went into an event are supposed to have gone in whole; `most`,
    the events of a lot's chain that are waited for; prices such as `Cu=9800 USD/t 2025-10-01`.
    Refuses: NotFound where no such event is in the book; TooLarge; ReaderError for a price or an
    assumption that is none. The public is told readings, scales and
    places; a party or laboratory only after notice, see `acts.asked`. Members are told of both.
    """
    from orebook.engines.balance.book_network import network_of_events
    from orebook.engines.balance.phrases import unchecked

    dated = tuple(parse_price(text) for text in prices)
    facts = view.facts(kinds=KINDS) if lot is None else component(view, lot, most=most)
    events = [e for e in facts.all(Event) if _wanted(e, site, period)]
    if not events:
        message = (
            f"no event of {lot or site or 'this book'} in {period or 'any period'} is on record"
        )
        raise NotFound(message)
    named = tuple(parse_assumption(text) for text in assumptions)
    idents = list(dict.fromkeys(e.id for e in events))
    opening = _opening(view, site, period) if lot is None else None
    read = network_of_events(
        facts, idents, named, used_up=used_up, opening=opening.stocks() if opening else None
    )
    sentences = tuple(a.sentence for a in named if a.id in read.assumptions)
    if used_up:
        sentences += (USED_UP,)
    if opening is not None:
        sentences += (opening.opening(),)
    stands = _standing(view, facts, balance_id(site, period, lot), period)
    if read.network is None:
        why = "Nothing was weighed."
        return Told(None, read.problems, sentences, why, None, dated, (), *stands)
    told = asked(facts, {"balance", balance_id(site, period, lot), *idents}, view.today)
    parties = {p.id for p in facts.all(Party)}
    network = nameable(read.network, told, member=view.reader != "public", parties=parties)
    question = (view.reader, lot, site, period, tuple(a.id for a in named), used_up)
    begun = warm_start(view.book, question, network)
    weighed = _weighed(network, read.problems, sentences, begun)
    if begun is not None and weighed.answer is None:
        begun, weighed = None, _weighed(network, read.problems, sentences)
    if weighed.answer is not None:
        remember(view.book, question, begun, weighed.answer.digest, weighed.answer.found)
    head, day, standing = stands
    events_ = set(idents)
    dark = unchecked(weighed.answer) if weighed.answer is not None else ()
    return replace(
        weighed, asked=told, prices=dated, head=head, as_of=day, standing=standing,
        unchecked=tuple(name for name in dark if name in events_), steps=len(idents),
    )  # fmt: skip


def _standing(view: View, facts: Facts, ident: str, period: str | None) -> tuple[Head, str, str]:
    """The head and day this is of, and whether a closing of it stands."""
    size = facts.head.size
    here = f"Provisional: computed from the first {size} entries; a later one may change it."
    found = closings_of(view, ident) if period is not None else ()
    if found:
        last = found[-1]
        here = f"Computed anew from the first {size} entries. {last.sentence()}"
    return facts.head, facts.as_of, here


def _opening(view: View, site: str | None, period: str | None) -> Closing | None:
    """The closing of the period before, whose stocks this one opens with."""
    if period is None:
        return None
    earlier = before(period)
    found = closings_of(view, balance_id(site, earlier)) if earlier else ()
    return found[-1] if found and (found[-1].stocks() or found[-1].unused()) else None


def balance_id(site: str | None, period: str | None, lot: str | None = None) -> str:
    """What a notice, a closing or an address calls the balance of that site, period or lot."""
    return "/".join(["balance:" + (lot or site or "all"), *([period] if period else [])])


def _weighed(
    network: Network, problems: tuple[Problem, ...], sentences: tuple[str, ...],
    begun: Begun | None = None,
) -> Told:  # fmt: skip
    from orebook.engines.balance.answer import answer
    from orebook.engines.balance.flaws import flaws
    from orebook.engines.balance.reconcile import is_wide
    from orebook.engines.balance.solve import Unsolved
    from orebook.engines.balance.sound_parts import LEFT_OUT
    from orebook.engines.balance.vast_answer import vast_answer

    try:
        if is_wide(network):
            return Told(None, problems, sentences, vast=vast_answer(network))
        point, before = (None, None) if begun is None else (begun.point, begun.standing)
        told = answer(network, warm=point, before=before)
        left = tuple(p for p in told.problems if p.code == LEFT_OUT)
        return Told(told, (*problems, *left), sentences)
    except Unsolved as error:
        wrong = (*problems, *flaws(network))
        return Told(None, wrong, sentences, f"No number is given: {error}.")


def _wanted(event: Event, site: str | None, period: str | None) -> bool:
    if not (known(event.inputs) and known(event.outputs)):
        return False
    if site is not None and known(event.facility) != site:
        return False
    when = known(event.when)
    return period is None or (when is not None and when.text.startswith(period))
