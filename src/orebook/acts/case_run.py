"""A case file run without a book: its project, its ladder, its checks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from orebook.acts.case import Case, Check, read_case, run_checks
from orebook.acts.fiscal import Worked, fiscal_functions, plan_of, work
from orebook.acts.fiscal import finding as fiscal_finding
from orebook.acts.ladder import finding as ladder_finding
from orebook.acts.ladder import ladder_functions, ladder_of
from orebook.engines.ladder.ladder import Ladder
from orebook.model.finding import Finding
from orebook.model.problem import Problem, SenderError


@dataclass(frozen=True, slots=True)
class FiscalAnswer:
    """A case run: its project where it holds one, its checks, and the finding."""

    case: Case
    worked: Worked | None
    checks: tuple[Check, ...]
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class LadderAnswer:
    """A ladder run: the ladder where the case holds one, its checks, and the finding."""

    case: Case
    ladder: Ladder | None
    checks: tuple[Check, ...]
    finding: Finding | None


def run_fiscal(data: bytes, name: str, worked: Path) -> FiscalAnswer:
    """A case file's project, intervals, draws and checks.

    Takes: the documented form, or a collection of facts and checks that names a case in `worked`.
    Refuses: SenderError with every fault by JSON pointer.
    """
    case = read_case(data, name, worked)
    plan = plan_of(case)
    done = work(plan) if plan is not None else None
    checks = _checks(case)
    if done is None and not checks:
        raise _nothing(case, "a project (profile, terms, timing, discount_rate), or checks")
    return FiscalAnswer(case, done, checks, fiscal_finding(done) if done is not None else None)


def run_ladder(data: bytes, name: str, worked: Path) -> LadderAnswer:
    """A case file's rungs, what they back, and its checks. Refuses: as `run_fiscal`."""
    case = read_case(data, name, worked)
    ladder = ladder_of(case)
    checks = _checks(case)
    if ladder is None and not checks:
        raise _nothing(case, "a ladder (money, headline, deposits, project), or checks")
    ident = str(case.members.get("id", ""))
    found = ladder_finding(ladder, ident) if ladder is not None else None
    return LadderAnswer(case, ladder, checks, found)


def _checks(case: Case) -> tuple[Check, ...]:
    return run_checks(case, {**ladder_functions(case), **fiscal_functions(case)})


def _nothing(case: Case, expected: str) -> SenderError:
    step = "docs/reference/fiscal.md has the form of a case."
    problem = Problem("nothing-to-run", "/", expected, "neither", step, case.name)
    return SenderError(problem.text(), [problem])
