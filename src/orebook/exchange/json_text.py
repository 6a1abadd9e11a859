"""JSON as written by others: numbers keep their text, and every fault has its place.

A number never becomes a binary float: it is a `Number`, which is its text. Writing the value
again gives the same number text. What is not sound JSON of one reading (a name twice, a lone
surrogate, NaN) is refused, never repaired.
"""

from __future__ import annotations

import gc
import json
import re
import sys
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, BinaryIO, TypeAlias, cast

from orebook.model.problem import Problem, found

DEPTH_MAX = 64
WHOLE_MAX = 64 << 20  # bytes of a document that is not read in parts
DIGITS_MAX = 1000  # of a number: what is longer breaks answers for clients of other makes
_STEP = "Correct it and send the document again."
_SURROGATE = re.compile(r"\\u[dD][89abAB-F]", re.IGNORECASE)
_LONE = re.compile("[\ud800-\udfff]")


class TooManyDigits(ValueError):
    """A number that other readers of JSON could not read back."""

    def __init__(self, text: str) -> None:
        super().__init__(f"a number of {len(text)} characters")
        self.text = text

    def problem(self, line: int) -> Problem:
        """The Problem of that number in that line."""
        expected = f"a number of at most {DIGITS_MAX} characters"
        return Problem("too-long", f"line {line}", expected, f"one of {len(self.text)}", _STEP)


class Number:
    """A JSON number as written: equal to another when the text is equal."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        if len(text) > DIGITS_MAX:
            raise TooManyDigits(text)
        self.text = text

    def __eq__(self, other: object) -> bool:
        return other.__class__ is Number and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Number({self.text!r})"

    def decimal(self) -> Decimal:
        """The exact value; arithmetic on it is the caller's."""
        return Decimal(self.text)


Value: TypeAlias = "dict[str, Value] | list[Value] | str | Number | bool | None"
Object: TypeAlias = "dict[str, Value]"

_EXPECTED = {
    "Expecting value": "a value",
    "Expecting ',' delimiter": "a comma or the end of the list or object",
    "Expecting ':' delimiter": "a colon",
    "Expecting property name enclosed in double quotes": "a member name in double quotes",
    "Extra data": "the end of the document",
    "Invalid control character at": "control characters to be escaped",
    "Invalid \\escape": "an escape JSON knows",
    "Invalid \\uXXXX escape": "four hexadecimal digits after \\u",
    "Unterminated string starting at": "the end of a string",
}
_OTHERS = (
    (b"<", "XML or HTML"),
    (b"PK\x03\x04", "a ZIP file or spreadsheet"),
    (b"%PDF", "a PDF file"),
    (b"\x1f\x8b", "a gzip file"),
)
_BOMS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def escape(name: str) -> str:
    """One member name as a step of a JSON pointer. Source: RFC 6901 section 3."""
    if "~" in name or "/" in name:
        return name.replace("~", "~0").replace("/", "~1")
    return name


def steps(pointer: str) -> list[str]:
    """The member names and indexes of a JSON pointer. Source: RFC 6901 section 4."""
    return [s.replace("~1", "/").replace("~0", "~") for s in pointer.split("/")[1:]]


class _Twice(dict[str, object]):
    """An object in which a name stood twice; `name` says which."""

    name = ""


class _NotANumber:
    """NaN or an infinity, which JSON does not have."""

    def __init__(self, text: str) -> None:
        self.text = text


def read(data: bytes, *, limit: int | None = None, depth: int = DEPTH_MAX) -> Value | Problem:
    """The value of one JSON document, or the one Problem that says why there is none.

    Takes: bytes in UTF-8 (a byte-order mark is passed over); `limit` in bytes.
    Refuses: anything over the limit, other encodings, XML, truncated or malformed text (line and
    column), a name twice in an object, NaN, lone surrogates, nesting beyond `depth` (JSON pointer).
    Source: RFC 8259; RFC 7493 sections 2.1-2.3.
    """
    if limit is not None and len(data) > limit:
        step = "Split the document, or ask the keeper of the book for a higher limit."
        return Problem("too-large", "", f"at most {limit} bytes", f"{len(data)} bytes", step)
    text = _decoded(data)
    if isinstance(text, Problem):
        return text
    value = _parsed(text, depth)
    if isinstance(value, Problem):
        return value
    if isinstance(value, dict | list) and deeper(value, depth):
        return too_deep(depth)
    return value


