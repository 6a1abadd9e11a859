"""Every group of claims that disagree or need one another, from the claims alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from orebook.engines.evidence import across, figures, order, plausible
from orebook.engines.evidence.disagreement import Disagreement, merged
from orebook.engines.evidence.said import Said
from orebook.engines.evidence.same import same_property

Rule = Callable[[Sequence[Said]], Iterator[Disagreement]]

RULES: tuple[Rule, ...] = (
    across.stated_relations,
    across.retractions,
    across.denials,
    lambda every: same_property(every, figures.figure_rules),
    figures.stems,
    figures.same_amount,
    figures.wholes,
    figures.shares_in_words,
    order.impossible_days,
    order.ahead_of_itself,
    order.step_order,
    order.relative_wording,
    order.overtaken,
    order.occasions,
    across.party_levels,
    across.parties_of_several,
    across.text_and_paraphrase,
    across.finance_states,
    across.relayed,
    plausible.implausible,
    plausible.parts_of_flows,
)
# A kind that says more takes in one that says less of the same claims.
_TAKES = {
    "magnitude": {"amount", "figure", "share", "count"},
    "plausibility": {"part", "magnitude"},
    "value-meaning": {"statement"},
    "denial": {"statement", "place"},
    "retraction": {"statement"},
    "superseded": {"statement", "date"},
}


def contradictions(every: Sequence[Said]) -> tuple[Disagreement, ...]:
    """The groups, in the order their first claim stands in the register.

    Unknown: claims that no rule compares are not said to agree.
    """
    place = {s.id: s.place for s in every}
    found = [d for rule in RULES for d in rule(every)]
    found = _one_event(found)
    found = _composed(found, every, place)
    found = _reduced(found)
    return tuple(sorted(found, key=lambda d: ([place[c] for c in d.claims], d.kind)))


def flags(every: Sequence[Said]) -> tuple[Disagreement, ...]:
    """What one claim alone needs: today, superlatives without the set they are compared with."""
    return tuple(across.superlatives(every))


def _one_event(found: list[Disagreement]) -> list[Disagreement]:
    """Groups of one kind by parties on one subject that share a claim become one."""
    out: list[Disagreement] = []
    parties: dict[str, list[int]] = {}
    for one in found:
        held = parties.setdefault(one.subject, []) if one.kind == "party" else []
        same = next((i for i in held if set(out[i].claims) & set(one.claims)), None)
        if same is None:
            held.append(len(out))
            out.append(one)
            continue
        order = {c: i for i, c in enumerate(dict.fromkeys((*out[same].claims, *one.claims)))}
        out[same] = merged("party", [one, out[same]], order)
    return out


def _composed(
    found: list[Disagreement], every: Sequence[Said], place: dict[str, int]
) -> list[Disagreement]:
    """C1: accounts of one occasion; C2: an amount and the state it is told at."""
    occasions = {s.subject for s in every if s.tokens == ("date",)}
    by_subject: dict[str, list[Disagreement]] = {}
    for one in found:
        by_subject.setdefault(one.subject, []).append(one)
    gone: set[int] = set()
    more: list[Disagreement] = []
    for subject, own in by_subject.items():
        dated = [d for d in own if d.kind == "date"]
        told = [d for d in own if d.kind == "description"]
        if subject in occasions and dated and told:
            gone |= {id(d) for d in (*dated, *told)}
            joined = merged("date-and-description", [*dated, *told], place)
            more.append(replace(joined, rules=(*joined.rules, "C1")))
        amounts = [d for d in own if d.kind == "amount"]
        states = [d for d in own if d.kind == "state" and "L2" in d.rules]
        if amounts and states:
            gone |= {id(d) for d in (*amounts, *states)}
            joined = merged("amount-and-state", [*amounts, *states], place)
            more.append(replace(joined, rules=(*joined.rules, "C2")))
    return [*(d for d in found if id(d) not in gone), *more]


def _reduced(found: list[Disagreement]) -> list[Disagreement]:
    """Each set of claims once: what is part of a group that says as much or more goes into it."""
    kept: list[Disagreement] = []
    # A group that holds all claims of another holds its first: only those need be looked at.
    holding: dict[str, list[int]] = {}
    for one in sorted(found, key=lambda d: -len(d.claims)):
        for i in holding.get(one.claims[0], ()):
            other = kept[i]
            inside = set(one.claims) <= set(other.claims)
            if inside and (one.kind == other.kind or one.kind in _TAKES.get(other.kind, ())):
                kept[i] = replace(other, rules=tuple(dict.fromkeys((*other.rules, *one.rules))))
                break
            if (
                one.kind == "part"
                and other.kind == "plausibility"
                and one.claims[0] in other.claims
            ):
                break
            same = set(one.claims) == set(other.claims)
            if same and other.kind in _TAKES.get(one.kind, ()):
                kept[i] = replace(one, rules=tuple(dict.fromkeys((*one.rules, *other.rules))))
                break
        else:
            for claim in dict.fromkeys(one.claims):
                holding.setdefault(claim, []).append(len(kept))
            kept.append(one)
    return kept
