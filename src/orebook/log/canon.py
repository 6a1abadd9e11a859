"""The one byte form: JSON of a restricted kind, written one way only.

The kind: objects with ASCII names, arrays, strings, integers within 2^53, booleans and null.
On this kind RFC 8785 (JCS) reduces to sorted names, no spaces and the shortest escapes, so a
fast writer and the standard library give the same bytes; both are kept and a test holds them
together. Fractions are strings: canonical bytes never pass through a binary float.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import NoReturn, TypeAlias

from orebook.log.errors import Malformed, show

Value: TypeAlias = "dict[str, Value] | list[Value] | str | int | bool | None"
Foreign: TypeAlias = "dict[str, Foreign] | list[Foreign] | str | int | Decimal | bool | None"

DEPTH_MAX = 64
INTEGER_MAX = 2**53 - 1
_SURE_DEPTH = 8  # what nests deeper, as little does, is looked at step by step


def dump_stdlib(value: object) -> bytes:
    """Gives canonical bytes of an already admitted value, by the standard library alone."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8")


def load_stdlib(data: bytes) -> object:
    """Gives what ``data`` parses to, by the standard library alone; says nothing of its form."""
    value: object = json.loads(data.decode("utf-8"))
    return value


def _unsure(_data: object) -> object:
    """Stands where the fast reader is not installed: it is never sure of anything."""
    return _UNSURE


_UNSURE = object()


_dump: Callable[[object], bytes] = dump_stdlib
_load: Callable[[bytes], object] = load_stdlib
_surely: Callable[[bytes], object] = _unsure
_surely_write: Callable[[object], object] = _unsure
try:
    import orjson  # isort: skip - a verifier shuts it out, and with it both
    import msgspec
except ImportError:  # a verifier needs no more than the standard library and PyNaCl
    pass
else:

    def _dump_fast(value: object) -> bytes:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)

    def _load_fast(data: bytes) -> object:
        value: object = orjson.loads(data)
        return value

    @cache
    def _whole() -> msgspec.json.Decoder[object]:
        """Reads values of our kind that nest no deeper than most do; floats are not of it."""
        kind: object = str | int | bool | None
        for _ in range(_SURE_DEPTH):
            kind = str | int | bool | None | dict[str, kind] | list[kind]  # type: ignore[valid-type]
        return msgspec.json.Decoder(kind)

    _STRICT = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER  # refuses beyond 2^53-1

    def _surely_fast(data: bytes) -> object:
        """The value where C code alone can tell that it is canonical and of our kind."""
        if not data.isascii():
            return _UNSURE
        try:
            value: object = _whole().decode(data)
            if orjson.dumps(value, option=_STRICT) != data:
                return _UNSURE
        except (ValueError, TypeError, RecursionError):
            return _UNSURE
        return value

    def _surely_write_fast(value: object) -> object:
        """The bytes where reading them back gives the value: it is of our kind, all of it."""
        try:
            data = orjson.dumps(value, option=_STRICT | orjson.OPT_PASSTHROUGH_SUBCLASS)
            if not data.isascii() or _whole().decode(data) != value:
                return _UNSURE
        except (ValueError, TypeError, RecursionError):
            return _UNSURE
        return data

    _dump, _load = _dump_fast, _load_fast
    _surely, _surely_write = _surely_fast, _surely_write_fast


def encode(value: object) -> bytes:
    """Gives the canonical bytes of ``value``.

    Takes: dict with ASCII str names, list, str, int, bool, None; nested at most 64 deep.
    Refuses: Malformed, with a JSON pointer, for floats, Decimals, tuples and other types, integers
    beyond 2^53-1, non-ASCII names, lone surrogates, deeper nesting.
    Source: RFC 8785 section 3.2, on the restricted kind.
    """
    data = _surely_write(value)
    if data.__class__ is bytes:
        return data
    if not _plain(value, DEPTH_MAX):
        _refuse(value, "", DEPTH_MAX)
    return _dump(value)


def compose(members: Mapping[str, bytes]) -> bytes:
    """Gives the canonical bytes of an object whose members are canonical bytes already.

    Takes: names of ASCII letters, digits, ``_`` and ``.`` alone, which need no escape.
    """
    inner = b",".join(
        [b'"%s":%s' % (name.encode("ascii"), members[name]) for name in sorted(members)]
    )
    return b"{%s}" % inner


def listed(items: Iterable[bytes]) -> bytes:
    """Gives the canonical bytes of an array whose items are canonical bytes already."""
    return b"[%s]" % b",".join(items)


