"""Rules over time: impossible days, the order of steps, wording relative to the day of writing."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from orebook.engines.evidence.disagreement import Disagreement, joined, of, ranked, shown, values
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
    """D1, D4, D5: steps of one course that are close and often confused, or in no possible order.

    All that is said of two steps is one group: many dates against many are not told pair by pair.
    """
    for group in by_subject(every).values():
        courses: dict[str, dict[int, list[Point]]] = {}
        for one in points(group):
            courses.setdefault(one.step.course, {}).setdefault(one.step.rank, []).append(one)
        for ranks in courses.values():
            levels = [ranks[rank] for rank in sorted(ranks)]
            for n, early in enumerate(levels):
                yield from _one_step(early)
                for late in levels[n + 1 :]:
                    yield from _swapped(early, late)
                    yield from _taken_for_one(early, late)


class _Days:
    """The first or last days of points, to be asked whether another property has one in a span."""

    def __init__(self, known: Sequence[Point], *, last: bool) -> None:
        rows = sorted(
            ((p.day.last if last else p.day.first).toordinal(), p.said.topic) for p in known
        )
        self._days = [day for day, _ in rows]
        self._topics = [topic for _, topic in rows]
        self._runs = list(range(1, len(rows) + 1))
        for i in range(len(rows) - 2, -1, -1):
            if self._topics[i] == self._topics[i + 1]:
                self._runs[i] = self._runs[i + 1]

    def other(self, topic: str, low: float, high: float) -> bool:
        """True where a day from low to high belongs to a property of another name."""
        i, j = bisect_left(self._days, low), bisect_right(self._days, high)
        return i < j and (self._topics[i] != topic or self._runs[i] < j)


def _one_step(known: Sequence[Point]) -> Iterator[Disagreement]:
    """D1: one step under several names, on days that cannot be the same."""
    first, last = _Days(known, last=False), _Days(known, last=True)
    apart = [
        p.said
        for p in known
        if last.other(p.said.topic, -inf, p.day.first.toordinal() - 1)
        or first.other(p.said.topic, p.day.last.toordinal() + 1, inf)
    ]
    if apart:
        parts = values({s.id: s for s in apart}.values())
        treatment, advice, best = ranked(parts, "the record of the step")
        told = "two" if len(parts) == 2 else str(len(parts))
        what = f"{told} dates for one step ({known[0].step.name}): {shown(parts)}"
        yield of("date", apart, "D1", treatment, what, advice, best)


def _swapped(early: Sequence[Point], late: Sequence[Point]) -> Iterator[Disagreement]:
    """D5: a later step dated before an earlier one."""
    begun, over = _Days(early, last=False), _Days(late, last=True)
    left = [p for p in early if over.other(p.said.topic, -inf, p.day.first.toordinal() - 1)]
    right = [p for p in late if begun.other(p.said.topic, p.day.last.toordinal() + 1, inf)]
    if left and right:
        yield of(
            "order",
            [p.said for p in (*left, *right)],
            "D5",
            "impossible",
            f"{right[0].step.name} ({_days_of(right)}) would come before {left[0].step.name} "
            f"({_days_of(left)})",
            "the steps cannot follow in this order: at least one date or forecast does not hold",
        )


def _taken_for_one(early: Sequence[Point], late: Sequence[Point]) -> Iterator[Disagreement]:
    """D4: neighbouring steps that are often reported as one day."""
    if not {(p[0].step.course, p[0].step.rank) for p in (early, late)} <= _CONFUSED:
        return
    ended, begun = _Days(early, last=True), _Days(late, last=False)

    def after(p: Point) -> bool:
        day = p.day.last.toordinal()
        return begun.other(p.said.topic, day + 1, day + _NEAR_DAYS)

    def before(p: Point) -> bool:
        day = p.day.first.toordinal()
        return ended.other(p.said.topic, day - _NEAR_DAYS, day - 1)

    left, right = [p for p in early if after(p)], [p for p in late if before(p)]
    if left and right:
        one, other = left[0].step.name, right[0].step.name
        yield of(
            "date",
            [p.said for p in (*left, *right)],
            "D4",
            "both_may_hold",
            f"{one} {_days_of(left)}, {other} {_days_of(right)}",
            f"both may hold: {one} and {other} are different events",
        )


def _days_of(known: Sequence[Point], most: int = 8) -> str:
    told = list(dict.fromkeys(p.said.text for p in known))
    more = f" and {len(told) - most} more" if len(told) > most else ""
    return " or ".join(told[:most]) + more


def relative_wording(every: Sequence[Said]) -> Iterator[Disagreement]:
    """D6: a step dated by the day of writing, against the date stated for it.

    The step may be told of another subject: then of one on which the same source speaks too.
    """
    subjects = by_subject(every)
    dated: dict[str, list[Point]] = {}
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
                if subject not in dated:
                    dated[subject] = points(subjects[subject])
                best = _best(step, [p for p in dated[subject] if p.said is not one])
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
        told = [s for s in group if "forecast" in s.families and not s.absent]
        overtaken_ = ((s, [d for d in slowed if _after(d, s)]) for s in told)
        for ones, later in joined((s, found) for s, found in overtaken_ if found):
            authors = ", ".join(dict.fromkeys(s.publisher for s in ones[:8]))
            many = len(ones) > 1
            yield of(
                "superseded",
                [*ones, *later],
                "D7",
                "superseded",
                f"forecast {shown([[s] for s in ones])}; later “{later[0].text}”",
                f"the forecasts of {authors} are superseded; keep them with their dates"
                if many
                else f"the forecast of {authors} is superseded; keep it with its date",
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
