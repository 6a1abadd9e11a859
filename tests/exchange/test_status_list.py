"""Status lists: W3C's own example, bits in their order, and that nothing unchecked ever passes."""

from __future__ import annotations

import gzip
import io
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from orebook.exchange import multikey, status_list, untp
from orebook.exchange.format import Read, Source
from orebook.exchange.json_text import read as json_read
from orebook.exchange.status_list import Asked, bits, status_of, stopped
from orebook.log import b64
from orebook.log.keys import SigningKey

KEY = SigningKey.from_seed(bytes(range(32)))
ISSUER = "did:web:permits.example"
URL = "https://permits.example/status/3"
DAY = "2026-11-25"


def packed(*set_: int, entries: int = 131_072) -> str:
    """An encoded list with these bits set."""
    data = bytearray(entries // 8)
    for index in set_:
        data[index // 8] |= 0x80 >> (index % 8)
    return "u" + b64.encode(gzip.compress(bytes(data), mtime=0))


def listed(*set_: int, purpose: str = "revocation", **changes: Any) -> dict[str, Any]:
    """A status list as its issuer states it, not yet signed."""
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": URL,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": {"id": ISSUER, "name": "Permits"},
        "validFrom": "2026-11-01T00:00:00Z",
        "credentialSubject": {
            "id": f"{URL}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": packed(*set_),
        },
    } | changes


def token(credential: dict[str, Any], **claims: int) -> bytes:
    """Signed as a compact JWS, with claims of its own."""
    header = {"alg": "EdDSA", "typ": "vc+jwt", "kid": f"{ISSUER}#key-1"}
    parts = (json.dumps(header), json.dumps(credential | claims))
    said = ".".join(b64.encode(part.encode()) for part in parts)
    return f"{said}.{b64.encode(KEY.sign(said.encode()))}".encode()


def proved(credential: dict[str, Any], key: SigningKey = KEY, **more: str) -> bytes:
    """Signed with eddsa-jcs-2022."""
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "proofPurpose": "assertionMethod",
        "verificationMethod": f"{ISSUER}#key-1",
        **more,
    }
    message = sha256(rfc8785.dumps(options)).digest() + sha256(rfc8785.dumps(credential)).digest()
    proof = options | {"proofValue": "u" + b64.encode(key.sign(message))}
    return json.dumps(credential | {"proof": proof}).encode()


def knows(_method: str) -> multikey.Key | str:
    return multikey.Key("Ed25519", KEY.public)


def entry(index: object = "7", purpose: str = "revocation", **more: object) -> dict[str, object]:
    return {
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": index,
        "statusListCredential": URL,
    } | more


def said(data: bytes, *entries: dict[str, object]) -> str:
    document = {"issuer": {"id": ISSUER}, "credentialStatus": list(entries or (entry(),))}
    value = json_read(json.dumps(document).encode())
    assert isinstance(value, dict)
    return status_of(value, lambda _url: Asked(data, DAY), knows)


def test_the_example_of_the_recommendation_is_all_clear(standards: Path) -> None:
    text = (standards / "status-lists" / "w3c-rec-example3-encodedList.txt").read_text().strip()
    assert [bits(text, i) for i in (0, 1, 94567, 131_071)] == [0, 0, 0, 0]
    assert bits(text, 131_072) == "has no entry 131072"


@given(st.sets(st.integers(0, 131_071), max_size=4), st.integers(0, 131_071))
def test_a_bit_is_set_where_it_was_set(set_: set[int], other: int) -> None:
    text = packed(*set_)
    assert all(bits(text, index) == 1 for index in set_)
    assert bits(text, other) == (1 if other in set_ else 0)
    if set_:
        index = min(set_) // 2  # the same list as entries of two bits
        low, high = 2 * index, 2 * index + 1
        wide = packed(*set_, entries=2 * 131_072)
        assert bits(wide, index, 2) == 2 * (low in set_) + (high in set_)


