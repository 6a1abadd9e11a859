"""A fact as it lies in a leaf, some values hidden: what can still be checked of it."""

from __future__ import annotations

from typing import Any, cast

from orebook.model.entry import Body
from orebook.model.problem import Problem
from orebook.model.shape import check

SEALED = "sealed"
_DIGESTS = "_sd"
_ELEMENT = "..."


def clear(fact: Body) -> Body:
    """The fact without digests and without the names of what is hidden."""
    return cast("Body", _clear(fact))


def check_hidden(kind: str, fact: Body, place: str = "") -> list[Problem]:
    """Every fault of what lies open in a fact; a required value may be a hidden one.

    Unknown: what is hidden is not checked here; whoever opens it sees whether it is sound.
    """
    hidden = set(_named(fact, place))
    return [
        problem
        for problem in check(kind, clear(fact), place)
        if problem.code != "missing-attribute" or problem.place not in hidden
    ]


def sealed_names(fact: Body) -> dict[str, tuple[str, ...]]:
    """JSON pointer → audiences, for every value a fact says is hidden."""
    return {
        pointer: tuple(map(str, who)) if isinstance(who, list) else (str(who),)
        for pointer, who in _named(fact, "").items()
    }


def _clear(value: Any) -> Any:
    if isinstance(value, dict):
        return {n: _clear(m) for n, m in value.items() if n not in {SEALED, _DIGESTS}}
    if isinstance(value, list):
        return [_clear(item) for item in value if not _is_digest(item)]
    return value


def _is_digest(item: Any) -> bool:
    return isinstance(item, dict) and _ELEMENT in item


def _named(value: Any, place: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if isinstance(value, list):
        for index, item in enumerate(value):
            found |= _named(item, f"{place}/{index}")
    elif isinstance(value, dict):
        sealed = value.get(SEALED)
        if isinstance(sealed, dict):
            found |= {f"{place}/{name}": who for name, who in sealed.items()}
        for name, member in value.items():
            if name != SEALED:
                found |= _named(member, f"{place}/{name}")
    return found
