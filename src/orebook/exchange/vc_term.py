"""Whether a credential is in force on a day, by every limit it, its token or its proofs state."""

from __future__ import annotations

import datetime as dt

from orebook.exchange.json_text import Number, Object, Value
from orebook.model.problem import found
from orebook.model.when import BadDate, When, when


def term_of(document: Object, day: str, *, token: bool) -> tuple[str, bool | None]:
    """Whether that day lies within what the credential says of its validity; None for no day.

    Takes: `token`, whether it came as a JWT, whose own claims count too.
    Source: VC Data Model 2.0, 4.9, and 1.1, 4.6; RFC 7519 4.1.4, 4.1.5; VC Data Integrity 1.0, 2.1.
    """
    told: list[str] = []
    runs: bool | None = True
    for name, early, value in _limits(document, token=token):
        try:
            moment, today = _moment(name, value), when(day)
        except (BadDate, ArithmeticError):
            stated = value.text if isinstance(value, Number) else found(value)
            return f"{name} is {stated[:60]}, which is no time", None
        of = "" if name.startswith("valid") else f" ({name})"
        told.append(f"{'from' if early else 'until'} {moment.text}{of}")
        outside = moment.first > today.last if early else moment.last < today.first
        runs = False if outside else runs
    said = " ".join(told) or "states none"
    return (f"not in force on {day}: {said}" if runs is False else said), runs


def _limits(document: Object, *, token: bool) -> list[tuple[str, bool, Value]]:
    """Each stated limit: its name, whether it is the beginning, and what is written there."""
    names = [("validFrom", True), ("validUntil", False), ("issuanceDate", True)]
    names += [("expirationDate", False), *([("nbf", True), ("exp", False)] if token else [])]
    proofs = document.get("proof")
    listed = proofs if isinstance(proofs, list) else [proofs]
    stated = [(name, early, document.get(name)) for name, early in names]
    stated += [("proof expires", False, p.get("expires")) for p in listed if isinstance(p, dict)]
    return [limit for limit in stated if limit[2] is not None]


def _moment(name: str, value: Value) -> When:
    """The time that is written there. Refuses: BadDate, ArithmeticError for none."""
    if name not in {"nbf", "exp"}:
        return when(value if isinstance(value, str) else "")
    if not isinstance(value, Number) or len(value.text) > 20:
        raise BadDate
    seconds = value.decimal()
    if abs(seconds) >= 10**12:
        raise BadDate
    at = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=int(seconds))
    return when(at.isoformat().replace("+00:00", "Z"))
