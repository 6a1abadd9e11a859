"""Credentials of others at the door: `vc+jwt`, `vc+sd-jwt` and `vp+jwt`, whole or not at all.

A good signature is not enough: a token may be well signed and be no credential, or carry a second
meaning beside the one that was read. What is refused here is never logged.

Source: W3C Securing Verifiable Credentials using JOSE and COSE (2025), sections 3.1 and 3.2; W3C
Verifiable Credentials Data Model 2.0, sections 4.3 to 4.13; RFC 9901 section 7.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from orebook.log import canon, ecdsa, jws
from orebook.log.combined import parse_combined
from orebook.log.errors import Malformed, Tampered, show
from orebook.log.sdjwt import reveal

CONTEXT = "https://www.w3.org/ns/credentials/v2"
TOKEN_MAX = 1_000_000
_ENVELOPES = {"data:application/vc+jwt,": "vc+jwt", "data:application/vc+sd-jwt,": "vc+sd-jwt"}

# Gives the key that stands behind a header's kid and an issuer; None for one not known. It is 32
# bytes for Ed25519, or for ECDSA an uncompressed point, as `ecdsa.from_jwk` gives it.
FindKey: TypeAlias = Callable[[str, str], bytes | None]


class Credential(NamedTuple):
    """Header and opened payload of a credential whose signature and form have both held."""

    header: Mapping[str, Any]
    payload: Mapping[str, Any]


class Presentation(NamedTuple):
    """A presentation, and the credentials in it, each checked by its own issuer's key."""

    header: Mapping[str, Any]
    payload: Mapping[str, Any]
    credentials: tuple[Credential, ...]


def verify_credential(text: str, find: FindKey) -> Credential:
    """Gives a credential that its issuer has signed, disclosures opened.

    Refuses: Malformed for a token that is unsecured, of another typ or algorithm, has a ``vc`` or
    ``vp`` claim, a critical extension, or is no credential of the data model; Tampered for a
    signature or disclosure that does not hold, an issuer other than ``iss``, a key not known.
    """
    signed, disclosures, typ = _taken_apart(text)
    parsed = _typed(jws.parse_jws(signed, foreign=True), typ, "vc")
    payload = _object(parsed.payload)
    issuer = _issuer(payload)
    _verified(parsed, find, issuer)
    if typ == "vc+sd-jwt":
        payload = reveal(payload, disclosures)
    _one_meaning(payload, issuer)
    _of_type(payload, "VerifiableCredential")
    subject = payload.get("credentialSubject")
    if not subject or not isinstance(subject, dict | list):
        raise Malformed("/credentialSubject", "an object or several", show(str(subject)))
    return Credential(parsed.header, payload)


def verify_presentation(text: str, find: FindKey) -> Presentation:
    """Gives a presentation that its holder has signed, with every credential in it verified.

    Refuses: as ``verify_credential``; Malformed for a credential that is not enveloped.
    """
    _sized(text)
    parsed = _typed(jws.parse_jws(text.encode("utf-8"), foreign=True), "vp+jwt", "vp")
    payload = _object(parsed.payload)
    holder = str(payload.get("holder", payload.get("iss", "")))
    _verified(parsed, find, holder)
    _one_meaning(payload, holder)
    _of_type(payload, "VerifiablePresentation")
    listed = payload.get("verifiableCredential", [])
    enveloped = listed if isinstance(listed, list) else [listed]
    credentials = tuple(
        verify_credential(_unwrapped(item, f"/verifiableCredential/{at}"), find)
        for at, item in enumerate(enveloped)
    )
    return Presentation(parsed.header, payload, credentials)


def _taken_apart(text: str) -> tuple[bytes, tuple[str, ...], str]:
    _sized(text)
    if "~" in text:
        return *parse_combined(text), "vc+sd-jwt"
    return text.encode("utf-8"), (), "vc+jwt"


def _sized(text: str) -> None:
    if len(text) > TOKEN_MAX:
        raise Malformed("token", f"at most {TOKEN_MAX} characters", str(len(text)))


def _typed(parsed: jws.Jws, typ: str, content: str) -> jws.Jws:
    """Refuses another media type: what is signed as one thing is not read as another."""
    found = parsed.header.get("typ")
    if found != typ:
        raise Malformed("JWS typ", typ, show(str(found)))
    if parsed.header.get("cty", content) != content:
        raise Malformed("JWS cty", content, show(str(parsed.header["cty"])))
    return parsed


def _object(data: bytes) -> dict[str, Any]:
    value = canon.read_foreign(data, "credential")
    if not isinstance(value, dict):
        raise Malformed("credential", "an object", type(value).__name__)
    return value


def _issuer(payload: Mapping[str, Any]) -> str:
    issuer = payload.get("issuer")
    named = issuer.get("id") if isinstance(issuer, dict) else issuer
    if not isinstance(named, str) or not named:
        raise Malformed("/issuer", "a URL, or an object with its id", show(str(issuer)))
    return named


def _verified(parsed: jws.Jws, find: FindKey, who: str) -> None:
    kid = parsed.header.get("kid")
    if not isinstance(kid, str):
        raise Malformed("JWS kid", "the name of a key", "none")
    public = find(kid, who)
    if public is None:
        raise Tampered("JWS kid", f"a known key of {show(who)}", show(kid))
    algorithm = str(parsed.header["alg"])
    if algorithm not in ecdsa.CURVES:
        jws.verify_jws(parsed, public)
    elif not ecdsa.verify(algorithm, public, parsed.signing_input, parsed.signature):
        raise Tampered("JWS signature", f"one by a known key of {show(who)}", f"kid {show(kid)}")


def _one_meaning(payload: Mapping[str, Any], who: str) -> None:
    for name in ("vc", "vp"):
        if name in payload:
            raise Malformed(f"/{name}", "no such claim: the payload is the credential", "one")
    if payload.get("iss", who) != who:
        raise Tampered("/iss", show(who), show(str(payload["iss"])))
    contexts = payload.get("@context")
    first = contexts[0] if isinstance(contexts, list) and contexts else contexts
    if first != CONTEXT:
        raise Malformed("/@context", f"{CONTEXT} first", show(str(first)))


def _of_type(payload: Mapping[str, Any], wanted: str) -> None:
    types = payload.get("type")
    if wanted not in (types if isinstance(types, list) else [types]):
        raise Malformed("/type", wanted, show(str(types)))


def _unwrapped(item: object, place: str) -> str:
    """The token inside an EnvelopedVerifiableCredential."""
    if not isinstance(item, dict) or item.get("type") != "EnvelopedVerifiableCredential":
        raise Malformed(place, "an EnvelopedVerifiableCredential", show(str(item)))
    url = str(item.get("id", ""))
    for prefix, typ in _ENVELOPES.items():
        if url.startswith(prefix):
            token = url.removeprefix(prefix)
            if ("~" in token) != (typ == "vc+sd-jwt"):
                raise Malformed(f"{place}/id", f"a token of type {typ}", show(token))
            return token
    raise Malformed(f"{place}/id", "a data: URL of a credential", show(url))