def read_stream(stream: BinaryIO, limit: int = WHOLE_MAX) -> Value | Problem:
    """The value of one JSON document that is held in memory whole. Refuses: as `read`."""
    data = stream.read(limit + 1)
    if len(data) <= limit:
        return read(data)
    step = "Split the document, and send its parts."
    return Problem("too-large", "", f"at most {limit} bytes", "more", step)


def hooks(odd: list[object]) -> dict[str, Any]:
    """The hooks of a reader that keeps numbers as text and puts what is not sound into `odd`."""

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        object_ = dict(pairs)
        if len(object_) != len(pairs):
            object_ = _Twice(object_)
            names = [name for name, _ in pairs]
            object_.name = next(name for name in names if names.count(name) > 1)
            odd.append(object_)
        return object_

    def constant(name: str) -> _NotANumber:
        odd.append(_NotANumber(name))
        return odd[-1]  # type: ignore[return-value]  # just appended

    return {
        "parse_int": Number,
        "parse_float": Number,
        "parse_constant": constant,
        "object_pairs_hook": members,
    }


def _parsed(text: str, depth: int) -> Value | Problem:
    odd: list[object] = []
    collecting = gc.isenabled()
    gc.disable()  # parsing makes no cycles; the collector would walk the growing tree in vain
    try:
        value = _counted(text, odd)
        if value is _UNSURE:
            odd.clear()
            value = json.loads(text, **hooks(odd))
    except json.JSONDecodeError as fault:
        error = alike(fault)
        return malformed(error, error.lineno, error.colno)
    except RecursionError:
        return too_deep(depth)
    except TooManyDigits as error:
        return error.problem(text.count("\n", 0, text.find(error.text)) + 1)
    finally:
        if collecting:
            gc.enable()
    found = cast("Value", value)
    if odd or (may_be_lone(text) and _has_lone(found)):
        return first_odd(found, "") or found
    return found


_UNSURE = object()


def _counted(text: str, odd: list[object]) -> object:
    """The value where counting alone shows that no name stands twice, else `_UNSURE`.

    Each name ends in `":` unless a space stands between, and what else ends so is at most too
    much: as many as the objects have members leave none that was written over.
    """
    if any(space in text and f"{space}:" in text for space in " \t\n\r"):
        return _UNSURE
    members = 0

    def count(object_: dict[str, object]) -> dict[str, object]:
        nonlocal members
        members += len(object_)
        return object_

    value: object = json.loads(text, **{**hooks(odd), "object_pairs_hook": None}, object_hook=count)
    return value if members == text.count('":') else _UNSURE


def may_be_lone(text: str, start: int = 0, stop: int = sys.maxsize) -> bool:
    """Whether a lone surrogate may be written in that part of a JSON text."""
    return _SURROGATE.search(text, start, stop) is not None


def write(value: Value) -> str:
    """The compact JSON text of a value, each number with the text it was read with."""
    kind = value.__class__
    if kind is str:
        return encode_basestring(value)  # type: ignore[arg-type]  # its class was just asked
    if isinstance(value, Number):
        return value.text
    if isinstance(value, dict):
        inner = ",".join([f"{encode_basestring(k)}:{write(v)}" for k, v in value.items()])
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{','.join([write(v) for v in value])}]"
    if value is True:
        return "true"
    return "false" if value is False else "null"


def type_of(value: Value) -> str:
    """The JSON type of a value. Source: RFC 8259 section 3."""
    if isinstance(value, str):
        return "string"
    if isinstance(value, Number):
        return "number"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "array"
    return "null" if value is None else "boolean"


def quoted(value: object) -> str:
    """What was found, as a problem shows it: a number as written, text in quotes."""
    return value.text[:60] if isinstance(value, Number) else found(value)


def _decoded(data: bytes) -> str | Problem:
    if (other := not_json(data[:64])) is not None:
        return other
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return not_utf8(line, error.start, data[error.start])


