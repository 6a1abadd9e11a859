"""Numbers in sentences are written as every other number is; names are left alone."""

from __future__ import annotations

import pytest

from orebook.show.prose import prose


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
