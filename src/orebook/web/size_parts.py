"""How big a headline value is, and how much of a headline wealth is backed: pictures and tables."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from orebook.acts.headline import Backed, Headline
from orebook.engines.ladder.ladder import Deposit
from orebook.model.absence import known
from orebook.model.claim import Claim, Source
from orebook.model.facts import Facts
from orebook.model.finding import Finding
from orebook.model.shape import decimal
from orebook.show.bars import Share, share_bars
from orebook.show.deal import claim_text
from orebook.show.html import Html
from orebook.show.ladder import RUNGS, left, money, span_text
from orebook.show.numbers import number, percent
from orebook.show.sentences import figure_text
from orebook.show.svg import responsive
from orebook.show.values import say
from orebook.web.addresses import address
from orebook.web.tables import Cell, Table, table


def years(found: Sequence[Finding]) -> list[tuple[str, str, str]]:
    """Per metal: the range of years, the output it is held against, and the prices counted."""
    told = []
    for one in found:
        span, output = one.figure("years"), one.figure("output")
        if span is not None and output is not None:
            told.append(
                (one.component, figure_text(span), f"{output.label}: {figure_text(output)}")
            )
    return told


def sizes_table(found: Sequence[Finding]) -> Table:
    """The printed amount in tonnes and years of known output, per metal and dated price."""
    rows = []
    for part in (p for one in found for p in one.parts):
        told = {f.name: figure_text(f) for f in part.figures}
        cells = [
            Cell(part.component),
            *(Cell(told.get(n, "")) for n in ("price", "tonnes", "years")),
        ]
        rows.append((*cells, Cell("; ".join(part.sources))))
    columns = (
        ("price_of", "at the price of"),
        ("price", "a tonne"),
        ("tonnes", "tonnes it buys"),
        ("years", "years of known output"),
        ("source", "source"),
    )
    note = " ".join(f"{r[:1].upper()}{r[1:]}." for r in found[0].reasons) if found else ""
    return table("sizes", "How big the printed amount is", columns, rows, note=note)


def said_by(claim: Claim, facts: Facts) -> str:
    """A headline in attribution form: the amount, who says so, on which day."""
    value, source = decimal(known(claim.value)), facts.get(Source, known(claim.source) or "")
    unit = known(claim.unit) or ""
    amount = claim_text(claim) if value is None else money(value, unit)
    if source is None:
        return f"{amount}, source not stated"
    date = f", {say(source.date).text}" if known(source.date) is not None else ""
    return f"{amount}, {say(source.publisher).text}{date}"


def backed_picture(found: Sequence[Headline], facts: Facts) -> Html | None:
    """One bar per headline value: the share that reserves and resources back."""
    shares = []
    for claim, ladder, _ in found:
        backed = ladder.coverage("reserve", "resource")
        if backed is not None and 0 <= backed.low <= backed.high <= 1:
            label = f"of {said_by(claim, facts)}"
            shares.append(Share(label, backed.low, backed.high, address("claim", claim.id)))
    if not shares:
        return None
    title = "How much of each headline wealth is backed"
    return responsive(
        "backed", lambda k, width: share_bars(k, shares, width=width, title=title, digits=1)
    )


def backed_table(found: Sequence[Headline]) -> Table:
    """Each headline value with what backs it, inferred apart, and what is not scaled."""
    rows = []
    for claim, _, made in found:
        told = {f.name: figure_text(f) for f in made.figures if f.unit == "fraction"}
        rows.append(
            (
                Cell(claim_text(claim)),
                Cell(told.get("backed share of the headline", "cannot be told")),
                Cell(told.get("inferred, shown apart", "cannot be told")),
                Cell(" ".join(made.reasons)),
                Cell(claim.id, address("claim", claim.id)),
            )
        )
    columns = (
        ("headline", "headline value"),
        ("backed", "backed by tonnage, grade and class"),
        ("inferred", "inferred, apart"),
        ("rest", "the rest"),
        ("claim", "claim"),
    )
    return table("backed", "How much of each headline is backed", columns, rows)


def deposits_table(found: Backed) -> Table:
    """The deposits a headline is held against: each with tonnage, grade, class and source."""
    rows = [
        (
            Cell(one.name),
            Cell(f"{one.word} ({one.scheme})"),
            Cell(_ends(one.tonnes.low, one.tonnes.high, "t")),
            Cell("; ".join(_grade(one))),
            Cell(one.backing),
            Cell(one.source, state="known" if one.source else "silent"),
        )
        for one in found.deposits
    ]
    columns = (
        ("deposit", "deposit"),
        ("class", "class"),
        ("tonnes", "dry tonnes"),
        ("grade", "grade"),
        ("backs", "backs as"),
        ("source", "source"),
    )
    return table("deposits", "Deposits with tonnage, grade and class", columns, rows)


def _ends(low: Decimal, high: Decimal, unit: str) -> str:
    told = dict.fromkeys((number(low), number(high)))
    return f"{' to '.join(told)}\u00a0{unit}"


def _grade(one: Deposit) -> list[str]:
    """The grades of a deposit; below a hundredth of a percent as grams a tonne."""
    told = []
    for product in one.products:
        low, high = product.grade.low, product.grade.high
        if high < Decimal("0.0001"):
            shown = _ends(low * 1_000_000, high * 1_000_000, "g/t")
        else:
            shown = " to ".join(dict.fromkeys((percent(low), percent(high))))
        told.append(f"{product.substance} {shown}")
    return told


def rungs_table(found: Backed) -> Table:
    """The rungs of the ladder: what each takes, its value, what it leaves, what is missing."""
    ladder = found.ladder
    rows = [
        (
            Cell(RUNGS.get(step.name, step.name)),
            Cell(step.basis),
            Cell(
                span_text(step.value, ladder.money),
                state="known" if step.value is not None else "absent",
            ),
            Cell(left(step, ladder)),
            Cell(step.needs, state="known" if step.needs else "silent"),
        )
        for step in ladder.steps
    ]
    rows += [
        (
            Cell(f"to: {name}"),
            Cell("its share of the last rung"),
            Cell(span_text(share, ladder.money)),
            Cell(""),
            Cell("", state="silent"),
        )
        for name, share in ladder.split
    ]
    columns = (
        ("rung", "rung"),
        ("takes", "how it is reached"),
        ("value", "value"),
        ("left", "of what is in the ground"),
        ("needs", "what would have to be stated"),
    )
    note = (
        "These are the rungs of the deposits above and of nothing else: no share found here is put "
        "to the rest of a headline."
    )
    return table("rungs", "The ladder, step by step", columns, rows, note=note)
