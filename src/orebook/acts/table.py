"""A pasted table of feed, concentrate and tails: does it add up? No book is needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orebook.engines.balance.assumptions import parse_assumption
from orebook.engines.balance.pasted import rows_of
from orebook.engines.balance.products import table as weigh
from orebook.model.finding import Finding
from orebook.model.problem import Problem, TooLarge

TABLE_MAX = 1 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What a table says: a finding, or None where it cannot be read; and its faults by place."""

    finding: Finding | None
    problems: tuple[Problem, ...]


def table(data: bytes, name: str, assumptions: Iterable[str] = ()) -> Answer:
    """Recovery, mass pull and closure of a table.

    Takes: UTF-8 text, columns parted by comma, semicolon or tab, a header row.
    Refuses: TooLarge over a megabyte; ReaderError for an assumption that is none.
    Unknown: a doubt nobody stated leaves every check untold.
    """
    named = tuple(parse_assumption(text) for text in assumptions)
    if len(data) > TABLE_MAX:
        step = "Paste feed, concentrates and tails alone."
        size = f"{len(data)} bytes"
        problem = Problem("too-large", "", f"at most {TABLE_MAX} bytes", size, step, name)
        raise TooLarge(problem.text(), [problem])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        step = "Save the table as UTF-8 text."
        byte = f"byte {data[error.start]:#04x}"
        return Answer(
            None, (Problem("not-utf8", f"byte {error.start}", "UTF-8 text", byte, step, name),)
        )
    tabled = weigh(rows_of(text), named)
    problems = tuple(p.within("", name) for p in tabled.problems)
    return Answer(tabled.finding if tabled.finding.parts else None, problems)
