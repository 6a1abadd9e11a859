"""Physical plausibility: claimed tonnages against known output and reserves, with their date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from orebook.engines.evidence.disagreement import Disagreement, joined, of
from orebook.engines.evidence.reading import Spanned, figures, has, meanings
from orebook.engines.evidence.said import Said, by_subject, span, tonnes
from orebook.model.vocabulary import table

# A country's output is known less well than the world's, and grows: ten times it is asked of.
_COUNTRY_TIMES = 10
_OFFICIAL = 3
# So many tonnages of one group are told in words; the group lists every claim.
_TOLD = 12
_TONS = re.compile(
    r"([\d][\d.,]*\s*(?:thousand|million|billion|trillion)?|(?:thousand|million|billion)s of)\s*"
    r"(tonnes|tons|tonne|ton|t|kg)\b(?:\s+of\s+([a-z ]+?)(?=\s+and\b|[,;.]|$))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Known:
    """A figure of the table: what is known of one material in one country or the world."""

    material: str
    measure: str
    country: str
    year: str
    tonnes: Decimal
    of: str
    source: str


@cache
def known_output() -> tuple[Known, ...]:
    """The table of known output and reserves. Source: tables/known_output.csv, a source per row."""
    return tuple(
        Known(
            r["material"],
            r["measure"],
            r["country"],
            r["year"],
            Decimal(r["tonnes"]),
            r["of"],
            r["source"],
        )
        for r in table("known_output")
    )


@dataclass(frozen=True, slots=True)
class Tonnage:
    """A tonnage of one material that a statement gives, in tonnes."""

    said: Said
    material: str
    amount: Spanned
    measure: str


def tonnages(one: Said) -> tuple[Tonnage, ...]:
    """Every tonnage a statement gives of a material the table knows."""
    if one.absent:
        return ()
    measure = _measure(one)
    about = _materials(f"{one.subject} {one.topic.replace('_', ' ')}")
    found: list[Tonnage] = []
    for match in _TONS.finditer(one.text):
        amounts = figures(match[1] if match[1][:1].isdigit() else f"{match[1]} tons")
        factor = tonnes(match[2])
        own = _materials(match[3] or "") or about or [one.subject]
        if amounts and factor is not None and len(own) == 1:
            a = amounts[0]
            found.append(
                Tonnage(one, own[0], Spanned(a.low * factor, a.high * factor, a.bounded), measure)
            )
    if found:
        return tuple(found)
    amount, factor = span(one), tonnes(one.unit)
    if amount is None or factor is None or "/t" in one.unit or len(about) > 1:
        return ()
    scaled = Spanned(amount.low * factor, amount.high * factor, amount.bounded)
    return (Tonnage(one, (about or [one.subject])[0], scaled, measure),)


def _materials(text: str) -> list[str]:
    return list(
        dict.fromkeys(m for word in has(text, "material") for m in meanings("material")[word])
    )


def _measure(one: Said) -> str:
    told = " ".join(one.tokens)
    if has(told, "flow") or re.search(r"/\s*(?:y|yr|year|a)\b|per year", one.unit):
        return "output"
    return "reserves" if has(told, "stock") or "reserve" in one.text.casefold() else "output"


def implausible(every: Sequence[Said]) -> Iterator[Disagreement]:
    """Q1: more than the world is known to hold or make, or many times what the country makes.

    Claims on one material that break the same bound form one group.
    """
    groups: list[tuple[set[str], list[tuple[Tonnage, Known, Decimal]]]] = []
    for one in every:
        broken = [
            (t, k, t.amount.low / k.tonnes) for t in tonnages(one) if (k := _broken(t)) is not None
        ]
        if not broken:
            continue
        keys = {f"{t.material}/{t.measure}" for t, _, _ in broken}
        alike = [g for g in groups if g[0] & keys]
        for group in alike:
            groups.remove(group)
        groups.append(
            (
                keys.union(*(g[0] for g in alike)),
                [*(item for g in alike for item in g[1]), *broken],
            )
        )
    for _, items in groups:
        yield _group(items, every)


def _group(items: list[tuple[Tonnage, Known, Decimal]], every: Sequence[Said]) -> Disagreement:
    official = by_subject(s for s in every if s.weight == _OFFICIAL)
    beside = [
        s
        for t, k, _ in items
        for s in official.get(t.said.subject, ())
        if s is not t.said and _yardstick(s, t)
    ]
    told = "; ".join(
        f"{t.material} of {t.said.id}: {_times(n)} times known {k.measure} of "
        f"{'the world' if k.country == 'World' else k.country} ({k.tonnes:f} t, {k.year})"
        for t, k, n in items[:_TOLD]
    )
    told += f"; and {len(items) - _TOLD} more" if len(items) > _TOLD else ""
    return of(
        "plausibility",
        [*(t.said for t, _, _ in items), *beside],
        "Q1",
        "implausible",
        told,
        f"print as so many times known output, and use in no sum: {told}",
        beside,
        tuple(dict.fromkeys(k.source for _, k, _ in items)),
    )


def _yardstick(other: Said, claim: Tonnage) -> bool:
    """An official figure on the same material and measure in the same register."""
    return any(
        t.material == claim.material
        and t.measure == claim.measure
        and t.amount.high < claim.amount.low
        for t in tonnages(other)
    )


def _times(n: Decimal) -> str:
    return f"{n:.0f}" if n >= 10 else f"{n:.1f}"


def _broken(claim: Tonnage) -> Known | None:
    """The bound the claim breaks: the country's where it is named, else the world's."""
    rows = [
        k for k in known_output() if k.material == claim.material and k.measure == claim.measure
    ]
    low = claim.amount.low
    about = f"{claim.said.subject} {claim.said.text}".casefold()
    for row in rows:
        named = row.country != "World" and re.search(
            rf"\b{re.escape(row.country.casefold())}\b", about
        )
        if named and low > row.tonnes * _COUNTRY_TIMES:
            return row
    return next((k for k in rows if k.country == "World" and low > k.tonnes), None)


def parts_of_flows(every: Sequence[Said]) -> Iterator[Disagreement]:
    """U7: exports above production, production above reserves, on one subject."""
    for group in by_subject(every).values():
        for parts, over in joined(_above(group)):
            one, other = parts[0], over[0]
            yield of(
                "part",
                [*parts, *over],
                "U7",
                "impossible",
                f"{one.topic.replace('_', ' ')} {one.text} is more than "
                f"{other.topic.replace('_', ' ')} {other.text} {other.unit}",
                "a part cannot exceed its whole: one is misreported or on another basis",
            )


def _above(group: Sequence[Said]) -> Iterator[tuple[Said, Sequence[Said]]]:
    """Each flow that is more than what it is part of, with the wholes it is more than."""
    wholes = meanings("part-of")
    told = [(t, s, frozenset(s.tokens)) for s in group for t in tonnages(s)]
    for part, one, _ in told:
        of_ = frozenset(w for token in one.tokens for w in wholes.get(token, ()))
        if not of_:
            continue
        over = [
            other
            for whole, other, tokens in told
            if of_ & tokens
            and whole.material == part.material
            and part.amount.low > whole.amount.high
            and one is not other
            and not _same_flow(one, other)
        ]
        if over:
            yield one, over


def _same_flow(one: Said, other: Said) -> bool:
    return one.topic == other.topic
