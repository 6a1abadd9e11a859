"""Sealing: what lies where, for whom, and what a stranger can and cannot learn."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.book import query
from orebook.book.errors import BadDraft
from orebook.book.seal import Envelope, seal_draft
from orebook.log import canon
from orebook.log.keys import SigningKey
from orebook.log.leaf import read_leaf
from orebook.model.absence import Absent, Sealed
from orebook.model.entry import Draft, Seal
from orebook.model.event import Event
from orebook.model.lot import Lot
from orebook.model.place import Facility

ME = "example.org/keeper"
MASS = {"value": "98765.4321", "unit": "KGM", "basis": "dry"}


def one(book, kind: str, fact: dict, *pointers: str) -> int:
    return book.append([Draft(kind, (fact,), ME, seal={0: pointers})]).first


def test_free_text_lies_on_the_public_shelf_and_not_in_the_leaf(make_book) -> None:
    book = make_book()
    at = one(book, "lot", {"id": "a", "note": "an allegation"})
    assert b"allegation" not in book.leaf(at)
    fact = read_leaf(book.leaf(at)).payload["facts"][0]  # type: ignore[index, call-overload]
    assert fact["sealed"] == {"note": "public"}
    assert query.entry(book, at).facts == ({"id": "a", "note": "an allegation"},)


def test_what_the_tables_seal_is_the_owners_alone(make_book) -> None:
    book = make_book()
    place = {"latitude": "31.0001", "longitude": "71.0002"}
    at = one(book, "facility", {"id": "f", "name": "Mill", "position": place})
    assert query.entry(book, at).facts[0]["sealed"] == {"position": "owner"}
    assert query.entry(book, at, "owner").facts[0]["position"] == place
    public = query.slice(book, as_of="2026-01-01").get(Facility, "f")
    assert public is not None
    assert public.position == Sealed(at, "owner")


def test_a_sender_may_seal_more(make_book) -> None:
    book = make_book()
    at = one(book, "lot", {"id": "a", "mass": MASS, "note": "words"}, "/mass", "/note")
    public, owner = query.entry(book, at).facts[0], query.entry(book, at, "owner").facts[0]
    assert public == {"id": "a", "sealed": {"mass": "owner", "note": "owner"}}
    assert owner == {"id": "a", "mass": MASS, "note": "words"}
    lot = query.slice(book, as_of="2026-01-01").get(Lot, "a")
    assert lot is not None
    assert lot.mass == Sealed(at, "owner")


def test_a_figure_is_sealed_whole(make_book) -> None:
    book = make_book()
    at = one(book, "lot", {"id": "a", "mass": MASS}, "/mass/value")
    assert query.entry(book, at).facts[0] == {"id": "a", "sealed": {"mass": "owner"}}


def test_a_flow_keeps_its_place_so_that_nobody_balances_without_it(make_book) -> None:
    book = make_book()
    fact = {
        "id": "e",
        "kind": "blend",
        "inputs": [{"lot": "a", "mass": MASS}, {"lot": "b"}],
        "outputs": [{"lot": "c"}],
    }
    at = one(book, "event", fact, "/inputs/0")
    event = query.slice(book, as_of="2026-01-01").get(Event, "e")
    assert event is not None
    assert isinstance(event.inputs, tuple)
    assert len(event.inputs) == 2
    assert event.inputs[0].lot == Sealed(at, "owner")
    assert query.entry(book, at, "owner").facts == (fact,)


def test_one_of_a_list_of_words_can_be_sealed(make_book) -> None:
    book = make_book()
    fact = {"id": "e", "kind": "observe", "documents": ["paper:1", "paper:2"]}
    one(book, "event", fact, "/documents/1")
    event = query.slice(book, as_of="2026-01-01").get(Event, "e")
    assert event is not None
    assert event.documents == ("paper:1", Absent("sealed"))
    owner = query.slice(book, as_of="2026-01-01", reader="owner").get(Event, "e")
    assert owner is not None
    assert owner.documents == ("paper:1", "paper:2")


def test_a_whole_record_can_be_sealed_with_what_is_in_it(make_book) -> None:
    book = make_book()
    text = {"at": "/x", "type": "string", "text": "free words"}
    fact = {"id": "a", "foreign": {"format": "epcis", "free": [text]}}
    at = one(book, "lot", fact, "/foreign")
    assert query.entry(book, at).facts[0] == {"id": "a", "sealed": {"foreign": "owner"}}
    assert query.entry(book, at, "owner").facts == (fact,)


@pytest.mark.parametrize("pointer", ["/id", "/nothing", "/foreign/x", "mass/0", "/", ""])
def test_a_pointer_that_cannot_be_sealed_is_named(make_book, pointer: str) -> None:
    book = make_book()
    fact = {"id": "a", "mass": MASS, "foreign": {"format": "x"}}
    with pytest.raises(BadDraft, match="a member") as caught:
        one(book, "lot", fact, pointer)
    assert caught.value.problems[0].code == "cannot-seal"


@pytest.mark.parametrize("name", ["", "party:\0", "party:\n", "x" * 1025])
def test_an_audience_that_no_store_could_keep_is_refused(make_book, name: str) -> None:
    seal = {0: (Seal("/mass", ("party:sound", name)),)}
    with pytest.raises(BadDraft, match="audiences") as caught:
        make_book().append([Draft("lot", ({"id": "a", "mass": MASS},), ME, seal=seal)])
    assert caught.value.problems[0].code == "cannot-seal"


def test_an_absence_can_be_sealed(make_book) -> None:
    book = make_book()
    fact = {"id": "s", "mass": {"absent": "not_found", "until": "2026-01-01"}}
    at = one(book, "shipment", fact, "/mass")
    assert query.entry(book, at).facts[0] == {"id": "s", "sealed": {"mass": "owner"}}


def test_a_stranger_never_meets_a_sealed_value(make_book) -> None:
    """Every question there is, asked by the public: the owner's words are in no answer."""
    book = make_book()
    secret = "98765.4321"
    lot = {"id": "a", "mass": MASS, "label": "clear"}
    event = {
        "id": "e",
        "kind": "blend",
        "inputs": [{"lot": "a", "mass": MASS}],
        "outputs": [{"lot": "b"}],
    }
    place = {"latitude": secret, "longitude": secret}
    at = one(book, "lot", lot, "/mass")
    one(book, "event", event, "/inputs/0/mass")
    one(book, "facility", {"id": "f", "name": "Mill", "position": place})
    one(book, "shipment", {"id": "s", "lots": ["a"], "value": {"value": secret, "currency": "USD"}})
    day = "2026-01-01"
    answers = [
        query.slice(book, as_of=day),
        query.slice(book, as_of=day, kinds=["lot", "event", "facility", "shipment"]),
        query.slice(book, as_of=day, ids=["a", "e", "f", "s"]),
        query.slice(book, as_of=day, about=["a"]),
        query.slice(book, as_of=day, lots=["a"]),
        query.slice(book, as_of=day, known_by="2027", superseded=True),
        query.entries(book, 0, book.head.size),
        [query.entry(book, at), query.ids(book, "lot"), query.lot_ids(book), query.counts(book)],
        [book.disclosures(p, "public") for p in range(book.head.size)],
        [book.views.table(n) for n in ("entries", "facts", "flows", "abouts", "clock")],
        [book.leaf(p) for p in range(book.head.size)],
    ]
    assert all(secret not in repr(answer) for answer in answers)
    assert secret in repr(query.slice(book, as_of=day, reader="owner"))


