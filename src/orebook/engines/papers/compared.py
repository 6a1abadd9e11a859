"""What became of one attribute that papers were compared in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from orebook.model.finding import Missing

DISAGREES = "disagrees"
CANNOT_BE_TOLD = "cannot_be_told"
AGREES = "agrees"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stated(Generic[T]):
    """One value as one paper prints it."""

    paper: str
    ref: str
    value: T
    text: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One attribute: its verdict, the sentence that says why, and the papers it stands on."""

    name: str
    verdict: str
    reason: str
    sources: tuple[str, ...]
    missing: tuple[Missing, ...] = ()


def groups(stated: Sequence[Stated[T]]) -> str:
    """The values with the papers that print them: `20,000 kg on A and B; 19,800 kg on C`."""
    papers: dict[str, list[str]] = {}
    for one in stated:
        papers.setdefault(one.text, []).append(one.paper)
    return "; ".join(f"{text} on {joined(names)}" for text, names in papers.items())


def joined(names: Sequence[str]) -> str:
    """Names as a sentence lists them."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def same(
    name: str, stated: Sequence[Stated[T]], alike: Callable[[T, T], bool | None]
) -> Compared | None:
    """The attribute compared pair by pair; None where fewer than two papers state it.

    Takes: `alike(one, other)`, None where the two cannot be compared.
    """
    if len(stated) < 2:
        return None
    verdicts = {
        alike(one.value, other.value)
        for number, one in enumerate(stated)
        for other in stated[number + 1 :]
    }
    sources = tuple(dict.fromkeys(one.ref for one in stated))
    if False in verdicts:
        return Compared(name, DISAGREES, f"{_capital(name)}: {groups(stated)}.", sources)
    if None in verdicts:
        reason = f"{_capital(name)}: cannot be told whether it is the same; {groups(stated)}."
        return Compared(name, CANNOT_BE_TOLD, reason, sources)
    reason = f"{_capital(name)}: the same on {joined([one.paper for one in stated])}."
    return Compared(name, AGREES, reason, sources)


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def code(incoterm: str | None) -> str:
    """The three letters of an incoterm, or nothing."""
    return (incoterm or "").strip()[:3].upper()
