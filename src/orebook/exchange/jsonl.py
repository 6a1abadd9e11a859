"""JSON Lines, our own form: one fact of any kind per line, read and written.

A line holds `kind` and `fact`, and may hold `author`, `seal`, `evidence` and `supersedes`. What an
export adds (`entry`, `index`, `position`) is passed over when read. docs/reference/jsonl.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from orebook.exchange.format import Format, Read, Source
from orebook.exchange.json_text import Number, Value, quoted
from orebook.exchange.json_text import read as json_read
from orebook.model.entry import Body, Seal, Seals
from orebook.model.problem import Problem
from orebook.model.shape import KINDS, check, shapes

NAME = "jsonl"
LINE_MAX = 16 * 1024 * 1024
_SIGN = re.compile(rb'^\s*\{(?:[^\n]{0,4000}?)"(?:kind|fact)"\s*:')
_STEP = "Correct the line and send it again."
_LISTS = ("seal", "evidence", "supersedes")
_IGNORED = frozenset({"entry", "index", "position"})
_MEMBERS = ("kind", "fact", "author", *_LISTS, *sorted(_IGNORED))


def sniff(start: bytes, name: str) -> int:
    """How surely these are our JSON Lines: 0 to 100."""
    named = name.lower().endswith((".jsonl", ".ndjson"))
    if _SIGN.match(start.removeprefix(b"\xef\xbb\xbf")):
        return 95 if named else 60
    return 40 if named else 0


def read(stream: BinaryIO, source: Source) -> Iterator[Read | Problem]:
    """The fact of each line, or its faults; a line at fault does not stop the others.

    Takes: UTF-8, one JSON object per line, blank lines passed over; at most 16 MB a line.
    """
    number = 0
    while line := stream.readline(LINE_MAX + 1):
        number += 1
        place = f"line {number}"
        if len(line) > LINE_MAX:
            expected = f"lines of at most {LINE_MAX} bytes"
            yield Problem("too-long", place, expected, "a longer line", _STEP, source.name)
            return
        if line.isspace():
            continue
        for item in _line(line, place):
            yield item.within("", source.name) if isinstance(item, Problem) else item


def _line(data: bytes, place: str) -> Iterator[Read | Problem]:
    value = json_read(data.rstrip(b"\r\n"))
    if isinstance(value, Problem):
        inner = value.place.removeprefix("line 1, ").removeprefix("line 1")
        where = ", ".join(part for part in (place, inner) if part)
        yield Problem(value.code, where, value.expected, value.found, value.next_step)
        return
    problems = list(_envelope(value, place))
    if problems or not isinstance(value, dict):
        yield from problems
        return
    kind = str(value["kind"])
    fact = _body(value["fact"], kind)
    faults = check(kind, fact, "/fact")
    if faults or not isinstance(fact, dict):
        yield from (fault.within(f"{place}, ") for fault in faults)
        return
    evidence, supersedes = (_texts(value.get(name)) for name in _LISTS[1:])
    seal = _seals(value.get("seal"))
    author = str(value.get("author", ""))
    yield Read(kind, fact, place, seal, author, evidence, supersedes)


def _envelope(value: Value, place: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield _bad("wrong-type", place, 'an object with "kind" and "fact"', value)
        return
    for name in ("kind", "fact"):
        if name not in value:
            yield _bad("missing-member", f"{place}, /{name}", f"the member {name}", None)
    for name, member in value.items():
        fault = _member(name, member)
        if fault:
            yield _bad(fault[0], f"{place}, /{name}", fault[1], name if fault[2] else member)
    seals = value.get("seal")
    for i, item in enumerate(seals if isinstance(seals, list) else ()):
        pointer = item.get("at") if isinstance(item, dict) else item
        if not isinstance(pointer, str) or not pointer.startswith("/"):
            expected = "a JSON pointer inside the fact, such as /mass"
            yield _bad("bad-pointer", f"{place}, /seal/{i}", expected, pointer)


def _member(name: str, member: Value) -> tuple[str, str, bool] | None:
    """Code, what was expected, and whether the name itself is at fault."""
    if name not in _MEMBERS:
        return "unknown-member", f"one of {', '.join(_MEMBERS)}", True
    if name == "kind" and (not isinstance(member, str) or member not in KINDS):
        return "unknown-kind", f"one of {', '.join(KINDS)}", False
    if name == "author" and not (isinstance(member, str) and member.strip()):
        return "wrong-type", "the identifier of a party", False
    if name == "seal" and isinstance(member, list) and all(map(_is_seal, member)):
        return None
    if name == "seal":
        return "wrong-type", 'a list of JSON pointers or of {"at": pointer, "for": [party]}', False
    if name in _LISTS and not _is_texts(member):
        return "wrong-type", "a list of texts", False
    return None


def _bad(code: str, place: str, expected: str, value: object) -> Problem:
    return Problem(code, place, expected, quoted(value), _STEP)


def _is_texts(value: Value) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_seal(item: Value) -> bool:
    if not isinstance(item, dict):
        return isinstance(item, str)
    audience = item.get("for")
    named = isinstance(audience, list) and bool(audience) and _is_texts(audience)
    return set(item) == {"at", "for"} and isinstance(item["at"], str) and named


def _seals(value: Value) -> Seals:
    """Pointers as they are; one with an audience as a `Seal`."""
    return tuple(
        Seal(str(item["at"]), _texts(item["for"])) if isinstance(item, dict) else str(item)
        for item in (value if isinstance(value, list) else ())
    )


def _texts(value: Value) -> tuple[str, ...]:
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()


def _body(value: Value, kind: str) -> object:
    """The fact with its numbers as the book holds them: whole numbers, or their text."""
    if isinstance(value, dict):
        shape = shapes().get(kind, {})
        body: Body = {}
        for name, member in value.items():
            attribute = shape.get(name)
            inner = attribute.type.removeprefix("list:") if attribute else ""
            if inner == "integer" and isinstance(member, Number) and member.text.isdigit():
                body[name] = int(member.text[:17])
            else:
                body[name] = _body(member, inner.removeprefix("record:"))
        return body
    if isinstance(value, list):
        return [_body(member, kind) for member in value]
    return value.text if isinstance(value, Number) else value


def line(kind: str, body: Body, **others: object) -> bytes:
    """One fact as one line, its members in a fixed order.

    Takes: of `others`, author, seal, evidence, supersedes, entry, index, position; what is empty
    is left out.
    """
    members: dict[str, object] = {"kind": kind, "fact": body}
    for name in _MEMBERS[2:]:
        value = others.pop(name, None)
        if value or (value == 0 and name in _IGNORED):
            members[name] = list(value) if isinstance(value, tuple) else value
    if others:
        message = f"a line has no member {', '.join(others)}"
        raise ValueError(message)
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def write(facts: Iterable[tuple[str, Body]], stream: BinaryIO) -> None:
    """Every fact on a line of its own, in the order given."""
    stream.writelines(line(kind, body) for kind, body in facts)


FORMAT = Format(
    name=NAME,
    title="Orebook JSON Lines: one fact of any kind per line",
    media_types=("application/x-ndjson", "application/jsonl"),
    suffixes=(".jsonl", ".ndjson"),
    sniff=sniff,
    read=read,
    write=write,
)
