"""Each reading with its doubt beside the value it was reconciled to, drawn on one common scale.

The scale is the reading's own standard deviation, so that a grade in per mille and a mass in tonnes
stand side by side; the figures themselves are written out above each bar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from orebook.engines.balance.phrases import number
from orebook.engines.balance.suspicions import Answer
from orebook.show.called import plain
from orebook.show.html import Html
from orebook.show.svg import SMALL, TEXT, el, group, leading, measure, num, picture, text, wrap
from orebook.show.svg import responsive as both_widths

DRAWN = 24
_PAD, _ROW, _REACH, _FARTHEST = 12.0, 62.0, 4, 60
_FRACTION = "%"


@dataclass(frozen=True, slots=True)
class Pull:
    """A figure read and reconciled, both with two standard deviations, in one unit.

    `moved` is the step from one to the other in standard deviations of the reading, and `left` what
    the balances leave of that doubt, as a share; `kind` is the class of the figure.
    """

    name: str
    component: str
    unit: str
    kind: str
    read: float
    read_doubt: float
    told: float
    told_doubt: float
    moved: float
    left: float

    def read_text(self) -> str:
        """As read, with two standard deviations."""
        return f"{number(self.read)} ± {number(float(f'{self.read_doubt:.2g}'))} {self.unit}"

    def told_text(self) -> str:
        """As reconciled, with two standard deviations."""
        return f"{number(self.told)} ± {number(float(f'{self.told_doubt:.2g}'))} {self.unit}"


def pulls(told: Answer, component: int, called: Mapping[str, str]) -> tuple[Pull, ...]:
    """Every figure of a component that was read and is checked, what was moved farthest first."""
    network, known = told.network, told.known
    doubts = network.doubts()
    seen = network.known[:, component] & known.told[:, component] & (network.sd[:, component] > 0)
    factor, unit = (1.0, network.unit) if component == 0 else (100.0, _FRACTION)
    made = []
    for e in np.flatnonzero(seen).tolist():
        read, sd = float(network.value[e, component]), float(doubts[e, component])
        value, doubt = float(known.value[e, component]), float(known.sd[e, component])
        made.append(
            Pull(
                plain(network.edges[e], called), network.components[component], unit,
                str(known.kind[e, component]), factor * read, 2 * factor * sd, factor * value,
                2 * factor * doubt, (value - read) / sd, min(doubt / sd, 1.0),
            )
        )  # fmt: skip
    return tuple(sorted(made, key=lambda p: (-abs(p.moved), p.name)))


def pulls_picture(key: str, shown: Sequence[Pull]) -> Html | None:
    """The readings moved farthest, each against what it was reconciled to; None where none was."""
    some = [p for p in shown if p.kind == "redundant"][:DRAWN]
    if not some:
        return None
    title = f"{some[0].component}: as read, and as reconciled"
    said = "; ".join(f"{p.name}: read {p.read_text()}, reconciled {p.told_text()}" for p in some)
    return both_widths(key, lambda k, width: _draw(k, width, some, title, said))


def _draw(key: str, width: int, shown: Sequence[Pull], title: str, said: str) -> Html:
    long = width - 2 * _PAD
    top = _PAD + 24
    bottom = top + _ROW * len(shown)
    farthest = max(abs(p.moved) + 2 * p.left for p in shown)
    reach = min(max(_REACH, ceil(farthest + 0.2)), _FARTHEST)

    def at(value: float) -> float:
        return _PAD + long * (min(max(value, -reach), reach) + reach) / (2 * reach)

    parts = list(_legend(top))
    each = next(s for s in (1, 2, 5, 10, 20) if reach / s <= _REACH)
    last = (reach - 1) // each
    for step in range(-last, last + 1):
        tick = step * each
        x = at(tick)
        sign = f"{'+' if tick > 0 else '−' if tick < 0 else ''}{abs(tick)}"
        parts += [
            el("path", d=f"M{num(x)} {num(top)}V{num(bottom)}", class_="rule"),
            text(x, bottom + 17, sign, size=SMALL, anchor="middle", class_="t-muted t-num"),
        ]
    label = "standard deviations of the reading"
    parts.append(text(_PAD + long, bottom + 36, label, size=SMALL, anchor="end", class_="t-muted"))
    for place, pull in enumerate(shown):
        parts.append(_row(pull, top + _ROW * place, long, at))
    return picture(key, width, bottom + 44, *parts, title=title, desc=said)


def _legend(top: float) -> Iterator[Html]:
    y = top - 18
    yield el("circle", cx=_PAD + 6, cy=y, r=5.5, class_="dot-open")
    yield text(_PAD + 18, y + 4.5, "as read", size=SMALL, class_="t-muted")
    x = _PAD + 34 + measure("as read", SMALL)
    yield el("circle", cx=x, cy=y, r=5.5, class_="dot")
    yield text(x + 12, y + 4.5, "as reconciled, each ± 2 deviations", size=SMALL, class_="t-muted")


def _row(pull: Pull, y: float, long: float, at: object) -> Html:
    assert callable(at)
    figures = f"{number(pull.read)} → {number(pull.told)} {pull.unit}"
    room = long - measure(figures, TEXT, strong=True) - 14
    name = wrap(pull.name, room, TEXT, lines=1)[0]
    first, second = y + 30, y + 44
    half = 2 * pull.left
    parts = [
        text(_PAD, y + leading(), name, class_="halo"),
        text(_PAD + long, y + leading(), figures, anchor="end", class_="t-strong t-num halo"),
        _bar(at(-2.0), at(2.0), first, "known-line"),
        el("circle", cx=at(0.0), cy=first, r=5.5, class_="dot-open"),
        _bar(at(pull.moved - half), at(pull.moved + half), second, "known-line"),
        el("circle", cx=at(pull.moved), cy=second, r=5.5, class_="dot"),
    ]
    label = f"{pull.name}: read {pull.read_text()}, reconciled {pull.told_text()}"
    return group(*parts, label=label)


def _bar(low: float, high: float, y: float, class_: str) -> Html:
    ends = f"M{num(low)} {num(y - 5)}v10M{num(high)} {num(y - 5)}v10"
    return el("path", d=f"M{num(low)} {num(y)}H{num(high)}{ends}", class_=class_)
