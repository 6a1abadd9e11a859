"""Credentials over HTTP: as a token or with the proof inside, and the lists of their states."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from orebook.acts import keys
from orebook.acts.credential import check
from orebook.acts.did import did_of
from orebook.acts.issue import issue
from orebook.acts.resolve import Resolver
from orebook.log import b64
from orebook.log.keys import SigningKey
from orebook.model.entry import Draft
from orebook.web.api import credentials
from orebook.web.api.answers import Answers

MILL = {"id": "urn:place:mill", "name": "North mill", "country": "PK"}
LOT = {"id": "lot:a/b?c", "material": "ore", "facility": "urn:place:mill", "batch": "B7"}
EVENT = {"id": "urn:e", "kind": "weigh", "when": "2025-03-01T12:00:00Z", "facility": MILL["id"],
         "subjects": [{"lot": LOT["id"]}]}  # fmt: skip
FINDING = {"id": "urn:claim", "subject": "lot", "about": [LOT["id"]], "source": "urn:s",
           "property": "conformity", "value": "conforms", "when": "2025-03-03"}  # fmt: skip
ASSAY = {"id": "urn:assay", "lot": LOT["id"], "when": "2025-03-02",
         "results": [{"substance": "Cu", "grade": {"value": "1", "unit": "P1"}}]}  # fmt: skip
BASE = "/api/credentials"


def test_credentials_and_their_states_are_served_to_anyone(served: Any) -> None:
    book, keeper = served.book, served.book.operator
    sealed = {"mass": {"value": "7654321", "unit": "KGM", "basis": "dry"}}
    book.append(
        [
            Draft("facility", (MILL,), keeper),
            Draft("lot", ({**LOT, **sealed},), keeper, seal={0: ("/mass",)}),
            Draft("event", (EVENT,), keeper),
            Draft("lot", ({"id": "lot:bare"},), keeper),
            Draft("claim", (FINDING, {**FINDING, "id": "urn:said", "property": "owner"}), keeper),
            Draft("assay", ({**ASSAY, "laboratory": keeper},), keeper),
        ]
    )
    key = SigningKey.from_seed(b"M" * 32)
    keys.register(book, keys.request(book.origin, "party:mine", key), "met")
    dids = {did_of(book): "/did.json"}
    documents = {did: served.get(where).json() for did, where in dids.items()}

    def fetched(url: str) -> bytes:
        return bytes(served.get(url.removeprefix(f"https://{book.origin}")).content)

    def outcome(data: bytes) -> str:
        resolver = Resolver(documents=dict(documents), day="2036-01-01", own_list=fetched)
        return check(data, resolver).outcome

    lot = f"{BASE}/lots/{quote(LOT['id'], safe='')}"
    kept = {}
    for address in (lot, f"{BASE}/facilities/{MILL['id']}", f"{BASE}/events/urn:e",
                    f"{BASE}/parties/party:mine"):  # fmt: skip
        token = served.get(address)
        assert token.headers["content-type"] == "application/vc+jwt"
        assert served.get(f"{address}.jwt").content == token.content
        inside = served.client.get(address, headers={"accept": "application/vc"})
        assert inside.headers["content-type"] == "application/vc"
        assert served.get(f"{address}.json").content == inside.content
        assert "proof" in inside.json()
        for said in (token.content, inside.content):
            assert outcome(said) == "stands"
            assert b"7654321" not in said
        assert served.get(address, "keeper").content == token.content  # the public's, whoever asks
        kept[address] = token.content
    page = served.get("/lots/" + quote(LOT["id"], safe=""))
    assert f'href="{lot}.jwt"' in page.text
    assert "/api/credentials" not in served.get("/lots/lot:bare").text
    assert "/api/credentials" not in served.get("/claims/urn:said").text
    for room, ident in (("claims", "urn:claim"), ("assays", "urn:assay")):
        page = served.get(
            "/claims/urn:claim" if room == "claims" else f"/lots/{quote(LOT['id'], safe='')}"
        )
        link = f"{BASE}/{room}/{quote(ident, safe='')}.jwt"
        assert f'href="{link}"' in page.text
        assert outcome(served.get(link).content) == "stands"
    missing = served.get(f"{BASE}/lots/lot:bare")
    assert missing.status_code == 404
    assert "the facility where the lot was made" in missing.text
    assert missing.headers["content-type"] == "application/problem+json"
    for wrong in ("lots/none", "status/x", "status/0", "status/9-80", "status/0-00", "status/1-2",
                  "claims/urn:e"):  # fmt: skip
        assert served.get(f"{BASE}/{wrong}").status_code == 404
    assert served.client.get(lot, headers={"accept": "text/html"}).status_code == 406
    book.append([Draft("lot", ({**LOT, "batch": "B8"},), keeper)])
    assert outcome(kept[lot]) == "refused"
    assert outcome(served.get(lot).content) == "stands"
    described = json.loads(served.get("/api/openapi.json").content)["paths"]
    for room in ("lots", "events", "facilities", "assays", "claims", "parties"):
        assert f"{BASE}/{room}/{{id}}" in described
    assert f"{BASE}/status/{{list}}" in described


def test_what_rules_say_of_a_lot_is_served_where_they_can_tell(served: Any) -> None:
    keeper = served.book.operator
    mine = {"id": "urn:mine", "name": "Mine", "country": "CN", "stage": "alloy"}
    made = {"id": "urn:e", "kind": "alloy", "facility": "urn:mine", "outputs": [{"lot": "urn:m"}],
            "inputs": [{"lot": "urn:ore"}]}  # fmt: skip
    lot = {"id": "urn:m", "material": "NdFeB magnet", "form": "component", "owner": keeper}
    assay = {"id": "urn:a", "lot": "urn:m",
             "results": [{"substance": "Nd", "grade": {"value": "30", "unit": "P1"}}]}  # fmt: skip
    facts = (("facility", mine), ("event", made), ("lot", lot), ("assay", assay))
    served.book.append([Draft(kind, (fact,), keeper) for kind, fact in facts])
    base, day = f"{BASE}/verdicts/urn:m", "2026-11-23"
    token = served.get(f"{base}/us-dfars-7052")
    assert token.headers["content-type"] == "application/vc+jwt", token.text
    claims = json.loads(b64.decode(token.text.split(".")[1]))
    where = claims["credentialStatus"]["statusListCredential"]
    states = served.get(where.removeprefix(f"https://{served.book.origin}"))
    assert (states.status_code, states.content[:3]) == (200, b"eyJ")
    page = served.get("/rules?lot=urn:m&pack=us-dfars-7052").text
    for form, start in (("jwt", b"eyJ"), ("json", b'{"')):
        assert f'href="{base.replace(":", "%3A")}/us-dfars-7052.{form}"' in page
        assert served.get(f"{base}/us-dfars-7052.{form}").content.startswith(start)
    for other in ("pack=us-uflpa", "pack=us-dfars-7052&law=2020-01-01", ""):
        assert "/api/credentials" not in served.get(f"/rules?lot=urn:m&{other}").text
    for wrong, status in (
        ("us-uflpa", 404),  # it cannot tell
        ("%2Ftmp", 404),  # no folder is named from outside
        (f"us-dfars-7052/x/refuted-{'0' * 32}", 400),
        (f"us-dfars-7052/{day}/refuted", 404),
        (f"us-dfars-7052/{day}/unknown", 404),
    ):
        refused = served.get(f"{base}/{wrong}")
        assert refused.status_code == status
        assert refused.headers["content-type"] == "application/problem+json"


def test_each_answer_is_signed_once_and_given_again_while_it_holds(
    served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, keeper = served.book, served.book.operator
    book.append([Draft("facility", (MILL,), keeper), Draft("lot", (LOT,), keeper)])
    made: list[str] = []

    def counted(*words: Any, **more: Any) -> bytes:
        made.append(words[1])
        return issue(*words, **more)

    monkeypatch.setattr(credentials, "issue", counted)
    lot = f"{BASE}/lots/{quote(LOT['id'], safe='')}"
    first = served.get(lot)
    name = json.loads(b64.decode(first.text.split(".")[1]))["credentialStatus"]
    listed = name["statusListCredential"].removeprefix(f"https://{book.origin}")
    for address in (lot, f"{lot}.json", listed):
        whole = served.get(address)
        etag = whole.headers["etag"]
        assert whole.headers["vary"].startswith("Accept")
        assert served.get(address).content == whole.content
        head = served.client.head(address)
        assert (head.content, head.headers["etag"]) == (b"", etag)
        assert head.headers["content-length"] == str(len(whole.content))
        for held in (etag, f'"x", {etag.removeprefix("W/")}', "*"):
            again = served.client.get(address, headers={"if-none-match": held})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == etag
        other = served.client.get(address, headers={"if-none-match": 'W/"x"'})
        assert (other.status_code, other.content) == (200, whole.content)
    assert len(made) == 2  # as a token and as JSON
    assert served.get(f"{BASE}/lots/lot:none").headers["cache-control"] == "no-store"
    book.append([Draft("facility", ({**MILL, "name": "Mill"},), keeper)])
    fresh = served.client.get(lot, headers={"if-none-match": first.headers["etag"]})
    assert (fresh.status_code, fresh.content == first.content) == (200, False)
    assert served.get(listed).headers["etag"] != etag


def test_answers_that_are_kept_are_bounded() -> None:
    kept, made = Answers(bytes_max=10), list[int]()

    def answer(number: int) -> bytes:
        made.append(number)
        return bytes([number]) * 4

    for number in (1, 2, 1, 3, 1, 2, 1):  # two fit: the one asked for least lately goes
        assert kept.get((str(number),), lambda n=number: answer(n)) == bytes([number]) * 4
    assert made == [1, 2, 3, 2]
    assert kept.get(("large",), lambda: b"x" * 11) == b"x" * 11
    kept.get(("1",), lambda: answer(1))
    assert made == [1, 2, 3, 2, 1]
