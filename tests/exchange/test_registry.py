"""The choice of a format by the document itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from orebook.exchange.format import Format
from orebook.exchange.registry import START, choose, formats
from orebook.model.problem import Problem

ROOT = Path(__file__).resolve().parents[2]


def chosen(start: bytes, name: str = "", wanted: str | None = None) -> str:
    found = choose(start, name, wanted)
    return found.name if isinstance(found, Format) else found.code


@pytest.mark.parametrize(
    ("start", "name", "format_name"),
    [
        (b'{"@context": [], "type": "EPCISDocument"', "a.json", "epcis-json"),
        (b'{"@context": [], "type": "ObjectEvent"', "", "epcis-json"),
        (b'\xef\xbb\xbf{"type": "EPCISQueryDocument"', "a", "epcis-json"),
        (b'{"type": ["DigitalProductPassport", "VerifiableCredential"]', "a.json", "untp"),
        (b"eyJhbGciOiJFZERTQSJ9.eyJhIjoxfQ.c2ln", "a.jwt", "untp"),
        (b'{"@context": ["https://www.w3.org/ns/credentials/v2"], "type"', "a.json", "untp"),
        (b'{"kind":"lot","fact":{"id":"a"}}\n', "a.jsonl", "jsonl"),
        (b'{"kind":"lot","fact":{"id":"a"}}\n', "", "jsonl"),
        (b'{"a": 1}', "a.json", "epcis-json"),
        (b"\x00\x01\x02", "a.bin", "unknown-format"),
        (b"", "", "unknown-format"),
    ],
)
def test_a_document_is_known_by_its_first_bytes(start: bytes, name: str, format_name: str) -> None:
    assert chosen(start, name) == format_name


def test_every_public_file_is_known_by_itself(standards: Path) -> None:
    folders = {
        "epcis-gs1/JSON": "epcis-json",
        "epcis-openepcis-tests/2.0/EPCIS/JSON": "epcis-json",
        "untp-0.7.0/samples-rc-april-2026/dte": "untp",
        "untp-0.7.0/samples-rc-april-2026/dpp": "untp",
    }
    count = 0
    for folder, name in folders.items():
        for file in (standards / folder).rglob("*.json*"):
            assert chosen(file.read_bytes()[:START], file.name) == name, file
            count += 1
    assert count == 26 + 44 + 4


def test_the_format_wanted_is_taken_whatever_the_document_says() -> None:
    assert chosen(b"<xml/>", "a.xml", "jsonl") == "jsonl"
    problem = choose(b"{}", "a.json", "edifact")
    assert isinstance(problem, Problem)
    assert problem.found == '"edifact"'
    assert all(f.name in problem.expected for f in formats())


def test_two_formats_that_claim_alike_are_not_guessed_between() -> None:
    one, two = formats()[:2]

    def sure(_start: bytes, _name: str) -> int:
        return 50

    pair = tuple(
        Format(f.name, f.title, f.media_types, f.suffixes, sure, f.read) for f in (one, two)
    )
    problem = choose(b"{}", "a.json", among=pair)
    assert isinstance(problem, Problem)
    assert problem.code == "ambiguous-format"


def test_names_are_distinct_and_the_manual_names_every_format() -> None:
    names = [f.name for f in formats()]
    assert len(set(names)) == len(names)
    manual = (ROOT / "docs" / "reference" / "formats.md").read_text("utf-8")
    assert [name for name in names if f"`{name}`" not in manual] == []
