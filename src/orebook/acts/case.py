"""A case file: facts, a project under terms, a ladder, and checks; read, completed, and checked.

A case is in the documented form (`compute` beside each check), or a plain collection of facts and
checks that names a worked case of the project by its `id`: its own facts, asks, expectations and
tolerances then run through the worked case's formulas.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from orebook.acts.case_words import functions, shown
from orebook.acts.formula import BadFormula, compute
from orebook.exchange import json_text
from orebook.model.problem import Problem, SenderError, found

FORMAT = "orebook-case/1"
LARGEST = 4 << 20
_BREAK = re.compile(r"\s*[:;]\s*")


@dataclass(frozen=True, slots=True)
class Check:
    """What was computed beside what was expected. `outcome` is met, not met or untold."""

    id: str
    type: str
    ask: str
    computed: Any
    expected: Any
    tolerance: Decimal
    outcome: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A case ready to run: its members, the names its formulas may use, and its checks as given."""

    name: str
    members: Mapping[str, Any]
    names: Mapping[str, Any]
    checks: tuple[Mapping[str, Any], ...]


def read_case(data: bytes, name: str, worked: Path) -> Case:
    """A case from the bytes of its file.

    Takes: `worked`, the folder of the project's worked cases.
    Refuses: SenderError with the place of what is wrong.
    """
    value = json_text.read(data, limit=LARGEST)
    if isinstance(value, Problem):
        raise SenderError(value.within("", name).text(), [value.within("", name)])
    members = plain(value)
    if not isinstance(members, dict):
        raise _refused("wrong-type", "", "an object", members, name)
    if members.get("format") != FORMAT and "checks" in members and "facts" in members:
        members = _completed(members, name, worked)
    for key in ("id", "title"):
        if not isinstance(members.get(key, ""), str):
            raise _refused("wrong-type", f"/{key}", "text", members[key], name)
    names = _names(members, name)
    checks = members.get("checks", [])
    if not isinstance(checks, list) or any(not isinstance(c, dict) for c in checks):
        raise _refused("wrong-type", "/checks", "a list of objects", checks, name)
    return Case(name, members, names, tuple(checks))


def _refused(code: str, place: str, expected: str, value: object, name: str) -> SenderError:
    step = "Correct the case and run it again; docs/reference/fiscal.md has the form."
    problem = Problem(code, place or "/", expected, found(value), step, name)
    return SenderError(problem.text(), [problem])


def plain(value: Any) -> Any:
    """The same value with every number a decimal."""
    if isinstance(value, json_text.Number):
        return value.decimal()
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value


def _completed(given: dict[str, Any], name: str, worked: Path) -> dict[str, Any]:
    """Facts and checks as given, with the formulas of the worked case of that id."""
    ident = given.get("id")
    path = worked / f"{ident}.json"
    if (
        not isinstance(ident, str)
        or not re.fullmatch(r"[a-z0-9-]{1,80}", ident)
        or not path.is_file()
    ):
        expected = f'"format": "{FORMAT}", or the id of a worked case in examples/deals'
        raise _refused("no-formulas", "/id", expected, ident, name)
    base = plain(json_text.read(path.read_bytes()))
    recipes = {c["id"]: c for c in base["checks"]}
    checks = []
    for one in given["checks"] if isinstance(given["checks"], list) else []:
        if not isinstance(one, dict):
            raise _refused("wrong-type", "/checks", "a list of objects", one, name)
        how = recipes.get(str(one.get("id")), {})
        checks.append({**one, **{k: how[k] for k in ("compute", "reads") if k in how}})
    return {**base, "facts": given["facts"], "checks": checks}


