"""The two- and three-product formula: recovery and mass pull from grades alone, with doubt.

Source: B. A. Wills and J. Finch, Wills' Mineral Processing Technology, 8th ed., chapter 3
(two-product formula R = c(f − t) / f(c − t), and its three-product form).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from itertools import combinations, pairwise

from orebook.engines.balance.assumptions import Assumption, doubted, settle
from orebook.engines.balance.gap import Side, judge, side
from orebook.engines.balance.parts import Contribution, Factor
from orebook.engines.balance.pasted import Line, Sheet, sheet
from orebook.engines.balance.shown import figure
from orebook.engines.balance.words import (
    ADDS_UP,
    CANNOT_BE_TOLD,
    DOES_NOT_ADD_UP,
    DRY_MASS,
    EXACT,
    VERSION,
    kilograms,
    percent,
)
from orebook.model.facts import Head
from orebook.model.finding import Figure, Finding, Missing
from orebook.model.problem import Problem
from orebook.model.quantity import Quantity
from orebook.model.uncertainty import Spread

COMPUTED = "computed"
NO_BOOK = Head("", 0, "")
ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Tabled:
    """The answer to a pasted table, and every fault of the table with row and column."""

    finding: Finding
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Circuit:
    """One feed, one or two concentrates, one tails."""

    feed: Line
    concentrates: tuple[Line, ...]
    tails: Line

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every stream, the feed first."""
        return (self.feed, *self.concentrates, self.tails)


@dataclass(frozen=True, slots=True)
class Solved:
    """Mass pulls with how each moves with each grade, by (stream, element)."""

    pulls: tuple[Decimal, ...]
    slopes: tuple[Mapping[tuple[str, str], Decimal], ...]


def table(rows: Sequence[Mapping[str, str]], assumptions: Sequence[Assumption] = ()) -> Tabled:
    """Recovery and mass pull of each concentrate, and whether masses and grades agree.

    Takes: rows with the columns `stream`, `mass` (optional) and elements, units in header or cell;
    masses and grades on dry basis; assumptions about doubt.
    Gives: a part per element (two products) or pair of elements (three), verdict `computed`, with
    `pull/…` and `recovery/…` as fractions of the feed; a part per component that masses check,
    with the gap. The whole is `computed` where nothing is redundant.
    Unknown: doubt nobody stated leaves the standard uncertainty and any check untold.
    """
    with localcontext(EXACT):
        chosen = settle(assumptions)
        read = sheet(rows)
        lines = tuple(_with_doubt(line, chosen) for line in read.lines)
        circuit, faults = _circuit(replace(read, lines=lines))
        problems = [*read.problems, *faults]
        parts: list[Finding] = []
        if circuit is not None and not read.problems:
            sets = _sets(circuit, read.elements, problems)
            parts += [_formula(circuit, names, problems) for names in sets]
            single = [p.component for p in parts if p.verdict == COMPUTED]
            parts += _pulls_agree(circuit, single if len(circuit.concentrates) == 1 else ())
            parts += _closures(circuit, read.elements)
        return Tabled(_whole(parts, problems, chosen), tuple(problems))


def _with_doubt(line: Line, assumptions: tuple[Assumption, ...]) -> Line:
    grades = {e: doubted(q, "grade", assumptions)[0] for e, q in line.grades.items()}
    mass = doubted(line.mass, "mass", assumptions)[0] if line.mass is not None else None
    return replace(line, mass=mass, grades=grades)


def _problem(code: str, place: str, expected: str, found: str) -> Problem:
    return Problem(code, place, expected, found, "Correct the table and paste it again.")


