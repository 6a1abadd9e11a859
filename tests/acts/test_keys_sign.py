"""Keys and self-signed statements: whose, from which entry to which, and what is refused."""

from __future__ import annotations

import io
import json
from hashlib import sha256

import pytest

from orebook.acts.did import did_of, document
from orebook.acts.keys import BadRequest, register, request, revoke
from orebook.acts.reveal import reveal
from orebook.acts.see import view
from orebook.acts.sign import sign, take
from orebook.book.audit import audit
from orebook.book.book import Book
from orebook.book.errors import BadDraft
from orebook.book.write import AsIs, Work
from orebook.log import b64, party_keys
from orebook.log.keys import SigningKey, to_jwk
from orebook.model.absence import Sealed
from orebook.model.claim import Claim
from orebook.model.entry import Draft, Seal
from orebook.model.lot import Lot
from orebook.model.problem import NotFound, ReaderError, SenderError
from orebook.model.pseudonym import in_words, pseudonym
from orebook.model.shape import check

DAY, WHO, ORIGIN = "2026-06-01", "party:buyer", "test.example/acts"
MASS = {"value": "98765", "unit": "KGM"}
ROW = {"kind": "lot", "fact": {"id": "lot:own", "label": "l", "mass": MASS, "note": "words"}}


def key(name: str) -> SigningKey:
    return SigningKey(sha256(name.encode()).digest())


def salts():
    count = iter(range(10**6))
    return lambda: sha256(b"own %d" % next(count)).digest()[:16]


def lines(rows, who: SigningKey, party: str = WHO, origin: str = ORIGIN) -> bytes:
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    made = sign(io.BytesIO(text), "f.jsonl", who, party, origin, "2026-01-02T00:00:00Z", salts())
    return b"".join(made)


def test_a_first_key_is_vouched_for_by_the_operator(book) -> None:
    size = book.head.size
    made = register(book, request(ORIGIN, WHO, key("one")))
    assert (made.kid, made.since, made.until) == (key("one").kid, size, None)
    assert made.vouched == "operator"
    assert audit(book) == []


@pytest.mark.parametrize(
    "raw", [bytes(32), b"\x01" + bytes(31), b"\xff" * 32, (2**255 - 19).to_bytes(32, "little")]
)
def test_weak_and_unreduced_keys_are_refused(book, raw: bytes) -> None:
    asked = {**request(ORIGIN, WHO, key("one")), "public_key": b64.encode(raw)}
    with pytest.raises(BadRequest, match="public_key"):
        register(book, asked)


@pytest.mark.parametrize(
    "change",
    [
        {"book": "other.example/book"},
        {"party": "party:other"},
        {"possession": b64.encode(bytes(64))},
        {"public_key": b64.encode(key("two").public)},
        {"replaces": key("two").kid},
        {"endorsed_by": key("two").kid, "endorsement": "x"},
    ],
)
def test_a_request_that_does_not_hold_is_refused(book, change) -> None:
    with pytest.raises(BadRequest):
        register(book, {**request(ORIGIN, WHO, key("one")), **change})


def test_nobody_adds_a_key_to_a_party_that_has_one_without_a_reason(book) -> None:
    register(book, request(ORIGIN, WHO, key("one")))
    with pytest.raises(BadRequest, match="operator's reason"):
        register(book, request(ORIGIN, WHO, key("two")))
    with pytest.raises(BadRequest, match="never registered"):
        register(book, request(ORIGIN, "party:x", key("one")))
    assert register(book, request(ORIGIN, WHO, key("two")), "the first was lost").vouched


def test_a_rotation_is_signed_by_the_old_key_and_counts_by_index(book) -> None:
    register(book, request(ORIGIN, WHO, key("one")))
    made = register(book, request(ORIGIN, WHO, key("two"), key("one")))
    assert made.vouched == "earlier key"
    old, new = book.party_keys()
    assert (old.until, old.ended, new.until) == (made.since, "replaced", None)
    done = take(book, io.BytesIO(lines([ROW], key("one"))))
    assert [p.code for p in done.problems] == ["unknown-key"]
    assert take(book, io.BytesIO(lines([ROW], key("two")))).problems == ()


def test_a_revoked_key_signs_no_more_and_what_it_signed_still_counts(book) -> None:
    register(book, request(ORIGIN, WHO, key("one")))
    receipt = take(book, io.BytesIO(lines([ROW], key("one")))).receipt
    assert receipt is not None
    with pytest.raises(BadRequest, match="signature"):
        revoke(book, key("one").kid, "lost", key("two"))
    assert revoke(book, key("one").kid, "lost", key("one")).ended == "revoked"
    assert view(book, "public", DAY).entry(receipt.first).self_signed
    again = take(book, io.BytesIO(lines([{**ROW, "fact": {"id": "b"}}], key("one"))))
    assert [p.code for p in again.problems] == ["unknown-key"]
    with pytest.raises(ReaderError, match="that holds"):
        revoke(book, key("one").kid, "twice")
    assert audit(book) == []