def decode(data: bytes) -> Value:
    """Gives the value whose canonical bytes are exactly ``data``.

    Refuses: Malformed, with the reason, for any other spelling of the same value (spaces, order,
    escapes, ``-0``, duplicate names) and for anything outside the restricted kind.
    Source: RFC 8785 section 3.2; RFC 7493 (I-JSON) sections 2.1-2.3.
    """
    value = _surely(data)
    if value is not _UNSURE:
        return value  # type: ignore[return-value]  # as _plain would have established
    try:
        value = _load(data)
    except (ValueError, RecursionError):
        _explain(data)
    if not _plain(value, DEPTH_MAX) or _dump(value) != data:
        _explain(data)
    return value  # type: ignore[return-value]  # _plain has just established it


def read_foreign(data: bytes, place: str = "JSON") -> Foreign:
    """Gives any JSON text as written by others, numbers exact, duplicate names refused.

    Refuses: Malformed for bad UTF-8, NaN or Infinity, duplicate names, nesting beyond 64.
    Source: RFC 8259; RFC 7493 section 2.3.
    """
    value = _surely(data)  # most of what is read was written canonically, by ourselves
    if value is not _UNSURE:
        return value  # type: ignore[return-value]  # as _plain would have established
    try:
        value = _load(data)
        if _plain(value, DEPTH_MAX) and _dump(value) == data:
            return value  # type: ignore[return-value]  # _plain has just established it
    except (ValueError, RecursionError):
        pass
    value = _parse(data, place, Decimal)
    if _depth_exceeds(value, DEPTH_MAX):
        raise Malformed(place, f"nesting of at most {DEPTH_MAX}", "deeper nesting")
    return value  # type: ignore[return-value]  # the hooks leave no other type


def _plain(value: object, depth: int) -> bool:
    """Says fast whether the value is of the restricted kind."""
    kind = type(value)
    if kind is str:
        return value.isascii() or _encodable(value)  # type: ignore[attr-defined, arg-type]
    if kind is int:
        return -INTEGER_MAX <= value <= INTEGER_MAX  # type: ignore[operator]
    if kind is bool or value is None:
        return True
    if depth == 0:
        return False
    if kind is dict:
        return all(
            type(name) is str and name.isascii() and _plain(member, depth - 1)
            for name, member in value.items()  # type: ignore[attr-defined]
        )
    if kind is list:
        return all(_plain(member, depth - 1) for member in value)  # type: ignore[attr-defined]
    return False


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _refuse(value: object, place: str, depth: int) -> None:
    """Walks again, slowly, to name the first member that is not of the restricted kind."""
    where = f"JSON {place or '/'}"
    if isinstance(value, dict | list) and depth == 0:
        raise Malformed(where, f"nesting of at most {DEPTH_MAX}", "deeper nesting")
    if type(value) is dict:
        for name, member in value.items():
            if type(name) is not str or not name.isascii():
                raise Malformed(where, "names in ASCII", show(str(name)))
            _refuse(member, f"{place}/{name.replace('~', '~0').replace('/', '~1')}", depth - 1)
    elif type(value) is list:
        for position, member in enumerate(value):
            _refuse(member, f"{place}/{position}", depth - 1)
    elif type(value) is int and not -INTEGER_MAX <= value <= INTEGER_MAX:
        raise Malformed(where, "an integer within 2^53-1 (else write it as a string)", "a larger")
    elif type(value) is str and not _encodable(value):
        raise Malformed(where, "text without lone surrogates", show(value))
    elif type(value) not in {str, int, bool, type(None)}:
        expected = "an object, array, string, integer, boolean or null (fractions as strings)"
        raise Malformed(where, expected, type(value).__name__)


def _explain(data: bytes) -> NoReturn:
    """Raises with the best reason why these bytes are not canonical."""
    value = _parse(data, "canonical JSON", Decimal)
    _refuse(value, "", DEPTH_MAX)
    wanted = _dump(value)
    pairs = enumerate(zip(wanted, data, strict=False))
    at = next((i for i, (a, b) in pairs if a != b), min(len(wanted), len(data)))
    raise Malformed(
        f"canonical JSON, byte {at}", show(wanted[at : at + 12]), show(data[at : at + 12])
    )


def _parse(data: bytes, place: str, number: Callable[[str], object]) -> object:
    def no_constant(text: str) -> NoReturn:
        raise Malformed(place, "numbers of RFC 8259", text)

    def no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) != len(pairs):
            names = [name for name, _ in pairs]
            again = next(name for name in names if names.count(name) > 1)
            raise Malformed(place, "each name once per object", f"{show(again)} twice")
        return members

    try:
        value: object = json.loads(
            data.decode("utf-8"),
            parse_float=number,
            parse_constant=no_constant,
            object_pairs_hook=no_duplicates,
        )
    except Malformed:
        raise
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise Malformed(place, "JSON in UTF-8", f"{error}") from None
    return value


def _depth_exceeds(value: object, limit: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    members = value.values() if isinstance(value, dict) else value
    return limit == 0 or any(_depth_exceeds(member, limit - 1) for member in members)
