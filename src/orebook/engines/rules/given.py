"""A chain from plain data: the example lots of a pack, and a file somebody hands in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from orebook.engines.rules.provenance import STAGES, Chain, Paper, Reading, Step
from orebook.model.problem import Problem, SenderError, found

_MEMBERS = {
    "lot", "elements", "form", "hs_code", "destination", "steps", "last", "readings", "papers",
    "shares", "owners", "held_kg", "parts",
}  # fmt: skip
_STEP = {"id", "stage", "country", "region", "facility", "operator", "entry", "feeds", "parts"}


class BadChain(SenderError):
    """The chain cannot be read; `problems` say where and why."""

    code = "bad-chain"


def chain_of(data: object, name: str = "") -> Chain:
    """The chain that plain data describe.

    Takes: `lot`, `steps` (each `id`, `stage`, `country` as ISO 3166-1 alpha-2, `region` as ISO
    3166-2, `operator`, `feeds`: ids of the steps before), `last` (ids of the steps that made the
    lot), and what is known of it. `held_kg` bounds the lot's kilograms, by `dry` or element;
    `parts`, of the lot or of a step, the share that a feed brought. What is left out is not known.
    Refuses: BadChain with a pointer.
    """
    problems: list[Problem] = []

    def say(at: str, expected: str, what: object) -> None:
        step = "Correct it and ask again."
        problems.append(Problem("bad-chain", at, expected, found(what), step, name))

    if not isinstance(data, Mapping):
        say("", "an object with lot and steps", data)
        raise BadChain(problems[0].text(), problems)
    for extra in sorted(set(data) - _MEMBERS):
        say(f"/{extra}", f"one of {', '.join(sorted(_MEMBERS))}", extra)
    lot = data.get("lot")
    _about(data, say)
    steps = _steps(data.get("steps", []), say)
    if problems:
        raise BadChain(problems[0].text(), problems)
    _named(data.get("last", []), steps, say)
    try:
        readings = {k: tuple(map(_reading, v)) for k, v in (data.get("readings") or {}).items()}
        shares = _bounds(data.get("shares"))
        held = _bounds(data.get("held_kg"))
        parts = {k: _bounds(v) for k, v in (data.get("parts") or {}).items()}
        for number, step in enumerate(steps):
            given = (data["steps"][number].get("parts") or {}).items()
            steps[number] = replace(step, parts={k: _bounds(v) for k, v in given})
        owners = {
            party: {k: _number(v) for k, v in held.items()}
            for party, held in (data.get("owners") or {}).items()
        }
        papers = tuple(
            Paper(str(p["id"]), str(p["kind"]), p.get("from"), p.get("until"))
            for p in data.get("papers") or []
        )
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
        say("", "readings, papers, shares, masses and owners as the manual shows them", str(error))
        raise BadChain(problems[0].text(), problems) from None
    if problems:
        raise BadChain(problems[0].text(), problems)
    elements = data.get("elements")
    return Chain(
        str(lot),
        {step.id: step for step in steps},
        tuple(data.get("last", ())),
        frozenset(elements) if elements is not None else None,
        data.get("form"),
        data.get("hs_code"),
        readings,
        papers,
        shares,
        owners,
        data.get("destination"),
        held=dict(held),
        parts=parts,
    )


def _named(last: Sequence[str], steps: list[Step], say: Any) -> None:
    """Refuses what names a step that is not there."""
    known = {step.id for step in steps}
    fed = [(f"/steps/{i}/feeds", step.feeds) for i, step in enumerate(steps)]
    for at, names in [("/last", last), *fed]:
        for ident in names:
            if ident not in known:
                say(at, "the id of a step", ident)


def _bounds(items: Mapping[str, Any] | None) -> dict[str, tuple[Decimal, Decimal]]:
    return {k: (_number(low), _number(high)) for k, (low, high) in (items or {}).items()}


def _about(data: Mapping[str, Any], say: Any) -> None:
    """Refuses what is no text where a text is meant."""
    lot = data.get("lot")
    if not isinstance(lot, str) or not lot:
        say("/lot", "the name of the lot, text", lot)
    for name in ("form", "hs_code", "destination"):
        if data.get(name) is not None and not isinstance(data[name], str):
            say(f"/{name}", "text", data[name])
    for name in ("elements", "last"):
        _texts(data.get(name), f"/{name}", say)


def _steps(items: object, say: Any) -> list[Step]:
    steps: list[Step] = []
    if not isinstance(items, list):
        say("/steps", "a list of steps", items)
        return steps
    for index, item in enumerate(items):
        at = f"/steps/{index}"
        if not isinstance(item, Mapping) or not isinstance(item.get("id"), str):
            say(at, "a step with an id", item)
            continue
        for extra in sorted(set(item) - _STEP):
            say(f"{at}/{extra}", f"one of {', '.join(sorted(_STEP))}", extra)
        if any(item["id"] == step.id for step in steps):
            say(f"{at}/id", "each id once", item["id"])
        stage = item.get("stage")
        if stage is not None and stage not in STAGES:
            say(f"{at}/stage", f"one of {', '.join(STAGES)}", stage)
        for name in ("country", "region", "facility", "operator"):
            if item.get(name) is not None and not isinstance(item[name], str):
                say(f"{at}/{name}", "text", item[name])
        _texts(item.get("feeds"), f"{at}/feeds", say)
        steps.append(
            Step(
                item["id"],
                stage,
                item.get("country"),
                item.get("region"),
                item.get("facility"),
                item.get("operator"),
                entry=str(item.get("entry", "")),
                feeds=_ids(item.get("feeds", [])),
            )
        )
    return steps


def _texts(items: object, at: str, say: Any) -> None:
    """Refuses a number where a name is meant: 7 is no lot and no step."""
    if items is None:
        return
    if not isinstance(items, list | tuple):
        say(at, "a list of names", items)
        return
    for number, item in enumerate(items):
        if not isinstance(item, str):
            say(f"{at}/{number}", "a name, text", item)


def _ids(items: object) -> tuple[str, ...]:
    return tuple(map(str, items)) if isinstance(items, list | tuple) else ()


def _number(value: object) -> Decimal:
    number = Decimal(str(value))
    if not number.is_finite():
        message = f"{value} is not a number"
        raise ValueError(message)
    return number


def _reading(item: Mapping[str, Any]) -> Reading:
    standard = item.get("standard")
    return Reading(
        str(item["id"]),
        _number(item["value"]),
        None if standard is None else _number(standard),
        str(item.get("operator", "")),
    )