def test_revoked_suspended_and_clear_are_said_with_list_and_day() -> None:
    where = f"(entry 7 of {URL} of 2026-11-01T00:00:00Z, asked on {DAY})"
    assert said(proved(listed(7))) == f"revoked {where}"
    assert said(proved(listed(8))) == f"not revoked {where}"
    assert said(proved(listed(7, purpose="suspension")), entry(purpose="suspension")) == (
        f"suspended {where}"
    )
    assert stopped(said(proved(listed(7))))
    assert not stopped(said(proved(listed(8))))
    both = listed(7)
    both["credentialSubject"]["statusPurpose"] = ["revocation", "message"]
    message = [{"status": "0x1", "message": "under review"}]
    told = said(proved(both), entry(), entry(purpose="message", statusMessage=message))
    assert told == f'revoked {where}; message: "under review" {where}'


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"not a credential", "is no credential"),
        (proved({"issuer": ISSUER, "type": "X", "credentialSubject": {}}), "is no Bitstring"),
        (json.dumps(listed()).encode(), "is not signed"),
        (proved(listed(), SigningKey.from_seed(bytes(32))), "has a signature that does not hold"),
        (proved(listed(issuer={"id": "did:web:other.example"})), "is by another issuer"),
        (
            proved(listed(validUntil="2026-11-24T00:00:00Z")),
            "is not in force on 2026-11-25: from 2026-11-01T00:00:00Z until 2026-11-24T00:00:00Z",
        ),
        (
            proved(listed(validFrom="2027-01-01T00:00:00Z")),
            "is not in force on 2026-11-25: from 2027-01-01T00:00:00Z",
        ),
        (proved(listed(expirationDate="2026-11-20T00:00:00Z")), "until 2026-11-20T00:00:00Z"),
        (proved(listed(), expires="2026-11-20T00:00:00Z"), "until 2026-11-20T00:00:00Z (proof"),
        (token(listed(), exp=1_763_900_000), "is not in force"),
        (token(listed(), nbf=1_863_900_000), "is not in force"),
        (proved(listed(), expires="soon"), "has a time that is none"),
        (proved(listed(purpose="suspension")), "is for"),
        (proved(listed(credentialSubject={"statusPurpose": "revocation"})), "holds no encoded"),
        (b"eyJhbGciOiJub25lIn0.e30.", "is no signed credential"),
    ],
)
def test_what_cannot_be_trusted_is_not_checked_and_says_why(data: bytes, why: str) -> None:
    told = said(data)
    assert told.startswith("not checked (revocation): the list")
    assert why in told
    assert not stopped(told)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("u" + b64.encode(gzip.compress(bytes(100), mtime=0)), "fewer than 131072"),
        ("u" + b64.encode(gzip.compress(bytes(16384), mtime=0)[:-9]), "is no gzip file"),
        ("u" + b64.encode(gzip.compress(bytes(20 * 1024 * 1024), mtime=0)), "of at most"),
        ("u" + b64.encode(b"plain"), "is no gzip file"),
        ("u***", "no base64url"),
        (7, "holds no encoded list"),
    ],
)
def test_lists_out_of_form_have_no_value(text: Any, why: str) -> None:
    found = bits(text, 0)
    assert isinstance(found, str)
    assert why in found


def test_an_entry_that_is_none_is_not_checked() -> None:
    for odd in ({"type": "Other"}, entry(index="-1"), entry(index=None), entry(statusSize=0)):
        assert said(proved(listed()), odd).startswith("not checked: ")
    nobody = status_of({"credentialStatus": []}, status_list.ask_nobody, knows)
    assert nobody == "not checked: the list of states is empty"
    assert status_of({}, status_list.ask_nobody, knows) == ""


def test_a_revoked_permit_keeps_its_claims_without_their_standing(standards: Path) -> None:
    file = standards / "untp-crm-bcmine" / "copper_mine" / "dcc_mines_act_permit_mine_ordered.json"
    permit = json.loads(file.read_bytes())
    del permit["proof"]
    permit["issuer"]["id"] = ISSUER
    permit["credentialStatus"] = [entry("61845")]

    def read(data: bytes) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
        source = Source("p.json", "doc:1", find_key=knows, find_list=lambda _: Asked(data, DAY))
        kinds: dict[str, list[dict[str, Any]]] = {}
        for item in untp.read(io.BytesIO(json.dumps(permit).encode()), source):
            assert isinstance(item, Read)
            kinds.setdefault(item.kind, []).append(item.body)
        return kinds, source.notes

    kinds, notes = read(proved(listed(61845)))
    assert kinds["document"][0]["status"].startswith("revoked (entry 61845")
    assert notes == [f"status of the credential: {kinds['document'][0]['status']}"]
    assert len(kinds["claim"]) == 2
    for claim in kinds["claim"]:
        assert "standing" not in claim
        assert claim["note"].startswith("the credential no longer stands: revoked")
    kinds, _ = read(proved(listed()))
    assert {claim["standing"] for claim in kinds["claim"]} == {"official"}


def test_a_list_that_is_in_force_as_a_token_is_read() -> None:
    told = said(token(listed(), exp=1_863_900_000, nbf=1_763_000_000))
    assert told.startswith("not revoked")


def test_more_entries_than_any_credential_needs_are_not_unpacked() -> None:
    asked: list[str] = []
    document: Any = {
        "issuer": {"id": ISSUER},
        "credentialStatus": [entry(str(i)) for i in range(65)],
    }

    def find(url: str) -> Asked:
        asked.append(url)
        return Asked(token(listed()), DAY)

    assert "65 entries" in status_of(document, find, knows)
    assert not asked
    assert "not revoked" in status_of({**document, "credentialStatus": [entry()]}, find, knows)
