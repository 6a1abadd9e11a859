"""Reading a pack from its YAML: strict, every fault with its file and line, nothing guessed."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, cast

import yaml

from orebook.engines.rules.pack import (
    KINDS,
    STATUSES,
    Branch,
    Example,
    Exemption,
    Force,
    NamedList,
    Pack,
    Rule,
    Verification,
)
from orebook.engines.rules.predicates import SHAPES
from orebook.model.problem import Problem, SenderError, found

_STEP = "Correct the pack."
_FILES = ("pack.yaml", "rules.yaml", "examples.yaml")


class BadPack(SenderError):
    """The pack cannot be used; `problems` say where and why."""

    code = "bad-pack"


class _Map(dict[str, Any]):
    """A mapping that knows the line it began on."""

    line = 0


class _Loader(yaml.SafeLoader):
    """Safe YAML without dates, floats or a key twice: a pack says what it says in text."""


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> _Map:
    built = _Map()
    built.line = node.start_mark.line + 1
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in built:
            raise yaml.constructor.ConstructorError(
                None, None, f"{key} stands twice", key_node.start_mark
            )
        built[str(key)] = loader.construct_object(value_node, deep=True)
    return built


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def _text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> object:
    return loader.construct_scalar(node)


for _tag in ("timestamp", "float", "int"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _text)


class _Faults:
    """Collects what is wrong, with its place."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.file = ""

    def say(self, at: object, expected: str, what: object) -> None:
        line = getattr(at, "line", 0)
        place = f"line {line}" if line else ""
        self.problems.append(Problem("bad-pack", place, expected, found(what), _STEP, self.file))

    def member(self, at: Mapping[str, Any], name: str) -> str:
        value = at.get(name)
        if not isinstance(value, str) or not value.strip():
            self.say(at, f"the member {name}, text", value)
            return ""
        return value

    def day(self, at: Mapping[str, Any], name: str, *, needed: bool = False) -> str | None:
        value = at.get(name)
        if value is None and not needed:
            return None
        try:
            return dt.date.fromisoformat(str(value)).isoformat()
        except ValueError:
            self.say(at, f"{name}, a day such as 2027-01-01", value)
            return None


def load(files: Mapping[str, bytes]) -> Pack:
    """The pack in these files (`pack.yaml`, `rules.yaml`, `examples.yaml`), checked whole.

    Refuses: BadPack with every fault: dates that overlap, an unknown predicate or parameter, an
    exemption that leads back to its own rule, a parameter without a source, a list that does not
    exist, a status nobody gives a source for.
    """
    faults = _Faults()
    read = {name: _read(name, files.get(name, b""), faults) for name in _FILES}
    if faults.problems:
        raise BadPack(faults.problems[0].text(), faults.problems)
    about = cast("_Map", read["pack.yaml"])
    faults.file = "pack.yaml"
    lists = {item.name: item for item in _lists(about.get("lists") or {}, faults)}
    head = {
        name: faults.member(about, name)
        for name in ("id", "title", "jurisdiction", "citation", "publisher", "version")
    }
    recheck = faults.day(about, "recheck", needed=True) or ""
    faults.file = "rules.yaml"
    rules = tuple(_rule(item, faults, lists) for item in read["rules.yaml"] or [])
    if not rules:
        faults.say(about, "at least one rule", None)
    _once(rules, faults)
    faults.file = "pack.yaml"
    branches = {b.name: b for b in _branches(about.get("branches") or {}, faults, rules)}
    faults.file = "examples.yaml"
    examples = tuple(_example(item, faults, rules) for item in read["examples.yaml"] or [])
    if faults.problems:
        raise BadPack(faults.problems[0].text(), faults.problems)
    digest = hashlib.sha256(b"\0".join(files.get(name, b"") for name in _FILES)).hexdigest()
    return Pack(
        **head,
        recheck=recheck,
        rules=rules,
        lists=lists,
        branches=branches,
        examples=examples,
        digest=digest,
    )


def _read(name: str, data: bytes, faults: _Faults) -> Any:
    faults.file = name
    if not data and name == "examples.yaml":
        return []
    try:
        value = yaml.load(data, Loader=_Loader)  # noqa: S506 - a subclass of SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        what = str(getattr(error, "problem", None) or "no YAML")
        faults.problems.append(Problem("bad-pack", place, "YAML", what, _STEP, name))
        return None
    wanted = dict if name == "pack.yaml" else list
    if not isinstance(value, wanted):
        faults.say(value, "an object" if wanted is dict else "a list", value)
        return None
    return value


def _lists(items: Mapping[str, Any], faults: _Faults) -> Iterator[NamedList]:
    for name, item in items.items():
        members = item.get("members")
        if not isinstance(members, list):
            faults.say(item, f"the members of the list {name}", members)
            members = []
        version, source = faults.member(item, "version"), faults.member(item, "source")
        yield NamedList(name, version, source, frozenset(map(str, members)))


def _forces(
    items: object, faults: _Faults, at: object, *, value: bool = False
) -> tuple[Force, ...]:
    if not isinstance(items, list) or not items:
        faults.say(at, "a list of dated values, each with from, status and source", items)
        return ()
    found_: list[Force] = []
    for item in items:
        status = item.get("status", "in_force" if value else None)
        if status not in STATUSES:
            faults.say(item, f"a status, one of {', '.join(STATUSES)}", status)
        if value and "value" not in item:
            faults.say(item, "the value of the parameter", None)
        start = faults.day(item, "from", needed=True) or ""
        end = faults.day(item, "to")
        if found_ and start <= (found_[-1].end or found_[-1].start):
            faults.say(
                item, f"a start after {found_[-1].end or found_[-1].start}: dates overlap", start
            )
        if end is not None and end < start:
            faults.say(item, "an end that is not before its start", end)
        source = faults.member(item, "source")
        until = faults.day(item, "until")
        found_.append(Force(start, status, source, end, until, item.get("value")))
    return tuple(found_)


