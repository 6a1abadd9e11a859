"""Contracts as PDF: their pages, their clauses, and files that mean harm."""

from __future__ import annotations

import subprocess

import pytest

from made_pdf import made_pdf
from orebook.exchange import pdf_text
from orebook.exchange.clauses import MOST, clauses
from orebook.exchange.pdf_text import Limits, page_picture, page_texts
from orebook.model.problem import KeeperError, Problem

HEAD = "North Mine Agreement, draft 4"
PAGES = (
    (
        HEAD,
        "CONTENTS",
        "1. Definitions .......... 2",
        "2. Royalty ........ 3",
        "Schedule 1 Fees .... 4",
        "1",
    ),
    (
        HEAD,
        "This agreement is made on",
        "8 September 2025 between A and B.",
        "1. DEFINITIONS",
        "1.1 In this agreement the words have the meaning of Annex A.",
        "1.2 Words in the singular include the plural and",
        "2 tonnes means two metric tonnes.",
        "2",
    ),
    (
        HEAD,
        "2. Royalty",
        "2.1 The Company pays 5 % of gross revenue (see Article 7).",
        "2.2 Payment falls due",
        "(a) each quarter;",
        "3. Term. Twenty-five years from the",
        "5. March 2026 on.",
        "3",
    ),
    (
        HEAD,
        "4. Governing law. The law of the State.",
        "Schedule 1 Fees",
        "1. A fee of 100",
        "Schedule 2",
        "4",
    ),
    (),
)


def flat(pages: tuple[tuple[str, ...], ...]) -> list[str]:
    return ["\n".join(page) for page in pages]


def test_a_number_opens_a_clause_only_where_it_follows_on() -> None:
    told = [(c.number, c.title, c.page) for c in clauses(flat(PAGES))]
    assert told == [
        ("1", "DEFINITIONS", 2),
        ("1.1", "", 2),
        ("1.2", "", 2),
        ("2", "Royalty", 3),
        ("2.1", "", 3),
        ("2.2", "Payment falls due", 3),
        ("3", "Term", 3),
        ("4", "Governing law", 4),
        ("Schedule 1", "Fees", 4),
        ("Schedule 2", "", 4),
    ]
    by_number = {c.number: c.text for c in clauses(flat(PAGES))}
    assert by_number["1.2"].endswith("2 tonnes means two metric tonnes.")
    assert by_number["3"] == "Twenty-five years from the 5. March 2026 on."
    assert by_number["Schedule 1"] == "1. A fee of 100"
    assert not any(HEAD in text for text in by_number.values())


@pytest.mark.parametrize(
    ("page", "numbers"),
    [
        (
            "Article I Scope\nAll.\nArticle II Price\nArticle 9 of the law says so.\n1. a list",
            ["I", "II"],
        ),
        ("no numbers here", []),
        ("", []),
        (
            "1 Scope\n1.1 One\n1.1.1 Deep\n1.2 Two\n3 Lost\n2 Price",
            ["1", "1.1", "1.1.1", "1.2", "2"],
        ),
        ("2. Price\n3. Term", []),
    ],
)
def test_other_ways_to_number(page: str, numbers: list[str]) -> None:
    assert [c.number for c in clauses([page])] == numbers


def test_a_page_that_is_made_to_be_slow_is_not() -> None:
    text = "\n".join(["." * 200_000, "1. " + "A" * 200_000, "9" * 200_000, " " * 200_000])
    assert clauses([text]) == ()
    many = "\n".join(f"{n} Clause" for n in range(1, 999)) + "\n" + "1 Again\n" * 4000
    assert len(clauses([many])) <= MOST


def test_a_pdf_gives_the_words_and_the_look_of_each_page() -> None:
    data = made_pdf(PAGES)
    texts = page_texts(data)
    assert not isinstance(texts, Problem)
    assert texts[-1] == ""
    assert [c.number for c in clauses(texts)] == [c.number for c in clauses(flat(PAGES))]
    picture = page_picture(data, 2)
    assert isinstance(picture, bytes)
    assert picture.startswith(b"\x89PNG")


WHOLE = made_pdf(PAGES)


@pytest.mark.parametrize(
    ("data", "limits", "code", "found"),
    [
        (b"", Limits(), "no-pdf", "another file"),
        (b"\x89PNG", Limits(), "no-pdf", "another file"),
        (WHOLE[:300], Limits(), "no-pdf", "no PDF that can be opened"),
        (WHOLE, Limits(size=100), "too-large", "bytes"),
        (WHOLE, Limits(pages=3), "too-large", "5 pages"),
    ],
    ids=["empty", "picture", "cut", "bytes", "pages"],
)
def test_a_file_over_a_limit_or_none_is_refused_by_name(
    data: bytes, limits: Limits, code: str, found: str
) -> None:
    told = page_texts(data, limits)
    assert isinstance(told, Problem)
    assert told.code == code
    assert found in told.found
    assert told.next_step


def test_a_reader_that_dies_or_never_ends_costs_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = page_texts(WHOLE, Limits(seconds=0))
    assert isinstance(slow, Problem)
    assert (slow.code, slow.found) == ("too-large", "one that takes longer, or more memory")
    for code, found in ((-11, "one that its reader fails on"), (-24, "one that takes longer")):
        dead = subprocess.CompletedProcess[bytes]([], code, b"", b"")
        monkeypatch.setattr(subprocess, "run", lambda *a, dead=dead, **k: dead)
        told = page_texts(WHOLE)
        assert isinstance(told, Problem)
        assert told.found.startswith(found)


def test_without_the_extra_its_keeper_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pdf_text, "present", lambda: False)
    with pytest.raises(KeeperError, match=r"orebook\[pdf\]"):
        page_texts(WHOLE)
