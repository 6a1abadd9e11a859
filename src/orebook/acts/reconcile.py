"""A bare table of transfers: reconciled, classed, its gaps explained. No book is needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from orebook.engines.balance.assumptions import parse_assumption
from orebook.engines.balance.network_rows import Read
from orebook.engines.balance.suspicions import VERSION, Answer
from orebook.model.problem import Problem, TooLarge

FILE_MAX = 256 << 20


@dataclass(frozen=True, slots=True)
class Told:
    """The answer where there is one, and every fault of the file with its place."""

    answer: Answer | None
    problems: tuple[Problem, ...]
    assumptions: tuple[str, ...]
    why_not: str = ""

    def as_json(self) -> dict[str, Any]:
        """The members of `orebook reconcile --json`."""
        from orebook.engines.balance.answer_json import as_json

        rest = {
            "assumptions": list(self.assumptions),
            "problems": [p.as_json() for p in self.problems],
        }
        if self.answer is None:
            return {
                "engine": VERSION,
                "verdict": "cannot_be_told",
                "reason": self.why_not or "The file was refused.",
                "explanations": [],
                **rest,
            }
        return {**as_json(self.answer), **rest}

    def lines(self) -> list[str]:
        """The answer for a terminal."""
        from orebook.engines.balance.phrases import lines

        if self.answer is None:
            return [self.why_not or "The file was refused."]
        return [*lines(self.answer), *self.assumptions]


def reconcile(data: bytes, name: str, assumptions: Iterable[str] = (), case: str = "") -> Told:
    """What a table of transfers says: reconciled figures, classes, explanations, what is not seen.

    Takes: a table (comma, semicolon or tab) or JSON in UTF-8; assumptions such as `relative:1%`.
    Refuses: TooLarge; ReaderError for an assumption that is none.
    Unknown: a figure that cannot be read or has no doubt is left out, with its place.
    """
    from orebook.engines.balance.answer import answer
    from orebook.engines.balance.solve import Unsolved

    if len(data) > FILE_MAX:
        step = "Give one connected network or one period at a time."
        problem = Problem(
            "too-large", "", f"at most {FILE_MAX} bytes", f"{len(data)} bytes", step, name
        )
        raise TooLarge(problem.text(), [problem])
    read = _read(data, assumptions, case)
    problems = tuple(p.within("", name) for p in read.problems)
    if read.network is None:
        return Told(None, problems, read.assumptions)
    try:
        told = answer(read.network)
    except Unsolved as error:
        return Told(None, problems, read.assumptions, f"No number is given: {error}.")
    return Told(told, problems, read.assumptions)


def _read(data: bytes, assumptions: Iterable[str], case: str) -> Read:
    import csv

    from orebook.engines.balance.network_json import network_of_json
    from orebook.engines.balance.network_rows import network_of_rows

    named = tuple(parse_assumption(text) for text in assumptions)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        step = "Save the table as UTF-8 text."
        byte = f"byte {data[error.start]:#04x}"
        return Read(None, (Problem("not-utf8", f"byte {error.start}", "UTF-8 text", byte, step),))
    if text.lstrip()[:1] in {"{", "["}:
        return network_of_json(text, named, case)
    if "\0" in text:
        step = "Save the table as plain text."
        return Read(None, (Problem("not-text", "", "plain text", "a zero byte", step),))
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        step = "Give a header and one row per transfer."
        return Read(None, (Problem("empty-table", "", "a header and rows", "nothing", step),))
    mark = next((m for m in "\t;" if m in lines[0]), ",")
    try:
        fields = next(csv.reader(lines[:1], delimiter=mark))
        rows = csv.DictReader(lines[1:], fieldnames=fields, delimiter=mark, restkey="", restval="")
        return network_of_rows(fields, rows, named)
    except csv.Error as error:
        step = "Check the quotes of the table."
        return Read(None, (Problem("not-a-table", "", "rows of cells", str(error), step),))
