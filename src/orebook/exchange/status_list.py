"""Whether a credential was revoked or suspended: Bitstring Status Lists, as far as they were asked.

A status that was not looked up, or whose list cannot be trusted, is `not checked` with the reason:
never a pass. A list counts only where the issuer of the credential signed it, or who keeps the
address below which the issuer's did:web lies, and where it is in force. Source: W3C Bitstring
Status List v1.0 (Recommendation, 15 May 2025), 2.1, 2.2, 3.2, 3.3.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from orebook.exchange import vc_proof
from orebook.exchange.json_text import Number, Object, Value
from orebook.exchange.json_text import read as json_read
from orebook.exchange.vc_term import term_of
from orebook.log import b64
from orebook.log.errors import Malformed
from orebook.model.problem import Problem, found

_ENTRIES_MIN = 131_072
_BYTES_MAX = 16 * 1024 * 1024  # of a list unpacked: 134 million entries of one bit
_STATES_MAX = 64  # of one credential: each may ask for a list and unpack it
_TYPE = "BitstringStatusListEntry"
_SAID = {
    "revocation": ("not revoked", "revoked"),
    "suspension": ("not suspended", "suspended"),
    "refresh": ("not replaced", "replaced by a newer one"),
}
_STOPPED = ("revoked", "suspended")
NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Asked:
    """A status list as its host gave it, and the day on which it was asked."""

    data: bytes
    day: str


# From the address of a list to the list, or the words that say why there is none.
FindList = Callable[[str], "Asked | str"]


def ask_nobody(url: str) -> Asked | str:
    """The lists known without asking anyone: none."""
    return f"the list {found(url, 200)} was not asked for; use --resolve"


def status_of(credential: Object, find_list: FindList, find_key: vc_proof.FindKey) -> str:
    """What was found of the status of a credential, in words; empty where it states none."""
    stated = credential.get("credentialStatus")
    if stated is None:
        return ""
    entries = stated if isinstance(stated, list) else [stated]
    if len(entries) > _STATES_MAX:
        return f"{NOT_CHECKED}: it has {len(entries)} entries, more than {_STATES_MAX}"
    issuer = vc_proof.issuer_of(credential)
    said = [_entry(entry, issuer, find_list, find_key) for entry in entries]
    return "; ".join(dict.fromkeys(said)) or f"{NOT_CHECKED}: the list of states is empty"


def stopped(status: str) -> bool:
    """Whether that says that the credential is revoked or suspended."""
    return any(part.startswith(_STOPPED) for part in status.split("; "))


def _entry(entry: Value, issuer: str, find_list: FindList, find_key: vc_proof.FindKey) -> str:
    if not isinstance(entry, dict) or entry.get("type") != _TYPE:
        named = entry.get("type") if isinstance(entry, dict) else entry
        return f"{NOT_CHECKED}: a status of type {found(named)} is not judged here"
    purpose, url = entry.get("statusPurpose"), entry.get("statusListCredential")
    index, size = _whole(entry.get("statusListIndex")), _whole(entry.get("statusSize", Number("1")))
    if not isinstance(purpose, str) or not isinstance(url, str) or index is None or not size:
        return f"{NOT_CHECKED}: its entry names no purpose, list and index"
    asked = find_list(url)
    if isinstance(asked, str):
        return f"{NOT_CHECKED} ({purpose}): {asked}"
    told = _list(asked, url, issuer, find_key)
    if isinstance(told, str):
        return f"{NOT_CHECKED} ({purpose}): the list {found(url, 200)} {told}"
    subject, since = told
    purposes = subject.get("statusPurpose")
    if purpose not in (purposes if isinstance(purposes, list) else [purposes]):
        return f"{NOT_CHECKED} ({purpose}): the list {found(url, 200)} is for {found(purposes)}"
    value = bits(subject.get("encodedList"), index, size)
    if isinstance(value, str):
        return f"{NOT_CHECKED} ({purpose}): the list {found(url, 200)} {value}"
    where = f"entry {index} of {url}{since}, asked on {asked.day}"
    return f"{_meaning(purpose, value, entry)} ({where})"


def _meaning(purpose: str, value: int, entry: Object) -> str:
    if purpose in _SAID:
        return _SAID[purpose][1 if value else 0]
    messages = entry.get("statusMessage")
    for one in messages if isinstance(messages, list) else []:
        status = one.get("status") if isinstance(one, dict) else None
        if isinstance(status, str) and status.lower() == hex(value):
            return f"{purpose}: {found(cast('Object', one).get('message'), 200)}"
    return f"{purpose}: {hex(value)}"


def _whole(value: Value) -> int | None:
    """A number from 0, which older forms write as text."""
    text = value.text if isinstance(value, Number) else value
    if not isinstance(text, str) or not text.isascii() or not text.isdigit() or len(text) > 12:
        return None
    return int(Decimal(text))


def _list(
    asked: Asked, url: str, issuer: str, find_key: vc_proof.FindKey
) -> tuple[Object, str] | str:
    """The subject of a list that may be trusted, and since when it says so; else why not."""
    data = asked.data.strip()
    jwt = vc_proof.taken_apart(data) if data.startswith(b"eyJ") else None
    if isinstance(jwt, Problem):
        return f"is no signed credential: expected {jwt.expected}, found {jwt.found}"
    document = json_read(data if jwt is None else jwt.payload)
    if isinstance(document, Problem) or not isinstance(document, dict):
        return "is no credential"
    types, subject = document.get("type"), document.get("credentialSubject")
    named = types if isinstance(types, list) else [types]
    if "BitstringStatusListCredential" not in named or not isinstance(subject, dict):
        return "is no BitstringStatusListCredential"
    if document.get("id", url) != url:  # a list of the same keeper says nothing of another
        return f"is the one of {found(document.get('id'), 200)}"
    if not keeps_for(vc_proof.issuer_of(document), issuer):
        return f"is by another issuer, {found(vc_proof.issuer_of(document), 200)}"
    if jwt is None:
        outcome = vc_proof.proof_outcome(document, find_key)
    else:
        outcome = vc_proof.jwt_outcome(jwt, document, find_key)
    if isinstance(outcome, Problem):
        return f"has a signature that does not hold: {outcome.found}"
    if not vc_proof.verified(outcome):
        return f"is {outcome}"
    return _in_force(document, subject, asked.day, token=jwt is not None)


def keeps_for(keeper: str, issuer: str) -> bool:
    """Whether a list by that keeper counts for credentials of the issuer.

    Who serves `did:web:host:path` serves the documents below it too: every key of such an issuer
    already rests on its word.
    """
    below = keeper.startswith("did:web:") and issuer.startswith(f"{keeper}:")
    return keeper == issuer or below


def entry_at(url: str, index: int) -> Object:
    """What a credential says of where its revocation is found."""
    return {
        "type": "BitstringStatusListEntry",
        "id": f"{url}#{index}",
        "statusPurpose": "revocation",
        "statusListIndex": Number(str(index)),
        "statusListCredential": url,
    }


def list_credential(url: str, issuer: str, since: str, stopped_: bytes) -> Object:
    """The list as a credential to be signed, in force since that moment.

    Takes: `stopped_`, one bit an entry, the first in the highest bit of the first byte.
    """
    packed = gzip.compress(stopped_, mtime=0)
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": since,
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": f"u{b64.encode(packed)}",
        },
    }


def _in_force(
    document: Object, subject: Object, day: str, *, token: bool
) -> tuple[Object, str] | str:
    """The subject of a list that is in force, by every limit it states; else why it is none."""
    term, runs = term_of(document, day, token=token)
    if runs is None:
        return f"has a time that is none: {term}"
    if not runs:
        return f"is {term}"
    begun = document.get("validFrom")
    return subject, f" of {begun}" if isinstance(begun, str) else ""


def bits(encoded: Value, index: int, size: int = 1) -> int | str:
    """The value at that index of an encoded list; else why it has none.

    Takes: base64url of a gzip file, with or without multibase's `u`; entries of `size` bits, the
    first in the highest bit of the first byte.
    Gives: words for a list shorter than 131,072 entries, larger than 16 MiB, or of another form.
    """
    if not isinstance(encoded, str):
        return "holds no encoded list"
    try:
        packed = b64.decode(encoded.removeprefix("u"))
    except Malformed:
        return "is encoded in no base64url"
    unpacked = _unzipped(packed)
    if unpacked is None:
        return f"is no gzip file of at most {_BYTES_MAX} bytes"
    if len(unpacked) * 8 < _ENTRIES_MIN * size:
        return f"has {len(unpacked) * 8 // size} entries, fewer than {_ENTRIES_MIN}"
    end = (index + 1) * size
    if end > len(unpacked) * 8:
        return f"has no entry {index}"
    window = int.from_bytes(unpacked[index * size // 8 : (end + 7) // 8])
    return (window >> (-end % 8)) & ((1 << size) - 1)


def _unzipped(packed: bytes) -> bytes | None:
    """What the gzip file holds; None for another form, one cut off, or one that unpacks too far."""
    inflating = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        data = inflating.decompress(packed, _BYTES_MAX)
    except zlib.error:
        return None
    if not inflating.eof or inflating.unconsumed_tail or inflating.unused_data:
        return None
    return data