def not_json(first: bytes) -> Problem | None:
    """The Problem of what begins so and is another encoding or format; None for JSON."""
    for mark, name in _BOMS:
        if first.startswith(mark):
            return Problem("bad-encoding", "byte 0", "text in UTF-8", name, "Save it as UTF-8.")
    for mark, name in _OTHERS:
        if first.lstrip().startswith(mark):
            step = "Send the JSON form of the document, or name the format it is in."
            return Problem("not-json", "line 1", "a JSON document", name, step)
    return None


def not_utf8(line: int, offset: int, byte: int) -> Problem:
    """The Problem of a byte that no text in UTF-8 has there."""
    place = f"line {line}, byte {offset}"
    return Problem(
        "bad-encoding", place, "text in UTF-8", f"byte 0x{byte:02x}", "Save it as UTF-8."
    )


def alike(error: json.JSONDecodeError) -> json.JSONDecodeError:
    """The same error from every Python: since 3.13 it names a comma, not what lacks behind it."""
    if not error.msg.startswith("Illegal trailing comma"):
        return error
    rest = error.doc[error.pos + 1 :]
    at = len(error.doc) - len(rest.lstrip(" \t\r\n"))
    name = error.doc[at : at + 1] == "}"
    message = "Expecting property name enclosed in double quotes" if name else "Expecting value"
    return json.JSONDecodeError(message, error.doc, at)


def malformed(error: json.JSONDecodeError, line: int, column: int) -> Problem:
    """The Problem of a text that breaks off or goes wrong at that line and column."""
    place = f"line {line}, column {column}"
    rest = error.doc[error.pos :]
    expected = _EXPECTED.get(error.msg, error.msg)
    if not rest.strip() or error.msg.startswith("Unterminated string"):
        step = "The document is cut off: send the whole of it."
        return Problem("truncated-json", place, expected, "the end of the document", step)
    return Problem("bad-json", place, expected, f'"{rest[:20]}"', _STEP)


def too_deep(depth: int) -> Problem:
    """The Problem of a document that nests too deep."""
    expected = f"nesting of at most {depth} levels"
    return Problem("too-deep", "", expected, "deeper nesting", _STEP)


def deeper(value: object, depth: int) -> bool:
    """Whether the value nests beyond that depth.

    Level by level, so that the depth of the document never becomes the depth of our stack.
    """
    level: list[object] = [value]
    for _ in range(depth):
        level = [
            member
            for item in level
            for member in (item.values() if isinstance(item, dict) else item)  # type: ignore[attr-defined]
            if member.__class__ is dict or member.__class__ is list
        ]
        if not level:
            return False
    return True


def _has_lone(value: object) -> bool:
    level: list[object] = [value]
    while level:
        following: list[object] = []
        for item in level:
            if isinstance(item, str):
                if _LONE.search(item):
                    return True
            elif isinstance(item, dict):
                following += item.keys()
                following += item.values()
            elif isinstance(item, list):
                following += item
        level = following
    return False


def first_odd(value: object, place: str) -> Problem | None:
    """The first fault that the JSON text hides and only the values show, with its pointer."""
    stack: list[tuple[object, str]] = [(value, place)]
    while stack:
        item, where = stack.pop()
        if isinstance(item, _NotANumber):
            return Problem("not-a-number", where, "a JSON number", item.text, _STEP)
        if isinstance(item, str) and _LONE.search(item):
            expected = "text without lone surrogates"
            return Problem("bad-text", where, expected, "a lone surrogate", _STEP)
        if isinstance(item, _Twice):
            return name_twice(item.name, where)
        if isinstance(item, dict):
            if any(_LONE.search(name) for name in item):
                expected = "member names without lone surrogates"
                return Problem("bad-text", where, expected, "a lone surrogate", _STEP)
            inner = [(v, f"{where}/{escape(k)}") for k, v in item.items()]
            stack += reversed(inner)
        elif isinstance(item, list):
            stack += reversed([(v, f"{where}/{i}") for i, v in enumerate(item)])
    return None


def name_twice(name: str, where: str) -> Problem:
    """The Problem of an object at that pointer in which a name stands twice."""
    told = _clean(name)
    expected = "each member name once in an object"
    return Problem("name-twice", f"{where}/{escape(told)}", expected, f'"{told}" twice', _STEP)


def _clean(text: str) -> str:
    return _LONE.sub("\ufffd", text)
