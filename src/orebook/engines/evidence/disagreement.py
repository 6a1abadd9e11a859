"""Claims that do not fit together: what kind, which rules fired, and how to treat them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from orebook.engines.evidence.said import Said, chains

TREATMENTS = {
    "prefer_same_day_official": "put the official statement of that day first; keep the others "
    "as reported",
    "prefer_official": "put the official statement first; keep the others as reported",
    "prefer_more_voices": "put first what more independent sources say; keep the others as "
    "reported",
    "unresolved": "cannot be resolved from what is held; say what would resolve it",
    "keep_meanings_apart": "show the amount with its meaning unsettled; pick none; it enters no "
    "sum",
    "both_may_hold": "both can be true: they speak of different things or events",
    "set_wording_aside": "relative wording loses to a date that is stated; likely an error of "
    "drafting",
    "retracted_by_author": "mark what its author took back; the question behind it stays open",
    "reported_and_denied": "show the report and the denial side by side, with what exactly is "
    "denied",
    "keep_two_states": "keep the states apart: a later step is not implied by an earlier one",
    "rounding": "the figures agree to the digits given; use the more precise one",
    "different_things_counted": "ask what was counted before comparing the counts",
    "never_average": "show the values as a ladder; never average them and use none as a fact",
    "superseded": "the later statement replaces the earlier forecast; keep both with their dates",
    "impossible": "not possible as written; take neither as a date or figure until the source "
    "is read",
    "implausible": "print how many times known output it is; use it in no sum",
    "convert_first": "bring to one unit and basis before comparing",
    "text_over_paraphrase": "the words of the text come before anyone's account of it",
    "count_once": "one source, repeated: it counts as one voice",
    "needs_comparison_set": "a superlative: name the set and the figures it is compared with",
}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Claims that disagree or need one another.

    `kind` is one word of docs/reference/evidence.md, `rules` those that fired, `treatment` a key of
    TREATMENTS and `advice` what it means here. `prefer` lists claims to put first, empty for none.
    """

    kind: str
    subject: str
    claims: tuple[str, ...]
    rules: tuple[str, ...]
    treatment: str
    conflict: str
    advice: str
    prefer: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            "claim_ids": list(self.claims),
            "conflict": self.conflict,
            "rules": list(self.rules),
            "treatment": self.treatment,
            "advice": self.advice,
            "prefer": list(self.prefer),
            "needs": list(self.needs),
        }


def of(
    kind: str,
    group: Iterable[Said],
    rules: str | Sequence[str],
    treatment: str,
    conflict: str,
    advice: str = "",
    prefer: Iterable[Said] = (),
    needs: Iterable[str] = (),
) -> Disagreement:
    """A disagreement over those statements, in the order they stand in the register."""
    members = sorted({one.id: one for one in group}.values(), key=lambda s: s.place)
    return Disagreement(
        kind,
        members[0].subject,
        tuple(m.id for m in members),
        (rules,) if isinstance(rules, str) else tuple(rules),
        treatment,
        conflict,
        advice or TREATMENTS[treatment],
        tuple(p.id for p in prefer),
        tuple(needs),
    )


def merged(kind: str, parts: Sequence[Disagreement], order: dict[str, int]) -> Disagreement:
    """Disagreements over one occasion or one sum of money as one, each with its own treatment."""
    first = parts[0]
    ids = sorted({c for p in parts for c in p.claims}, key=lambda c: order[c])
    return replace(
        first,
        kind=kind,
        claims=tuple(ids),
        rules=tuple(dict.fromkeys(r for p in parts for r in p.rules)),
        treatment=parts[-1].treatment,
        conflict="; ".join(p.conflict for p in parts),
        advice="; ".join(p.advice for p in parts),
        prefer=tuple(dict.fromkeys(c for p in parts for c in p.prefer)),
        needs=tuple(dict.fromkeys(n for p in parts for n in p.needs)),
    )


def values(group: Iterable[Said]) -> list[list[Said]]:
    """Statements gathered by what they say, in the order first met."""
    found: dict[str, list[Said]] = {}
    for one in group:
        found.setdefault(one.plain, []).append(one)
    return list(found.values())


def rivals(group: Iterable[Said]) -> list[list[Said]]:
    """Different values no single source gives together; empty where every pair shares a source.

    A source that gives several values of one property is giving a list.
    """
    parts = values(group)
    heard = [{s.source for s in part} for part in parts]
    apart = [
        any(not heard[i] & heard[j] for j in range(len(parts)) if j != i) for i in range(len(parts))
    ]
    return [part for part, yes in zip(parts, apart, strict=True) if yes]


def shown(parts: Sequence[Sequence[Said]], most: int = 8) -> str:
    """The values side by side: “a” or “b”; of very many the first, and how many more."""
    told = " or ".join(f"“{part[0].text}”" for part in parts[:most])
    return told if len(parts) <= most else f"{told} and {len(parts) - most} more"


def joined(found: Iterable[tuple[Said, Sequence[Said]]]) -> list[tuple[list[Said], list[Said]]]:
    """Statements with what each stands against, those that share any of it gathered into one.

    So what many say against many is one group and not each pair of them.
    """
    out: list[tuple[list[Said], dict[str, Said]]] = []
    place: dict[str, int] = {}
    for one, against in found:
        at = next((place[s.id] for s in against if s.id in place), len(out))
        if at == len(out):
            out.append(([], {}))
        out[at][0].append(one)
        for other in against:
            out[at][1].setdefault(other.id, other)
            place.setdefault(other.id, at)
    return [(ones, list(against.values())) for ones, against in out]


def ranked(parts: Sequence[Sequence[Said]], what: str) -> tuple[str, str, list[Said]]:
    """Which of several accounts to put first, by rule: treatment, advice, and those put first.

    Official statement of the very day; then official; then more independent sources; else none.
    """
    day = [[s for s in p if s.weight == 3 and _same_day(s)] for p in parts]
    if sum(bool(d) for d in day) == 1:
        best = next(d for d in day if d)
        if not any(s.weight == 3 for p in parts if not set(best) & set(p) for s in p):
            advice = (
                f"prefer the same-day official statement ({best[0].text}); "
                "keep the others as reported"
            )
            return "prefer_same_day_official", advice, best
    official = [[s for s in p if s.weight == 3] for p in parts]
    if sum(bool(o) for o in official) == 1:
        best = next(o for o in official if o)
        advice = f"prefer the official statement ({best[0].text}); keep the others as reported"
        return "prefer_official", advice, best
    counts = [chains(p) for p in parts]
    most = max(counts)
    if counts.count(most) == 1 and most > 1:
        best = list(parts[counts.index(most)])
        advice = f"“{best[0].text}” has {most} independent sources; keep the others as reported"
        return "prefer_more_voices", advice, best
    return "unresolved", f"unresolved without {what}", []


def _same_day(said: Said) -> bool:
    return bool(
        said.dated is not None
        and said.days
        and said.days[0].first <= said.dated.last
        and said.dated.first <= said.days[0].last
    )
