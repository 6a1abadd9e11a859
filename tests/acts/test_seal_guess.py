"""A guessing reader with every public answer learns nothing of a sealed value but its bounds.

Two books are written alike but for their sealed values. Everything the public can fetch must be
the same bytes in both, once what is salted or keyed (digests, and the names and signatures that
rest on them) is struck out; and with fresh salts those differ even where the values do not.
"""

from __future__ import annotations

import io
import json
import re
from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.acts.balance import balance
from orebook.acts.capture import Wish, capture
from orebook.acts.export import export
from orebook.acts.see import view
from orebook.book import query
from orebook.book.folder import Keys
from orebook.model.problem import OrebookError
from orebook.wiring import Naming, Sources, create_book

DAY = "2026-06-01"
_SALTED = re.compile(r"(?<![0-9A-Za-z_-])(?:[0-9a-f]{64}|[A-Za-z0-9_-]{43}|document:[0-9a-f]{32})(?![0-9A-Za-z_-])")  # fmt: skip  # noqa: E501


class Ticks:
    def __init__(self) -> None:
        import datetime as dt

        self._step, self._now = dt.timedelta(hours=1), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

    def __call__(self):
        self._now += self._step
        return self._now


def salts(seed: str):
    count = iter(range(10**6))
    return lambda: sha256(f"{seed} {next(count)}".encode()).digest()[:16]


def rows(mass: str, grade: str, price: str) -> bytes:
    dry = {"value": mass, "unit": "KGM", "basis": "dry"}
    known = {"value": "1000", "unit": "KGM", "basis": "dry"}
    facts = [
        ("lot", {"id": "lot:in", "label": "in", "mass": dry}, ["/mass"]),
        ("lot", {"id": "lot:out", "mass": known}, []),
        (
            "assay",
            {
                "id": "assay:in",
                "lot": "lot:in",
                "basis": "dry",
                "results": [{"substance": "Cu", "grade": {"value": grade, "unit": "P1"}}],
            },
            ["/results/0/grade"],
        ),
        (
            "event",
            {
                "id": "event:crush",
                "kind": "crush",
                "inputs": [{"lot": "lot:in", "mass": dry}],
                "outputs": [{"lot": "lot:out", "mass": known}],
            },
            ["/inputs/0/mass"],
        ),
        ("shipment", {"id": "s", "value": {"value": price, "currency": "XTS"}}, []),
    ]  # fmt: skip
    return b"".join(
        json.dumps({"kind": kind, "fact": fact, "seal": seal}).encode() + b"\n"
        for kind, fact, seal in facts
    )


def public(data: bytes, seed: str = "one") -> str:
    """Everything the public can ask of a book that captured this document, as one text."""
    keys = Keys.from_seeds([sha256(name).digest() for name in (b"log", b"author", b"v", b"i")])
    with create_book(None, Naming("t.example/b", "B", "party:k"), Sources(Ticks(), salts(seed), keys)) as book:  # fmt: skip  # noqa: E501
        done = capture(book, io.BytesIO(data), "rows.jsonl", Wish())
        assert done.problems == ()
        look = view(book, "public", DAY)
        out = io.BytesIO()
        export(look, "jsonl", out)
        told: list[object] = [out.getvalue().decode()]
        told += [book.leaf(p).decode().split(".")[1] for p in range(book.head.size)]
        told += [book.disclosures(p, "public") for p in range(book.head.size)]
        told += [balance(look, event="event:crush"), look.facts(), look.entries(0, 99)]
        told += [query.counts(book), query.ids(book, "lot"), query.lot_ids(book)]
        tables = [book.views.table(n) for n in ("entries", "facts", "flows", "abouts", "clock")]
        told += [[_hashes_in_hex(row) for row in rows] for rows in tables]
        told += [len(book.leaf(p)) for p in range(book.head.size)]
        for ask in (lambda: look.entry(99), lambda: view(book, "party:x", DAY)):
            try:
                ask()
            except OrebookError as error:
                told.append(str(error))
        return "\n".join(map(_opened, told))


def _hashes_in_hex(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(value.hex() if isinstance(value, bytes) else value for value in row)


def _opened(said: object) -> str:
    from orebook.log import b64

    text = said if isinstance(said, str) else repr(said)
    if re.fullmatch(r"[A-Za-z0-9_-]{100,}", text):
        return b64.decode(text, "payload").decode()
    return text


def struck(text: str) -> str:
    """Without salted digests; `_sd` is sorted by digest, so the order of those tells nothing."""
    return _SALTED.sub("…", text)


masses = st.integers(1, 10**9).map(str)
grades = st.integers(1, 99).map(str)


@settings(max_examples=12)
@given(masses, masses, grades, grades, masses, masses)
def test_two_books_that_differ_in_sealed_values_alone_look_the_same(m1, m2, g1, g2, p1, p2) -> None:
    assert struck(public(rows(m1, g1, p1))) == struck(public(rows(m2, g2, p2)))


def test_a_clear_value_would_be_noticed() -> None:
    one, two = rows("5", "5", "5"), rows("5", "5", "5").replace(b'"label": "in"', b'"label": "on"')
    assert struck(public(one)) != struck(public(two))


def test_digests_rest_on_the_salt() -> None:
    data = rows("5", "5", "5")
    one, two = set(_SALTED.findall(public(data))), set(_SALTED.findall(public(data, "two")))
    kept = {t for t in one & two if len(t) == 43}
    assert len(one - two) >= 8
    assert len(kept) == 2  # the operator's public key, and its name


def test_the_guesser_tries_every_small_mass_in_vain() -> None:
    """Hashes of every plain spelling of the mass, and none of them stands anywhere."""
    from base64 import urlsafe_b64encode

    told = public(rows("777", "5", "5"))
    for guess in range(2000):
        figure = {"value": str(guess), "unit": "KGM", "basis": "dry"}
        for text in (str(guess), json.dumps(figure, sort_keys=True, separators=(",", ":"))):
            raw = sha256(text.encode()).digest()
            assert raw.hex() not in told
            assert urlsafe_b64encode(raw).decode().rstrip("=") not in told
