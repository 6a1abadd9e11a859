"""Statements of a book as UNTP credentials: valid by the released schemas, and read again."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from orebook.acts import keys
from orebook.acts.credential import check
from orebook.acts.did import did_of, document
from orebook.acts.issue import Form, issue, signer_of
from orebook.acts.issued import resolver_of
from orebook.acts.see import View, view
from orebook.exchange import multikey, untp
from orebook.exchange.format import Read, Source
from orebook.log import b64
from orebook.log.keys import SigningKey
from orebook.model.entry import Draft
from orebook.model.problem import NotFound, ReaderError, SenderError
from orebook.wiring import Naming, Sources, create_book

DAY = "2026-11-23"
MOMENT = "2025-03-01T12:00:00Z"
KEEPER, LAB = "urn:party:k", "urn:party:lab"
LAB_KEY = SigningKey.from_seed(b"L" * 32)
MASS = {"value": "1000", "unit": "KGM", "basis": "dry",
        "doubt": {"kind": "range", "low": "990", "high": "1015"}}  # fmt: skip
LOT = {
    "id": "urn:lot:out", "label": "Out 1", "material": "copper concentrate", "form": "concentrate",
    "mass": MASS, "moisture": {"value": "8.5", "unit": "P1"}, "stage": "beneficiate",
    "facility": "urn:place:mill", "owner": KEEPER, "made": "2025-03-01", "batch": "B7",
    "custody_model": "segregated", "hs_code": "2603.00",
    "materials": [{"name": "ore", "country": "PK", "share": {"value": "100", "unit": "P1"},
                   "recycled": {"value": "0", "unit": "P1"}}],
    "recycled_share": {"value": "0", "unit": "P1"},
}  # fmt: skip
MILL = {"id": "urn:place:mill", "name": "North mill", "kind": "concentrator",
        "stage": "beneficiate", "country": "PK", "region": "Balochistan", "operator": KEEPER,
        "position": {"latitude": "28.123", "longitude": "65.234"}}  # fmt: skip
ASSAY = {
    "id": "urn:assay:1", "lot": "urn:lot:out", "when": "2025-03-02", "laboratory": LAB,
    "method": "ISO 10258", "basis": "dry",
    "results": [
        {"substance": "Cu", "grade": {"value": "24.30", "unit": "P1",
                                      "doubt": {"kind": "normal", "sd": "0.1"}}},
        {"substance": "As", "operator": "<", "grade": {"value": "50", "unit": "59"}},
    ],
}  # fmt: skip
FINDING = {"id": "urn:claim:1", "subject": "Out 1", "about": ["urn:lot:out"], "source": "urn:s",
           "property": "conformity", "value": "conforms", "when": "2025-03-03"}  # fmt: skip


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"urn:event:{kind}",
        "kind": kind,
        "when": MOMENT,
        "facility": "urn:place:mill",
        "party": KEEPER,
        **more,
    }


ORE = [{"lot": "urn:lot:ore", "mass": MASS}]
MAKE = event("concentrate", inputs=ORE, outputs=[{"lot": "urn:lot:out", "count": "3"}],
             documents=["https://papers.example/7"])  # fmt: skip
MODIFY = event("weigh", subjects=ORE)
SHIP = event("ship", subjects=ORE)
FACTS = [
    ("party", {"id": KEEPER, "name": "The keeper"}, KEEPER),
    ("party", {"id": LAB, "name": "The laboratory"}, KEEPER),
    ("facility", MILL, KEEPER),
    ("facility", {"id": "urn:place:port", "name": "Port", "country": "PK"}, KEEPER),
    ("lot", {"id": "urn:lot:ore", "label": "Ore", "batch": "B7"}, KEEPER),
    ("lot", LOT, KEEPER),
    ("event", MAKE, KEEPER),
    ("event", MODIFY, KEEPER),
    ("claim", FINDING, KEEPER),
    ("assay", ASSAY, LAB),
]
# What goes out under which identifier, and by whose key: all but the analysis by the keeper.
ISSUED = {
    "urn:lot:out": ("dpp", "lot", LOT),
    "urn:event:concentrate": ("dte", "event", MAKE),
    "urn:event:weigh": ("dte", "event", MODIFY),
    "urn:place:mill": ("dfr", "facility", {k: v for k, v in MILL.items() if k != "position"}),
    "urn:claim:1": ("dcc", "claim", {k: FINDING[k] for k in ("id", "about", "property", "value",
                                                             "when")}),
    "urn:assay:1": ("dcc", "assay", ASSAY),
    LAB: ("dia", "party", {"name": "The laboratory", "identifiers": [LAB]}),
}  # fmt: skip


@pytest.fixture
def book() -> Iterator[Any]:
    with create_book(None, Naming("t.example/b", "B", KEEPER), Sources(now=_clock())) as made:
        made.append([Draft(kind, (fact,), author) for kind, fact, author in FACTS])
        keys.register(made, keys.request(made.origin, LAB, LAB_KEY), "met in person")
        yield made


def _clock() -> Callable[[], dt.datetime]:
    minutes = count()
    begun = dt.datetime(2025, 4, 1, tzinfo=dt.UTC)
    return lambda: begun + dt.timedelta(minutes=next(minutes))


def here(book: Any, reader: str = "public") -> View:
    return view(book, reader, DAY)


def sent(book: Any, ident: str, form: Form = "jwt", **more: Any) -> bytes:
    who = signer_of(here(book), LAB_KEY) if ident == "urn:assay:1" else None
    return issue(here(book), ident, who, form=form, **more)


def official(standards: Path, kind: str) -> jsonschema.Draft202012Validator:
    file = next((standards / "untp-0.7.0" / "schema" / kind).glob("*.json"))
    return jsonschema.Draft202012Validator(json.loads(file.read_text("utf-8")))


def read(data: bytes, book: Any) -> list[Read]:
    find = resolver_of(here(book)).find_key
    items = list(untp.read(io.BytesIO(data), Source("a.jwt", "doc:1", find_key=find)))
    assert all(isinstance(item, Read) for item in items), items
    return items  # type: ignore[return-value]


def test_each_kind_goes_out_valid_signed_and_comes_back_as_it_was(
    book: Any, standards: Path
) -> None:
    for ident, (schema, kind, stated) in ISSUED.items():
        bare = json.loads(sent(book, ident, "bare"))
        official(standards, schema).validate(bare)
        for form in ("jwt", "embedded"):
            facts = read(sent(book, ident, form), book)  # type: ignore[arg-type]
            assert str(facts[-1].body["proof"]).startswith("verified:"), facts[-1].body
            again = next(
                f.body
                for f in facts
                if f.kind == kind and f.body["id"] in {ident, did_of(book, ident)}
            )
            if kind == "event":  # UNTP has no basis there, and a make says not how
                sides = [n for n in ("inputs", "outputs", "subjects") if n in stated]
                assert [[f["lot"] for f in again[s]] for s in sides] == [
                    [f["lot"] for f in stated[s]] for s in sides
                ]
                mass = again[sides[0]][0]["mass"]
                assert (mass["value"], mass["doubt"]) == ("1000", MASS["doubt"])
            else:
                assert {n: again.get(n) for n in stated} == stated
                extra = again.keys() - stated.keys() - {"id", "foreign"}
                assert extra <= ({"subject", "source", "standing", "note"} & {*again})
            assert check(sent(book, ident, form), _asked(book)).outcome == "stands"  # type: ignore[arg-type]


def _asked(book: Any) -> Any:
    resolver = resolver_of(here(book))
    resolver.day = DAY
    return resolver


def test_the_signatures_hold_for_another_library(book: Any) -> None:
    """Ed25519 by OpenSSL, JCS by rfc8785: neither is ours, nor is libsodium."""
    (method,) = document(book)["verificationMethod"]  # type: ignore[misc]
    key = Ed25519PublicKey.from_public_bytes(b64.decode(method["publicKeyJwk"]["x"]))
    token = sent(book, "urn:lot:out").decode()
    said, _, signature = token.rpartition(".")
    header = json.loads(b64.decode(token.split(".")[0]))
    assert header == {"alg": "EdDSA", "kid": method["id"], "typ": "vc+jwt"}
    key.verify(b64.decode(signature), said.encode())
    whole = json.loads(sent(book, "urn:lot:out", "embedded"))
    proof = whole.pop("proof")
    value = multikey.base58(proof.pop("proofValue").removeprefix("z"))
    parts = [sha256(rfc8785.dumps(part)).digest() for part in (proof, whole)]
    key.verify(value, b"".join(parts))


def test_unknown_is_absent_and_never_zero(book: Any) -> None:
    bare = {"id": "urn:lot:bare", "facility": "urn:place:mill"}
    book.append([Draft("lot", (bare,), KEEPER)])
    document = json.loads(issue(here(book), "urn:lot:bare", None, form="bare"))
    product = document["credentialSubject"]
    assert product["countryOfProduction"] == {"countryCode": "PK"}  # the mill's
    assert not product.keys() & {"dimensions", "materialProvenance", "performanceClaim",
                                 "productionDate", "batchNumber"}  # fmt: skip
    facts = read(json.dumps(document).encode(), book)
    lot = next(f.body for f in facts if f.kind == "lot")
    assert {n: v for n, v in lot.items() if n != "foreign"} == bare
    limit = json.loads(sent(book, "urn:assay:1", "bare"))
    copper, arsenic = limit["credentialSubject"]["conformityAssessment"][0]["assessedPerformance"]
    assert copper["measure"] == {"value": 24.3, "unit": "P1"}
    assert "measure" not in arsenic
    assert arsenic["score"]["code"].startswith("< 50 ")


def test_what_is_made_up_or_not_built_says_so_to_any_reader(book: Any) -> None:
    made_up = {"invented": True}
    stated = {**MILL, "id": "urn:place:plan", "status": [{"status": "announced", "when": "2025"}]}
    lot = {**LOT, "id": "urn:lot:invented", **made_up}
    for kind, fact in (("facility", stated), ("lot", lot),
                       ("event", {**MODIFY, "id": "urn:event:invented", **made_up})):  # fmt: skip
        book.append([Draft(kind, (fact,), KEEPER)])
        document = json.loads(issue(here(book), str(fact["id"]), None, form="bare"))
        subject = document["credentialSubject"]
        said = (subject if isinstance(subject, dict) else subject[0])["description"]
        assert "made-up example" in said or said == "stated as announced on 2025"
        if kind == "lot":
            again = next(f for f in read(json.dumps(document).encode(), book) if f.kind == "lot")
            assert again.body["invented"] is True


@pytest.mark.parametrize(
    ("kind", "fact", "missing"),
    [
        ("event", SHIP, "where the lots came"),
        ("event", {**MAKE, "id": "urn:event:day", "when": "2025-03-01"}, "a moment with offset"),
        ("event", {k: v for k, v in {**MAKE, "id": "urn:x"}.items() if k != "facility"}, "made"),
        ("lot", {"id": "urn:lot:x"}, "the facility where the lot was made"),
        ("facility", {"id": "urn:place:x", "name": "X"}, "the country of the facility"),
        ("claim", {k: v for k, v in {**FINDING, "id": "urn:c"}.items() if k != "when"}, "the day"),
    ],
)
def test_what_it_must_say_and_nobody_stated_is_told(
    book: Any, kind: str, fact: dict[str, Any], missing: str
) -> None:
    book.append([Draft(kind, (fact,), KEEPER)])
    with pytest.raises(SenderError, match=missing) as refused:
        issue(here(book), fact["id"], None)
    assert all(p.next_step and p.place.startswith("/") for p in refused.value.problems)


def test_a_move_takes_its_other_end_from_the_one_event_that_states_it(
    book: Any, standards: Path
) -> None:
    came = event("receive", subjects=ORE, when="2025-03-05T08:00:00Z", facility="urn:place:port")
    early = {**came, "id": "urn:event:early", "when": "2025-02-01T08:00:00Z",
             "facility": "urn:place:mill"}  # fmt: skip
    for fact in (SHIP, came, early):
        book.append([Draft("event", (fact,), KEEPER)])
    for ident in ("urn:event:ship", "urn:event:receive"):
        made = json.loads(issue(here(book), ident, None, form="bare"))
        official(standards, "dte").validate(made)
        (move,) = made["credentialSubject"]
        ends = [move[n]["id"] for n in ("fromFacility", "toFacility")]
        assert ends == ["urn:place:mill", "urn:place:port"]
        assert "as stated in urn:event:" in move["description"]
    book.append([Draft("event", ({**came, "id": "urn:event:z", "facility": "urn:f"},), KEEPER)])
    with pytest.raises(SenderError, match="where the lots came"):
        issue(here(book), "urn:event:ship", None)  # two places: none is chosen


def test_only_who_may_say_so_issues(book: Any) -> None:
    with pytest.raises(NotFound):
        issue(here(book), "urn:event:none", None)
    other = {**MODIFY, "id": "urn:event:other"}
    book.append([Draft("event", (other,), "urn:party:other")])
    with pytest.raises(ReaderError, match="urn:party:other"):
        issue(here(book), "urn:event:other", None)
    with pytest.raises(ReaderError, match=LAB):
        issue(here(book), "urn:assay:1", None)
    book.append([Draft("assay", ({**ASSAY, "id": "urn:assay:2"},), KEEPER)])
    with pytest.raises(ReaderError, match="an analysis by urn:party:lab"):
        issue(here(book), "urn:assay:2", None)
    with pytest.raises(ReaderError, match="for the keeper of the book"):
        issue(here(book), LAB, signer_of(here(book), LAB_KEY))
    with pytest.raises(ReaderError, match="has no key"):
        issue(here(book), KEEPER, None)
    with pytest.raises(ReaderError, match="no present key"):
        signer_of(here(book), SigningKey.from_seed(b"X" * 32))


def test_a_sealed_value_is_in_none_but_its_readers(book: Any) -> None:
    sealed = {**LOT, "id": "urn:lot:sealed", "note": "Mr X",
              "mass": {"value": "7654", "unit": "KGM", "basis": "dry"}}  # fmt: skip
    seal: dict[int, Any] = {0: ("/mass", "/owner")}
    book.append([Draft("lot", (sealed,), KEEPER, seal=seal)])
    said = issue(here(book), "urn:lot:sealed", None, form="bare").decode()
    assert "7654" not in said
    assert "Mr X" not in said
    assert "dimensions" not in said
    assert "relatedParty" not in said
    owner = json.loads(issue(here(book, "owner"), "urn:lot:sealed", None, form="bare"))
    assert owner["credentialSubject"]["dimensions"]["weight"]["value"] == 7654
    for ident in ISSUED:
        text = sent(book, ident, "bare").decode()
        assert "28.123" not in text
        assert "65.234" not in text


def test_the_commands_write_what_verify_then_checks(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from orebook.cli.issue import issue as command
    from orebook.cli.issue import status_list as listing
    from orebook.cli.verify import verify

    folder = tmp_path / "book"
    with create_book(folder, Naming("t.example/b", "B", KEEPER)) as made:
        made.append([Draft(kind, (fact,), author) for kind, fact, author in (*FACTS, *_BROKEN)])
        keys.register(made, keys.request(made.origin, LAB, LAB_KEY), "met in person")
    place, key, out = ["--book", str(folder)], tmp_path / "lab.key", tmp_path / "made.jwt"
    key.write_text(LAB_KEY.seed.hex())
    lot = "urn:lot:out"
    for words in ([lot], ["urn:assay:1", "--key", str(key)], [lot, "--embedded"],
                  [lot, "--for", LAB]):  # fmt: skip
        done = CliRunner().invoke(command, [*words, *place, "--out", str(out)])
        assert done.exit_code == 0, done.output
        checked = CliRunner().invoke(verify, [str(out), *place])
        assert (checked.exit_code, checked.output[:6]) == (0, "STANDS")
    alone = CliRunner().invoke(verify, [str(out)])
    assert alone.exit_code == 3  # without the book neither key nor list is known
    bare = json.loads(CliRunner().invoke(command, [lot, "--bare", *place]).stdout)
    name = bare["credentialStatus"]["statusListCredential"].rpartition("/")[2]
    token = CliRunner().invoke(listing, [name, *place]).stdout
    assert token.startswith("eyJ")
    assert isinstance(CliRunner().invoke(listing, ["0", *place]).exception, NotFound)
    refused = CliRunner().invoke(command, ["urn:event:ship", *place])
    assert isinstance(refused.exception, SenderError)
    for words in (["x", "--bare", "--embedded"], ["urn:lot:out", "--for", "owner"]):
        assert CliRunner().invoke(command, [*words, *place]).exit_code != 0


_BROKEN = [("event", SHIP, KEEPER)]


def test_nobody_renames_another_in_what_the_keeper_signs(book: Any) -> None:
    renamed = [{"id": who, "name": "Renamed by a rival"} for who in (KEEPER, LAB)]
    book.append([Draft("party", tuple(renamed), "urn:party:rival")])
    moved = {**MILL, "name": "Renamed by a rival", "country": "KP", "operator": "urn:party:rival"}
    book.append([Draft("facility", (moved,), "urn:party:rival")])
    for ident in (LAB, MILL["id"], "urn:lot:out"):
        said = sent(book, str(ident), "bare")
        assert b"Renamed" not in said
        assert b'"KP"' not in said
    assert b"The laboratory" in sent(book, LAB, "bare")
    book.append([Draft("party", ({"id": KEEPER, "name": "By its own word"},), KEEPER)])
    assert b"By its own word" in sent(book, str(MILL["id"]), "bare")
