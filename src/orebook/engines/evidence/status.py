"""The status of each claim, computed by rule from who says it and what stands against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from orebook.engines.evidence.disagreement import Disagreement
from orebook.engines.evidence.said import Said
from orebook.model.absence import known
from orebook.model.claim import Source
from orebook.model.document import Document
from orebook.model.facts import Facts

RANKS = ("claimed", "reported", "corroborated", "documented", "verified")
# In a group of thousands each claim stands against all others: the group lists them once.
_CAUSES = 12
FLAGS = ("contradicted", "retracted", "superseded", "implausible", "denied")


@dataclass(frozen=True, slots=True)
class Status:
    """What a claim is worth by rule: a rank or an absence, flags, and the rules that fired.

    `status` is one of RANKS, or the kind of an absence (not_found, undisclosed, withheld,
    not_applicable). Each flag names claims that caused it, the first twelve; `more` says of how
    many others at least, which stand in the group.
    """

    claim: str
    status: str
    flags: tuple[tuple[str, tuple[str, ...]], ...]
    chains: int
    rules: tuple[str, ...]
    more: tuple[tuple[str, int], ...] = ()

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        more = dict(self.more)
        return {
            "claim": self.claim,
            "status": self.status,
            "flags": [
                {"flag": f, "because_of": list(c)} | ({"and_more": more[f]} if f in more else {})
                for f, c in self.flags
            ],
            "independent_sources": self.chains,
            "rules": list(self.rules),
        }


def statuses(
    facts: Facts, every: Sequence[Said], groups: Sequence[Disagreement], absences: dict[str, str]
) -> dict[str, Status]:
    """The status of every claim.

    Takes: `absences`: claim → kind of absence, for claims whose value is one.
    Unknown: nothing is documented without the source's document in the book, nor verified without
    two parties who checked it.
    """
    alike: dict[_Same, set[str]] = {}
    for one in every:
        if one.standing not in {"claimed", "denied"}:
            alike.setdefault(_same(one), set()).update(one.roots)
    named: dict[str, list[Disagreement]] = {}
    for group in groups:
        for claim in dict.fromkeys(group.claims):
            named.setdefault(claim, []).append(group)
    return {
        s.id: _status(facts, s, alike.get(_same(s), set()), named.get(s.id, []), absences)
        for s in every
    }


_Same = tuple[str, str, str, str]


def _same(one: Said) -> _Same:
    """What two claims that say the same have in common."""
    return one.subject, one.topic, one.plain, one.unit


def _status(
    facts: Facts,
    one: Said,
    roots: set[str],
    groups: Sequence[Disagreement],
    absences: dict[str, str],
) -> Status:
    """Takes: `roots`, the independent sources of what it says; the groups that name it."""
    if one.absent:
        kind = absences.get(one.id, "not_found")
        return Status(one.id, kind, (), 0, ("A1" if kind == "not_found" else "A2",))
    held = _documents(facts, one)
    if held >= 2:
        rank, rule = "verified", "K5"
    elif held >= 0:
        rank, rule = "documented", "K4"
    elif len(roots) > 1:
        rank, rule = "corroborated", "K3"
    elif one.standing in {"reported", "official"}:
        rank, rule = "reported", "K2"
    else:
        rank, rule = "claimed", "K1"
    flags, rules, more = _flags(one, groups)
    return Status(one.id, rank, flags, len(roots) or 1, (rule, *rules), more)


def _documents(facts: Facts, one: Said) -> int:
    """How many parties checked the document held of the source; -1 where none is held."""
    source = facts.get(Source, one.source)
    document = facts.get(Document, known(source.document) or "") if source is not None else None
    if source is None or document is None or known(document.sha256) is None:
        return -1
    return len(set(known(source.checked) or ()))


def _flags(
    one: Said, groups: Sequence[Disagreement]
) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], tuple[str, ...], tuple[tuple[str, int], ...]]:
    found: dict[str, tuple[str, ...]] = {}
    sizes: dict[str, int] = {}
    rules: list[str] = []
    for group in groups:
        flag = _flag(one, group)
        if flag:
            others = islice((c for c in group.claims if c != one.id), _CAUSES)
            found[flag] = tuple(dict.fromkeys((*found.get(flag, ()), *others)))[:_CAUSES]
            sizes[flag] = max(sizes.get(flag, 0), len(group.claims) - 1)
            rules += group.rules
    more = tuple((f, n - len(found[f])) for f, n in sizes.items() if n > len(found[f]))
    return tuple(found.items()), tuple(dict.fromkeys(rules)), more


def _flag(one: Said, group: Disagreement) -> str:
    preferred = one.id in group.prefer
    match group.kind:
        case "retraction":
            # Where several earlier statements could be meant, none is marked.
            several = len(group.claims) - len(group.prefer) > 1
            return "" if preferred or several else "retracted"
        case "superseded":
            return "" if preferred else "superseded"
        case "plausibility":
            return "" if preferred else "implausible"
        case "denial":
            return "" if one.standing == "denied" else "denied"
        case "relay":
            return ""
        case _:
            return "" if preferred or group.treatment == "both_may_hold" else "contradicted"