def _rule(item: _Map, faults: _Faults, lists: Mapping[str, NamedList]) -> Rule:
    kind = item.get("kind")
    if kind not in KINDS:
        faults.say(item, f"a kind, one of {', '.join(KINDS)}", kind)
    parameters = {
        name: _forces(dated, faults, item, value=True)
        for name, dated in (item.get("parameters") or {}).items()
    }
    exemptions = tuple(
        _exemption(e, faults, lists, parameters) for e in item.get("exemptions") or []
    )
    for part in ("test", "applies"):
        if part in item or part == "test":
            _predicate(item.get(part), faults, item, lists, parameters)
    return Rule(
        faults.member(item, "id"),
        faults.member(item, "title"),
        faults.member(item, "clause"),
        faults.member(item, "text"),
        cast("Any", kind),
        _forces(item.get("force"), faults, item),
        item.get("test") or {},
        item.get("applies"),
        parameters,
        exemptions,
        _verification(item.get("verification"), faults),
    )


def _verification(item: _Map | None, faults: _Faults) -> Verification | None:
    if item is None:
        return None
    date = faults.day(item, "date", needed=True) or ""
    return Verification(
        faults.member(item, "clause"),
        date,
        faults.member(item, "reader"),
        faults.member(item, "source"),
    )


def _exemption(
    item: _Map,
    faults: _Faults,
    lists: Mapping[str, NamedList],
    parameters: Mapping[str, tuple[Force, ...]],
) -> Exemption:
    effect = item.get("effect", "proved")
    if effect not in {"proved", "refuted"}:
        faults.say(item, "an effect, proved or refuted", effect)
    if "exemptions" in item or "rule" in item:
        faults.say(
            item,
            "an exemption that asks of the lot; one that leads to a rule goes in a circle",
            "one",
        )
    _predicate(item.get("when"), faults, item, lists, parameters)
    ident, text = faults.member(item, "id"), faults.member(item, "text")
    return Exemption(ident, text, item.get("when") or {}, effect)


def _predicate(
    value: object,
    faults: _Faults,
    at: object,
    lists: Mapping[str, NamedList],
    parameters: Mapping[str, tuple[Force, ...]],
) -> None:
    if not isinstance(value, dict) or len(value) != 1:
        faults.say(at, "a predicate: an object with one member, its name", value)
        return
    ((name, inner),) = value.items()
    if name in {"all", "any", "not"}:
        parts = inner if name != "not" else [inner]
        if not isinstance(parts, list) or not parts:
            faults.say(value, f"a list of predicates in {name}", inner)
            return
        for part in parts:
            _predicate(part, faults, value, lists, parameters)
        return
    if name not in SHAPES:
        faults.say(value, f"a predicate: all, any, not, {', '.join(sorted(SHAPES))}", name)
        return
    _members(name, inner, faults, value, lists, parameters)


def _members(
    name: str,
    inner: Any,
    faults: _Faults,
    value: object,
    lists: Mapping[str, NamedList],
    parameters: Mapping[str, tuple[Force, ...]],
) -> None:
    """The members of one predicate: all it needs, none it does not know, each leading somewhere."""
    needed, may = SHAPES[name]
    given = set(inner) if isinstance(inner, dict) else set()
    if not needed <= given <= needed | may:
        faults.say(value, f"{name} with {', '.join(sorted(needed))}", ", ".join(sorted(given)))
        return
    for member in inner.values():
        if isinstance(member, str) and member.startswith("$") and member[1:] not in parameters:
            faults.say(value, "a parameter of this rule", member)
    if "list" in inner and inner["list"] not in lists:
        faults.say(
            value, f"a list of this pack: {', '.join(lists) or 'it has none'}", inner["list"]
        )
    elif "version" in inner and lists[str(inner["list"])].version != inner["version"]:
        held = lists[str(inner["list"])].version
        faults.say(value, f"the list {inner['list']} at a version it has: {held}", inner["version"])


def _once(rules: tuple[Rule, ...], faults: _Faults) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            faults.say(rule, "each rule id once", rule.id)
        seen.add(rule.id)


def _branches(
    items: Mapping[str, Any], faults: _Faults, rules: tuple[Rule, ...]
) -> Iterator[Branch]:
    known = {rule.id for rule in rules}
    for name, item in items.items():
        force = {}
        for ident, dated in (item.get("force") or {}).items():
            if ident not in known:
                faults.say(item, f"a rule of this pack: {', '.join(sorted(known))}", ident)
            force[ident] = _forces(dated, faults, item)
        yield Branch(name, faults.member(item, "text"), faults.member(item, "source"), force)


def _example(item: _Map, faults: _Faults, rules: tuple[Rule, ...]) -> Example:
    known = {rule.id for rule in rules} | {"pack"}
    expect = item.get("expect") or {}
    for ident in expect:
        if ident not in known:
            faults.say(item, f"a rule of this pack: {', '.join(sorted(known))}", ident)
    if not expect:
        faults.say(item, "what is expected of each rule", None)
    day = faults.day(item, "day", needed=True) or ""
    return Example(
        faults.member(item, "name"), day, item.get("chain") or {}, expect, item.get("branch", "")
    )
