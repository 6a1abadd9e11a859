"""Sealed for whom, opened to whom, gone for good: what each reader sees at each head."""

from __future__ import annotations

import pytest

from orebook.acts.reveal import erase, reveal, reveal_fault
from orebook.acts.see import view
from orebook.book.audit import audit
from orebook.book.errors import BadDraft
from orebook.log.leaf import read_leaf
from orebook.model.absence import Sealed
from orebook.model.agreement import Agreement
from orebook.model.entry import Draft, Seal
from orebook.model.lot import Lot
from orebook.model.problem import NotFound, ReaderError

DAY = "2026-06-01"
KEEPER = "party:keeper"
PRICE = {"value": "187400.00", "currency": "XTS"}
MASS = {"value": "98765", "unit": "KGM", "basis": "dry"}
DEAL = {"id": "agreement:a", "title": "Offtake", "amounts": [{"amount": PRICE, "meaning": "price"}]}
AT = "/amounts/0/amount"


def parties(book) -> None:
    names = ("party:buyer", "party:seller")
    book.append([Draft("party", tuple({"id": n, "name": n} for n in names), KEEPER)])


def seal(book, kind: str, fact: dict, *seals: Seal) -> int:
    return book.append([Draft(kind, (fact,), KEEPER, seal={0: seals})]).first


def price(book, reader: str, size: int | None = None) -> object:
    deal = view(book, reader, DAY, size).facts(kinds=["agreement"]).get(Agreement, "agreement:a")
    assert deal is not None
    assert isinstance(deal.amounts, tuple)
    return deal.amounts[0].amount


def test_a_value_is_for_those_named_and_for_nobody_else(book) -> None:
    parties(book)
    at = seal(book, "agreement", DEAL, Seal(AT, ("party:buyer", "party:seller")))
    hidden = Sealed(at, "party:buyer", ("party:seller",))
    assert price(book, "public") == price(book, "owner") == hidden
    assert hidden.audiences == ("party:buyer", "party:seller")
    for reader in hidden.audiences:
        assert str(price(book, reader).value) == "187400.00"  # type: ignore[attr-defined]
    with pytest.raises(ReaderError, match="party of this book"):
        view(book, "party:stranger", DAY)


def test_the_operator_by_name_is_the_owner(book) -> None:
    seal(book, "lot", {"id": "a", "mass": MASS}, Seal("/mass"))
    assert view(book, KEEPER, DAY).reader == "owner"


def test_nobody_publishes_what_the_tables_seal(book) -> None:
    value = {"id": "s", "value": PRICE}
    with pytest.raises(BadDraft, match="no wider"):
        seal(book, "shipment", value, Seal("/value", ("public",)))
    with pytest.raises(BadDraft, match="audience"):
        seal(book, "shipment", value, Seal("/value", ()))


def test_what_lies_inside_another_sealed_value_needs_its_audience(book) -> None:
    place = {"id": "f", "name": "Mill", "position": {"latitude": "1", "longitude": "2"}}
    with pytest.raises(BadDraft, match="in which it lies"):
        seal(book, "facility", place, Seal("/position/latitude", ("party:buyer",)))


def test_a_public_reveal_is_an_entry_that_anyone_can_check(book) -> None:
    parties(book)
    at = seal(book, "agreement", DEAL, Seal(AT, ("party:buyer",)))
    before = book.head.size
    done = reveal(book, str(at), AT, "public")
    assert (done.how, done.since, done.entry) == ("entry", at, before)
    told = read_leaf(book.leaf(before)).payload["facts"][0]["disclosures"]  # type: ignore[index, call-overload]
    assert tuple(told) == done.disclosures
    assert str(price(book, "public").value) == "187400.00"  # type: ignore[attr-defined]
    assert price(book, "public", before) == Sealed(at, "party:buyer")
    assert view(book, "public", DAY, before).entry(at).facts[0]["amounts"][0]["sealed"]  # type: ignore[index]
    assert audit(book) == []
    book.rebuild()
    assert str(price(book, "public").value) == "187400.00"  # type: ignore[attr-defined]


def test_what_was_revealed_can_never_be_erased(book) -> None:
    at = seal(book, "agreement", DEAL, Seal(AT))
    reveal(book, str(at), AT, "public")
    for take_down in (False, True):
        with pytest.raises(ReaderError, match="never be erased"):
            erase(book, str(at), AT, "a law", DAY, take_down=take_down)
    with pytest.raises(ReaderError, match="already"):
        reveal(book, str(at), AT, "public")


def test_a_private_reveal_hands_it_to_one_party(book) -> None:
    parties(book)
    at = seal(book, "agreement", DEAL, Seal(AT))
    size = book.head.size
    done = reveal(book, f"{at}#0", AT, "party:buyer")
    assert (done.how, len(done.disclosures)) == ("copy", 1)
    assert book.head.size == size
    assert str(price(book, "party:buyer").value) == "187400.00"  # type: ignore[attr-defined]
    for reader in ("public", "party:seller"):
        assert price(book, reader) == Sealed(at, "owner")
    with pytest.raises(ReaderError, match="party of this book"):
        reveal(book, str(at), AT, "party:stranger")


