"""Signatures of others' credentials: W3C's vectors, and that nothing but the issuer's counts."""

from __future__ import annotations

import io
import json
from hashlib import sha256
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from orebook.exchange import jcs, multikey, untp, vc_proof
from orebook.exchange.format import Read, Source
from orebook.exchange.json_text import read as json_read
from orebook.log import b64
from orebook.log.keys import SigningKey
from orebook.model.problem import Problem

KEY = SigningKey.from_seed(bytes(range(32)))
PERMIT = "untp-0.7.0/bc-mines-act-permit/sample.json"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = _BASE58[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def proved(credential: dict[str, object], key: SigningKey = KEY) -> dict[str, object]:
    """The credential with an eddsa-jcs-2022 proof, in the form of British Columbia's permits."""
    method = f"{credential['issuer']['id']}#key-01-multikey"
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "proofPurpose": "assertionMethod",
        "verificationMethod": method,
    }
    bare = {k: v for k, v in credential.items() if k != "proof"}
    message = sha256(rfc8785.dumps(options)).digest() + sha256(rfc8785.dumps(bare)).digest()
    return bare | {"proof": [options | {"proofValue": "z" + base58(key.sign(message))}]}


def knows(key: SigningKey = KEY) -> vc_proof.FindKey:
    return lambda method: multikey.Key("Ed25519", key.public)


def read(data: bytes, find: vc_proof.FindKey | None = None) -> tuple[list[Read], list[Problem]]:
    items = list(untp.read(io.BytesIO(data), Source("credential.json", "doc:1", find_key=find)))
    return (
        [item for item in items if isinstance(item, Read)],
        [item for item in items if isinstance(item, Problem)],
    )


def jwt(payload: dict[str, object], alg: str, sign, **header: object) -> bytes:
    head = {"alg": alg, "typ": "vc+jwt", "kid": "key-1"} | header
    parts = [b64.encode(json.dumps(part).encode()) for part in (head, payload)]
    signed = ".".join(parts).encode()
    return signed + b"." + b64.encode(sign(signed)).encode()


def test_canonical_json_is_that_of_the_vectors(standards: Path) -> None:
    files = sorted((standards / "jcs-rfc8785" / "input").iterdir())
    assert len(files) == 4
    for file in files:
        expected = (standards / "jcs-rfc8785" / "output" / file.name).read_bytes()
        assert jcs.canonical(json_read(file.read_bytes())) == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_as_ecmascript_writes_them(value: float) -> None:
    assert jcs.number(repr(value)).encode() == rfc8785.dumps(value)


def test_w3cs_step_by_step_vector_holds_and_a_changed_one_does_not(standards: Path) -> None:
    folder = standards / "w3c-vc-di-eddsa" / "eddsa-jcs-2022"
    document = json_read((folder / "signedJCS.json").read_bytes())
    canonical = jcs.canonical({k: v for k, v in document.items() if k != "proof"})
    assert canonical.decode() == (folder / "canonDocJCS.txt").read_text("utf-8").strip()
    outcome = vc_proof.proof_outcome(document, vc_proof.no_keys)
    assert "signature holds" in outcome
    assert "which is not the issuer's" in outcome
    document["issuer"] = document["proof"]["verificationMethod"].partition("#")[0]
    changed = vc_proof.proof_outcome(document, vc_proof.no_keys)
    assert isinstance(changed, Problem)
    assert changed.code == "bad-signature"


def test_a_permit_as_british_columbia_signs_it_is_verified_and_one_changed_byte_is_not(
    standards: Path,
) -> None:
    original = (standards / PERMIT).read_bytes()
    facts, problems = read(original)
    assert problems == []
    assert facts[-1].body["proof"].startswith("not verified: the key")
    data = json.dumps(proved(json.loads(original))).encode()
    facts, problems = read(data, knows())
    assert problems == []
    assert (
        facts[-1].body["proof"].startswith("verified: eddsa-jcs-2022 (Ed25519) with the key did:")
    )
    for at in range(0, len(data), 997):
        if data[at : at + 1].isalnum():
            changed = data[:at] + (b"b" if data[at : at + 1] != b"b" else b"c") + data[at + 1 :]
            facts, problems = read(changed, knows())
            assert problems, at
    facts, problems = read(data, knows(SigningKey.from_seed(bytes(32))))
    assert (facts, [p.code for p in problems]) == ([], ["bad-signature"])
    assert problems[0].place == "/proof/0/proofValue"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"cryptosuite": "ecdsa-rdfc-2019"}, 'not verified: proofs of "ecdsa-rdfc-2019"'),
        ({"type": "Ed25519Signature2020", "cryptosuite": None}, "not verified: proofs of"),
        ({"previousProof": "urn:x"}, "not verified: chains"),
        ({"proofPurpose": "authentication"}, "bad-proof"),
        ({"proofValue": "0Il"}, "bad-proof"),
        ({"proofValue": 7}, "bad-signature"),
        ({"proofValue": "z" + "1" * 9000}, "bad-proof"),
        ({"verificationMethod": None}, "bad-proof"),
        ({"@context": ["https://other.example/"]}, "bad-proof"),
        ({"proofValue": "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQ"}, "bad-signature"),
    ],
)
def test_a_proof_of_another_form_is_told_from_one_that_does_not_hold(
    standards: Path, change: dict[str, object], found: str
) -> None:
    credential = proved(json.loads((standards / PERMIT).read_bytes()))
    credential["proof"][0] |= change
    outcome = vc_proof.proof_outcome(json_read(json.dumps(credential).encode()), knows())
    told = outcome.code if isinstance(outcome, Problem) else outcome
    assert told.startswith(found)