def ending(name: str, reason: str = "lost") -> dict:
    kid = key(name).kid
    said = party_keys.sign(key(name), party_keys.revocation(ORIGIN, WHO, kid))
    fact = {"id": f"revocation:{kid}", "key": kid, "party": WHO, "reason": reason}
    return {"kind": "revocation", "fact": {**fact, "signature": said}}


def test_no_line_counts_after_one_that_changes_the_keys(book) -> None:
    register(book, request(ORIGIN, WHO, key("one")))
    data = lines([ROW, ending("one"), {**ROW, "fact": {"id": "late"}}, ending("one", "again")],
                 key("one"))  # fmt: skip
    done = take(book, io.BytesIO(data))
    assert [(p.code, p.place) for p in done.problems] == [
        ("keys-changed", "line 3"),
        ("keys-changed", "line 4"),
    ]
    assert done.appended == {"lot": 1, "revocation": 1}
    assert audit(book) == []


def test_a_key_that_ends_while_a_statement_waits_takes_it_with_it(book, monkeypatch) -> None:
    register(book, request(ORIGIN, WHO, key("one")))
    data = lines([ROW], key("one"))
    admitted = Book.append_signed

    def meanwhile(self, *words, **more):
        monkeypatch.setattr(Book, "append_signed", admitted)
        revoke(book, key("one").kid, "lost")
        return admitted(self, *words, **more)

    monkeypatch.setattr(Book, "append_signed", meanwhile)
    with pytest.raises(BadDraft, match="a key registered"):
        take(book, io.BytesIO(data))
    assert audit(book) == []


def test_other_entries_that_come_first_hold_up_no_statement(book, monkeypatch) -> None:
    register(book, request(ORIGIN, WHO, key("one")))
    admitted = Book.append_signed

    def meanwhile(self, *words, **more):
        book.append([Draft("lot", ({"id": "another"},), WHO)])
        return admitted(self, *words, **more)

    monkeypatch.setattr(Book, "append_signed", meanwhile)
    for n in range(3):
        row = {**ROW, "fact": {"id": f"lot:{n}"}}
        assert take(book, io.BytesIO(lines([row], key("one")))).problems == ()
    assert audit(book) == []


def test_in_one_group_nothing_stands_that_rests_on_a_key_ended_before_it(book) -> None:
    register(book, request(ORIGIN, WHO, key("one")))
    end, lot = (
        json.loads(line)["leaf"].encode()
        for line in lines([ending("one"), ROW], key("one")).splitlines()
    )
    size = book.head.size
    works = [Work([d], {d: AsIs((d,))}, "", since=size) for d in (lot, end, lot[::-1])]
    works[2].sealed = {b"x": AsIs((lot,))}
    assert book._writer._fresh(works, size) == works[:2]
    assert [work.stale for work in works] == [False, False, True]


def test_of_two_that_end_one_key_at_once_one_counts(book, monkeypatch) -> None:
    register(book, request(ORIGIN, WHO, key("one")))
    fault = type(book).key_fault

    def slow(self, kind, body, signer=""):
        why = fault(self, kind, body, signer)
        monkeypatch.setattr(type(book), "key_fault", fault)
        revoke(book, key("one").kid, "first")
        return why

    monkeypatch.setattr(type(book), "key_fault", slow)
    with pytest.raises(BadDraft, match="registered or ended meanwhile"):
        revoke(book, key("one").kid, "second")
    assert audit(book) == []


def test_self_signed_and_custodial_are_told_apart(book) -> None:
    register(book, request(ORIGIN, WHO, key("one")))
    own = take(book, io.BytesIO(lines([ROW], key("one")))).receipt
    kept = book.append([Draft("lot", ({"id": "c"},), WHO)])
    assert own is not None
    look = view(book, "public", DAY)
    assert look.entry(own.first).self_signed
    assert look.entry(own.first).author == look.entry(kept.first).author == WHO
    assert not look.entry(kept.first).self_signed
    assert look.entry(0).self_signed


def test_a_statement_signed_for_another_book_or_by_another_party_is_refused(book) -> None:
    register(book, request(ORIGIN, WHO, key("one")))
    files = {
        "other-book": lines([ROW], key("one"), origin="other.example/book"),
        "unknown-key": lines([ROW], key("one"), party="party:other"),
        "not-signed": b'{"orebook-signed":1,"leaf":"x"}\n',
    }
    size = book.head.size
    for code, data in files.items():
        assert [p.code for p in take(book, io.BytesIO(data)).problems] == [code]
    line = json.loads(lines([ROW], key("one")))
    bad = {
        "bad-signature": {**line, "leaf": line["leaf"][:-4] + "AAAA"},
        "bad-disclosure": {**line, "disclosures": [{"text": "WyJhIl0", "for": ["public"]}]},
    }
    said = {**line, "disclosures": [{"text": "WyJhIl0", "for": ["party:\0"]}]}
    assert [p.code for p in take(book, io.BytesIO(json.dumps(said).encode())).problems] == [
        "not-signed"
    ]
    for code, said in bad.items():
        data = json.dumps(said).encode()
        assert [p.code for p in take(book, io.BytesIO(data)).problems] == [code]
    assert book.head.size == size