def test_the_vault_keeps_the_owners_values_encrypted(make_book, tmp_path) -> None:
    book = make_book(tmp_path / "b")
    one(book, "lot", {"id": "a", "mass": MASS, "note": "public words"}, "/mass")
    book.close()
    data = b"".join(p.read_bytes() for p in (tmp_path / "b").glob("vault.sqlite3*"))
    texts = [t for t in book_texts(data) if b"98765.4321" in t]
    assert texts == []
    assert any(b"public words" in t for t in book_texts(data))


def book_texts(data: bytes) -> list[bytes]:
    """Everything in the bytes that reads as a disclosure."""
    import base64
    import re

    found = []
    for match in re.finditer(rb"WyJ[A-Za-z0-9_-]{20,}", data):
        text = match.group()
        found.append(base64.urlsafe_b64decode(text[: len(text) // 4 * 4]))
    return found


def test_a_takedown_leaves_a_dated_tombstone_and_the_head_stands(make_book) -> None:
    from orebook.book.audit import audit

    book = make_book()
    at = one(book, "lot", {"id": "a", "note": "an allegation"})
    (digest,) = digests_of(book, at)
    before = book.vault.fingerprint("public")
    head = book.head
    book.vault.take_down(digest, "Court of X, order 12", "2026-02-01")
    assert query.entry(book, at).facts[0] == {"id": "a", "sealed": {"note": "public"}}
    assert query.entry(book, at, "owner").facts[0] == {"id": "a", "sealed": {"note": "public"}}
    stone = book.vault.tombstones()[digest]
    assert (stone.date, stone.basis) == ("2026-02-01", "Court of X, order 12")
    assert book.vault.fingerprint("public") != before
    assert book.refresh() == head
    assert audit(book) == []
    with pytest.raises(LookupError):
        book.vault.take_down("A" * 43, "none", "2026-02-01")


def test_what_is_erased_is_gone_from_the_disk(make_book, tmp_path) -> None:
    book = make_book(tmp_path / "b")
    at = one(book, "lot", {"id": "a", "note": "an allegation"})
    (text,) = book.disclosures(at, "public")
    (digest,) = digests_of(book, at)
    files = list((tmp_path / "b").glob("vault.sqlite3*"))
    assert any(text.encode() in f.read_bytes() for f in files)
    book.vault.take_down(digest, "erasure asked for", "2026-02-01")
    assert not any(text.encode() in f.read_bytes() for f in files)
    book.append([Draft("lot", ({"id": "a", "note": "an allegation"},), ME)])
    assert not any(text.encode() in f.read_bytes() for f in files)


def digests_of(book, position: int) -> list[str]:
    from orebook.book.leaves import digests

    (stored,) = book.stored(position, position + 1)
    return digests(stored.payload)


def test_the_same_reader_and_facts_give_the_same_fingerprint(make_book) -> None:
    book = make_book()
    one(book, "lot", {"id": "a", "mass": MASS, "note": "n"}, "/mass")
    one(book, "lot", {"id": "b", "note": "other"})

    def name(**what: object) -> str:
        return query.slice(book, as_of="2026-01-01", **what).disclosures  # type: ignore[arg-type]

    assert name(ids=["a"]) == name(ids=["a"])
    assert len({name(ids=["a"]), name(ids=["b"]), name(ids=["a"], reader="owner"), name()}) == 4


def _facts_in(leaves: Sequence[bytes]) -> list[list[dict]]:
    return [read_leaf(leaf).payload["facts"] for leaf in leaves]  # type: ignore[misc]


@given(st.lists(st.integers(1, 20_000), min_size=1, max_size=60))
def test_facts_are_spread_in_order_over_leaves_of_much_the_same_size(sizes: list[int]) -> None:
    facts = tuple({"id": f"{n}", "label": "x" * size} for n, size in enumerate(sizes))
    key = SigningKey.from_seed(b"s" * 32)
    sealed = seal_draft(Draft("lot", facts, ME), Envelope("o", "2026-01-01"), key, lambda: b"")
    groups = _facts_in(sealed.leaves)
    assert [fact for group in groups for fact in group] == list(facts)
    weights = [sum(len(canon.encode(fact)) + 1 for fact in group) for group in groups]
    largest = max(len(canon.encode(fact)) + 1 for fact in facts)
    assert max(weights) <= max(16_000 + largest, 2 * largest)
    assert len(groups) <= sum(weights) // 16_000 + 1


def test_many_facts_of_one_size_fill_leaves_alike() -> None:
    facts = tuple({"id": f"{n:04}", "label": "x" * 480} for n in range(100))
    key = SigningKey.from_seed(b"s" * 32)
    sealed = seal_draft(Draft("lot", facts, ME), Envelope("o", "2026-01-01"), key, lambda: b"")
    assert [len(group) for group in _facts_in(sealed.leaves)] == [25, 25, 25, 25]
