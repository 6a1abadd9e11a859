"""Whether a credential of others is signed by its issuer: `vc+jwt` and Data Integrity proofs.

A signature that does not hold is a fault of the document. One that cannot be judged (the key is not
known here, the suite is another) is not: the credential is read, and what was found is said in so
many words. Source: W3C VC-JOSE-COSE (2025), 3.1; W3C Data Integrity EdDSA 1.0, 3.3; RFC 7515,
7518 3.4, 8037.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from orebook.exchange import jcs, multikey
from orebook.exchange.json_text import Object, Value
from orebook.exchange.json_text import read as json_read
from orebook.log import b64, keys
from orebook.log.errors import Malformed
from orebook.model.problem import Problem, found

# From the name of a verification method (a DID URL) to its key; a text says why there is none.
FindKey = Callable[[str], "multikey.Key | str"]
_STEP = "Ask the issuer for the credential as it was signed."
_FORM = "Ask the issuer for a credential secured as UNTP 0.7.0 says (vc+jwt, EdDSA or ES256)."
_TYPES = frozenset({"vc+jwt", "application/vc+jwt", "vc+ld+json+jwt"})
_ALGORITHMS = {"EdDSA": "Ed25519", "Ed25519": "Ed25519", "ES256": "P-256"}
_SUITE = "eddsa-jcs-2022"
UNSIGNED = "not signed"


def no_keys(method: str) -> multikey.Key | str:
    """The keys known without asking anyone: those that are their own name."""
    if method.startswith("did:key:"):
        try:
            return multikey.from_did_key(method)
        except multikey.BadKey as error:
            return f"{found(method)} is not {error}"
    return f"the key {found(method, 200)} is not known here; give it with --keys or use --resolve"


@dataclass(frozen=True, slots=True)
class Jwt:
    """A compact JWS taken apart: header, payload and signature, and the bytes that were signed."""

    header: Object
    payload: bytes
    signature: bytes
    signed: bytes


def taken_apart(data: bytes) -> Jwt | Problem:
    """A `vc+jwt` taken apart, its header judged.

    Refuses: another spelling of base64url, no algorithm or another, another type, extensions the
    header says must be understood, detached payloads.
    """
    try:
        head, body, signature = data.strip().decode("ascii").split(".")
    except ValueError:
        return Problem("bad-jws", "JWS", "three parts of base64url", "other text", _FORM)
    parts: list[bytes] = []
    for text, place in ((head, "JWS header"), (body, "JWS payload"), (signature, "JWS signature")):
        try:
            parts.append(b64.decode(text, place))
        except Malformed:
            return Problem("bad-jws", place, "base64url without padding", "other text", _FORM)
    header = json_read(parts[0])
    if isinstance(header, Problem) or not isinstance(header, dict):
        return Problem("bad-jws", "JWS header", "a JSON object", "other text", _FORM)
    fault = _header_fault(header)
    if fault is not None:
        return fault
    if len(parts[2]) != 64:
        what = "none" if not parts[2] else f"{len(parts[2])} bytes"
        return Problem("bad-signature", "JWS signature", "64 bytes", what, _STEP)
    return Jwt(header, parts[1], parts[2], f"{head}.{body}".encode("ascii"))


def _header_fault(header: Object) -> Problem | None:
    typ = header.get("typ")
    if typ not in _TYPES:
        what = found(typ)
        return Problem("not-a-credential", "JWS header /typ", "the type vc+jwt", what, _FORM)
    if header.get("alg") not in _ALGORITHMS:
        expected = f"one of {', '.join(_ALGORITHMS)}"
        what = found(header.get("alg"))
        return Problem("bad-algorithm", "JWS header /alg", expected, what, _FORM)
    for name in ("crit", "b64"):
        if name in header:
            expected = "no extension that changes what is signed"
            return Problem("bad-jws", f"JWS header /{name}", expected, f"{name}", _FORM)
    return None


def jwt_outcome(jwt: Jwt, credential: Object, find: FindKey) -> str | Problem:
    """What was found of the signature of a `vc+jwt`, in one sentence.

    Refuses: a signature that does not hold, a payload with a `vc` or `vp` claim beside the
    credential it is, and `iss` other than the issuer.
    """
    issuer = issuer_of(credential)
    for name in ("vc", "vp"):
        if name in credential:
            expected = "no such claim: the payload is the credential"
            return Problem("second-meaning", f"/{name}", expected, f"a claim {name}", _FORM)
    if credential.get("iss", issuer) != issuer:
        return Problem("other-issuer", "/iss", found(issuer), found(credential["iss"]), _STEP)
    kid = jwt.header.get("kid")
    method = kid if isinstance(kid, str) else ""
    if not method.startswith("did:"):
        method = f"{issuer}#{method.removeprefix('#')}" if method else issuer
    curve = _ALGORITHMS[str(jwt.header["alg"])]
    return _judged(method, issuer, curve, jwt.signed, jwt.signature, find, "JWS signature")


def proof_outcome(credential: Object, find: FindKey) -> str | Problem:
    """What was found of the Data Integrity proofs of a credential, in one sentence.

    Refuses: a proof that does not hold, or is not of the form its suite asks.
    """
    proofs = credential.get("proof")
    listed = proofs if isinstance(proofs, list) else [] if proofs is None else [proofs]
    if not listed:
        return UNSIGNED
    outcomes: list[str] = []
    for index, proof in enumerate(listed):
        place = f"/proof/{index}" if isinstance(proofs, list) else "/proof"
        one = _proof(credential, proof, place, find)
        if isinstance(one, Problem):
            return one
        outcomes.append(one)
    return "; ".join(dict.fromkeys(outcomes))


def verified(outcome: str) -> bool:
    """Whether every proof was found to hold with a key of the issuer: one that was not is none."""
    return all(part.startswith("verified:") for part in outcome.split("; "))


def _proof(credential: Object, proof: Value, place: str, find: FindKey) -> str | Problem:
    if not isinstance(proof, dict):
        return Problem("bad-proof", place, "an object", found(proof), _STEP)
    suite = proof.get("cryptosuite")
    if proof.get("type") != "DataIntegrityProof" or suite != _SUITE:
        named = suite if isinstance(suite, str) else proof.get("type")
        return f"not verified: proofs of {found(named)} are not judged here"
    if "previousProof" in proof:
        return "not verified: chains of proofs are not judged here"
    for name, expected in (("proofPurpose", "assertionMethod"), ("verificationMethod", None)):
        value = proof.get(name)
        if not isinstance(value, str) or (expected and value != expected):
            want = expected or "the name of a key"
            return Problem("bad-proof", f"{place}/{name}", want, found(value), _STEP)
    contexts = proof.get("@context")
    if contexts is not None and not _begins(credential.get("@context"), contexts):
        expected = "a document that begins with the contexts of its proof"
        return Problem("bad-proof", f"{place}/@context", expected, "other contexts", _STEP)
    value = proof.get("proofValue")
    try:
        signature = multikey.multibase(value) if isinstance(value, str) else b""
        options = {name: one for name, one in proof.items() if name != "proofValue"}
        document = {name: one for name, one in credential.items() if name != "proof"}
        if contexts is not None:
            document["@context"] = contexts
        message = sha256(jcs.canonical(options)).digest() + sha256(jcs.canonical(document)).digest()
    except ValueError as error:
        return Problem("bad-proof", f"{place}/proofValue", str(error), found(value), _STEP)
    method = cast("str", proof["verificationMethod"])
    at = f"{place}/proofValue"
    return _judged(method, issuer_of(credential), "Ed25519", message, signature, find, at, _SUITE)


def _begins(contexts: Value, start: Value) -> bool:
    whole = contexts if isinstance(contexts, list) else [contexts]
    part = start if isinstance(start, list) else [start]
    return whole[: len(part)] == part


def issuer_of(credential: Object) -> str:
    """The identifier of the issuer; empty where none is named."""
    issuer = credential.get("issuer")
    named = issuer.get("id") if isinstance(issuer, dict) else issuer
    return named if isinstance(named, str) else ""


def _judged(
    method: str,
    issuer: str,
    curve: str,
    message: bytes,
    signature: bytes,
    find: FindKey,
    place: str,
    how: str = "vc+jwt",
) -> str | Problem:
    key = find(method)
    if isinstance(key, str):
        return f"not verified: {key}"
    if key.curve != curve:
        return Problem("bad-signature", place, f"a signature of {key.curve}", f"of {curve}", _STEP)
    held = _holds(key, message, signature)
    if held is None:
        return "not verified: P-256 needs the package cryptography (orebook[pq])"
    if not held:
        expected = f"a signature of {found(method, 200)} that holds"
        what = "one that does not: the credential was changed, or another signed it"
        return Problem("bad-signature", place, expected, what, _STEP)
    if method.partition("#")[0] != issuer:
        return (
            f"not verified: the {how} signature holds with the key {found(method, 200)}, "
            f"which is not the issuer's ({found(issuer, 200)})"
        )
    return f"verified: {how} ({curve}) with the key {method} of the issuer"


def _holds(key: multikey.Key, message: bytes, signature: bytes) -> bool | None:
    """Whether the signature holds; None where the curve's library is not installed."""
    if key.curve == "Ed25519":
        return keys.verify(key.raw, message, signature)
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric import ec, utils
        from cryptography.hazmat.primitives.hashes import SHA256
    except ImportError:
        return None
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key.raw)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        public.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
