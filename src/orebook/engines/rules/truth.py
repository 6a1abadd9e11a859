"""Strong three-valued logic: proved, refuted, unknown, each with what decides it.

Source: Kleene 1952, Introduction to Metamathematics, section 64. A conjunction is refuted by one
refuted part, whatever the others; it is proved only when every part is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Truth = Literal["proved", "refuted", "unknown"]
PROVED: Truth = "proved"
REFUTED: Truth = "refuted"
UNKNOWN: Truth = "unknown"


@dataclass(frozen=True, slots=True)
class Gap:
    """A fact that is not there: what, about which step or lot, and what it leaves untold."""

    what: str
    about: str
    why: str = ""

    def as_json(self) -> dict[str, str]:
        """Plain members."""
        return {"what": self.what, "about": self.about, "why": self.why}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A truth with its witness (ids of nodes and papers), reasons, and gaps where it is unknown."""

    truth: Truth
    witness: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = field(default=())


def both(parts: Iterable[Outcome]) -> Outcome:
    """All of them: the smallest set that decides it is the witness."""
    listed = tuple(parts)
    refuted = [part for part in listed if part.truth == REFUTED]
    if refuted:
        return min(refuted, key=lambda part: len(part.witness))
    open_ = [part for part in listed if part.truth == UNKNOWN]
    if open_:
        return _joined(UNKNOWN, open_)
    return _joined(PROVED, listed)


def either(parts: Iterable[Outcome]) -> Outcome:
    """Any of them."""
    return negated(both(negated(part) for part in parts))


def negated(part: Outcome) -> Outcome:
    """The opposite; what is unknown stays so."""
    opposite: dict[Truth, Truth] = {PROVED: REFUTED, REFUTED: PROVED, UNKNOWN: UNKNOWN}
    return Outcome(opposite[part.truth], part.witness, part.reasons, part.gaps)


def _joined(truth: Truth, parts: Iterable[Outcome]) -> Outcome:
    listed = tuple(parts)
    return Outcome(
        truth,
        tuple(dict.fromkeys(w for part in listed for w in part.witness)),
        tuple(dict.fromkeys(r for part in listed for r in part.reasons)),
        tuple(dict.fromkeys(g for part in listed for g in part.gaps)),
    )
