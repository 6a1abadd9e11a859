"""Numbers in sentences are written as every other number is; names are left alone."""

from __future__ import annotations

import pytest

from orebook.show.prose import dated, prose


@pytest.mark.parametrize(
    ("plain", "shown"),
    [
        ("Gap 10000.5 kg: more came out.", "Gap 10\u202f000.5\u202fkg: more came out."),
        ("It would need -11.1 %: a negative", "It would need \u221211.1\u202f%: a negative"),
        ("4 days before", "4\u00a0days before"),
        ("lot-12000 kg-mill", "lot-12000 kg-mill"),
        ("https://x.example/30000 kg", "https://x.example/30000 kg"),
        ("on 2025-03-01 and 2025-03-05T06:00:00Z", "on 2025-03-01 and 2025-03-05T06:00:00Z"),
        ("(30000 kg)", "(30\u202f000\u202fkg)"),
        ("30 kgs", "30 kgs"),
    ],
)
def test_prose(plain: str, shown: str) -> None:
    assert prose(plain) == shown


def test_prose_is_settled_after_one_pass() -> None:
    once = prose("Gap 10000.5 kg and 33.3333 %.")
    assert prose(once) == once


@pytest.mark.parametrize(
    ("plain", "shown"),
    [
        ("dated 2025-03-01, 4 days before", "dated 1\u00a0March\u00a02025, 4 days before"),
        ("(2025-03-05T06:00:00Z).", "(5\u00a0March\u00a02025, 06:00:00Z)."),
        ("2025-09-08", "8\u00a0September\u00a02025"),
        ("2025-13-45 is no day", "2025-13-45 is no day"),
        ("2025-09-08/2025-09-10 and 202X", "2025-09-08/2025-09-10 and 202X"),
        ("make-cathode-2025-03-05", "make-cathode-2025-03-05"),
        ("https://x.example/2025-03-05", "https://x.example/2025-03-05"),
    ],
)
def test_days_are_written_in_words_where_a_page_asks(plain: str, shown: str) -> None:
    assert dated(plain) == shown
