"""What becomes of a document that is read and written again: unchanged, refused in part or whole.

Needs no book: a sender asks before sending, and the suite asks for every official document.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass

from orebook.exchange.format import Format, Read, Source
from orebook.exchange.json_text import read as json_read
from orebook.exchange.registry import START, choose
from orebook.exchange.vc_proof import Jwt, taken_apart
from orebook.exchange.xml_text import canonical, safe
from orebook.model.entry import Body
from orebook.model.problem import Problem, ReaderError, SenderError
from orebook.model.shape import check

SIZE_MAX = 64 * 1024 * 1024
UNCHANGED = "unchanged"
IN_PART = "in part"
REFUSED = "refused"
CHANGED = "changed"
NOT_WRITTEN = "read, not written"


@dataclass(frozen=True, slots=True)
class Trip:
    """One document: the format it was read as, its facts, its faults, and what came out."""

    name: str
    format: str
    facts: int
    problems: tuple[Problem, ...]
    outcome: str

    def as_json(self) -> Body:
        """For machines: one object a document."""
        return {
            "name": self.name,
            "format": self.format,
            "facts": self.facts,
            "outcome": self.outcome,
            "problems": [problem.as_json() for problem in self.problems],
        }


def return_trip(data: bytes, name: str, wanted: str | None = None) -> Trip:
    """What becomes of the document when it is read and then written in its own format.

    Gives: `unchanged` where it comes out equal: JSON in its values with their number text, XML in
    its canonical form, a signed token as the credential inside it, any other as the same facts.
    Refuses: SenderError for a document beyond 64 MiB.
    """
    if len(data) > SIZE_MAX:
        step = "Use orebook capture --dry-run, which reads as a stream."
        fault = Problem("too-large", "", f"at most {SIZE_MAX} bytes", f"{len(data)}", step, name)
        raise SenderError(fault.text(), [fault])
    chosen = choose(data[:START], name, wanted)
    if isinstance(chosen, Problem):
        return Trip(name, "", 0, (chosen,), REFUSED)
    facts, problems = _facts(chosen, data, name)
    problems += [fault.within("", name) for one in facts for fault in check(one.kind, one.body)]
    if problems:
        outcome = IN_PART if any(one.kind != "document" for one in facts) else REFUSED
        return Trip(name, chosen.name, len(facts), tuple(problems), outcome)
    return Trip(name, chosen.name, len(facts), (), _outcome(chosen, data, name, facts))


def _facts(format_: Format, data: bytes, name: str) -> tuple[list[Read], list[Problem]]:
    facts: list[Read] = []
    problems: list[Problem] = []
    for item in format_.read(io.BytesIO(data), Source(name, "document:1")):
        if isinstance(item, Problem):
            problems.append(item)
        else:
            facts.append(item)
    return facts, problems


def _outcome(format_: Format, data: bytes, name: str, facts: list[Read]) -> str:
    if format_.write is None:
        return NOT_WRITTEN
    stream = io.BytesIO()
    try:
        format_.write(((one.kind, one.body) for one in facts), stream)
    except ReaderError:
        return NOT_WRITTEN
    return UNCHANGED if _equal(format_, data, stream.getvalue(), name) else CHANGED


def _equal(format_: Format, data: bytes, out: bytes, name: str) -> bool:
    start = data.lstrip()[:1]
    if start == b"<":
        return _canonical(data) == _canonical(out)
    jwt = taken_apart(data) if data.lstrip().startswith(b"eyJ") else None
    if isinstance(jwt, Jwt):
        data = jwt.payload
    if ".json" in format_.suffixes:
        before = json_read(data)
        if not isinstance(before, Problem):
            return before == json_read(out)
    return _told(_facts(format_, data, name)[0]) == _told(_facts(format_, out, name)[0])


def _canonical(data: bytes) -> bytes:
    from lxml import etree

    return canonical(etree.fromstring(data, safe()))


def _told(facts: Iterable[Read]) -> list[tuple[str, Body]]:
    """The facts without the document they came from, whose size and digest may differ."""
    return [(one.kind, one.body) for one in facts if one.kind != "document"]
