"""The first screens of an agreement: each question of a reader with its answer in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from orebook.acts.headline import Backed
from orebook.acts.opened import Opened
from orebook.engines.promises.match import OUTCOMES
from orebook.model.absence import known
from orebook.show.numbers import number, percent
from orebook.show.values import say
from orebook.web.tables import Cell, Table, cell, table

_OFTEN = 3


def in_short(told: Opened, backed: Backed | None) -> list[tuple[str, str, str]]:
    """Question, answer in one line, and where on the page it is answered in full."""
    return [
        ("What is claimed, and by whom?", _claimed(told), "#claims"),
        ("What contradicts?", _contradicts(told), "#disagree"),
        ("Who gets what?", _gets(told), "#take"),
        ("How much of the headline is backed?", _backed(backed), "#ladder"),
        ("What was promised, and kept?", _promised(told), "#promised"),
    ]


def counted(words: Iterable[str]) -> str:
    """Each word with how often it stands there, the most frequent first: 3 date, 1 scope."""
    found = Counter(words)
    order = sorted(found, key=lambda w: -found[w])
    return ", ".join(f"{number(found[w])} {w}" for w in order)


def speakers(told: Opened) -> list[tuple[str, int]]:
    """Who says how much: publishers with the number of their statements, most first."""
    found: Counter[str] = Counter()
    for group in told.deal.groups:
        if group.state == "not_found":
            continue
        for line in group.lines:
            name = known(line.source.publisher) if line.source is not None else None
            found[name or "source not stated"] += 1
    return sorted(found.items(), key=lambda item: -item[1])


def _claimed(told: Opened) -> str:
    voices = told.deal.voices
    groups = [g for g in told.deal.groups if g.state not in {"not_found", "sealed"}]
    if not groups:
        return "Nothing is claimed of it in this book."
    lines = sum(len(g.lines) for g in groups)
    low, high = sorted((voices.inferred, voices.stated))
    span = number(low) if low == high else f"{number(low)} to {number(high)}"
    reports = len(voices.reports)
    often = "; ".join(f"{name} ({number(n)})" for name, n in speakers(told)[:_OFTEN])
    return (
        f"{number(lines)} statement{_s(lines)} on {number(len(groups))} propert"
        f"{'y' if len(groups) == 1 else 'ies'}, in {number(reports)} report{_s(reports)} with "
        f"{span} independent voice{_s(high)} behind them. Most by {often}."
    )


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _contradicts(told: Opened) -> str:
    groups = told.review.groups
    if not groups:
        return "No two claims that a rule compares."
    kinds = counted(g.kind.replace("-", " ") for g in groups)
    return f"{number(len(groups))} group{_s(len(groups))} by rule: {kinds}."


def _gets(told: Opened) -> str:
    worked = told.take.worked
    whole = next((i for i in worked.intervals if i.measure == "gov_take_undiscounted"), None)
    if whole is None:
        return "At the terms its text states, over a model mine."
    unknown = len(told.take.finding.missing)
    low, high = (percent(end, digits=0) for end in (whole.low, whole.high))
    return (
        f"The state {low} to {high} of the cash of a model mine: no public text states "
        f"{number(unknown)} term{_s(unknown)} that would decide it."
    )


def _backed(backed: Backed | None) -> str:
    if backed is None or not backed.headlines:
        return "No figure of mineral wealth is recorded of a party."
    shares = [s for _, ladder, _ in backed.headlines
              if (s := ladder.coverage("reserve", "resource")) is not None]  # fmt: skip
    count = len(backed.headlines)
    if not shares:
        return f"Of {number(count)} value{_s(count)} in print it cannot be told."
    low, high = min(s.low for s in shares), max(s.high for s in shares)
    return (
        f"Of {number(count)} value{_s(count)} in print from {percent(low, digits=1)} to "
        f"{percent(high, digits=1)}; the rest has no tonnage, grade and class stated."
    )


def _promised(told: Opened) -> str:
    every = (*told.promises, *((told.royalty,) if told.royalty is not None else ()))
    if not every:
        return "No commitment is recorded."
    return f"{counted(OUTCOMES[p.verdict] for p in every).capitalize()}."


def charges_table(told: Opened) -> Table:
    """What users or the state pay under it."""
    rows = [
        (
            cell(c.title),
            cell(c.paid_by),
            cell(c.rate),
            cell(c.per),
            cell(c.expected),
            cell(c.paid),
            cell(c.since),
            cell(c.until),
        )
        for c in known(told.agreement.charges) or ()
    ]
    columns = (
        ("title", "for"),
        ("paid_by", "paid by"),
        ("rate", "rate"),
        ("per", "per"),
        ("expected", "revenue expected"),
        ("paid", "revenue so far"),
        ("since", "from"),
        ("until", "until"),
    )
    caption = "Charges and tariffs"
    return table("charges", caption, columns, rows, measured=("rate", "expected", "paid"))


def borne_table(told: Opened) -> Table:
    """Which risk is borne by whom, where a term or clause names them."""
    agreement = told.agreement
    names = {p.id: say(p.name).text for p, _ in told.deal.parties if p is not None}
    rows = []
    for term in known(agreement.terms) or ():
        if bearers := known(term.borne_by):
            told_by = ", ".join(names.get(b, b) for b in bearers)
            rows.append((cell(term.key), Cell(told_by), cell(term.value)))
    for clause in known(agreement.clauses) or ():
        if bearers := known(clause.borne_by):
            told_by = ", ".join(names.get(b, b) for b in bearers)
            number_ = known(clause.number) or ""
            rows.append((Cell(f"clause {number_}"), Cell(told_by), cell(clause.text)))
    columns = (("term", "term or clause"), ("borne_by", "borne by"), ("text", "its words"))
    return table("borne", "Who bears which risk", columns, rows)
