"""Rules over one property of one subject: values that no single source gives together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from orebook.engines.evidence.disagreement import Disagreement, of, ranked, rivals, shown
from orebook.engines.evidence.reading import has, meanings, relative, steps, words
from orebook.engines.evidence.said import Said, by_subject

Judge = Callable[[list[list[Said]]], Disagreement | None]
DENIED = "denied"
# So few words are a name or a label, of which a property has one.
_SHORT = 5


def same_property(every: Sequence[Said], figured: Judge) -> Iterator[Disagreement]:
    """Differing values of one property, each put to its rule; `figured` judges figures."""
    for group in by_subject(every).values():
        topics: dict[str, list[Said]] = {}
        for one in group:
            if not one.absent:
                topics.setdefault(one.topic, []).append(one)
        for members in topics.values():
            parts = rivals(members)
            if len(parts) > 1:
                found = _judge(parts, figured)
                if found is not None:
                    yield found


def _judge(parts: list[list[Said]], figured: Judge) -> Disagreement | None:
    members = [s for p in parts for s in p]
    families = members[0].families
    if any(s.standing == DENIED for s in members) or "statement" in families:
        return None
    if "meaning" in families:
        return _meaning(parts)
    plain = {s.unit for s in members} <= {"", "date"} and "text" not in families
    if plain and all(s.days and not relative(s.text) for s in members):
        return _dates(parts)
    if all(s.figure is not None or (s.unit and s.figures) for s in members):
        return figured(parts)
    for family, rule in _BY_FAMILY:
        if family in families:
            return rule(parts)
    short = all(len(p[0].text.split()) <= _SHORT for p in parts)
    return _opposites(parts) or _same_figures(parts) or (_single(parts) if short else None)


def _meaning(parts: list[list[Said]]) -> Disagreement:
    """M1: one amount, several meanings."""
    members = [s for p in parts for s in p]
    return of(
        "value-meaning",
        members,
        "M1",
        "keep_meanings_apart",
        f"{len(parts)} meanings are given for one amount: {shown(parts)}",
        "do not pick one; show the amount with its meaning unsettled; never add it to any total",
        needs=("the text that says what the amount is",),
    )


def _dates(parts: list[list[Said]]) -> Disagreement | None:
    """D1: one event, days that cannot be the same; D7: a forecast that was said anew."""
    spans = [(min(d.first for d in p[0].days), max(d.last for d in p[0].days)) for p in parts]
    apart = [
        i
        for i, a in enumerate(spans)
        if any(a[1] < b[0] or b[1] < a[0] for j, b in enumerate(spans) if j != i)
    ]
    if not apart:
        return None
    kept = [parts[i] for i in apart]
    members = [s for p in kept for s in p]
    if "forecast" in members[0].families:
        return _forecast(kept)
    treatment, advice, best = ranked(kept, "the text or the record itself")
    low, high = min(spans[i][0] for i in apart), max(spans[i][1] for i in apart)
    gap = (high - low).days
    if treatment == "unresolved" and gap <= 1:
        advice += "; a time zone or date line can explain one day"
    needs = ("the page or record that carries the date itself",) if not best else ()
    return of(
        "date",
        members,
        "D1",
        treatment,
        f"{len(kept)} dates for one event, {gap} day{'' if gap == 1 else 's'} apart: {shown(kept)}",
        advice,
        best,
        needs,
    )


def _forecast(parts: list[list[Said]]) -> Disagreement | None:
    dated = [s for p in parts for s in p if s.dated is not None]
    if not dated:
        return None
    last = max(dated, key=lambda s: (s.dated.first if s.dated else None, s.place))
    return of(
        "superseded",
        [s for p in parts for s in p],
        "D7",
        "superseded",
        f"a forecast was said anew: {shown(parts)}",
        f"the latest statement ({last.text}) stands; the earlier ones are superseded forecasts",
        [last],
    )


def _ranked(
    family: str, rule: str, parts: list[list[Said]], what: str, wanted: str
) -> Disagreement:
    """All that was said, ranked; `wanted` is the record that would settle it."""
    treatment, advice, best = ranked(parts, wanted)
    return of(family, [s for p in parts for s in p], rule, treatment, what, advice, best)


def _party(parts: list[list[Said]]) -> Disagreement | None:
    """P1: one role, different parties."""
    if _one_name(parts):
        return None
    return _ranked(
        "party",
        "P1",
        parts,
        f"one role, {len(parts)} accounts of who: {shown(parts)}",
        "the signed text or the papers that name the party",
    )


def _one_name(parts: Sequence[Sequence[Said]]) -> bool:
    """True where every name is the other with more words: Acme and Acme Mining Company."""
    sets = [set(words(p[0].text)) for p in parts]
    return all(a <= b or b <= a for a in sets for b in sets)


def _scope(parts: list[list[Said]]) -> Disagreement | None:
    """S1: lists of what is covered that are not parts of one another."""
    sets = [set(words(p[0].text)) for p in parts]
    if all(a <= b or b <= a for a in sets for b in sets):
        return None
    members = [s for p in parts for s in p]
    treatment, advice, best = ranked(parts, "the text that sets the scope")
    if best:
        advice = (
            f"the scope is the list of {best[0].publisher} ({best[0].text}); the other may "
            "describe something else, such as a company's business"
        )
    return of(
        "scope",
        members,
        "S1",
        treatment,
        f"different lists of what is covered: {shown(parts)}",
        advice,
        best,
    )


def _description(parts: list[list[Said]]) -> Disagreement | None:
    """X1: one thing, described differently."""
    members = [s for p in parts for s in p]
    boast = [s for s in members if has(s.text, "superlative")]
    rules = ["X1", "X2"] if boast else ["X1"]
    needs = (
        ("figures for the set the superlative is compared with",)
        if boast
        else ("what was measured or seen, by whom",)
    )
    advice = "both may hold; words do not decide it"
    if boast:
        advice += ": the superlative needs figures by operator or country"
    return of(
        "description",
        members,
        rules,
        "both_may_hold",
        f"described as {shown(parts)}",
        advice,
        needs=needs,
    )


def _state(parts: list[list[Said]]) -> Disagreement | None:
    """L1: steps of one course; a later one is not implied by an earlier one."""
    found = [{s.course: s for s in steps(p[0].text)} for p in parts]
    for course in found[0]:
        ranks = {f[course].rank for f in found if course in f}
        if len(ranks) > 1 and all(course in f for f in found):
            members = [s for p in parts for s in p]
            return of(
                "state",
                members,
                "L1",
                "unresolved",
                f"different steps are named: {shown(parts)}",
                "unresolved: no record (receipt, customs entry, register) that the later step "
                "was reached",
                needs=("a record of the later step",),
            )
    return _opposites(parts)


def _place(parts: list[list[Said]]) -> Disagreement | None:
    """P3: one event, different places."""
    sets = [set(words(p[0].text)) for p in parts]
    if any(a <= b or b <= a for i, a in enumerate(sets) for b in sets[i + 1 :]):
        return None
    return _ranked(
        "place", "P3", parts, f"different places: {shown(parts)}", "a record made at the place"
    )


def _single(parts: list[list[Said]]) -> Disagreement | None:
    """T2: a property that has one value, given several."""
    if _one_name(parts):
        return None
    return _ranked(
        "statement",
        "T2",
        parts,
        f"one value expected, {len(parts)} given: {shown(parts)}",
        "the text itself",
    )


def _same_figures(parts: list[list[Said]]) -> Disagreement | None:
    """T4: the same figures, put together differently."""
    told = [{v.low for v in p[0].figures} for p in parts]
    if len(told[0]) < 2 or any(t != told[0] for t in told):
        return None
    what = f"the same figures are read differently: {shown(parts)}"
    return _ranked("statement", "T4", parts, what, "the text that joins the figures")


def _opposites(parts: list[list[Said]]) -> Disagreement | None:
    """T3: words that exclude one another, or the same words affirmed and denied."""
    table = meanings("opposite")
    read = [_Words(p[0].text.casefold(), table) for p in parts]
    # Only a text with a word of the table, or with a negation, can exclude another.
    telling = [r for r in read if r.opposed or r.negated]
    if not any(_exclude(a, b) or _exclude(b, a) for a in telling for b in read if a is not b):
        return None
    return _ranked(
        "statement",
        "T3",
        parts,
        f"these exclude one another: {shown(parts)}",
        "a record of the fact itself",
    )


class _Words:
    """A text as the sets of words that decide what it excludes."""

    def __init__(self, text: str, table: dict[str, tuple[str, ...]]) -> None:
        self.all = frozenset(text.split())
        self.content = frozenset(words(text))
        self.negated = bool(self.all & _NEGATION)
        self.spoken = self.content | ({"not"} & self.all)
        self.opposed = [
            (word, [frozenset(o.split()) for o in table[word]])
            for word in self.content
            if word in table
        ]


def _exclude(left: _Words, right: _Words) -> bool:
    for word, others in left.opposed:
        if word not in right.content and any(o <= right.spoken for o in others):
            return True
    return right.negated and not left.negated and bool(left.all) and left.all <= right.all


_NEGATION = frozenset({"not", "no", "never", "none", "without"})
_BY_FAMILY = (
    ("party", _party),
    ("scope", _scope),
    ("description", _description),
    ("state", _state),
    ("place", _place),
    ("single", _single),
)
