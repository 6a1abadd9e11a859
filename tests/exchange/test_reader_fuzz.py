"""Damaged official documents: no reader gives anything but facts and problems, whatever comes."""

from __future__ import annotations

import io
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orebook.exchange.event_hash_file import hashes
from orebook.exchange.format import Format, Read, Source
from orebook.exchange.registry import choose, formats
from orebook.model.problem import Problem
from orebook.model.shape import check

SOURCE = Source("damaged", "doc:1")
FOLDERS = {
    "epcis-json": ("epcis-gs1/JSON", "*.jsonld"),
    "epcis-xml": ("epcis-gs1/XML", "*.xml"),
    "untp": ("untp-0.7.0/samples-rc-april-2026", "*.json"),
    "metals-certificate": ("metals-certificate/fixtures", "*.json"),
}
TOKENS = (
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'""',
    b"-0",
    b"1e999999",
    b"9" * 5000,
    b"0." + b"0" * 400 + b"1",
    b"NaN",
    b'"\\ud800"',
    b'"\\u0000"',
    b"2026-02-30T25:61:61Z",
    b"&lol;",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"<![CDATA[x]]>",
    b"\xff\xfe",
    b"\x00",
    "\u202e\U0001f4a9".encode(),
)


def deep(data: bytes, random_: random.Random) -> bytes:
    """The document with something nested far too deep at one place."""
    at = random_.randrange(len(data) + 1)
    levels = random_.choice((70, 3000, 100_000))
    nest = b"[" * levels if data.lstrip()[:1] in b"{[" else b"<a>" * levels
    return data[:at] + nest + data[at:]


def damaged(data: bytes, random_: random.Random) -> bytes:
    """The document with one to three kinds of damage done to it."""
    for _ in range(random_.randint(1, 3)):
        size = max(len(data), 1)
        at = random_.randrange(size)
        match random_.randrange(8):
            case 0:
                data = data[:at]
            case 1:
                data = data[:at] + bytes([random_.randrange(256)]) + data[at + 1 :]
            case 2:
                end = min(size, at + random_.randrange(1, 200))
                data = data[:at] + data[end:]
            case 3:
                end = min(size, at + random_.randrange(1, 200))
                data = data[:end] + data[at:end] + data[end:]
            case 4 | 5:
                data = _swapped(data, random_)
            case 6:
                data = data[:at] + random_.choice(TOKENS) + data[at:]
            case _:
                data = deep(data, random_) if random_.random() < 0.2 else data[::-1][at:][::-1]
    return data


def _swapped(data: bytes, random_: random.Random) -> bytes:
    """One value of the document in place of another, or a strange one in its place."""
    values = list(re.finditer(rb'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|>[^<>]+<', data))
    if len(values) < 2:
        return data
    one, other = random_.sample(values, 2)
    new = other[0] if random_.random() < 0.5 else random_.choice(TOKENS)
    if one[0].startswith(b">") and not new.startswith(b">"):
        new = b">" + new + b"<"
    return data[: one.start()] + new + data[one.end() :]


def originals(standards: Path, name: str) -> list[bytes]:
    folder, suffix = FOLDERS[name]
    return [file.read_bytes() for file in sorted((standards / folder).rglob(suffix))]


def outcome(format_: Format, data: bytes) -> str:
    """What came of it; anything but facts and problems fails."""
    read = refused = 0
    for item in format_.read(io.BytesIO(data), SOURCE):
        if isinstance(item, Problem):
            assert item.code
            assert item.expected
            assert item.next_step
            assert "Traceback" not in item.text()
            refused += 1
        else:
            assert isinstance(item, Read)
            assert isinstance(check(item.kind, item.body), list | tuple)
            read += 1
    assert read or refused, "neither facts nor a problem"
    return "read" if not refused else "refused in part" if read else "refused"


def cases(originals_: list[bytes], count: int, seed: int) -> Iterator[bytes]:
    random_ = random.Random(seed)
    for _ in range(count):
        yield damaged(random_.choice(originals_), random_)


@pytest.mark.parametrize("name", sorted(FOLDERS))
def test_no_damage_to_an_official_document_raises(
    standards: Path,
    name: str,
    count: Callable[[int, int], int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    format_ = next(f for f in formats() if f.name == name)
    came: Counter[str] = Counter()
    for data in cases(originals(standards, name), count(60, 3000), 20260504):
        came[outcome(format_, data)] += 1
    with capsys.disabled():
        told = ", ".join(f"{n} {what}" for what, n in sorted(came.items()))
        print(f"\ndamaged documents to {name}: {told}")
    assert came["refused"] > 0


def test_no_reader_raises_on_the_documents_of_another(
    standards: Path, count: Callable[[int, int], int]
) -> None:
    every = [data for name in FOLDERS for data in originals(standards, name)[:4]]
    tried = 0
    for format_ in formats():
        for data in cases(every, count(8, 400), 20260505):
            for item in format_.read(io.BytesIO(data), SOURCE):
                assert isinstance(item, Read | Problem)
            assert isinstance(choose(data[:8192], "x"), Format | Problem)
            tried += 1
    assert tried >= 8 * len(formats())


def test_no_damage_makes_hashing_raise(standards: Path, count: Callable[[int, int], int]) -> None:
    every = [*originals(standards, "epcis-json"), *originals(standards, "epcis-xml")]
    refused = 0
    for data in cases(every, count(80, 3000), 20260506):
        found = hashes(data, "2.1")
        refused += isinstance(found, Problem)
    assert refused > 0
