"""One JSON document of any size, the items of its long lists one by one: memory stays flat.

What is sound and what is not is as for `json_text.read`: numbers keep their text; a name twice, a
lone surrogate, NaN, too deep a nesting and every malformed text are refused at their place.
"""

from __future__ import annotations

import codecs
import gc
import json
import re
from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from orebook.exchange.json_text import (
    DEPTH_MAX,
    Number,
    TooManyDigits,
    Value,
    alike,
    deeper,
    escape,
    first_odd,
    hooks,
    malformed,
    may_be_lone,
    name_twice,
    not_json,
    not_utf8,
    too_deep,
)
from orebook.model.problem import Problem

Path = tuple[str, ...]
CHUNK = 1 << 20
VALUE_MAX = 64 << 20  # characters of one item, or of one member beside the lists
_BLANK = re.compile(r"[ \t\n\r]*")
_SHOWN = 20
_NEAR = 16  # a word, number or escape that is cut off begins as near to the end as this


@dataclass(frozen=True, slots=True)
class Around:
    """A document with its long lists empty: the value, and how many items each list has."""

    value: Value
    counts: dict[Path, int]


class _Refused(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def around(stream: BinaryIO, lists: Collection[Path], most: int = 0) -> Around | Problem:
    """The document but for the items of the lists at these paths, once all of it is sound.

    Takes: a stream that can be read from its beginning; how many items a list may have, where that
    is limited.
    Refuses: as `json_text.read`; one item or other member beyond 64 million characters; one item
    more than may be, as soon as it comes.
    """
    walk = _Walk(stream, lists)
    counts: dict[Path, int] = {}
    document = walk.document()
    try:
        with _uncollected():
            while True:
                path, _ = next(document)
                counts[path] = counts.get(path, 0) + 1
                if most and counts[path] > most:
                    return _too_many(path, most)
    except StopIteration as ended:
        if (problem := walk.odd or walk.deep) is not None:
            return problem
        return Around(ended.value, {path: counts.get(path, 0) for path in walk.found})
    except _Refused as refused:
        return refused.problem


def items(stream: BinaryIO, path: Path) -> Iterator[Value]:
    """The items of the list at a path, in a document that `around` has found sound."""
    for _, item in _Walk(stream, [path]).document():
        yield item


def _too_many(path: Path, most: int) -> Problem:
    step = "Send it in several documents."
    return Problem("too-large", _pointer(path), f"at most {most} of them", "more", step)


class _uncollected:  # noqa: N801 - used as a word
    """Parsing makes no cycles: the collector would walk what grows in vain."""

    def __enter__(self) -> None:
        self._was = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._was:
            gc.enable()


class _Walk:
    """One way through a document."""

    def __init__(self, stream: BinaryIO, lists: Collection[Path]) -> None:
        self.odd: Problem | None = None
        self.deep: Problem | None = None
        self.found: list[Path] = []
        self._lists = frozenset(lists)
        self._above = {path[:n] for path in lists for n in range(len(path))}
        self._hidden: list[object] = []
        self._scan = json.JSONDecoder(**hooks(self._hidden)).raw_decode
        self._text = _Text(stream)

    def document(self) -> Generator[tuple[Path, Value], None, Value]:
        """Each item with the path of its list; gives the rest at the end."""
        value = yield from self._value(())
        if self._text.peek():
            raise self._text.fault("Extra data")
        return value

    def _value(self, here: Path) -> Generator[tuple[Path, Value], None, Value]:
        first = self._text.peek()
        if first == "{" and here in self._above:
            return (yield from self._object(here))
        if first == "[" and here in self._lists:
            return (yield from self._list(here))
        return self._whole(here, "")

    def _object(self, here: Path) -> Generator[tuple[Path, Value], None, Value]:
        text, members = self._text, dict[str, Value]()
        text.take()
        if text.peek() == "}":
            text.take()
            return members
        while True:
            if text.peek() != '"':
                raise text.fault("Expecting property name enclosed in double quotes")
            name = cast("str", self._whole(here, ""))
            if text.peek() != ":":
                raise text.fault("Expecting ':' delimiter")
            text.take()
            value = yield from self._value((*here, name))
            if name in members:
                self.odd = self.odd or name_twice(name, _pointer(here))
            members[name] = value
            if not self._goes_on("}"):
                return members

    def _list(self, here: Path) -> Generator[tuple[Path, Value], None, Value]:
        self.found.append(here)
        self._text.take()
        if self._text.peek() == "]":
            self._text.take()
            return []
        count = 0
        while True:
            self._text.peek()
            yield here, self._whole(here, f"/{count}")
            count += 1
            if not self._goes_on("]"):
                return []

    def _goes_on(self, end: str) -> bool:
        following = self._text.peek()
        if following not in {",", end} or not following:
            raise self._text.fault("Expecting ',' delimiter")
        self._text.take()
        return following == ","

    def _whole(self, here: Path, step: str) -> Value:
        """The value that begins here, read at once."""
        text = self._text
        while True:
            try:
                value, end = self._scan(text.text, text.at)
            except json.JSONDecodeError as error:
                if self._may_go_on(error) and text.more():
                    self._hidden.clear()
                    continue
                raise text.fault_of(error) from None
            except RecursionError:
                raise _Refused(too_deep(DEPTH_MAX)) from None
            except TooManyDigits as error:
                raise _Refused(error.problem(text.line)) from None
            # a number may go on in what follows
            open_ = isinstance(value, Number) and end > len(text.text) - _NEAR
            if not open_ or not text.more():
                break
            self._hidden.clear()
        if self._hidden or may_be_lone(text.text, text.at, end):
            self.odd = self.odd or first_odd(value, _pointer(here) + step)
            self._hidden.clear()
        depth = DEPTH_MAX - len(here) - (1 if step else 0)
        if isinstance(value, dict | list) and deeper(value, depth):
            self.deep = too_deep(DEPTH_MAX)
        text.at = end
        return cast("Value", value)

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        """Whether the fault may be that the text in memory ends here."""
        if len(self._text.text) - self._text.at > VALUE_MAX:
            place = f"line {self._text.line}"
            step = "Send what is so large as a file, and cite the file."
            expected = f"values of at most {VALUE_MAX} characters"
            raise _Refused(Problem("too-large", place, expected, "a larger one", step))
        unended = error.msg.startswith("Unterminated string")
        return unended or error.pos >= len(error.doc) - _NEAR


class _Text:
    """The text of a stream, of which memory holds the part that is being read."""

    def __init__(self, stream: BinaryIO) -> None:
        stream.seek(0)
        self.text = ""
        self.at = 0
        self.line = 1
        self._column = 1
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._ended = False
        self._bytes = 0
        self._breaks = 0

    def more(self) -> bool:
        """Whether there was more to read; what was taken is let go of."""
        if self._ended:
            return False
        data = self._stream.read(max(CHUNK, len(self.text) - self.at))
        if self._bytes == 0 and (other := not_json(data[:64])) is not None:
            raise _Refused(other)
        try:
            fresh = self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            line = self._breaks + error.object.count(b"\n", 0, error.start) + 1
            offset = self._bytes + len(data) - len(error.object) + error.start
            raise _Refused(not_utf8(line, offset, error.object[error.start])) from None
        self._ended = not data
        self._bytes += len(data)
        self._breaks += data.count(b"\n")
        self.line, self._column = self._place(self.at)
        self.text = self.text[self.at :] + fresh
        self.at = 0
        return True

    def peek(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            blank = _BLANK.match(self.text, self.at)
            self.at = blank.end() if blank else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def take(self) -> None:
        """Past the character that was looked at."""
        self.at += 1

    def fault(self, message: str) -> _Refused:
        """What is malformed here."""
        return self.fault_of(json.JSONDecodeError(message, self.text, self.at))

    def fault_of(self, error: json.JSONDecodeError) -> _Refused:
        """A fault in the text that memory holds, at its place in the document."""
        error = alike(error)
        ahead = error.pos - self.at
        # what is shown of it, and whether anything but blanks follows
        while not self.text[self.at + ahead : self.at + ahead + _SHOWN].strip() or (
            len(self.text) - self.at - ahead < _SHOWN
        ):
            if not self.more():
                break
        told = json.JSONDecodeError(error.msg, self.text, self.at + ahead)
        return _Refused(malformed(told, *self._place(told.pos)))

    def _place(self, at: int) -> tuple[int, int]:
        breaks = self.text.count("\n", 0, at)
        if not breaks:
            return self.line, self._column + at
        return self.line + breaks, at - self.text.rindex("\n", 0, at)


def _pointer(path: Path) -> str:
    return "".join(f"/{escape(name)}" for name in path)
