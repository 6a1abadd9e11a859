"""Rules over several properties or subjects: denials, retractions, parties of several, texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from orebook.engines.evidence.disagreement import Disagreement, joined, of, ranked, shown
from orebook.engines.evidence.reading import class_words, has, names, steps, words
from orebook.engines.evidence.said import Said, by_subject, chains, span

_NEGATION = frozenset({"no", "not", "never", "none", "cannot", "without"})
_FIRST = re.compile(r"\bfirst(?: |-)ever\b|\bthe first\b", re.IGNORECASE)
_LEGAL = re.compile(
    r"\b(article|section|clause|schedule|rule|regulation|paragraph)\s+(\d+[A-Z]?)", re.IGNORECASE
)


def denials(every: Sequence[Said]) -> Iterator[Disagreement]:
    """N1, N3: a report and its denial; N3 where the denial does not reach all that is reported."""
    for group in by_subject(every).values():
        denied = [s for s in group if s.standing == "denied" and not s.absent]
        if not denied:
            continue
        same = {s.topic for s in denied}
        told = [
            s for s in group if s.standing in {"reported", "official", "claimed"} and not s.absent
        ]
        targets = [s for s in told if s.topic in same] or [
            s for s in told if span(s) is None and not s.days
        ]
        if not targets:
            continue
        narrow = [s for s in denied if _narrower(s, targets)]
        rules = ["N1", "N3"] if narrow else ["N1"]
        advice = "status: reported and denied"
        if narrow:
            words_ = "; ".join(f"“{s.text}”" for s in narrow)
            advice += (
                f"; the denial is narrower than the report ({words_}), "
                "so the two are partly compatible"
            )
        yield of(
            "denial",
            [*targets, *denied],
            rules,
            "reported_and_denied",
            f"{shown([[t] for t in targets])}; denied: {shown([[d] for d in denied])}",
            advice,
        )


def _narrower(denial: Said, targets: Sequence[Said]) -> bool:
    """The denial grants a part, or what it negates is not what the report says."""
    if has(denial.text, "hedge"):
        return True
    tokens = denial.text.casefold().replace(";", " ;").split()
    negated: set[str] = set()
    for i, token in enumerate(tokens):
        if token in _NEGATION:
            negated |= set(words(" ".join(tokens[i + 1 : i + 8])))
    reported = {w for t in targets for w in words(f"{t.text} {t.topic.replace('_', ' ')}")}
    return bool(negated) and not negated & reported


def retractions(every: Sequence[Said]) -> Iterator[Disagreement]:
    """N2: an author takes back an earlier word of the same author, and of nobody else."""
    later = class_words("later")
    for group in by_subject(every).values():
        for back, earlier in joined(_taken_back(group, later)):
            advice = (
                "mark the inference retracted by its author; nobody else's word is touched, "
                "and the question itself stays open"
            )
            if len(earlier) > 1:
                advice += f"; which of the {len(earlier)} earlier statements is meant is not said"
            yield of(
                "retraction",
                [*earlier, *back],
                "N2",
                "retracted_by_author",
                f"{shown([[s] for s in earlier])}; later: {shown([[b] for b in back])}",
                advice,
                back,
            )


def _taken_back(
    group: Sequence[Said], later: frozenset[str]
) -> Iterator[tuple[Said, Sequence[Said]]]:
    """Each word that takes something back, with what it can mean."""
    told = [s for s in group if not s.absent and not has(s.text, "retract")]
    loose = [s for s in told if "statement" in s.families and not s.days]
    for one in group:
        if one.absent or not has(one.text, "retract"):
            continue
        stem = tuple(t for t in one.tokens if t not in later)
        earlier = [s for s in told if s.tokens == stem] or loose
        earlier = [s for s in earlier if not _certainly_after(s, one)]
        if earlier:
            yield one, earlier


def _certainly_after(one: Said, other: Said) -> bool:
    return one.dated is not None and other.dated is not None and one.dated.first > other.dated.last


_PARTY_WORDS = frozenset({"party", "parties", "signatory", "signatories"})


def party_levels(every: Sequence[Said]) -> Iterator[Disagreement]:
    """P4: said to be between states, while bodies or companies are named as the parties."""
    for group in by_subject(every).values():
        parties = [s for s in group if _PARTY_WORDS & set(s.tokens) and not s.absent]
        states = [s for s in parties if "governments" in words(s.text)]
        named = [s for s in parties if s not in states and not has(s.text, "government")]
        named = [s for s in named if not has(" ".join(s.tokens), "quantifier")]
        if named and states:
            yield of(
                "party",
                [*named, *states],
                "P4",
                "unresolved",
                f"{shown([[s] for s in states])}, while others name {shown([[n] for n in named])}",
                "the level of the parties is open: states and bodies are both named",
                needs=("the signature page",),
            )


def parties_of_several(every: Sequence[Said]) -> Iterator[Disagreement]:
    """P2: one account names the parties of several instruments at once, another those of one."""
    subjects = by_subject(every)
    nouns = class_words("instrument")
    alike = _Alike(subjects)
    for one in every:
        tokens = set(one.tokens)
        if one.absent or "party" not in one.families or not tokens & class_words("quantifier"):
            continue
        noun = {t.rstrip("s") for t in tokens & nouns}
        for subject in alike.of(noun, one.subject):
            group = subjects[subject]
            listed = [
                s for s in group if s.tokens in {("parties",), ("signatories",)} and not s.absent
            ]
            role = [s for s in group if "party" in s.families and not s.absent]
            rival = [s for s in listed or role if not names(s.text) & names(one.text)]
            if not rival:
                continue
            support = [s for s in role if names(s.text) & names(rival[0].text)]
            count = chains([*rival, *support])
            treatment = "prefer_more_voices" if count > chains([one]) else "unresolved"
            yield of(
                "party",
                [*rival, one],
                "P2",
                treatment,
                f"{subject}: {shown([[r] for r in rival])}, or “{one.text}”",
                f"“{rival[0].text}” has {count} independent source{'s' if count != 1 else ''}; "
                "keep the other as reported",
                rival if treatment != "unresolved" else (),
            )


class _Alike:
    """Subjects that are called by a noun, or were signed on one day, found without a pass each."""

    def __init__(self, subjects: dict[str, list[Said]]) -> None:
        self._place = {subject: n for n, subject in enumerate(subjects)}
        self._called: dict[str, set[str]] = {}
        self._on: dict[str, set[str]] = {}
        self._signed = {subject: _signed(group) for subject, group in subjects.items()}
        for subject in subjects:
            for word in words(subject):
                self._called.setdefault(word.rstrip("s"), set()).add(subject)
            for day in self._signed[subject]:
                self._on.setdefault(day, set()).add(subject)

    def of(self, noun: set[str], own: str) -> list[str]:
        """The others, in the order first met."""
        found = set[str]().union(
            *(self._called.get(n, ()) for n in noun),
            *(self._on.get(day, ()) for day in self._signed.get(own, ())),
        )
        return sorted(found - {own}, key=self._place.__getitem__)


def _signed(group: Sequence[Said]) -> set[str]:
    return {
        s.days[0].first.isoformat()
        for s in group
        if s.days and any(t.course == "agreement" and t.rank == 30 for t in steps(s.topic))
    }


def text_and_paraphrase(every: Sequence[Said]) -> Iterator[Disagreement]:
    """T1: what somebody says a legal text holds, beside the words of that text."""
    texts: dict[tuple[str, str], list[tuple[int, Said, re.Match[str]]]] = {}
    held: set[int] = set()
    for n, one in enumerate(every):
        match = _LEGAL.search(one.subject)
        if match is not None and not one.absent and {"text", "scope"} & one.families:
            key = (match[1].casefold(), match[2].casefold())
            texts.setdefault(key, []).append((n, one, match))
            held.add(n)
    said: dict[tuple[str, str], tuple[dict[str, Said], dict[str, Said], str]] = {}
    for n, one in enumerate(every):
        if one.absent or n in held:
            continue
        cited = {(m[1].casefold(), m[2].casefold()) for m in _LEGAL.finditer(one.text)}
        spoken = set(words(one.text))
        for key in sorted(cited & texts.keys()):
            against = [(t, m) for _, t, m in texts[key] if spoken - set(words(t.text))]
            if against:
                ones, held_by, _ = said.setdefault(key, ({}, {}, against[0][1][0]))
                ones[one.id] = one
                held_by.update({t.id: t for t, _ in against})
    for ones, held_by, name in said.values():
        yield of(
            "text",
            [*ones.values(), *held_by.values()],
            "T1",
            "text_over_paraphrase",
            f"said of {name}: {shown([[s] for s in ones.values()])}; its words as printed: "
            f"{shown([[t] for t in held_by.values()])}",
            "the words of the text come first; what the statement adds is not in the "
            "text as printed",
            held_by.values(),
            ("the text itself, in force on that day",),
        )


def finance_states(every: Sequence[Said]) -> Iterator[Disagreement]:
    """L2: several properties that name different steps of one course as reached or not reached."""
    for group in by_subject(every).values():
        told: dict[str, list[tuple[int, Said]]] = {}
        for one in group:
            if one.absent or "state" not in one.families or len(one.tokens) < 2:
                continue
            for step in steps(one.topic):
                told.setdefault(step.course, []).append((step.rank, one))
        for found in told.values():
            if len({rank for rank, _ in found}) > 1 and len({s.source for _, s in found}) > 1:
                members = [s for _, s in found]
                told_ = "; ".join(f"{s.topic.replace('_', ' ')}: {s.text}" for s in members)
                yield of(
                    "state",
                    members,
                    "L2",
                    "keep_two_states",
                    told_,
                    "an earlier step is not the later one: keep the states apart",
                )


def relayed(every: Sequence[Said]) -> Iterator[Disagreement]:
    """R1: one value in several reports that all go back to one source."""
    same: dict[tuple[str, str, str], list[Said]] = {}
    for one in every:
        if not one.absent:
            same.setdefault((one.subject, one.topic, one.plain), []).append(one)
    for members in same.values():
        if len({s.source for s in members}) > 1 and chains(members) == 1:
            yield of(
                "relay",
                members,
                "R1",
                "count_once",
                f"{len({s.source for s in members})} reports, one source behind them",
            )


_RELATED = {
    "contradicts": ("statement", "unresolved"),
    "denies": ("denial", "reported_and_denied"),
    "retracts": ("retraction", "retracted_by_author"),
    "corrects": ("superseded", "superseded"),
    "supersedes": ("superseded", "superseded"),
}


def stated_relations(every: Sequence[Said]) -> Iterator[Disagreement]:
    """N4: what the register itself says of how two claims stand to each other."""
    by_id = {s.id: s for s in every}
    for one in every:
        for relation in one.relations:
            kind, other = relation.kind, by_id.get(str(relation.claim))
            if isinstance(kind, str) and kind in _RELATED and other is not None:
                name, treatment = _RELATED[kind]
                scope = f" (scope: {relation.scope})" if isinstance(relation.scope, str) else ""
                yield of(
                    name,
                    [other, one],
                    "N4",
                    treatment,
                    f"{one.id} {kind} {other.id}{scope}",
                    prefer=[one] if name in {"retraction", "superseded"} else (),
                )


def superlatives(every: Sequence[Said]) -> Iterator[Disagreement]:
    """X2: a superlative needs the set it is compared with; a flag on one claim, no "
    "contradiction."""
    for one in every:
        if (
            not one.absent
            and "statement" not in one.families
            and (found := has(one.text, "superlative"))
        ):
            if found == ("first",) and not _FIRST.search(one.text):
                continue
            yield of(
                "superlative", [one], "X2", "needs_comparison_set", f"“{found[0]}” in “{one.text}”"
            )


__all__ = [
    "denials",
    "finance_states",
    "parties_of_several",
    "party_levels",
    "ranked",
    "relayed",
    "retractions",
    "stated_relations",
    "superlatives",
    "text_and_paraphrase",
]
