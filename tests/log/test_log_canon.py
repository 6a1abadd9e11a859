"""The one byte form: same bytes from every writer, one spelling admitted."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from orebook.log import b64, canon
from orebook.log.errors import LogError, Malformed

_TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
_NAME = st.text(st.characters(codec="ascii"), max_size=8)
_SCALAR = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _TEXT
PLAIN = st.recursive(
    _SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAME, inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
@example({"\x7f": '\x7f\u2028\u0000\t"\\/', "a": "é😀"})
def test_canonical_bytes_agree_with_rfc8785_and_the_stdlib_twin(value: object) -> None:
    data = canon.encode(value)
    assert data == rfc8785.dumps(value)  # type: ignore[arg-type]
    assert data == canon.dump_stdlib(value)
    assert canon.decode(data) == value
    assert canon.read_foreign(data) == value


@given(PLAIN)
def test_another_spelling_of_the_same_value_is_refused(value: object) -> None:
    for text in (
        json.dumps(value, indent=1),
        " " + json.dumps(value),
        json.dumps(value, separators=(",", ":")) + "\n",
    ):
        data = text.encode()
        if data != canon.encode(value):
            with pytest.raises(Malformed):
                canon.decode(data)


@given(st.binary(max_size=20))
def test_whatever_is_admitted_is_written_back_the_same(data: bytes) -> None:
    try:
        value = canon.decode(data)
    except Malformed:
        return
    assert canon.encode(value) == data


def test_verification_without_the_fast_library_takes_and_refuses_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(canon, "_dump", canon.dump_stdlib)
    monkeypatch.setattr(canon, "_load", canon.load_stdlib)
    assert canon.decode(b'{"a":["x",1,null,true]}') == {"a": ["x", 1, None, True]}
    for _, data in _BAD:
        with pytest.raises(Malformed):
            canon.decode(data)


_BAD = [
    ("duplicate names", b'{"a":1,"a":1}'),
    ("space", b'{"a": 1}'),
    ("order", b'{"b":1,"a":1}'),
    ("float", b"1.0"),
    ("exponent", b"1e3"),
    ("minus zero", b"-0"),
    ("2^53", b"9007199254740992"),
    ("2^70", b"1180591620717411303424"),
    ("five thousand digits", b"9" * 5000),
    ("escaped ASCII", b'"\\u0041"'),
    ("escaped slash", b'"\\/"'),
    ("upper-case escape", b'"\\u001F"'),
    ("lone surrogate", b'"\\ud800"'),
    ("surrogate in UTF-8", b'"\xed\xa0\x80"'),
    ("latin-1", b'"\xe9"'),
    ("byte order mark", b"\xef\xbb\xbf1"),
    ("UTF-16", '"a"'.encode("utf-16")),
    ("NaN", b"NaN"),
    ("infinity", b"-Infinity"),
    ("non-ASCII name", '{"é":1}'.encode()),
    ("trailing", b"1 "),
    ("two values", b"1 1"),
    ("control character", b'"\t"'),
    ("truncated", b'{"a":[1,'),
    ("nothing", b""),
    ("too deep", b"[" * 65 + b"]" * 65),
    ("far too deep", b"[" * 100_000 + b"]" * 100_000),
]


@pytest.mark.parametrize(("what", "data"), _BAD, ids=[what for what, _ in _BAD])
def test_refused_with_a_reason(what: str, data: bytes) -> None:
    with pytest.raises(Malformed, match="expected") as caught:
        canon.decode(data)
    assert caught.value.code == "log.malformed"
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": [1, 2.0]}, "/a/1"),
        ({"a": Decimal(1)}, "/a"),
        ((1, 2), "JSON"),
        ({1: 2}, "names in ASCII"),
        ({"a": {"é": 1}}, "/a"),
        ([2**53], "/0"),
        (["\ud800"], "/0"),
        ({"x/y": b""}, "/x~1y"),
    ],
)
def test_what_cannot_be_written_is_named_by_pointer(value: object, place: str) -> None:
    with pytest.raises(Malformed, match=place):
        canon.encode(value)


def test_depth_bound_is_64() -> None:
    deep: object = 1
    for _ in range(64):
        deep = [deep]
    assert canon.decode(canon.encode(deep)) == deep
    with pytest.raises(Malformed, match="64"):
        canon.encode([deep])


def test_official_jcs_vectors_of_the_restricted_kind(standards: Path) -> None:
    folder = standards / "jcs-rfc8785"
    outcomes = {}
    for source in sorted((folder / "input").iterdir()):
        wanted = (folder / "output" / source.name).read_bytes()
        try:
            outcomes[source.stem] = canon.encode(json.loads(source.read_bytes())) == wanted
        except Malformed:
            outcomes[source.stem] = None  # floats or non-ASCII names: outside the kind
    assert list(outcomes.values()).count(True) >= 2
    assert False not in outcomes.values()
    assert outcomes["unicode"] is True
    assert outcomes["values"] is None


def test_foreign_json_keeps_numbers_exact_and_refuses_duplicates() -> None:
    assert canon.read_foreign(b' {"a" : 1.10, "b": 12345678901234567890.5 } ') == {
        "a": Decimal("1.10"),
        "b": Decimal("12345678901234567890.5"),
    }
    for data in (b'{"a":1,"a":2}', b"NaN", b"\xff", b"[" * 70 + b"]" * 70, b"[" * 100_000):
        with pytest.raises(Malformed):
            canon.read_foreign(data, "outside")


@given(st.binary(max_size=40))
def test_base64_has_one_spelling(data: bytes) -> None:
    assert b64.decode(b64.encode(data)) == data
    assert b64.decode_standard(b64.encode_standard(data)) == data


@given(st.text(st.sampled_from("AQgwZ-_+/= \n"), max_size=7))
def test_base64_never_takes_a_second_spelling(text: str) -> None:
    for decode, encode in (
        (b64.decode, b64.encode),
        (b64.decode_standard, b64.encode_standard),
    ):
        try:
            data = decode(text)
        except LogError:
            continue
        assert encode(data) == text


@pytest.mark.parametrize("text", ["QQ==", "QR", "Q", "Q Q", "Q+", "QQ\n", "é", "QUI=", "=", "Q=="])
def test_bad_base64url_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="base64url"):
        b64.decode(text, "the place")


@pytest.mark.parametrize("text", ["QQ", "QR==", "Q===", "QQ==\n", "Q-==", "====", "QQ=A", "é==="])
def test_bad_standard_base64_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="base64"):
        b64.decode_standard(text)


@given(
    st.lists(st.tuples(st.booleans(), st.text('[]{}"\\a:,', max_size=6)), max_size=40),
    st.integers(0, 70),
)
def test_the_depth_is_told_whatever_stands_in_the_strings(
    around: list[tuple[bool, str]], depth: int
) -> None:
    value: object = 1
    for level in range(depth):
        named, text = around[level % len(around)] if around else (True, "")
        value = {"a": text, "b": value, "c": [text]} if named else [text, value, {"d": text}]
    if depth < canon.DEPTH_MAX:
        assert canon.decode(canon.encode(value)) == value
    elif depth > canon.DEPTH_MAX:
        with pytest.raises(Malformed):
            canon.encode(value)


@given(
    st.binary(min_size=192, max_size=400),
    st.lists(st.tuples(st.integers(0, 600), st.binary(max_size=2), st.integers(0, 2)), max_size=3),
)
def test_long_base64_is_read_and_refused_as_short_is(
    data: bytes, edits: list[tuple[int, bytes, int]]
) -> None:
    text = b64.encode(data).encode("ascii")
    assert b64.decode_bytes(text) == data
    for at, put, out in edits:
        text = text[:at] + put + text[at + out :]
    other = any(letter in text for letter in b"+/=")
    plain = text.translate(bytes.maketrans(b"-_", b"+/")) + b"=" * (-len(text) % 4)
    try:
        expected: bytes | None = None if other else b64._strict(plain)
    except ValueError:
        expected = None
    try:
        found: bytes | None = None if other else b64._read(plain)
    except ValueError:
        found = None
    assert found == expected
    if expected is None:
        with pytest.raises(Malformed):
            b64.decode_bytes(text)
