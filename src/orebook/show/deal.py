"""An agreement in words, for a terminal, a brief and JSON. Claims stand in attribution form."""

from __future__ import annotations

from collections.abc import Iterator

from orebook.acts.deal import Clock, Deal
from orebook.engines.evidence.statements import Group, Line
from orebook.model.absence import known
from orebook.model.agreement import Agreement
from orebook.model.claim import Claim
from orebook.model.shape import decimal
from orebook.show.numbers import number
from orebook.show.prose import dated
from orebook.show.sentences import said_json
from orebook.show.topics import topic_text
from orebook.show.values import say

STATES = {
    "agree": "agreed by several voices",
    "one_voice": "one voice",
    "differ": "statements differ",
    "not_found": "not found",
    "sealed": "sealed",
}


def agreement_row(agreement: Agreement) -> tuple[str, str, str, str]:
    """One row of the list of agreements."""
    return (
        agreement.id,
        say(agreement.title).text,
        say(agreement.instrument).text,
        say(agreement.signed).text,
    )


def claim_text(claim: Claim) -> str:
    """What a claim says, its number grouped where it is one: 500 000 000 USD."""
    value = known(claim.value)
    unit = known(claim.unit) or ""
    if value is None or unit in {"", "date"}:
        shown = say(claim.value).text
        return dated(shown) if unit == "date" else shown
    figure = decimal(value)
    shown = value if figure is None else number(figure)
    return shown if unit == "count" else f"{shown}\u00a0{unit}"


def line_text(line: Line) -> str:
    """One claim in attribution form: "delivered", Arab News, 2 October 2025."""
    claim = line.claim
    value = say(claim.value)
    shown = f"“{claim_text(claim)}”" if value.state == "known" else value.line()
    source = line.source
    where = (
        f"{say(source.publisher).text}, {say(source.date).text}"
        if source is not None
        else no_source(claim)
    )
    standing = known(claim.standing) or "standing not stated"
    return f"{shown}, {where}: {standing.replace('_', ' ')} [{claim.id}]"


def no_source(claim: Claim) -> str:
    """Why a claim stands without its source: none stated, or one that this book does not hold."""
    name = known(claim.source)
    return f"cites {name}, which is not in this book" if name else "source not stated"


def clock_text(clock: Clock) -> str:
    """How long a text was, or has been, out of sight."""
    least, most = clock.days
    span = number(least) if least == most else f"{number(least)} to {number(most)}"
    if clock.public is not None:
        return f"text public {span} day{'' if least == most == 1 else 's'} after signature"
    return f"{span} days since signature, no public text found"


def deal_lines(found: Deal) -> Iterator[str]:
    """An agreement for a terminal."""
    agreement = found.agreement
    yield say(agreement.title).text
    yield f"  instrument: {say(agreement.instrument).text}; signed {say(agreement.signed).line()}"
    for party, role in found.parties:
        name = say(party.name).text if party is not None else "a party not described"
        yield f"  party: {name} ({role})"
    if found.clock is not None:
        yield f"  clock: {clock_text(found.clock)}"
    for other in found.comparators:
        yield f"    beside it, {say(other.agreement.title).text}: {clock_text(other)}"
    if found.comparators:
        yield f"    how the two differ: {say(agreement.difference).line()}"
    heard = found.voices
    yield (
        f"  {number(len(heard.reports))} reports, {number(heard.stated)} voices by stated relays, "
        f"{number(heard.inferred)} with inferred ones"
    )
    for state in ("agree", "differ", "one_voice", "not_found"):
        groups = found.of(state)
        if groups:
            yield f"  {STATES[state]}: {number(len(groups))}"
            if state == "not_found":
                yield from _lost_lines(groups)
            else:
                for group in groups:
                    yield from _group_lines(group)
    for question in found.questions:
        yield f"  question: {question.text} [{', '.join(question.cites)}]"
    yield f"  as of {found.facts.as_of}, head of {number(found.head.size)} entries"


def _group_lines(group: Group) -> Iterator[str]:
    yield f"    {group.subject}, {topic_text(group.topic)}"
    for line in group.lines:
        yield f"      {line_text(line)}"


def _lost_lines(groups: tuple[Group, ...]) -> Iterator[str]:
    """What was looked for, gathered by who looked, where and until when."""
    searches: dict[str, list[str]] = {}
    for group in groups:
        for line in group.lines:
            by = say(line.source.publisher).text if line.source is not None else "nobody named"
            search = f"{say(line.claim.value).remark or 'where is not stated'}, by {by}"
            told = f"{topic_text(group.topic)} [{line.claim.id}]"
            searches.setdefault(search, []).append(told)
    for search, found in searches.items():
        yield f"    {search}:"
        yield f"      {'; '.join(found)}"


def deal_json(found: Deal) -> dict[str, object]:
    """An agreement as plain members."""
    agreement = found.agreement
    return {
        "id": agreement.id,
        "title": said_json(say(agreement.title)),
        "instrument": said_json(say(agreement.instrument)),
        "signed": said_json(say(agreement.signed)),
        "text_public": said_json(say(agreement.text_public)),
        "clock": _clock_json(found.clock) if found.clock is not None else None,
        "comparators": [_clock_json(c) for c in found.comparators],
        "voices": {
            "reports": list(found.voices.reports),
            "stated": found.voices.stated,
            "inferred": found.voices.inferred,
        },
        "groups": [_group_json(g) for g in found.groups],
        "questions": [{"text": q.text, "cites": list(q.cites)} for q in found.questions],
        "as_of": found.facts.as_of,
        "head": found.head.as_json(),
    }


def _clock_json(clock: Clock) -> dict[str, object]:
    return {
        "agreement": clock.agreement.id,
        "days": list(clock.days),
        "public": clock.public.text if clock.public is not None else None,
        "steps": [list(step) for step in clock.steps],
    }


def _group_json(group: Group) -> dict[str, object]:
    return {
        "subject": group.subject,
        "property": group.topic,
        "state": group.state,
        "voices": group.voices,
        "claims": [
            {
                "id": line.claim.id,
                "value": said_json(say(line.claim.value)),
                "standing": known(line.claim.standing),
                "source": known(line.claim.source),
                "entry": line.claim.ref.text(),
            }
            for line in group.lines
        ],
    }
