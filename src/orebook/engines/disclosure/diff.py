"""Two versions, or two agreements, term by term."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.engines.disclosure.yardstick import keys
from orebook.model.absence import Absent, Maybe, Sealed, known
from orebook.model.agreement import Agreement


@dataclass(frozen=True, slots=True)
class Change:
    """One key in both: same, changed, added, removed, or cannot be told where a side is unknown."""

    key: str
    label: str
    state: str
    before: Maybe[str]
    after: Maybe[str]
    claims: tuple[str, ...]


def diff(before: Agreement, after: Agreement) -> tuple[Change, ...]:
    """Every key either side speaks of, in the order of the list.

    Unknown: a term that one side does not speak of, or that is absent or sealed, is no change.
    """
    left, right = _by_key(before), _by_key(after)
    return tuple(
        _change(key, left.get(key), right.get(key)) for key in keys() if key in left or key in right
    )


Told = tuple[Maybe[str], tuple[str, ...]]


def _by_key(agreement: Agreement) -> dict[str, Told]:
    found: dict[str, Told] = {}
    for term in known(agreement.terms) or ():
        key = known(term.key) or ""
        claim = known(term.claim)
        value, claims = found.get(key, (term.value, ()))
        if known(value) is not None and known(term.value) is not None and value != term.value:
            value = f"{known(value)}; {known(term.value)}"
        found[key] = (value, (*claims, claim) if claim else claims)
    for clause in known(agreement.clauses) or ():
        for key in known(clause.keys) or ():
            found.setdefault(key, (clause.text, ()))
    return found


def _change(key: str, left: Told | None, right: Told | None) -> Change:
    before, after = (left or (None, ()))[0], (right or (None, ()))[0]
    claims = (*(left or (None, ()))[1], *(right or (None, ()))[1])
    a, b = known(before), known(after)
    if a is not None and b is not None:
        state = "same" if " ".join(a.split()) == " ".join(b.split()) else "changed"
    elif isinstance(before, Absent | Sealed) or isinstance(after, Absent | Sealed):
        state = "cannot_be_told"
    else:
        state = "added" if a is None else "removed"
    label = keys()[key].label if key in keys() else key
    return Change(key, label, state, before, after, claims)
