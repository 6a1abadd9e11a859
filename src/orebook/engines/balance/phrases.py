"""One sentence per explanation and per answer, for a plant, a customs house and a parliament."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import log10
from typing import Any

import numpy as np

from orebook.engines.balance.fingerprint import fingerprint
from orebook.engines.balance.suspicions import Amount, Answer, Blind, Explanation, More

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_GROUPED = "\u202f"  # keeps a number whole, also in text from right to left


def number(value: float) -> str:
    """Four significant digits in full, thousands grouped, never with an exponent."""
    text = format(Decimal(f"{value or 0.0:.4g}"), ",f").replace(",", _GROUPED).replace("-", "−")
    return text.rstrip("0").rstrip(".") if "." in text else text


def closes(imbalance: float) -> str:
    """How well balances close: `to better than one part in 10¹⁵`."""
    if imbalance <= 0:
        return "to the last digit reckoned"
    power = str(max(int(-log10(imbalance)), 0)).translate(_RAISED)
    return f"to better than one part in 10{power}"


def likely(weight: float) -> str:
    """A probability weight in per cent, as much as it can bear."""
    if weight < 5e-4:
        return "under 0.1 %"
    digits = 0 if 0.1 <= weight <= 0.995 else 1
    return f"{100 * weight:.{digits}f} %"


def odds(chance: float) -> str:
    """How often clean data would do so: `in 3 of 100 cases`, `in one of 40 000 cases`."""
    if chance >= 0.01:
        return f"in {number(round(chance * 100))} of 100 cases"
    if chance < 1e-9:
        return "in fewer than one of a billion cases"
    return f"in about one of {number(float(f'{1 / chance:.1g}'))} cases"


def span(amount: Amount, basis: str = "") -> str:
    """A size with its interval, unit and basis, such as `17.7 t dry (14.8 to 20.5)`."""
    low, high = amount.interval
    if amount.unit == "fraction":
        ends = f"{number(low * 100)} to {number(high * 100)}"
        return f"{number(amount.value * 100)} percentage points ({ends})"
    if amount.unit == "relative":
        return f"{number(amount.value * 100)} % ({number(low * 100)} to {number(high * 100)} %)"
    if amount.unit == "exchange":
        return f"{number(amount.value)} of a whole exchange ({number(low)} to {number(high)})"
    unit = f" {amount.unit}{basis}" if amount.unit else ""
    return f"{number(amount.value)}{unit} ({number(low)} to {number(high)})"


def basis_of(item: Explanation) -> str:
    """` dry` where the size is a dry mass, as it is in a book; a bare table may not say."""
    mass = item.component or next(iter(item.amounts), "")
    return " dry" if mass.startswith("dry") and item.size.unit not in _SHARES else ""


_SHARES = {"fraction", "relative", "exchange"}
# What would have to be so: {size} with its interval, {place}, {what}, {high}, {many} readings.
_BIASED = {
    "reading": "The weighing of {place} reads {size} too {high}.",
    "assay": "The assay of {what} of {place} reads {size} too {high}.",
    "scale": "The scale {place} reads {size} too {high} in {many} weighings.",
    "sampler": "The sampler {place} reads {size} too {high} in {many} weighings.",
    "moisture test": "By the moisture test {place} dry mass comes out {size} too {high} in {many}"
    " weighings.",
    "laboratory": "The laboratory {place} reports {what} {size} too {high} in {many} assays.",
    "party": "What the party {place} weighed is {size} too {high} in {many} weighings.",
    "corridor": "What was weighed in the corridor {place} is {size} too {high}, {many} times.",
    "swapped": "The papers of {place} are exchanged.",
}
_MOVED = {
    ("loss", True): "{size} left {place} unrecorded, with its metal.",
    ("loss", False): "{size} came into {place} unrecorded.",
    ("moisture", True): "{size} without metal left {place}: water, or rock, weighed as material.",
    ("moisture", False): "{size} without metal came into {place}: water, or rock, unrecorded.",
    ("substitution", True): "Metal of {size} of the material at {place} is gone, its mass is not:"
    " barren material took its place.",
    ("substitution", False): "What leaves {place} holds the metal of {size} more than what came in,"
    " the mass unchanged.",
}


def interval(item: Explanation) -> str:
    """Between which sizes, as a table has it beside the sentence: `1 685 to 2 783 kg dry`."""
    size = item.size
    low, high = Amount(abs(size.value), size.sd, size.unit).interval
    if size.unit == "exchange":
        return f"{number(low)} to {number(high)} of a whole exchange"
    scale = 100 if size.unit in _SHARES else 1
    unit = {"fraction": "percentage points", "relative": "%"}.get(size.unit, size.unit)
    return f"{number(scale * low)} to {number(scale * high)} {unit}{basis_of(item)}".rstrip()


def sentence(item: Explanation, *, brief: bool = False) -> str:
    """What would have to be so for this explanation to close the gap.

    Takes: `brief`, without the interval of the size.
    """
    size = item.size
    shown = span(Amount(abs(size.value), size.sd, size.unit), basis_of(item))
    if brief:
        shown = shown.partition(" (")[0]
    if item.kind == "injection":
        return f"{shown} came into {item.place} unrecorded{_composition(item)}."
    form = _BIASED.get(item.kind) or _MOVED[item.kind, size.value > 0]
    return form.format(
        size=shown,
        place=item.place,
        what=item.component,
        high="high" if size.value > 0 else "low",
        many=item.readings,
    )


def money(told: Mapping[str, Any]) -> str:
    """What an amount is worth, with its price and the day of it."""
    low, high = told["interval"]
    return (
        f"its {told['component']} is worth {told['value']} {told['currency']} ({low} to {high})"
        f" at {told['price']} of {told['date']}"
    )


def plainly(told: Answer) -> str:
    """The answer in one sentence without a symbol, for whoever reads no further."""
    if told.gaps:
        return _gaps(told)
    if told.verdict == "adds_up":
        return "Everything that was measured more than once agrees within its stated doubt."
    if told.found.freedom <= 0:
        return "Nothing here was measured twice, so nobody can tell whether it adds up."
    return "The figures disagree by more than their stated doubt, and no single cause stands out."


def _gaps(told: Answer) -> str:
    """How many gaps, what explains the first, and how many explanations there are beside it."""
    many = len(told.gaps)
    best, near = told.gaps[0].best, told.gaps[0].near
    things = "One thing does" if many == 1 else f"{many} things do"
    it = "it" if many == 1 else "the first"
    if not near:
        return f"{things} not add up. What would explain {it} best: {sentence(best)}"
    if all(e.identical for e in near):
        return (
            f"{things} not add up, and {len(near) + 1} explanations of {it} cannot be told apart."
            f" The one that asks least of what was stated: {sentence(best)}"
        )
    others = f"{len(near)} other {'explanation' if len(near) == 1 else 'explanations'}"
    return (
        f"{things} not add up. What would explain {it} best: {sentence(best)}"
        f" {others} cannot be told apart from it."
    )


def unchecked(told: Answer) -> tuple[str, ...]:
    """The nodes of which no balance is left: too little was measured there to tell anything."""
    dark = np.flatnonzero((told.found.contraction.group < 0).all(axis=1))
    return tuple(told.network.nodes[n] for n in dark.tolist())


def _composition(item: Explanation) -> str:
    mass = next(iter(item.amounts.values()), None)
    if mass is None or not mass.value or len(item.amounts) < 2:
        return ""
    shares = [
        f"{name} {number(amount.value / mass.value * 100)} %"
        for name, amount in list(item.amounts.items())[1:]
    ]
    return f", with {', '.join(shares)}"


def lines(told: Answer, worth: Sequence[Sequence[Mapping[str, Any]]] = ()) -> list[str]:
    """The answer for a terminal: verdict, gaps with their rivals, what is not visible.

    Takes: per gap what it is worth, as `engines.balance.worth` tells it.
    """
    from orebook.engines.balance.statistics import part_fits

    found = told.found
    made = [plainly(told), told.reason]
    parts = len(part_fits(found))
    if parts > 1:
        made.append(f"No transfer joins these {parts} networks; each is weighed on its own.")
    for place, gap in enumerate(told.gaps, 1):
        made.append("")
        made.append(f"Gap {place}: {sentence(gap.best)} ({likely(gap.best.weight)})")
        made += [
            f"  its composition fits {s['source']} best (so far off or farther {odds(s['chance'])})"
            for s in fingerprint(told.network, gap.best)[:1]
        ]
        made += [f"  {money(w)}" for w in (worth[place - 1] if worth else ())]
        if gap.near:
            made.append("  cannot be told apart from it:")
            made += [f"  - {sentence(e)} ({likely(e.weight)})" for e in gap.near[:8]]
            if len(gap.near) > 8:
                made.append(f"  - and {len(gap.near) - 8} more (see --json)")
        made += [f"  less likely: {sentence(e)} ({likely(e.weight)})" for e in gap.rivals[:3]]
    made += _unseen(told)
    made += _next(told)
    worst = max(found.closure, told.checked.balance)
    made += ["", f"Every balance closes {closes(worst)}; checked again without the solver."]
    return made


def _unseen(told: Answer) -> list[str]:
    """What would leave no trace, and what only a large error would leave one of."""
    never = [f"{b.place} {b.component}" for b in told.blind if b.smallest is None]
    seldom = [
        f"{b.place} {b.component} (from {least(told, b)})"
        for b in told.blind
        if b.smallest is not None
    ]
    heads = ("Not visible, an error there would leave no trace", "Visible only where it is large")
    made = []
    for head, names in zip(heads, (never, seldom), strict=True):
        if names:
            more = f"; and {len(names) - 8} more" if len(names) > 8 else ""
            made += ["", f"{head}: {'; '.join(names[:8])}{more}."]
    return made


def least(told: Answer, item: Blind) -> str:
    """The smallest error seen in a figure, with its unit."""
    if item.smallest is None:
        return "never"
    if item.component == told.network.components[0]:
        return f"{number(item.smallest)} {told.network.unit}"
    return f"{number(100 * item.smallest)} percentage points"


def _does_help(item: More) -> bool:
    return not item.node or number(item.before) != number(item.after)


def _next(told: Answer) -> list[str]:
    """Where one more reading would help most, best first; nothing where none would."""
    best = [item for item in told.more if _does_help(item)][:3]
    if not best:
        return []
    said = "; ".join(f"{one_more(i)} ({gains(told, i)})" for i in best)
    return ["", f"Where one more reading would help most: {said}."]


def one_more(item: More) -> str:
    """The reading itself: `a weighing of ore into mill`, `an assay of Cu of tails`."""
    if item.what == "assay":
        return f"an assay of {item.component} of {item.place}"
    return f"a weighing of {item.place}"


def gains(told: Answer, item: More) -> str:
    """What one more reading would bring, in the smallest loss that would be seen."""
    if not item.node:
        added = int(item.after)
        return f"adds {added} {'balance' if added == 1 else 'balances'} that can be checked"
    change = f"from {number(item.before)} to {number(item.after)} {told.network.unit}"
    return f"the smallest loss seen at {item.node} goes {change}"
