"""Seals, codes, terms and names: compared in one form, and never guessed at."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from orebook.engines.papers.compared import (
    CANNOT_BE_TOLD,
    DISAGREES,
    Compared,
    Stated,
    code,
    joined,
    same,
)
from orebook.engines.papers.printed import Printed
from orebook.model.absence import Maybe, known
from orebook.model.finding import Missing

_HS_COMMON = 6  # beyond six digits each country numbers by itself
_LEGAL = {
    *("ltd", "limited", "pvt", "private", "plc", "llc", "inc", "incorporated", "co", "company"),
    *("corp", "corporation", "gmbh", "ag", "sa", "sarl", "bv", "nv", "smc", "the", "and"),
}
_VESSEL = {"", "mv", "m/v", "ms", "m/s", "mt", "m/t", "ss", "vessel", "voy", "voyage", "no"}


def texts(papers: Sequence[Printed]) -> Iterator[Compared]:
    """Seals, containers, lots, HS code, incoterm, parties, countries and vessel."""
    for attribute in ("seals", "containers", "lots"):
        yield from _set(attribute, papers)
    codes = [s for p in papers for s in p.states(p.paper.hs_code, str)]
    yield from _one(same("HS code", codes, hs_alike))
    terms = [s for p in papers for s in p.states(p.paper.incoterm, str)]
    yield from _one(same("incoterm", terms, incoterm_alike))
    for attribute in ("origin", "destination"):
        stated = [s for p in papers for s in p.states(getattr(p.paper, attribute), str)]
        yield from _one(same(attribute, stated, lambda a, b: a == b))
    vessels = [s for p in papers for s in p.states(p.paper.vessel, str)]
    yield from _one(same("vessel", vessels, vessel_alike))
    for attribute in ("sender", "receiver"):
        yield from _names(attribute, papers)


def _one(compared: Compared | None) -> Iterator[Compared]:
    if compared is not None:
        yield compared


def plain(text: str) -> str:
    """A number or name without case, accents, spaces and punctuation."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in folded if c.isalnum())


def words(name: str) -> frozenset[str]:
    """The words of a name without its legal form."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    bare = "".join(c for c in folded if not unicodedata.combining(c))
    parts = re.split(r"[^\w]+", bare.replace(".", "").replace("'", ""))
    return frozenset(p for p in parts if p and p not in _LEGAL)


def name_alike(one: str, other: str) -> bool | None:
    """The same name, another, or None for two that are alike in part.

    Legal forms and order are passed over. Nothing is looked up: two spellings of one firm are for
    somebody to say.
    """
    ours, theirs = words(one), words(other)
    if ours == theirs:
        return True
    return None if ours & theirs else False


def vessel_alike(one: str, other: str) -> bool | None:
    """The same vessel; None where one names a voyage, or part of the name, that the other lacks."""
    ours, theirs = ({*re.split(r"[^\w/]+", text.casefold())} - _VESSEL for text in (one, other))
    if ours == theirs or plain(one) == plain(other):
        return True
    return None if ours <= theirs or theirs <= ours else False


def hs_alike(one: str, other: str) -> bool | None:
    """Codes of the same six digits; None where one is shorter and the other begins with it."""
    ours, theirs = (re.sub(r"\D", "", text)[:_HS_COMMON] for text in (one, other))
    if min(len(ours), len(theirs)) == _HS_COMMON or not (ours and theirs):
        return ours == theirs if ours and theirs else None
    return None if ours.startswith(theirs) or theirs.startswith(ours) else False


def incoterm_alike(one: str, other: str) -> bool | None:
    """The same letters and place; None where only one names a place or a year."""
    if code(one) != code(other):
        return False
    ours, theirs = ({w for w in re.split(r"\W+", t[3:].casefold()) if w and w != "incoterms"}
                    for t in (one.strip(), other.strip()))  # fmt: skip
    if ours == theirs:
        return True
    return None if ours <= theirs or theirs <= ours else False


def _set(attribute: str, papers: Sequence[Printed]) -> Iterator[Compared]:
    """Lists of numbers, in any order; what one has and another lacks is named."""
    stated = [
        Stated(one.paper, one.ref, {plain(v): v for v in one.value}, one.text)
        for p in papers
        for one in p.states(_listed(attribute, p), lambda v: ", ".join(sorted(v)))
    ]
    if len(stated) < 2:
        return
    all_ = {key: text for one in stated for key, text in one.value.items()}
    differ = {key for key in all_ if not all(key in one.value for one in stated)}
    sources = tuple(dict.fromkeys(one.ref for one in stated))
    if not differ:
        yield from _one(same(attribute, stated, lambda a, b: a.keys() == b.keys()))
        return
    told = []
    for key in sorted(differ):
        have = [one.paper for one in stated if key in one.value]
        lack = [one.paper for one in stated if key not in one.value]
        told.append(f"{all_[key]} is on {joined(have)} and not on {joined(lack)}")
    reason = f"{attribute.capitalize()}: {'; '.join(told)}."
    yield Compared(attribute, DISAGREES, reason, sources)


def _listed(attribute: str, printed: Printed) -> Maybe[tuple[str, ...]]:
    """The numbers a paper lists; its lots also by its lines, where every number is known."""
    own: Maybe[tuple[str, ...]] = getattr(printed.paper, attribute)
    if attribute != "lots" or own is not None:
        return own
    numbers = [known(line.number) for line in known(printed.paper.lines) or ()]
    told = tuple(n for n in numbers if n is not None)
    return told if told and len(told) == len(numbers) else None


def _names(attribute: str, papers: Sequence[Printed]) -> Iterator[Compared]:
    stated = [s for p in papers for s in p.states(getattr(p.paper, attribute), str)]
    compared = same(attribute, stated, name_alike)
    if compared is None:
        return
    if compared.verdict == CANNOT_BE_TOLD:
        why = "the names share words; whether they are one party is not guessed"
        missing = (Missing("which party is meant", attribute, why),)
        yield Compared(attribute, CANNOT_BE_TOLD, compared.reason, compared.sources, missing)
        return
    yield compared