def test_free_text_goes_on_the_shelf_and_never_into_an_entry(book) -> None:
    at = seal(book, "lot", {"id": "a", "note": "an allegation"}, Seal("/note"))
    size = book.head.size
    assert reveal(book, str(at), "/note", "public").how == "shelf"
    assert book.head.size == size
    lot = view(book, "public", DAY).facts(kinds=["lot"]).get(Lot, "a")
    assert lot is not None
    assert lot.note == "an allegation"
    with pytest.raises(ReaderError, match="shelf already"):
        reveal(book, str(at), "/note", "public")
    down = erase(book, str(at), "/note", "Court of X, order 12", DAY, take_down=True)
    assert down.how == "taken_down"
    assert "allegation" not in repr(view(book, "owner", DAY).facts(kinds=["lot"]))


def test_an_erased_value_is_gone_and_the_record_says_so(book) -> None:
    at = seal(book, "lot", {"id": "a", "mass": MASS}, Seal("/mass"))
    proof, leaf = book.proof(at), book.leaf(at)
    done = erase(book, str(at), "/mass", "asked for by the person", DAY)
    assert done.how == "erased"
    assert book.leaf(at) == leaf
    assert proof.startswith(b"c2sp.org/tlog-proof@v1")
    assert view(book, "owner", DAY).entry(at).facts[0] == {"id": "a", "sealed": {"mass": "owner"}}
    entry = view(book, "public", DAY).entry(done.entry)
    fact = entry.facts[0]
    assert (entry.kind, fact["how"], fact["when"]) == ("erasure", "erased", DAY)
    assert fact["basis"] == "asked for by the person"
    assert audit(book) == []
    with pytest.raises(ReaderError, match="erased on 2026-06-01"):
        reveal(book, str(at), "/mass", "public")
    again = erase(book, str(at), "/mass", "asked for by the person", "2026-07-01")
    assert again.entry == book.head.size  # the entry stands already; nothing new was written


@pytest.mark.parametrize(
    ("take_down", "pointer", "says"),
    [(True, "/mass", "erase it"), (False, "/note", "take it down")],
)
def test_each_kind_of_erasure_has_its_own_verb(book, take_down, pointer, says) -> None:
    at = seal(book, "lot", {"id": "a", "mass": MASS, "note": "words"}, Seal("/mass"))
    with pytest.raises(ReaderError, match=says):
        erase(book, str(at), pointer, "a law", DAY, take_down=take_down)


def test_what_is_not_hidden_cannot_be_revealed(book) -> None:
    at = seal(book, "lot", {"id": "a", "mass": MASS, "label": "l"}, Seal("/mass"))
    with pytest.raises(NotFound, match="hidden are: /mass"):
        reveal(book, str(at), "/label", "public")
    with pytest.raises(ReaderError, match="legal basis"):
        erase(book, str(at), "/mass", " ", DAY)


def test_a_reveal_of_anything_else_is_refused(book) -> None:
    one = seal(book, "lot", {"id": "a", "mass": MASS}, Seal("/mass"))
    two = seal(book, "lot", {"id": "b", "mass": MASS}, Seal("/mass"))
    entry = view(book, "owner", DAY).entry(one)
    (text,) = book.disclosures(one, "owner")
    (other,) = book.disclosures(two, "owner")
    sound = {"id": "r", "of": f"{entry.leaf}#0", "at": "/mass", "disclosures": [text]}
    assert reveal_fault(book, sound) == ""
    for change in (
        {"disclosures": [other]},
        {"disclosures": [text, text]},
        {"disclosures": []},
        {"disclosures": [text[:-1] + ("A" if text[-1] != "A" else "B")]},
        {"of": f"{entry.leaf}#1"},
        {"of": "00" * 32 + "#0"},
        {"of": "x"},
    ):
        assert reveal_fault(book, {**sound, **change}) != ""


def test_a_false_reveal_opens_nothing(book) -> None:
    at = seal(book, "lot", {"id": "a", "mass": MASS}, Seal("/mass"))
    made_up = {"id": "r", "of": "x", "at": "/mass", "disclosures": ["WyJhIiwibWFzcyIsMV0"]}
    book.append([Draft("reveal", (made_up,), KEEPER)])
    assert view(book, "public", DAY).entry(at).facts[0] == {"id": "a", "sealed": {"mass": "owner"}}


def test_a_document_cannot_reveal_or_register(book, keep) -> None:
    for kind in ("reveal", "erasure", "key", "revocation", "clock"):
        fact = {"reveal": {"id": "r", "of": "x", "at": "/y", "disclosures": ["z"]}}.get(
            kind, {"id": "2026-01-01T00:00:00Z", "at": "2026-01-01T00:00:00Z"}
        )
        problems = keep([{"kind": kind, "fact": fact}]).problems
        assert problems, kind


def test_a_captured_file_that_held_an_erased_value_goes_with_it(book, keep) -> None:
    row = {"kind": "lot", "fact": {"id": "a", "mass": MASS}, "seal": ["/mass"]}
    done = keep([row])
    at = done.receipt.first
    assert len(list(book.stores.blobs.names())) == 1
    assert erase(book, str(at), "/mass", "a law", DAY).file_gone
    assert list(book.stores.blobs.names()) == []