def test_a_signed_file_is_captured_as_it_is_and_once(book, keep) -> None:
    register(book, request(ORIGIN, WHO, key("one")))
    data = lines([ROW, {**ROW, "fact": {"id": "lot:two"}}], key("one"))
    done = keep(data, "s.jsonl")
    assert (done.format, done.facts, done.problems) == ("orebook-signed", 2, ())
    assert book.leaf(done.receipt.first).decode() == json.loads(data.splitlines()[0])["leaf"]
    size = book.head.size
    assert keep(data, "s.jsonl").known == 2
    assert book.head.size == size
    note = view(book, "public", DAY).facts(kinds=["lot"]).get(Lot, "lot:own")
    assert note is not None
    assert note.note == "words"
    assert audit(book) == []


def test_nothing_is_signed_of_a_document_with_a_fault() -> None:
    with pytest.raises(SenderError, match="expected"):
        lines([ROW, {"kind": "lot", "fact": {"id": "x", "mass": 3}}], key("one"))


def test_what_a_party_keeps_to_itself_is_sealed_and_the_audit_is_sound(book) -> None:
    register(book, request(ORIGIN, WHO, key("one")))
    said = json.loads(lines([{**ROW, "seal": ["/mass"]}], key("one")))
    said["disclosures"] = []
    receipt = take(book, io.BytesIO(json.dumps(said).encode())).receipt
    assert receipt is not None
    assert view(book, "owner", DAY).facts(kinds=["lot"]).get(Lot, "lot:own").mass == Sealed(  # type: ignore[union-attr]
        receipt.first, "owner"
    )
    assert audit(book) == []


def test_a_value_for_a_registered_key_is_shut_to_the_keeper(book) -> None:
    register(book, request(ORIGIN, WHO, key("one")))
    fact = {"id": "a", "mass": MASS}
    at = book.append([Draft("lot", (fact,), "party:keeper", seal={0: (Seal("/mass", (WHO,)),)})])
    for reader in ("owner", WHO):
        assert view(book, reader, DAY).entry(at.first).facts[0] == {
            "id": "a", "sealed": {"mass": WHO}
        }  # fmt: skip
    with pytest.raises(ReaderError, match="only party:buyer can open it"):
        reveal(book, str(at.first), "/mass", "public")
    assert audit(book) == []
    book.vault.unlock(key("one").seed)
    assert view(book, WHO, DAY).entry(at.first).facts[0] == fact
    assert view(book, "owner", DAY).entry(at.first).facts[0] != fact
    assert reveal(book, str(at.first), "/mass", "public").how == "entry"


def test_did_documents_name_present_keys_alone(book) -> None:
    assert did_of(book) == "did:web:test.example:acts"
    assert len(document(book)["verificationMethod"]) == 1  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        document(book, WHO)
    register(book, request(ORIGIN, WHO, key("one")))
    register(book, request(ORIGIN, WHO, key("two"), key("one")))
    found = document(book, WHO)
    (method,) = found["verificationMethod"]  # type: ignore[misc]
    assert method["publicKeyJwk"] == {**to_jwk(key("two").public), "kid": key("two").kid}  # type: ignore[index]
    assert found["id"] == "did:web:test.example:acts:party:party%253Abuyer"


CLAIM = {"id": "c:heron", "subject": "Mine", "property": "owner", "value": "Acme", "source": "s:h"}


def test_a_claim_under_a_pseudonym_stands_under_its_key_and_is_no_partys(book) -> None:
    heron = key("heron")
    name = pseudonym("heron", heron.kid)
    register(book, request(ORIGIN, name, heron), "a contributor, met in person")
    rows = [
        {"kind": "source", "fact": {"id": "s:h", "title": "A report"}},
        {"kind": "claim", "fact": CLAIM},
    ]
    done = take(book, io.BytesIO(lines(rows, heron, name)))
    assert done.problems == ()
    claim = view(book, "public", DAY).facts(kinds=["claim"]).get(Claim, "c:heron")
    assert claim is not None
    entry = book.entry(claim.ref.position, "public")
    assert (entry.author, entry.self_signed) == (name, True)
    assert in_words(entry.author) == "heron (a pseudonym)"
    # Nobody else takes the name, and no fact makes a party of it.
    with pytest.raises(BadRequest, match="pseudonym of this very key"):
        register(book, request(ORIGIN, name, key("other")), "why")
    for kind, body in (
        ("party", {"id": name, "name": "Heron"}),
        ("reply", {"id": "r", "to": ["c:heron"], "party": name, "text": "no"}),
        ("agreement", {"id": "a", "parties": [{"party": name, "role": "buyer"}]}),
    ):
        assert "pseudonym-as-party" in {fault.code for fault in check(kind, body)}
    assert audit(book) == []


@pytest.mark.parametrize("name", ["", "H", "x" * 40, "party:me", "a b", "ab/../c"])
def test_a_pseudonym_has_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="a-z"):
        pseudonym(name, "A" * 43)
