"""JSON as others write it: exact numbers, and each fault at its place."""

from __future__ import annotations

import gc
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.exchange.json_check import time
from orebook.exchange.json_text import Number, alike, escape, read, steps, write
from orebook.model.problem import Problem

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.from_regex(
    r"-?(?:0|[1-9][0-9]{0,40})(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,4})?", fullmatch=True
).map(Number)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)


@given(values)
def test_what_is_written_reads_as_the_same_value_with_the_same_number_text(value: object) -> None:
    assert read(write(value).encode()) == value
    json.loads(write(value))


@pytest.mark.parametrize("text", ["1.50", "1e400", "-0", "-0.0", "1E+2", "9" * 60, "0.1"])
def test_a_number_is_its_text(text: str) -> None:
    value = read(text.encode())
    assert value == Number(text)
    assert write(value) == text
    assert Number("1.0") != Number("1")
    assert Number("1") != "1"


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (b'{"a": [1, 2', "truncated-json", "line 1, column 12"),
        (b'{\n"a": "never ends', "truncated-json", "line 2, column 6"),
        (b"", "truncated-json", "line 1, column 1"),
        (b'{"a": 1,\n "b" 2}', "bad-json", "line 2, column 6"),
        (b'{"a": 1,}', "bad-json", "line 1, column 9"),
        (b"{} {}", "bad-json", "line 1, column 4"),
        (b'"tab\there"', "bad-json", "line 1, column 5"),
        (b"[01]", "bad-json", "line 1, column 3"),
        (b"<?xml version='1.0'?><epcis/>", "not-json", "line 1"),
        (b"  <html>", "not-json", "line 1"),
        (b"PK\x03\x04rest", "not-json", "line 1"),
        (b"%PDF-1.7", "not-json", "line 1"),
        (b'\xff\xfe{\x00"', "bad-encoding", "byte 0"),
        (b'{"a":\n"\xe9"}', "bad-encoding", "line 2, byte 7"),
        (b'{"a": {"b/c": 1, "b/c": 2}}', "name-twice", "/a/b~1c"),
        (b'[{"x": 1}, {"x": 1, "y": 2, "x": 3}]', "name-twice", "/1/x"),
        (b'{"a": [NaN]}', "not-a-number", "/a/0"),
        (b"-Infinity", "not-a-number", ""),
        (rb'{"a": ["\ud800"]}', "bad-text", "/a/0"),
        (rb'{"\uDC00x": 1}', "bad-text", ""),
        (b'{"a":\n' + b"9" * 1001 + b"}", "too-long", "line 2"),
        (b"[" * 65 + b"]" * 65, "too-deep", ""),
        (b"[" * 100_000, "too-deep", ""),
    ],
)
def test_each_fault_has_its_place(data: bytes, code: str, place: str) -> None:
    problem = read(data)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.place) == (code, place)
    assert problem.expected
    assert problem.found
    assert problem.next_step


@pytest.mark.parametrize(
    ("text", "comma", "message", "place"),
    [
        ('{"a": 1, \n}', 7, "Expecting property name enclosed in double quotes", (2, 1)),
        ("[1,]", 2, "Expecting value", (1, 4)),
    ],
)
def test_a_comma_too_many_is_told_alike_by_every_python(
    text: str, comma: int, message: str, place: tuple[int, int]
) -> None:
    told = alike(json.JSONDecodeError("Illegal trailing comma before end of object", text, comma))
    assert (told.msg, (told.lineno, told.colno)) == (message, place)
    with pytest.raises(json.JSONDecodeError) as here:
        json.loads(text)
    assert str(alike(here.value)) == str(told)


def test_what_is_sound_though_unusual_is_taken() -> None:
    assert read(b'\xef\xbb\xbf{"a": 1}') == {"a": Number("1")}
    assert read(rb'"\ud83d\ude00"') == "😀"
    assert read(b"[" * 64 + b"]" * 64) is not None
    assert read(b'{"a": 1}', limit=8) == {"a": Number("1")}


@pytest.mark.parametrize(
    "text",
    ['{"a":1,"a":2}', '{"a" :1,"a":2}', '{"a"\t: 1, "b":{"c":1,"c":":"}}', '[{"":":","":1}]'],
)
def test_a_name_that_stands_twice_is_found_however_it_is_spaced(text: str) -> None:
    told = read(text.encode())
    assert getattr(told, "code", "") == "name-twice"


@given(values)
def test_names_are_counted_alike_in_every_spelling(value: object) -> None:
    spellings = [(",", ":"), (", ", ": "), (" ,\n", " :\t")]
    bare = json.loads(write(value), parse_float=str, parse_int=str)
    told = [read(json.dumps(bare, separators=pair).encode()) for pair in spellings]
    assert told[0] == told[1] == told[2]


def test_the_limit_is_named() -> None:
    problem = read(b'{"a": 11}', limit=8)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.expected, problem.found) == (
        "too-large",
        "at most 8 bytes",
        "9 bytes",
    )


@given(st.binary(max_size=60))
def test_any_bytes_give_a_value_or_a_problem_and_leave_the_collector_on(data: bytes) -> None:
    value = read(data)
    assert gc.isenabled()
    if not isinstance(value, Problem):
        assert read(write(value).encode()) == value


@given(st.lists(texts, max_size=4))
def test_a_pointer_gives_back_its_steps(names: list[str]) -> None:
    assert steps("".join(f"/{escape(name)}" for name in names)) == names


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("2025-10-02T06:00:00Z", True),
        ("2025-10-02T06:00:00.123456789+05:30", True),
        ("2024-02-29T23:59:59-14:00", True),
        ("2025-02-29T06:00:00Z", False),
        ("2025-10-02T24:00:00Z", False),
        ("2025-10-02T06:00:60Z", False),
        ("2025-10-02T06:00:00", False),
        ("2025-10-02", False),
        ("2025-10-02T06:00:00z", False),
        ("0001-01-01T00:00:00+05:00", False),
        ("9999-12-31T23:00:00-05:00", False),
        ("9999-01-01T00:00:00Z", True),
        ("٢٠٢٥-10-02T06:00:00Z", False),
    ],
)
def test_a_time_is_a_moment_of_the_calendar(text: str, sound: bool) -> None:
    assert (time(text) is None) == sound
