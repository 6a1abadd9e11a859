"""Signed credentials at the command line: keys from a file, the verdict in the book, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import rfc8785

from orebook.log import b64
from orebook.log.keys import SigningKey, to_jwk

Run = Callable[..., Any]
KEY = SigningKey.from_seed(bytes(range(32)))


def permit(standards: Path) -> dict[str, object]:
    """British Columbia's sample permit, signed in its form with a key of ours."""
    file = standards / "untp-0.7.0" / "bc-mines-act-permit" / "sample.json"
    credential = json.loads(file.read_bytes())
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "proofPurpose": "assertionMethod",
        "verificationMethod": f"{credential['issuer']['id']}#key-01-multikey",
    }
    bare = {k: v for k, v in credential.items() if k != "proof"}
    message = sha256(rfc8785.dumps(options)).digest() + sha256(rfc8785.dumps(bare)).digest()
    return bare | {"proof": options | {"proofValue": "u" + b64.encode(KEY.sign(message))}}


def test_the_verdict_on_a_permit_stands_in_the_book(
    standards: Path, tmp_path: Path, made: Path, orebook: Run
) -> None:
    credential = permit(standards)
    did = str(credential["issuer"]["id"])
    file = tmp_path / "permit.json"
    file.write_text(json.dumps(credential))
    keys = tmp_path / "keys.json"
    method = {"id": "#key-01-multikey", "type": "JsonWebKey", "publicKeyJwk": to_jwk(KEY.public)}
    keys.write_text(
        json.dumps(
            {"id": did, "verificationMethod": [method], "assertionMethod": ["#key-01-multikey"]}
        )
    )
    done = orebook("capture", file, "--keys", keys, "--book", made)
    assert done.code == 0, done.err
    rows = [json.loads(line) for line in orebook("export", "--book", made).out.splitlines()]
    proofs = [row["fact"].get("proof") for row in rows if row["kind"] == "document"]
    assert proofs == [
        f"verified: eddsa-jcs-2022 (Ed25519) with the key {did}#key-01-multikey of the issuer"
    ]
    assert {row["kind"] for row in rows} >= {"party", "source", "claim", "document"}

    credential["name"] = "Another permit"
    file.write_text(json.dumps(credential))
    done = orebook("capture", file, "--keys", keys, "--book", made)
    assert done.code == 4
    assert "/proof/proofValue" in done.err
    assert "the credential was changed" in done.err


def test_where_a_facility_lies_is_sealed(standards: Path, made: Path, orebook: Run) -> None:
    folder = standards / "untp-0.7.0" / "samples-rc-april-2026" / "dfr"
    file = folder / "DigitalFacilityRecord_instance.json"
    done = orebook("capture", file, "--book", made)
    assert done.code == 0, done.err
    open_ = orebook("export", "--book", made, "--reader", "public").out
    assert "North-Western Province" in open_
    assert "12.17" not in open_
    assert "Sample Mine Road" not in open_
    document = next(
        json.loads(line)["fact"]["id"]
        for line in orebook("export", "--book", made).out.splitlines()
        if json.loads(line)["kind"] == "document"
    )
    words = ("export", "--book", made, "--format", "untp", "--document", document)
    assert json.loads(orebook(*words).out) == json.loads(file.read_bytes())


def test_a_key_file_without_keys_is_refused(tmp_path: Path, made: Path, orebook: Run) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text("[7]")
    done = orebook("capture", keys, "--keys", keys, "--book", made)
    assert done.code == 4
    assert "keys.json, /0" in done.err


def test_a_credential_is_verified_without_a_book(
    standards: Path, tmp_path: Path, orebook: Run
) -> None:
    credential = permit(standards)
    did = str(credential["issuer"]["id"])  # type: ignore[index]
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({f"{did}#key-01-multikey": to_jwk(KEY.public)}))
    file = tmp_path / "permit.json"
    file.write_text(json.dumps(credential))
    done = orebook("verify", file, "--keys", keys)
    stated = "credentialStatus" in credential
    assert done.code == (3 if stated else 0), done.out
    assert "proof: verified: eddsa-jcs-2022" in done.out
    assert ("not checked (" if stated else "status: states none") in done.out
    unknown = orebook("verify", file, "--json")
    assert (unknown.code, unknown.json["outcome"]) == (3, "undecided")
    file.write_text(json.dumps(credential | {"name": "another"}))
    changed = orebook("verify", file, "--keys", keys)
    assert changed.code == 1
    assert "REFUSED" in changed.out
    file.write_text(json.dumps({**credential, "validUntil": "2020-01-01T00:00:00Z", "proof": []}))
    ended = orebook("verify", file, "--keys", keys)
    assert ended.code == 1
    assert "not in force on" in ended.out
    file.write_text('{"credentialSubject": ' + "[" * 5000 + "]" * 5000 + "}")
    assert orebook("verify", file).code == 4
