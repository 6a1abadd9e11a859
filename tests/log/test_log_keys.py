"""Keys and JWS: weak keys are refused, one verification rule, strict parsing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.log import b64, jws, keys
from orebook.log.errors import LogError, Malformed, Tampered

P = 2**255 - 19
KEY = keys.SigningKey.from_seed(b"K" * 32)


def point(y: int, sign: int = 0) -> bytes:
    return (y | sign << 255).to_bytes(32, "little")


# y of the order-8 points, computed from d*y^4 + 2*y^2 = 1
def _order_eight() -> list[int]:
    root_minus_one = pow(2, (P - 1) // 4, P)
    d = -121665 * pow(121666, -1, P) % P
    found = []

    def root(square: int) -> int | None:
        candidate = pow(square, (P + 3) // 8, P)
        for value in (candidate, candidate * root_minus_one % P):
            if value * value % P == square % P:
                return value
        return None

    inner = root(1 + d)
    assert inner is not None
    for top in (-1 + inner, -1 - inner):
        y = root(top * pow(d, -1, P) % P)
        if y is not None:
            found += [y, P - y]
    return found


SMALL = [0, 1, P - 1, *_order_eight()]


def test_all_eight_small_order_points_and_their_odd_spellings_are_refused() -> None:
    assert len(SMALL) == 5
    spellings = [point(y, sign) for y in SMALL for sign in (0, 1)]
    spellings += [point(y + P, sign) for y in (0, 1) for sign in (0, 1)]
    for raw in spellings:
        with pytest.raises(Malformed, match="public key"):
            keys.public_key(raw)


@pytest.mark.parametrize("y", range(P, 2**255))
def test_every_unreduced_coordinate_is_refused(y: int) -> None:
    for sign in (0, 1):
        with pytest.raises(Malformed, match="canonical"):
            keys.public_key(point(y, sign))


def test_points_off_the_curve_or_out_of_the_group_are_refused() -> None:
    refused = 0
    for y in range(2, 40):
        try:
            keys.public_key(point(y))
        except Malformed:
            refused += 1
    assert refused > 30  # half are off the curve, seven eighths of the rest out of the group
    with pytest.raises(Malformed, match="32 bytes"):
        keys.public_key(b"\0" * 31)


@given(st.binary(min_size=32, max_size=32))
def test_every_honest_key_is_taken_and_signs(seed: bytes) -> None:
    key = keys.SigningKey.from_seed(seed)
    assert keys.public_key(key.public) == key.public
    assert keys.from_jwk(keys.to_jwk(key.public)) == key.public
    signature = key.sign(b"message")
    assert keys.verify(key.public, b"message", signature)
    assert not keys.verify(key.public, b"massage", signature)
    assert not keys.verify(key.public, b"message", signature[:-1])
    assert key.seed == seed
    assert seed.hex() not in repr(key)


def test_keys_are_made_fresh() -> None:
    assert keys.SigningKey.generate().public != keys.SigningKey.generate().public
    with pytest.raises(Malformed, match="seed"):
        keys.SigningKey(b"short")


def test_signatures_of_rfc8032() -> None:
    # RFC 8032 section 7.1, tests 1 and 2
    seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    key = keys.SigningKey.from_seed(bytes.fromhex(seed))
    assert key.public.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert (
        key.sign(b"").hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065")
    )
    # RFC 8037 appendix A.3: the thumbprint of the same key
    assert key.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_wycheproof_ed25519(standards: Path) -> None:
    cases = json.loads((standards / "signature-vectors" / "ed25519_test.json").read_text())
    count = 0
    for group in cases["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
            assert keys.verify(public, message, signature) == (case["result"] == "valid"), case
            count += 1
    assert count == cases["numberOfTests"] == 151


@pytest.mark.parametrize(
    "jwk",
    [
        None,
        {},
        {"kty": "EC", "crv": "P-256", "x": ""},
        {"kty": "OKP", "crv": "X25519", "x": b64.encode(KEY.public)},
        {"kty": "OKP", "crv": "Ed25519"},
        {"kty": "OKP", "crv": "Ed25519", "x": b64.encode(KEY.public) + "="},
        {"kty": "OKP", "crv": "Ed25519", "x": b64.encode(b"\1" + b"\0" * 31)},
        {"kty": "OKP", "crv": "Ed25519", "x": b64.encode(KEY.public), "d": "AA"},
    ],
)
def test_other_jwks_are_refused(jwk: object) -> None:
    with pytest.raises(Malformed):
        keys.from_jwk(jwk)


def token(header: object, payload: bytes = b"{}", raw: bytes | None = None) -> bytes:
    head = raw if raw is not None else json.dumps(header).encode()
    signing_input = f"{b64.encode(head)}.{b64.encode(payload)}".encode()
    return signing_input + b"." + b64.encode(KEY.sign(signing_input)).encode()


@given(st.binary(max_size=50), st.data())
def test_any_changed_character_of_a_jws_is_refused(payload: bytes, data: st.DataObject) -> None:
    signed = jws.sign(payload, KEY, kid="k", typ="t")
    assert jws.verify_jws(signed, KEY.public).payload == payload
    at = data.draw(st.integers(0, len(signed) - 1))
    character = data.draw(st.sampled_from(b"ABab09-_.=+ "))
    changed = signed[:at] + bytes([character]) + signed[at + 1 :]
    if changed != signed:
        with pytest.raises(LogError):
            jws.verify_jws(changed, KEY.public)


def test_both_names_of_the_algorithm_are_read_and_one_is_written() -> None:
    for algorithm in ("Ed25519", "EdDSA"):
        assert jws.verify_jws(token({"alg": algorithm}), KEY.public).payload == b"{}"
    written = jws.parse_jws(jws.sign(b"{}", KEY, kid="k", typ="t"))
    assert written.header == {"alg": "Ed25519", "kid": "k", "typ": "t"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a.b",
        b"a.b.c.d",
        token({"alg": "none"}),
        token({"alg": "HS256"}),
        token({"alg": ["Ed25519"]}),
        token({}),
        token([]),
        token(None, raw=b'{"alg":"Ed25519","alg":"Ed25519"}'),
        token(None, raw=b"\xff"),
        token({"alg": "Ed25519", "crit": ["exp"], "exp": 1}),
        token({"alg": "Ed25519", "crit": []}),
        token({"alg": "Ed25519", "b64": False}),
        token({"alg": "Ed25519", "kid": 5}),
        token({"alg": "Ed25519"}) + b"=",
        token({"alg": "Ed25519"})[:-4],
        token({"alg": "Ed25519"}) + "é".encode(),
    ],
)
def test_malformed_jws_is_refused_even_when_signed(data: bytes) -> None:
    with pytest.raises(Malformed):
        jws.parse_jws(data)


def test_a_weak_or_other_key_does_not_verify() -> None:
    signed = jws.sign(b"{}", KEY, kid="k", typ="t")
    with pytest.raises(Tampered, match="kid 'k'"):
        jws.verify_jws(signed, keys.SigningKey.from_seed(b"O" * 32).public)
    with pytest.raises(Malformed, match="large order"):
        jws.verify_jws(signed, b"\0" * 32)
    with pytest.raises(Malformed, match="kid"):
        jws.sign(b"{}", KEY, kid="", typ="t")
