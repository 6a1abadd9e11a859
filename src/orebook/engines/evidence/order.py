"""Rules over time: impossible days, the order of steps, wording relative to the day of writing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from orebook.engines.evidence.disagreement import Disagreement, of, ranked, shown
from orebook.engines.evidence.reading import Dated, Step, has, relative, steps, weekday_name
from orebook.engines.evidence.said import Said, by_subject

# Passage, assent and commencement of a law are often reported as one day.
_CONFUSED = {("law", 20), ("law", 30), ("law", 40)}
_NEAR_DAYS = 62


@dataclass(frozen=True, slots=True)
class Point:
    """A step of a course with the days one statement gives it."""

    step: Step
    said: Said
    day: Dated


def impossible_days(every: Sequence[Said]) -> Iterator[Disagreement]:
    """D2, D3: a day that no calendar has, or that falls on another day of the week."""
    for one in every:
        for day in one.days:
            if day.impossible:
                yield of(
                    "impossible-day",
                    [one],
                    "D3",
                    "impossible",
                    f"{day.impossible} is no day of the calendar",
                )
            elif (
                day.weekday is not None
                and day.first == day.last
                and day.first.weekday() != day.weekday
            ):
                yield of(
                    "impossible-day",
                    [one],
                    "D2",
                    "impossible",
                    f"“{one.text}”: {day.first.isoformat()} is a "
                    f"{weekday_name(day.first.weekday())}",
                )


def ahead_of_itself(every: Sequence[Said]) -> Iterator[Disagreement]:
    """D8: an event told as past, dated after the source that tells of it."""
    for one in every:
        if one.dated is None or not one.days or not {"date", "day"} & set(one.tokens):
            continue
        if "forecast" in one.families or one.days[0].impossible:
            continue
        if one.days[0].first > one.dated.last and steps(one.topic):
            yield of(
                "order",
                [one],
                "D8",
                "impossible",
                f"dated {one.days[0].first.isoformat()} in a source of {one.dated.text}",
                "told as past by a source older than the event: one of the two dates is wrong",
            )


def points(group: Sequence[Said]) -> list[Point]:
    """Every dated step among statements on one subject."""
    found = []
    for one in group:
        if (
            one.days
            and not one.days[0].impossible
            and (not relative(one.text) or "forecast" in one.families or _ahead(one))
        ):
            found += [Point(step, one, one.days[0]) for step in steps(one.topic)]
    return found


def _ahead(one: Said) -> bool:
    return "next" in one.text.casefold().split()


def step_order(every: Sequence[Said]) -> Iterator[Disagreement]:
    """D4, D5: steps of one course that are close and often confused, or in an impossible order."""
    for group in by_subject(every).values():
        known = points(group)
        told: set[tuple[str, ...]] = set()
        for i, a in enumerate(known):
            for b in known[i + 1 :]:
                found = _pair(a, b)
                if found is not None and found.claims not in told:
                    told.add(found.claims)
                    yield found


def _pair(a: Point, b: Point) -> Disagreement | None:
    if a.step.course != b.step.course or a.said.topic == b.said.topic:
        return None
    early, late = (a, b) if a.step.rank <= b.step.rank else (b, a)
    both = [early.said, late.said]
    apart = late.day.last < early.day.first or early.day.last < late.day.first
    if early.step.rank == late.step.rank:
        if not apart:
            return None
        treatment, advice, best = ranked([[early.said], [late.said]], "the record of the step")
        return of(
            "date",
            both,
            "D1",
            treatment,
            f"two dates for one step ({early.step.name}): {shown([[s] for s in both])}",
            advice,
            best,
        )
    if late.day.last < early.day.first:
        return of(
            "order",
            both,
            "D5",
            "impossible",
            f"{late.step.name} ({late.said.text}) would come before {early.step.name} "
            f"({early.said.text})",
            "the steps cannot follow in this order: at least one date or forecast does not hold",
        )
    confused = {(p.step.course, p.step.rank) for p in (early, late)} <= _CONFUSED
    if confused and apart and (late.day.first - early.day.last).days <= _NEAR_DAYS:
        return of(
            "date",
            both,
            "D4",
            "both_may_hold",
            f"{early.step.name} {early.said.text}, {late.step.name} {late.said.text}",
            f"both may hold: {early.step.name} and {late.step.name} are different events",
        )
    return None


def relative_wording(every: Sequence[Said]) -> Iterator[Disagreement]:
    """D6: a step dated by the day of writing, against the date stated for it.

    The step may be told of another subject: then of one on which the same source speaks too.
    """
    subjects = by_subject(every)
    folded = [(name, name.casefold()) for name in subjects]
    spoken: dict[str, dict[str, None]] = {}
    for one in every:
        spoken.setdefault(one.source, {})[one.subject] = None
    for one in every:
        if one.absent or not relative(one.text) or not one.days or "forecast" in one.families:
            continue
        linked = _linked(one, folded, spoken[one.source])
        for step in steps(f"{one.topic} {one.text}"):
            for subject in linked:
                best = _best(step, [p for p in points(subjects[subject]) if p.said is not one])
                if best is None:
                    continue
                day = one.days[0]
                if best.day.last < day.first or day.last < best.day.first:
                    yield of(
                        "date",
                        [best.said, one],
                        "D6",
                        "set_wording_aside",
                        f"“{one.text}” in a source of "
                        f"{one.dated.text if one.dated else 'no date'}, yet {best.step.name} "
                        f"{best.said.text}",
                        "likely drafted earlier than it was released: an error of drafting; "
                        f"keep {best.said.text}",
                        [best.said],
                    )
                break


def _linked(one: Said, folded: Sequence[tuple[str, str]], shared: Mapping[str, None]) -> list[str]:
    """Subjects whose step is meant: named ones, its own, then those the same source speaks of."""
    text = one.text.casefold()
    named = [name for name, low in folded if low in text and name != one.subject]
    order = {name: n for n, (name, _) in enumerate(folded)}
    return list(dict.fromkeys([*named, one.subject, *sorted(shared, key=order.__getitem__)]))


def _best(step: Step, known: Sequence[Point]) -> Point | None:
    """The date of that step that the ranking puts first: official of the day, official, "
    "earliest."""
    fit = [p for p in known if p.step.course == step.course and p.step.rank == step.rank]
    if not fit:
        return None
    return max(fit, key=lambda p: (p.said.weight, _of_the_day(p), -p.said.place))