def _circuit(read: Sheet) -> tuple[Circuit | None, list[Problem]]:
    by_role = {r: [x for x in read.lines if x.role == r] for r in ("feed", "concentrate", "tails")}
    faults = [
        _problem("wrong-streams", "the table", f"one row of {role}", f"{len(by_role[role])}")
        for role in ("feed", "tails")
        if len(by_role[role]) != 1
    ]
    count = len(by_role["concentrate"])
    if count not in {1, 2}:
        faults.append(
            _problem("wrong-streams", "the table", "one or two rows of concentrate", f"{count}")
        )
    names = [line.name for line in read.lines]
    faults += [
        _problem("repeated-stream", f"row {line.row}", "each stream once", f'"{line.name}"')
        for i, line in enumerate(read.lines)
        if line.name in names[:i]
    ]
    if faults:
        return None, faults
    return Circuit(by_role["feed"][0], tuple(by_role["concentrate"]), by_role["tails"][0]), []


def _sets(
    circuit: Circuit, elements: tuple[str, ...], problems: list[Problem]
) -> list[tuple[str, ...]]:
    """Which elements, or pairs of them, can be solved for: those graded in every stream."""
    usable = []
    for element in elements:
        bare = [line for line in circuit.lines if element not in line.grades]
        problems += [
            _problem("missing-grade", f"row {line.row}", f"a grade of {element}", "nothing")
            for line in bare
        ]
        if not bare:
            usable.append(element)
    size = len(circuit.concentrates)
    if usable and size > len(usable):
        problems.append(
            _problem(
                "too-few-elements",
                "the table",
                "two elements graded in every stream, for two concentrates",
                usable[0],
            )
        )
    return list(combinations(usable, size))


def _formula(circuit: Circuit, names: tuple[str, ...], problems: list[Problem]) -> Finding:
    label = " and ".join(names)
    fault = _impossible(circuit, names)
    solved = None if fault else _solve(circuit, names)
    if fault is None and solved is None:
        fault = _problem(
            "no-split",
            f"columns {label}",
            "grades that differ between the products",
            "grades from which no split follows",
        )
    elif fault is None and solved is not None and not _physical(solved.pulls):
        shares = ", ".join(percent(p) for p in solved.pulls)
        fault = _problem(
            "no-split",
            f"columns {label}",
            "mass pulls between 0 and 100 % of the feed",
            f"pulls of {shares}",
        )
    if fault is not None or solved is None:
        assert fault is not None
        problems.append(fault)
        verdict = _certainly_impossible(circuit, names)
        return _finding(f"What do the grades of {label} give?", label, verdict, (), (fault.text(),))
    figures = _figures(circuit, names, solved)
    unstated = sorted({u for f in _inputs(circuit, names).values() for u in f.spread.unstated})
    reasons = ["Recovery and mass pull follow from the grades alone; nothing here checks them."]
    missing = tuple(Missing(f"doubt of {u}", label, "nobody stated it") for u in unstated)
    question = f"What do the grades of {label} give?"
    return _finding(question, label, COMPUTED, figures, tuple(reasons), missing)


def _grade(line: Line, element: str) -> Decimal:
    return line.grades[element].value


def _impossible(circuit: Circuit, names: tuple[str, ...]) -> Problem | None:
    """What the two-product formula cannot take, said of its own grades."""
    for element in names:
        if _grade(circuit.feed, element) == 0:
            place = f"row {circuit.feed.row}, {element}"
            return _problem("zero-feed", place, "a feed grade above 0", "0")
    if len(names) != 1:
        return None
    element = names[0]
    f, c, t = (_grade(line, element) for line in circuit.lines)
    place = f"column {element}"
    if c <= t:
        expected = "a concentrate richer than the tails"
        return _problem("not-richer", place, expected, f"{percent(c)} against {percent(t)}")
    if f < t:
        expected = "a feed at least as rich as the tails"
        return _problem("feed-too-poor", place, expected, f"{percent(f)} against {percent(t)}")
    if f > c:
        expected = "a feed no richer than the concentrate"
        return _problem("feed-too-rich", place, expected, f"{percent(f)} against {percent(c)}")
    return None


