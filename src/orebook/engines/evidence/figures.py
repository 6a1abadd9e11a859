"""Rules over figures: units, orders of magnitude, counts, sums, shares, and parts over wholes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal

from orebook.engines.evidence.disagreement import Disagreement, of, ranked, shown
from orebook.engines.evidence.reading import Spanned, class_words, has, meanings
from orebook.engines.evidence.said import Said, by_subject, span, tonnes

_FACTORS = {
    Decimal(1000): "a thousand, as between t and kg or million and billion",
    Decimal(1000000): "a million, as between t and g",
    Decimal("2.20462"): "2.2046, as between kg and lb",
    Decimal("1.10231"): "1.1023, as between metric and short tons",
    Decimal("31.1035"): "31.1, as between troy ounces and grams",
    Decimal("32150.7"): "32 151, as between tonnes and troy ounces",
}
_TEN = Decimal(10)
_NEAR = Decimal("0.05")
_CURRENCY = re.compile(r"(?:[A-Z]{3})(?:/.*)?")


def figure_rules(parts: list[list[Said]]) -> Disagreement | None:
    """U0 to U4: figures of one property that differ."""
    members = [s for p in parts for s in p]
    units = {s.unit.casefold() for s in members}
    spans = [span(p[0]) for p in parts]
    if any(s is None for s in spans):
        return None
    given = [s for s in spans if s is not None]
    if len(units) > 1:
        factors = [tonnes(p[0].unit) for p in parts]
        if any(f is None for f in factors):
            what = "currencies or units"
            return of(
                "unit",
                members,
                "U0",
                "convert_first",
                f"given in different {what}: "
                f"{', '.join(sorted({s.unit or 'none' for s in members}))}",
                f"different {what} are not compared or added before they are converted at a "
                "dated rate",
            )
        given = [
            Spanned(s.low * f, s.high * f, s.bounded)
            for s, f in zip(given, factors, strict=True)
            if f is not None
        ]
    if all(a.low <= b.high and b.low <= a.high for a in given for b in given):
        return None
    return _differ(parts, members, given)


def _differ(parts: list[list[Said]], members: list[Said], given: list[Spanned]) -> Disagreement:
    low, high = min(s.low for s in given), max(s.high for s in given)
    times = high / low if low > 0 else None
    unit = members[0].unit.casefold()
    treatment, advice, best = ranked(parts, "the record the figure comes from")
    if times is not None and (named := _factor(times)) and len(parts) == 2:
        return of(
            "unit",
            members,
            "U1",
            "convert_first",
            f"the figures differ by {named}: {shown(parts)}",
            "likely one figure in two units; read the unit in both sources before using either",
            best,
        )
    if times is not None and times >= _TEN:
        return magnitude(members, given)
    if unit in {"count", "number"} or "number" in members[0].tokens:
        text = "different things may have been counted; ask what each count holds"
        if best:
            text = f"the official or better supported figure is {best[0].text}; {text}"
        kind, code, rule = "count", treatment if best else "different_things_counted", "U3"
        return of(kind, members, rule, code, f"counts differ: {shown(parts)}", text, best)
    if _rounds(given):
        exact = max((s for p in parts for s in p), key=_digits)
        return of(
            "amount",
            members,
            "U4",
            "rounding",
            f"figures differ: {shown(parts)}",
            f"the other is a rounding of {exact.text}",
            [exact],
        )
    kind = "amount" if _is_money(members[0]) else "figure"
    return of(kind, members, "U4", treatment, f"figures differ: {shown(parts)}", advice, best)


def magnitude(members: Sequence[Said], given: Sequence[Spanned]) -> Disagreement:
    """U2: figures ten or more times apart."""
    tops = sorted(given, key=lambda s: s.low)
    least, most = tops[-1].low / tops[0].high, tops[-1].high / tops[0].low
    factor = f"{least:.3g}" if f"{least:.3g}" == f"{most:.3g}" else f"{least:.4g} to {most:.4g}"
    return of(
        "magnitude",
        members,
        "U2",
        "never_average",
        f"{len(given)} figures, the ends a factor of {_plain(factor)} apart",
        f"show as a ladder with the factor {_plain(factor)} between the ends; never average; "
        "each needs its method, and a resource its tonnage, grade and class, before it is used",
        needs=("the method of each", "tonnage, grade and class, where it is a resource"),
    )


def _plain(text: str) -> str:
    return " to ".join(f"{Decimal(p):f}" for p in text.split(" to "))


def _factor(times: Decimal) -> str | None:
    return next((n for f, n in _FACTORS.items() if abs(times / f - 1) < Decimal("0.002")), None)


def _digits(said: Said) -> int:
    given = span(said)
    return len(f"{given.low.normalize():E}".split("E")[0]) if given else 0


def _rounds(given: Sequence[Spanned]) -> bool:
    """True where the coarser figure is the finer one cut to its own digits."""
    if len(given) != 2 or any(s.low != s.high for s in given):
        return False
    coarse, fine = sorted(
        (s.low for s in given), key=lambda v: len(v.normalize().as_tuple().digits)
    )
    if coarse == 0 or len(coarse.normalize().as_tuple().digits) == len(
        fine.normalize().as_tuple().digits
    ):
        return False
    step = Decimal((0, (1,), int(coarse.normalize().as_tuple().exponent)))
    cut = (fine / step).quantize(Decimal(1), ROUND_HALF_UP) * step
    return cut == coarse and abs(fine - coarse) <= fine / 10


def _is_money(said: Said) -> bool:
    return "money" in said.families or bool(_CURRENCY.fullmatch(said.unit))


def stems(every: Sequence[Said]) -> Iterator[Disagreement]:
    """U2 over a property and its qualified forms, such as value and value_recoverable."""
    for group in by_subject(every).values():
        figured = [s for s in group if not s.absent and span(s) is not None and s.unit]
        for base in sorted({s.topic for s in figured}):
            own = [s for s in figured if s.topic == base]
            kin = [s for s in figured if s.topic.startswith(f"{base}_") and s.unit == own[0].unit]
            given = [v for s in (*own, *kin) if (v := span(s)) is not None and v.low > 0]
            if not kin or len({s.source for s in (*own, *kin)}) < 2 or not given:
                continue
            if max(v.high for v in given) / min(v.low for v in given) >= _TEN:
                yield magnitude([*own, *kin], given)


def same_amount(every: Sequence[Said]) -> Iterator[Disagreement]:
    """M2: one amount, said by different sources to be different things."""
    for group in by_subject(every).values():
        by_amount: dict[tuple[Decimal, str], list[Said]] = {}
        for one in group:
            if one.figure is not None and _is_money(one) and _CURRENCY.fullmatch(one.unit):
                by_amount.setdefault((one.figure, one.unit), []).append(one)
        for (amount, unit), members in by_amount.items():
            topics = {m.topic: m for m in members}
            if len(topics) > 1 and len({m.source for m in members}) > 1:
                names = ", ".join(t.replace("_", " ") for t in topics)
                yield of(
                    "value-meaning",
                    members,
                    "M2",
                    "keep_meanings_apart",
                    f"{amount:f} {unit} is given as {names}",
                    "do not pick one; the amount agrees, the meaning does not; never add it to "
                    "any total",
                )


def wholes(every: Sequence[Said]) -> Iterator[Disagreement]:
    """U5 to U7: shares above a whole, parts that do not sum to it, a part above its whole."""
    whole_words = class_words("family:whole")
    share_words = class_words("family:share")
    for group in by_subject(every).values():
        figured = [s for s in group if not s.absent and span(s) is not None]
        yield from _shares(
            [s for s in figured if s.unit.casefold() in {"percent", "%"}], share_words
        )
        totals: dict[tuple[str, str], list[Said]] = {}
        for one in figured:
            if whole_words & set(one.tokens) and set(one.tokens) - whole_words:
                totals.setdefault((one.topic, one.unit), []).append(one)
        for (topic, unit), whole in totals.items():
            stem = set(whole[0].tokens) - whole_words
            parts = [
                s
                for s in figured
                if s.unit == unit
                and s.topic != topic
                and stem <= set(s.tokens)
                and not whole_words & set(s.tokens)
            ]
            yield from _parts(whole, parts)


def _shares(figured: list[Said], share_words: frozenset[str]) -> Iterator[Disagreement]:
    by_stem: dict[str, dict[str, Said]] = {}
    for one in figured:
        stem = next((t for t in one.tokens if t in share_words), None)
        if stem is not None and len(one.tokens) > 1:
            best = by_stem.setdefault(stem, {})
            if one.topic not in best or one.weight > best[one.topic].weight:
                best[one.topic] = one
    for best in by_stem.values():
        total = sum((v.low for s in best.values() if (v := span(s))), Decimal(0))
        if len(best) > 1 and total > Decimal("100.5"):
            yield of(
                "sum",
                best.values(),
                "U6",
                "unresolved",
                f"shares of one whole come to {total:f} %",
                "shares of one whole cannot exceed 100 %: one is misreported or they share no base",
                needs=("the document that lists all shares",),
            )


def _parts(whole: Sequence[Said], parts: Sequence[Said]) -> Iterator[Disagreement]:
    """U5, U7 of one property that is a whole, whoever gives it, and all that is part of it."""
    given = [(s, v) for s in whole if (v := span(s)) is not None]
    sizes = [(s, v) for s in parts if (v := span(s)) is not None]
    if not given or not sizes:
        return
    largest, least = max(v.low for _, v in sizes), min(v.high for _, v in given)
    under = [s for s, v in given if v.high < largest]
    over = [s for s, v in sizes if v.low > least]
    if under:
        yield of(
            "part",
            [*under, *over],
            "U7",
            "impossible",
            f"a part is larger than its whole: {over[0].text} of {under[0].text} {under[0].unit}",
            "a part cannot exceed its whole: the two are misreported or on different bases",
        )
    best: dict[str, Said] = {}
    for one in parts:
        if one.topic not in best or one.weight > best[one.topic].weight:
            best[one.topic] = one
    told = sum((v.low for s in best.values() if (v := span(s))), Decimal(0))
    short = [s for s, v in given if v.high >= largest and told > v.high * Decimal("1.01")]
    if len(best) > 1 and short:
        yield of(
            "sum",
            [*short, *best.values()],
            "U5",
            "unresolved",
            f"the parts come to {told:f}, the whole is given as {short[0].text} {short[0].unit}",
            "the parts do not add up to the whole: one is misreported or they overlap",
        )


def shares_in_words(every: Sequence[Said]) -> Iterator[Disagreement]:
    """U8: a share in words against the counts the same subject is given with."""
    for group in by_subject(every).values():
        counted = [(s, c) for s in group if not s.absent and (c := _of(s)) is not None]
        for one in group:
            told = [Decimal(v) for w in has(one.text, "fraction") for v in meanings("fraction")[w]]
            if one.absent or len(told) != 1:
                continue
            for other, share in counted:
                if other is one or one.source != other.source or abs(share - told[0]) <= _NEAR:
                    continue
                percent = f"{share * 100:.1f} %"
                yield of(
                    "wording",
                    [other, one],
                    "U8",
                    "set_wording_aside",
                    f"“{one.text}” for {other.text} {other.unit}, which is {percent}",
                    f"keep the counts ({percent}); the words do not fit them",
                    [other],
                )
                break


def _of(said: Said) -> Decimal | None:
    """The share a count is of its whole: 41 with the unit "of 55 countries", or 41 of 55."""
    match = re.search(r"\bof (\d+)\b", f"{said.text} {said.unit}")
    top = said.figure or (said.figures[0].low if said.figures else None)
    if match is None or top is None or Decimal(match[1]) == 0:
        return None
    return top / Decimal(match[1])