def test_a_vc_jwt_of_either_algorithm_is_verified(standards: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.hashes import SHA256

    credential = json.loads((standards / PERMIT).read_bytes())
    del credential["proof"]
    private = ec.derive_private_key(7, ec.SECP256R1())
    numbers = private.public_key().public_numbers()
    point = b"\4" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")

    def es256(message: bytes) -> bytes:
        r, s = utils.decode_dss_signature(private.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    keys = {"EdDSA": multikey.Key("Ed25519", KEY.public), "ES256": multikey.Key("P-256", point)}
    signers = {"EdDSA": KEY.sign, "ES256": es256}
    for alg, key in keys.items():
        data = jwt(credential, alg, signers[alg])
        facts, problems = read(data, lambda _method, key=key: key)
        assert problems == []
        assert facts[-1].body["proof"].startswith(f"verified: vc+jwt ({key.curve})")
        head, body, signature = data.split(b".")
        other = body[:-8] + (b"AAAA" if body[-8:-4] != b"AAAA" else b"BBBB") + body[-4:]
        facts, problems = read(b".".join((head, other, signature)), lambda _method, key=key: key)
        assert facts == []
        assert problems
    crossed = jwt(credential, "ES256", KEY.sign)
    facts, problems = read(crossed, knows())
    assert [p.code for p in problems] == ["bad-signature"]


@pytest.mark.parametrize(
    ("header", "claims", "code"),
    [
        ({"alg": "none"}, {}, "bad-algorithm"),
        ({"alg": "HS256"}, {}, "bad-algorithm"),
        ({"typ": "JWT"}, {}, "not-a-credential"),
        ({"crit": ["exp"]}, {}, "bad-jws"),
        ({"b64": False}, {}, "bad-jws"),
        ({}, {"vc": {}}, "second-meaning"),
        ({}, {"iss": "did:web:other.example"}, "other-issuer"),
    ],
)
def test_a_jwt_that_may_mean_two_things_is_refused(
    standards: Path, header: dict[str, object], claims: dict[str, object], code: str
) -> None:
    credential = json.loads((standards / PERMIT).read_bytes()) | claims
    alg = str(header.pop("alg", "EdDSA"))
    facts, problems = read(jwt(credential, alg, KEY.sign, **header), knows())
    assert (facts, [p.code for p in problems]) == ([], [code])


def test_w3cs_published_keys_and_tokens(standards: Path) -> None:
    folder = standards / "w3c-vc-jose-cose"
    method = json.loads((folder / "vm-p256.json").read_bytes())
    key = multikey.from_method({k: v for k, v in method.items() if k != "secretKeyJwk"})
    token = vc_proof.taken_apart((folder / "credential-jose-minimal.txt").read_bytes())
    assert isinstance(token, vc_proof.Jwt)
    payload = json_read(token.payload)
    outcome = vc_proof.jwt_outcome(token, payload, lambda _method: key)
    assert outcome.startswith("verified: vc+jwt (P-256)")
    for name in ("bad-signature", "bad-media-type", "vc-vp-claims"):
        method = json.loads((folder / "vm-ed25519.json").read_bytes())
        key = multikey.from_method({k: v for k, v in method.items() if k != "secretKeyJwk"})
        token = vc_proof.taken_apart((folder / f"credential-jose-{name}.txt").read_bytes())
        if isinstance(token, vc_proof.Jwt):
            token = vc_proof.jwt_outcome(token, json_read(token.payload), lambda _m, k=key: k)
        assert isinstance(token, Problem), name
    with pytest.raises(multikey.BadKey):
        multikey.from_jwk(method["secretKeyJwk"])


@pytest.mark.parametrize(
    "text",
    ["", "z", "z0", "u!", "x11", "z6Mk", "z" + "1" * 600, "zDn" + "a" * 40, "uAAAA"],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(multikey.BadKey):
        multikey.from_multikey(text)


def test_a_compressed_point_is_the_point(standards: Path) -> None:
    method = json.loads((standards / "w3c-vc-jose-cose" / "vm-p256.json").read_bytes())
    whole = multikey.from_jwk(method["publicKeyJwk"])
    prefix = b"\x80\x24" + bytes([2 + whole.raw[-1] % 2]) + whole.raw[1:33]
    assert multikey.from_multikey("z" + base58(prefix)) == whole
