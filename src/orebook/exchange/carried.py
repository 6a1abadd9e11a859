"""Members of a foreign format that our words do not say, carried as written.

The law of every lossless format here: what is carried is the original minus what our words imply.
The writer starts from what the words imply and lays the carried members over it. A carried `null`
on a member that the words imply says that the source did not have the member; a source that really
held null there has been refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from orebook.exchange.json_text import Object, Value, escape, read, steps, type_of, write
from orebook.model.entry import Body
from orebook.model.problem import Problem, SenderError

CHUNK = 16_000  # a text attribute holds 20,000 characters; a longer member goes on in the next
_BLANKS = re.compile(r"\s{1000,}")
_PLAIN = re.compile(r'"([ !#-\[\]-~]*)"')  # a string of JSON in which nothing is escaped
_WORDS: dict[str, Value] = {"null": None, "true": True, "false": False}
Pair = tuple[str, Value]


def difference(original: Object, implied: Object, at: str = "") -> list[Pair]:
    """The members of the original that the implied object lacks or has otherwise, by pointer."""
    pairs: list[Pair] = []
    for name, value in original.items():
        if name not in implied:
            pairs.append((f"{at}/{escape(name)}", value))
        elif value != implied[name]:
            pairs += _inner(value, implied[name], f"{at}/{escape(name)}")
    pairs += [(f"{at}/{escape(name)}", None) for name in implied if name not in original]
    return pairs


def _inner(value: Value, implied: Value, at: str) -> list[Pair]:
    if isinstance(value, dict) and isinstance(implied, dict):
        return difference(value, implied, at)
    if isinstance(value, list) and isinstance(implied, list) and len(value) == len(implied):
        pairs: list[Pair] = []
        for i, (item, other) in enumerate(zip(value, implied, strict=True)):
            if item != other:
                pairs += _inner(item, other, f"{at}/{i}")
        return pairs
    return [(at, value)]


def carry(pairs: Iterable[Pair]) -> list[object]:
    """The pairs as `carried` records: pointer, JSON type, text as written."""
    items: list[object] = []
    for at, value in pairs:
        text = write(value)
        kind = type_of(value)
        if len(text) <= CHUNK:
            items.append({"at": at, "type": kind, "text": text})
        else:
            items += [{"at": at, "type": kind, "text": part} for part in _chunks(text)]
    return items


def _chunks(text: str) -> Iterator[str]:
    """Parts that are never blank, as a text attribute may not be: long blanks are escaped."""
    text = _BLANKS.sub(lambda run: "".join(f"\\u{ord(c):04x}" for c in run[0]), text)
    for start in range(0, len(text), CHUNK):
        yield text[start : start + CHUNK]


def lay_over(target: Object, items: object) -> Object:
    """The target with every carried member at its place again; the target itself is changed.

    Refuses: SenderError for an item that is no carried record or has no place in the target.
    """
    for at, text in _joined(items):
        value = _value(text)
        if isinstance(value, Problem):
            message = f"the carried member {at} does not hold JSON: {value.text()}"
            raise SenderError(message)
        _put(target, at, value)
    return target


def _value(text: str) -> Value | Problem:
    """What `read` gives; most of what is carried are plain texts, told at once."""
    if (plain := _PLAIN.fullmatch(text)) is not None:
        return plain[1]
    return _WORDS[text] if text in _WORDS else read(text.encode("utf-8"))


def _joined(items: object) -> Iterator[tuple[str, str]]:
    """Each pointer with its whole text: parts that follow one another belong together."""
    pointer, parts = "", list[str]()
    for item in items if isinstance(items, list) else []:
        if not isinstance(item, dict) or "at" not in item or "text" not in item:
            continue  # sealed or taken down: not ours to write
        if item["at"] != pointer and parts:
            yield pointer, "".join(parts)
            parts = []
        pointer = str(item["at"])
        parts.append(str(item["text"]))
    if parts:
        yield pointer, "".join(parts)


def _put(target: Object, at: str, value: Value) -> None:
    *path, last = steps(at)
    here: Value = target
    try:
        for step in path:
            here = here[int(step)] if isinstance(here, list) else here[step]  # type: ignore[index]
        if isinstance(here, list):
            here[int(last)] = value
        elif value is None and last in here:  # type: ignore[operator]
            del here[last]  # type: ignore[union-attr]
        else:
            here[last] = value  # type: ignore[index]
    except (KeyError, IndexError, TypeError, ValueError):
        message = f"the carried member {at} has no place in the record it belongs to"
        raise SenderError(message) from None


def foreign(name: str, members: Iterable[Pair], free: Iterable[Pair]) -> Body:
    """The `foreign` record: what lies in the clear, and what may hold free text."""
    record: Body = {"format": name}
    clear = carry(members)
    if clear:
        record["members"] = clear
    open_text = carry(free)
    if open_text:
        record["free"] = open_text
    return record