def _certainly_impossible(circuit: Circuit, names: tuple[str, ...]) -> str:
    """Does not add up only where the feed lies outside its products beyond stated doubt."""
    if len(names) != 1:
        return CANNOT_BE_TOLD
    feed, concentrate, tails = (line.grades[names[0]] for line in circuit.lines)
    for above in (True, False):
        sign = ONE if above else -ONE
        gaps = [(feed - product).times(sign) for product in (concentrate, tails)]
        lows = [
            g.value + r[0] if (r := Side(g.value, g.spread, ZERO).reach()) else None for g in gaps
        ]
        if all(low is not None and low > 0 for low in lows):
            return DOES_NOT_ADD_UP
    return CANNOT_BE_TOLD


def _physical(pulls: tuple[Decimal, ...]) -> bool:
    return all(p >= 0 for p in pulls) and sum(pulls, ZERO) <= 1


def _solve(circuit: Circuit, names: tuple[str, ...]) -> Solved | None:
    """The pulls x of f − t = Σ x (c − t), one equation an element, and their slopes (implicit)."""
    tails = [_grade(circuit.tails, e) for e in names]
    rhs = [_grade(circuit.feed, e) - t for e, t in zip(names, tails, strict=True)]
    matrix = [
        [_grade(c, e) - t for c in circuit.concentrates] for e, t in zip(names, tails, strict=True)
    ]
    inverse = _inverse(matrix)
    if inverse is None:
        return None
    pulls = [sum((a * b for a, b in zip(row, rhs, strict=True)), ZERO) for row in inverse]
    rest = ONE - sum(pulls, ZERO)
    slopes: list[dict[tuple[str, str], Decimal]] = [{} for _ in pulls]
    for k, slope in enumerate(slopes):
        for e, element in enumerate(names):
            weight = inverse[k][e]
            slope[circuit.feed.name, element] = weight
            slope[circuit.tails.name, element] = -rest * weight
            for j, concentrate in enumerate(circuit.concentrates):
                slope[concentrate.name, element] = -pulls[j] * weight
    return Solved(tuple(pulls), tuple(slopes))


def _inverse(matrix: list[list[Decimal]]) -> list[list[Decimal]] | None:
    if len(matrix) == 1:
        return [[ONE / matrix[0][0]]] if matrix[0][0] else None
    (a, b), (c, d) = matrix
    determinant = a * d - b * c
    if determinant == 0:
        return None
    return [[d / determinant, -b / determinant], [-c / determinant, a / determinant]]


def _inputs(circuit: Circuit, names: tuple[str, ...]) -> dict[tuple[str, str], Quantity]:
    return {(line.name, e): line.grades[e] for line in circuit.lines for e in names}


def _spread(
    inputs: Mapping[tuple[str, str], Quantity], slopes: Mapping[tuple[str, str], Decimal]
) -> Spread:
    terms = [t for key, s in slopes.items() for t in inputs[key].spread.times(s).terms]
    return Spread().plus(Spread(tuple(terms)))


def _figures(circuit: Circuit, names: tuple[str, ...], solved: Solved) -> tuple[Figure, ...]:
    inputs = _inputs(circuit, names)
    found = []
    for line, pull, slopes in zip(circuit.concentrates, solved.pulls, solved.slopes, strict=True):
        found.append(
            figure(
                f"pull/{line.name}",
                pull,
                "1",
                f"mass pull to {line.name}, share of feed mass",
                standard=_spread(inputs, slopes).standard(),
            )
        )
        for element in names:
            c, f = _grade(line, element), _grade(circuit.feed, element)
            moved = {key: s * c / f for key, s in slopes.items()}
            moved[line.name, element] += pull / f
            moved[circuit.feed.name, element] -= pull * c / (f * f)
            found.append(
                figure(
                    f"recovery/{line.name}/{element}",
                    pull * c / f,
                    "1",
                    f"recovery of {element} in {line.name}",
                    standard=_spread(inputs, moved).standard(),
                )
            )
    return tuple(found)


