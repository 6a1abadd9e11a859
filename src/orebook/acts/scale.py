"""How big a headline value is: tonnes at dated prices, years of known output, gross."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from orebook.acts.see import View
from orebook.engines.evidence.plausible import known_output
from orebook.engines.ladder.scale import OtherBasis, Price, Scale, Tonnage, convert, scale
from orebook.model.absence import known
from orebook.model.agreement import Agreement
from orebook.model.facts import Facts, Head
from orebook.model.finding import Figure, Finding, Missing
from orebook.model.party import Party
from orebook.model.problem import NotFound
from orebook.model.vocabulary import table

VERSION = "scale/1"


def prices() -> tuple[Price, ...]:
    """The dated prices that the project carries, each with its source."""
    return tuple(
        Price(
            r["money"], Decimal(r["per_t"]), r["substance"], r["period"],
            f"{r['form']}: {r['source']}",
        )
        for r in table("scale_prices")
    )  # fmt: skip


def outputs(country: str) -> tuple[Tonnage, ...]:
    """The known mine output of a country (ISO 3166 alpha-2) by substance, tonnes contained.

    Source: tables/known_output.csv; tables/scale_metals.csv names the metals an amount is held
    against.
    """
    name = next((r["name"] for r in table("countries") if r["alpha_2"] == country), "")
    asked = {
        r["material"]: r["substance"] for r in table("scale_metals") if r["country"] == country
    }
    return tuple(
        Tonnage(k.tonnes, asked[k.material], k.year, "mine output", k.source)
        for k in known_output()
        if k.country == name and k.measure == "output" and k.material in asked
    )


def scales(
    value: Decimal, money: str, output: Tonnage, at: Iterable[Price] | None = None
) -> tuple[Scale, ...]:
    """The value at every carried price of that metal or of a compound of it, by price, low first.

    The output is brought to the compound of the price by exact factors; other money is left out.
    """
    found = []
    for price in prices() if at is None else at:
        if price.money != money:
            continue
        try:
            found.append(scale(value, money, price, convert(output, price.of)))
        except OtherBasis:
            continue
    return tuple(sorted(found, key=lambda s: s.years))


def agreement_scale(view: View, ident: str, country: str = "") -> tuple[Finding, ...]:
    """How big an agreement's printed amount is: one finding per distinct amount and metal.

    Takes: `country`, ISO alpha-2; else that of the agreement's own parties, where an output of it
    is carried. Gives: verdict `computed`, a part per dated price with tonnes and years of output.
    Refuses: NotFound. Unknown: verdict `cannot_be_told` where no amount, output or price is known.
    """
    facts = view.facts(kinds=["agreement", "party"])
    agreement = facts.get(Agreement, ident)
    if agreement is None:
        message = f"this book has no agreement {ident}"
        raise NotFound(message)
    amounts = {
        (m.value, m.currency): None
        for a in known(agreement.amounts) or ()
        if (m := known(a.amount)) is not None
    }
    known_as = [o for c in _countries(facts, agreement, country) for o in outputs(c)]
    found = [
        _finding(ident, value, money, output, facts.head, facts.as_of)
        for value, money in amounts
        for output in known_as
    ]
    found = [f for f in found if f.parts]
    return tuple(found) or (_nothing(ident, facts, amounts=bool(amounts)),)


def _countries(facts: Facts, agreement: Agreement, country: str) -> tuple[str, ...]:
    if country:
        return (country,)
    parties = (facts.get(Party, known(r.party) or "") for r in known(agreement.parties) or ())
    return tuple(dict.fromkeys(c for p in parties if p is not None and (c := known(p.country))))


def _finding(
    ident: str, value: Decimal, money: str, output: Tonnage, head: Head, as_of: str
) -> Finding:
    parts = tuple(_part(s, ident, head, as_of) for s in scales(value, money, output))
    years = [f.value for p in parts if (f := p.figure("years")) is not None and f.value is not None]
    known_as = f"{output.what} of {output.of}, {output.period}"
    span = f"years of that output to gross the amount, over {len(years)} dated prices"
    figures = [
        Figure("value", value, money, "known", label="amount as printed"),
        Figure("output", output.tonnes, "t", "known", label=known_as, sources=(output.source,)),
    ]
    if years:
        figures.append(Figure("years", None, "years", low=min(years), high=max(years), label=span))
    reasons = (
        "gross: before payable terms, cost, tax and discount",
        "the amount is taken as printed; sources differ on what it means, and it joins no sum",
    )
    sources = tuple(dict.fromkeys([output.source, *(s for p in parts for s in p.sources)]))
    return Finding(
        "scale", VERSION, "How big is the headline value", ident, "computed", head, as_of,
        tuple(figures), reasons, sources=sources, parts=parts, component=output.of,
    )  # fmt: skip


def _part(found: Scale, ident: str, head: Head, as_of: str) -> Finding:
    price = found.price
    figures = (
        Figure("price", price.per_t, price.money, "known", label=f"a tonne of {price.of}"),
        Figure("tonnes", found.tonnes, "t", label=f"tonnes of {price.of} that the amount buys"),
        Figure("years", found.years, "years", label=f"years of output, as {price.of}"),
    )  # fmt: skip
    return Finding(
        "scale", VERSION, f"At the price of {price.of}, {price.period}", ident, "computed", head,
        as_of, figures, sources=(price.source,), component=f"{price.of}, {price.period}",
    )  # fmt: skip


def _nothing(ident: str, facts: Facts, *, amounts: bool) -> Finding:
    what = (
        "mine output of the country, or a price in the amount's currency"
        if amounts
        else "an amount"
    )
    missing = (Missing(what, ident, "nothing to hold the amount against"),)
    return Finding(
        "scale", VERSION, "How big is the headline value", ident, "cannot_be_told", facts.head,
        facts.as_of, missing=missing,
    )  # fmt: skip