def _names(members: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Facts by key (value alone, and whole under `fact_KEY`), then inputs."""
    names: dict[str, Any] = {}
    facts = members.get("facts", [])
    if not isinstance(facts, list):
        raise _refused("wrong-type", "/facts", "a list of facts", facts, name)
    for place, fact in enumerate(facts):
        if not isinstance(fact, dict) or "key" not in fact or "value" not in fact:
            raise _refused("missing", f"/facts/{place}", "a fact with key and value", fact, name)
        if not isinstance(fact["key"], str):
            raise _refused("wrong-type", f"/facts/{place}/key", "text", fact["key"], name)
        if fact["key"] in names:
            raise _refused("twice", f"/facts/{place}/key", "each key once", fact["key"], name)
        names[str(fact["key"])] = fact["value"]
        names[f"fact_{fact['key']}"] = fact
    inputs = members.get("inputs", {})
    if not isinstance(inputs, dict):
        raise _refused("wrong-type", "/inputs", "an object", inputs, name)
    for key, entry in inputs.items():
        if not isinstance(entry, dict) or "value" not in entry or "source" not in entry:
            raise _refused("missing", f"/inputs/{key}", "a value with its source", entry, name)
        names[key] = entry["value"]
    return names


def resolved(value: Any, case: Case, place: str = "") -> Any:
    """The value with each `{"compute": formula}` computed. Refuses: SenderError by pointer."""
    if isinstance(value, dict):
        if set(value) == {"compute"} and isinstance(value["compute"], str):
            try:
                return compute(value["compute"], case.names, functions())
            except BadFormula as error:
                raise _refused(
                    "bad-formula", place, "a formula over the facts", str(error), case.name
                ) from error
        return {k: resolved(v, case, f"{place}/{json_text.escape(k)}") for k, v in value.items()}
    if isinstance(value, list):
        return [resolved(v, case, f"{place}/{i}") for i, v in enumerate(value)]
    return value


def run_checks(case: Case, extra: Mapping[str, Callable[..., Any]]) -> tuple[Check, ...]:
    """Every check of a case, `extra` being what its project and ladder answer (run, ladder …)."""
    return tuple(_check(one, case, extra) for one in case.checks)


def _check(one: Mapping[str, Any], case: Case, extra: Mapping[str, Callable[..., Any]]) -> Check:
    expected, ask = one.get("expected"), one.get("ask", "")
    tolerance = one.get("tolerance", Decimal(0))
    base = (str(one.get("id", "")), str(one.get("type", "")), str(ask))
    formula = one.get("compute")
    if not isinstance(tolerance, Decimal) or tolerance < 0:
        return Check(
            *base, None, expected, Decimal(0), "untold", "the tolerance is no number of at least 0"
        )
    if not isinstance(formula, str):
        why = "the check has no formula (compute), and no worked case knows it"
        return Check(*base, None, expected, tolerance, "untold", why)
    names = {**case.names, "ask": ask, "note": one.get("note", "")}
    try:
        names |= _asked(one, str(ask))
        value = compute(formula, names, {**functions(), **extra})
    except BadFormula as error:
        return Check(*base, None, expected, tolerance, "untold", str(error))
    why = _differs(value, expected, tolerance)
    return Check(*base, value, expected, tolerance, "not met" if why else "met", why)


def _asked(one: Mapping[str, Any], ask: str) -> dict[str, Any]:
    """What the check's own question states, by the names of its `reads` pattern."""
    pattern = one.get("reads")
    if not isinstance(pattern, str):
        return {}
    try:
        match = re.search(pattern, ask)
    except re.error as error:
        raise BadFormula(f"reads is not a pattern: {error}") from error
    if match is None:
        raise BadFormula(f'the question is not of the form that is read here: "{ask}"')
    out: dict[str, Any] = {}
    for name, text in match.groupdict().items():
        try:
            out[name] = Decimal(text.replace(",", ""))
        except ArithmeticError:
            out[name] = text
    return out


def _differs(value: Any, expected: Any, tolerance: Decimal, place: str = "") -> str:
    """Why a value does not meet what is expected; empty where it does.

    Words are compared up to the first colon or semicolon: what follows is the reason, for a person.
    """
    here = f"{place}: " if place else ""
    if isinstance(expected, Decimal):
        if not isinstance(value, Decimal):
            return f"{here}expected a number, found {shown(value)}"
        gap = abs(value - expected)
        return "" if gap <= tolerance else f"{here}differs by {shown(gap)}, more than {tolerance}"
    if isinstance(expected, list):
        if not isinstance(value, list | tuple) or len(value) != len(expected):
            return f"{here}expected {len(expected)} values"
        parts = (
            _differs(v, e, tolerance, f"{place}/{i}")
            for i, (v, e) in enumerate(zip(value, expected, strict=True))
        )
        return next((p for p in parts if p), "")
    if isinstance(expected, dict):
        if not isinstance(value, Mapping) or set(value) != set(expected):
            return f"{here}expected the members {', '.join(expected)}"
        parts = (_differs(value[k], e, tolerance, f"{place}/{k}") for k, e in expected.items())
        return next((p for p in parts if p), "")
    said, wanted = _leading(value), _leading(expected)
    return "" if said == wanted and said else f'{here}says "{said}", expected "{wanted}"'


def _leading(words: object) -> str:
    return _BREAK.split(str(words).strip(), maxsplit=1)[0].lower()