def _of_the_day(point: Point) -> bool:
    dated = point.said.dated
    return dated is not None and dated.first <= point.day.last and point.day.first <= dated.last


def overtaken(every: Sequence[Said]) -> Iterator[Disagreement]:
    """D7: a forecast, and a later word that the thing is slowed, stopped or under review."""
    for group in by_subject(every).values():
        slowed = [
            s
            for s in group
            if not s.absent and "forecast" not in s.families and has(s.text, "delay")
        ]
        for one in group:
            if "forecast" not in one.families or one.absent:
                continue
            later = [s for s in slowed if _after(s, one)]
            if later:
                yield of(
                    "superseded",
                    [one, *later],
                    "D7",
                    "superseded",
                    f"forecast “{one.text}”; later “{later[0].text}”",
                    f"the forecast of {one.publisher} is superseded; keep it with its date",
                    later,
                )


def _after(late: Said, early: Said) -> bool:
    """True where the later source is not certainly the older one."""
    if late.dated is None or early.dated is None:
        return "supersede" in late.note.casefold()
    return late.dated.last > early.dated.last


def occasions(every: Sequence[Said]) -> Iterator[Disagreement]:
    """D4 over one occasion: its date, and the date of something that shows it."""
    for group in by_subject(every).values():
        own = [s for s in group if s.tokens == ("date",) and s.days]
        others = [
            s
            for s in group
            if s.tokens != ("date",)
            and s.tokens[-1:] in {("date",), ("day",)}
            and s.days
            and not steps(s.topic)
        ]
        for one in own[:1]:
            apart = [
                s
                for s in others
                if s.days[0].last < one.days[0].first or one.days[0].last < s.days[0].first
            ]
            if apart:
                parts = [[one], *([s] for s in apart)]
                yield of(
                    "date",
                    [one, *apart],
                    "D4",
                    "both_may_hold",
                    f"dated {shown(parts)}",
                    f"{one.text} for the occasion itself; {apart[0].topic.replace('_', ' ')} "
                    "may be the day of publication",
                    [one],
                )