def _pulls_agree(circuit: Circuit, solved: Sequence[str]) -> list[Finding]:
    """Two elements that give two pulls of one concentrate: how far apart they are."""
    found = []
    for one, other in pairwise(solved):
        first, second = _solve(circuit, (one,)), _solve(circuit, (other,))
        assert first is not None
        assert second is not None
        slopes = {key: -slope for key, slope in first.slopes[0].items()}
        slopes.update(second.slopes[0])
        spread = _spread(_inputs(circuit, (one, other)), slopes)
        apart = Side(second.pulls[0] - first.pulls[0], spread, ZERO)
        label = f"{one}, {other}"
        judgement = judge((), apart)
        shown = figure(
            "pulls_apart",
            apart.value,
            "1",
            f"mass pull by {other} minus mass pull by {one}",
            standard=spread.standard(),
        )
        question = f"Do {one} and {other} give one mass pull?"
        missing = tuple(
            Missing(f"doubt of {u}", label, "nobody stated it") for u in spread.unstated
        )
        reasons = (judgement.reason,)
        found.append(_finding(question, label, judgement.verdict, (shown,), reasons, missing))
    return found


def _closures(circuit: Circuit, elements: tuple[str, ...]) -> list[Finding]:
    """Where every stream is weighed: dry mass and each element, feed against products."""
    if any(line.mass is None for line in circuit.lines):
        return []
    return [
        _closure(circuit, component)
        for component in (DRY_MASS, *elements)
        if component == DRY_MASS or all(component in line.grades for line in circuit.lines)
    ]


def _closure(circuit: Circuit, component: str) -> Finding:
    flows = []
    for number, line in enumerate(circuit.lines):
        assert line.mass is not None
        factors = [Factor(f"row {line.row} mass", "mass", line.name, line.mass)]
        if component != DRY_MASS:
            grade = line.grades[component]
            factors.append(Factor(f"row {line.row} {component}", "grade", line.name, grade))
        way = "in" if line.role == "feed" else "out"
        flows.append(
            Contribution(way, number, line.name, line.name, factors=tuple(factors), mass=factors[0])
        )
    whole = side(flows, signed=True)
    assert whole is not None
    judgement = judge(tuple(flows), whole)
    gap = figure(
        "gap",
        whole.value,
        "kg",
        "closing error: products minus feed",
        standard=whole.spread.standard(),
        ends=whole.hard(),
    )
    reasons = (judgement.reason, f"Closing error {kilograms(whole.value)}.")
    missing = tuple(
        Missing(f"doubt of {u}", component, "nobody stated it") for u in whole.spread.unstated
    )
    question = f"Do the weighed products hold the {component} of the feed?"
    return _finding(question, component, judgement.verdict, (gap,), reasons, missing)


def _finding(
    question: str,
    component: str,
    verdict: str,
    figures: tuple[Figure, ...],
    reasons: tuple[str, ...],
    missing: tuple[Missing, ...] = (),
) -> Finding:
    return Finding(
        "balance",
        VERSION,
        question,
        "table",
        verdict,
        NO_BOOK,
        "",
        figures,
        reasons,
        missing,
        component=component,
    )


def _whole(
    parts: list[Finding], problems: list[Problem], assumptions: tuple[Assumption, ...]
) -> Finding:
    verdicts = {p.verdict for p in parts}
    if DOES_NOT_ADD_UP in verdicts:
        verdict = DOES_NOT_ADD_UP
    elif not parts or problems or CANNOT_BE_TOLD in verdicts:
        verdict = CANNOT_BE_TOLD
    else:
        verdict = ADDS_UP if ADDS_UP in verdicts else COMPUTED
    missing = tuple(dict.fromkeys(m for p in parts for m in p.missing))
    whole = _finding(
        "What does the table give?", "", verdict, (), tuple(p.text() for p in problems), missing
    )
    return replace(whole, parts=tuple(parts), assumptions=tuple(a.sentence for a in assumptions))
