"""SD-JWT: values hidden behind salted digests, each shown one by one or never.

The signed payload holds digests; a *disclosure* is the text whose SHA-256 is one of them. Digests
are taken over the text as it travels, never over re-encoded JSON, so disclosures written by others
with other spacing stay valid, and one changed character does not.

Source: RFC 9901 sections 4.2 (disclosures), 4.2.4 (embedding), 7.1 (verification).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple, TypeAlias

from orebook.log import b64, canon
from orebook.log.errors import Malformed, Tampered, show

DIGESTS = "_sd"
ALGORITHM = "_sd_alg"
ELEMENT = "..."
RESERVED = frozenset({DIGESTS, ALGORITHM, ELEMENT})
SHA_256 = "sha-256"
SALT_SIZE = 16
# 32 bytes in base64url: the last character carries four bits, so its low two are zero
_DIGEST = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]\Z")

# JSON of any writer: foreign payloads may hold Decimals, our own never do.
Json: TypeAlias = Any
Salt: TypeAlias = Callable[[], bytes]


class Disclosure(NamedTuple):
    """One hidden value: the text to keep, its digest in the payload, where the value stood."""

    text: str
    digest: str
    pointer: str


class Sealed(NamedTuple):
    """A digest that nothing opened: a named ``element`` of an array, or a ``member``.

    ``pointer`` is the place of the element, or of the object that holds the unnamed member. A
    decoy looks the same, by intent.
    """

    pointer: str
    digest: str
    kind: str


@dataclass(slots=True)
class _Mark:
    """What is to be hidden at and below one place of the payload."""

    hide: bool = False
    below: dict[str, _Mark] = field(default_factory=dict)


def digest(disclosure: str) -> str:
    """Gives the digest of a disclosure as written. Source: RFC 9901 section 4.2.3."""
    return b64.encode(sha256(disclosure.encode("ascii", "strict")).digest())


def write_disclosure(salt: bytes, value: Json, name: str | None = None) -> str:
    """Gives the disclosure of a member (with ``name``) or of an array element.

    Refuses: Malformed for a salt under 16 bytes, a reserved name, a value outside canonical JSON.
    """
    if len(salt) < SALT_SIZE:
        raise Malformed("salt", f"at least {SALT_SIZE} bytes", str(len(salt)))
    if name in RESERVED:
        raise Malformed("disclosure", "a name that is not reserved", show(str(name)))
    parts = [b64.encode(salt), value] if name is None else [b64.encode(salt), name, value]
    return b64.encode(canon.encode(parts))


def conceal(
    payload: Mapping[str, Json], pointers: Collection[str], salt: Salt, *, decoys: int = 0
) -> tuple[dict[str, Json], tuple[Disclosure, ...]]:
    """Gives the payload with digests in place of the values at ``pointers``, and the disclosures.

    Takes: JSON pointers (RFC 6901) of object members or array elements, nested ones too (the outer
    disclosure then holds the inner digest); ``salt``, which gives fresh random bytes each time;
    ``decoys``, digests of nothing added beside hidden members at the top level.
    Gives: ``_sd`` arrays sorted by digest, so that their order tells nothing; ``_sd_alg`` at the
    top when anything is hidden. The input is not changed.
    Refuses: Malformed for a pointer to nothing, the whole payload or a reserved name, reserved
    names anywhere in the input, a salt that repeats.
    Source: RFC 9901 section 4.2.
    """
    root = _marks(pointers)
    run = _Concealment(salt)
    hidden = run.members(payload, root, "")
    if decoys:
        fakes = [digest(b64.encode(run.fresh())) for _ in range(decoys)]
        hidden[DIGESTS] = sorted([*hidden.get(DIGESTS, []), *fakes])
    if run.made or decoys:
        hidden[ALGORITHM] = SHA_256
    return hidden, tuple(run.made)


def reveal(payload: Mapping[str, Json], disclosures: Sequence[str]) -> dict[str, Json]:
    """Gives the payload with these disclosures opened and every other digest left out.

    Refuses: Malformed for another digest algorithm, a disclosure of wrong form, arity or reserved
    name, a name that already stands there; Tampered for a disclosure that no digest names or that
    comes twice, and for a digest that stands twice.
    Source: RFC 9901 section 7.1, steps 3 and 4.
    """
    available: dict[str, str] = {}
    for text in disclosures:
        key = _digest_of(text)
        if key in available:
            raise Tampered("disclosures", "each once", f"{key} twice")
        available[key] = text
    opening = _Opening(available, hashed=True)
    opened = opening.payload(payload)
    unused = available.keys() - opening.used
    if unused:
        first = min(unused)
        raise Tampered("disclosures", "only those named by a digest in the payload", first)
    return opened


def overlay(
    payload: Mapping[str, Json], available: Mapping[str, str], *, marker: Json = None
) -> tuple[dict[str, Json], tuple[Sealed, ...]]:
    """Gives the payload opened as far as ``available`` goes, and what stays sealed.

    Takes: disclosures by digest, possibly of many payloads; ``marker``, which stands in arrays
    where an element is sealed, so that positions keep their meaning (None leaves it out).
    Refuses: as ``reveal``, save that disclosures of other payloads are no fault; Tampered when a
    text is kept under a digest that is not its own.
    """
    opening = _Opening(available, marker)
    return opening.payload(payload), tuple(opening.sealed)


def may_hide(canonical: bytes) -> bool:
    """Says whether a canonical payload holds any reserved name; without one nothing is hidden."""
    return b'"_sd' in canonical or b'"..."' in canonical


def admit(payload: Mapping[str, Json]) -> frozenset[str]:
    """Gives the digests in a payload of our own making.

    Refuses: Malformed for reserved names out of place, digests not of 43 characters, ``_sd`` empty
    or not sorted, ``_sd_alg`` missing beside digests or present without; Tampered for repeats.
    """
    opening = _Opening({})
    opening.payload(payload)
    if (payload.get(ALGORITHM) is None) != (not opening.seen):
        raise Malformed(f"/{ALGORITHM}", "present exactly when there are digests")
    for item in opening.seen:
        if not _DIGEST.match(item):
            raise Malformed("digest", "43 characters that spell 32 bytes", show(item))
    if not opening.ordered:
        raise Malformed(f"/…/{DIGESTS}", "a non-empty sorted array", "another order")
    return frozenset(opening.seen)


class _Concealment:
    """One pass that hides marked values, inner ones first."""

    def __init__(self, salt: Salt) -> None:
        self.made: list[Disclosure] = []
        self._salt = salt
        self._salts: set[bytes] = set()

    def fresh(self) -> bytes:
        value = self._salt()
        if value in self._salts:
            raise Malformed("salt", "fresh bytes each time", "the same twice")
        self._salts.add(value)
        return value

    def members(self, value: Mapping[str, Json], mark: _Mark, place: str) -> dict[str, Json]:
        shown: dict[str, Json] = {}
        digests = []
        for name in sorted(value):
            if name in RESERVED:
                raise Malformed(place or "/", "no reserved name", show(name))
            below = mark.below.get(name)
            here = f"{place}/{_escape(name)}"
            inner = self.value(value[name], below, here)
            if below is not None and below.hide:
                digests.append(self._hide(inner, name, here))
            else:
                shown[name] = inner
        _all_found(mark, value.keys(), place)
        if digests:
            shown[DIGESTS] = sorted(digests)
        return shown

    def value(self, value: Json, mark: _Mark | None, place: str) -> Json:
        if isinstance(value, dict):
            return self.members(value, mark or _Mark(), place)
        if isinstance(value, list):
            return self._elements(value, mark or _Mark(), place)
        if mark is not None and mark.below:
            inner = f"{place}/{_escape(next(iter(mark.below)))}"
            raise Malformed("pointer to conceal", "a member or element that exists", show(inner))
        return value

    def _elements(self, value: list[Json], mark: _Mark, place: str) -> list[Json]:
        shown = []
        for position, element in enumerate(value):
            below = mark.below.get(str(position))
            here = f"{place}/{position}"
            inner = self.value(element, below, here)
            if below is not None and below.hide:
                inner = {ELEMENT: self._hide(inner, None, here)}
            shown.append(inner)
        _all_found(mark, {str(i) for i in range(len(value))}, place)
        return shown

    def _hide(self, value: Json, name: str | None, place: str) -> str:
        text = write_disclosure(self.fresh(), value, name)
        found = digest(text)
        self.made.append(Disclosure(text, found, place))
        return found


class _Opening:
    """One pass over a payload that opens digests and notes what it meets."""

    def __init__(
        self, available: Mapping[str, str], marker: Json = None, *, hashed: bool = False
    ) -> None:
        self.seen: set[str] = set()
        self.used: set[str] = set()
        self.sealed: list[Sealed] = []
        self.ordered = True
        self._available = available
        self._hashed = hashed  # the keys were computed from the texts a moment ago
        self._marker = marker

    def payload(self, payload: Mapping[str, Json]) -> dict[str, Json]:
        algorithm = payload.get(ALGORITHM, SHA_256)
        if algorithm != SHA_256:
            raise Malformed(f"/{ALGORITHM}", SHA_256, show(str(algorithm)))
        rest = {name: value for name, value in payload.items() if name != ALGORITHM}
        return self._members(rest, "", canon.DEPTH_MAX)

    def _value(self, value: Json, place: str, depth: int) -> Json:
        if isinstance(value, dict):
            return self._members(value, place, depth - 1)
        if isinstance(value, list):
            return self._elements(value, place, depth - 1)
        return value

    def _members(self, value: dict[str, Json], place: str, depth: int) -> dict[str, Json]:
        if depth < 0:  # disclosures inside disclosures may nest deeper than any one JSON text
            raise Malformed(place, f"nesting of at most {canon.DEPTH_MAX}", "deeper nesting")
        shown: dict[str, Json] = {}
        for name, member in value.items():
            if name == DIGESTS:
                continue
            if name in RESERVED:
                raise Malformed(place or "/", "no reserved name", show(name))
            if isinstance(member, dict | list):
                member = self._value(member, f"{place}/{_escape(name)}", depth)  # noqa: PLW2901
            shown[name] = member
        if DIGESTS in value:
            self._open_members(value[DIGESTS], shown, place, depth)
        return shown

    def _open_members(self, digests: Json, shown: dict[str, Json], place: str, depth: int) -> None:
        if not isinstance(digests, list):
            raise Malformed(f"{place}/{DIGESTS}", "an array", type(digests).__name__)
        for item in digests:
            text = self._meet(item, f"{place}/{DIGESTS}")
            if text is None:
                self.sealed.append(Sealed(place, item, "member"))
                continue
            name, value = _read_disclosure(text, member=True)
            if name in shown:
                raise Malformed(place or "/", "no name that already stands there", show(name))
            shown[name] = self._value(value, f"{place}/{_escape(name)}", depth)
        if not digests or digests != sorted(digests):
            self.ordered = False

    def _elements(self, value: list[Json], place: str, depth: int) -> list[Json]:
        if depth < 0:
            raise Malformed(place, f"nesting of at most {canon.DEPTH_MAX}", "deeper nesting")
        shown = []
        for position, element in enumerate(value):
            here = f"{place}/{position}"
            if not isinstance(element, dict) or ELEMENT not in element:
                shown.append(self._value(element, here, depth))
                continue
            if len(element) != 1:
                raise Malformed(here, f"nothing beside {ELEMENT}", "other members")
            text = self._meet(element[ELEMENT], here)
            if text is not None:
                _, inner = _read_disclosure(text, member=False)
                shown.append(self._value(inner, here, depth))
                continue
            self.sealed.append(Sealed(here, element[ELEMENT], "element"))
            if self._marker is not None:
                shown.append(self._marker)
        return shown

    def _meet(self, item: Json, place: str) -> str | None:
        if not isinstance(item, str):
            raise Malformed(place, "a digest as text", type(item).__name__)
        if item in self.seen:
            raise Tampered(place, "each digest once in the whole payload", f"{item} twice")
        self.seen.add(item)
        text = self._available.get(item)
        if text is None:
            return None
        if not self._hashed and _digest_of(text) != item:
            raise Tampered(place, f"the disclosure of {item}", f"that of {_digest_of(text)}")
        self.used.add(item)
        return text


def name_of(disclosure: str) -> str:
    """Gives the name of the member a disclosure opens; empty for an array element."""
    parts = canon.read_foreign(b64.decode(disclosure, "disclosure"), "disclosure")
    member = isinstance(parts, list) and len(parts) > 2
    return str(parts[1]) if isinstance(parts, list) and member else ""


def _digest_of(text: str) -> str:
    if not text.isascii():
        raise Malformed("disclosure", "base64url", show(text))
    return digest(text)


def _read_disclosure(text: str, *, member: bool) -> tuple[str, Json]:
    parts = canon.read_foreign(b64.decode(text, "disclosure"), "disclosure")
    arity = 3 if member else 2
    if not isinstance(parts, list) or len(parts) != arity:
        expected = "[salt, name, value]" if member else "[salt, value]"
        raise Malformed("disclosure", expected, show(str(parts)))
    if not isinstance(parts[0], str):
        raise Malformed("disclosure salt", "text", type(parts[0]).__name__)
    if not member:
        return "", parts[1]
    name = parts[1]
    if not isinstance(name, str) or name in RESERVED:
        raise Malformed("disclosure name", "text that is not a reserved name", show(str(name)))
    return name, parts[2]


def _marks(pointers: Collection[str]) -> _Mark:
    root = _Mark()
    for pointer in pointers:
        if not pointer.startswith("/"):
            expected = "a JSON pointer to a member or element"
            raise Malformed("pointer to conceal", expected, show(pointer))
        mark = root
        for token in pointer[1:].split("/"):
            name = token.replace("~1", "/").replace("~0", "~")
            mark = mark.below.setdefault(name, _Mark())
        mark.hide = True
    return root


def _all_found(mark: _Mark, names: Collection[str], place: str) -> None:
    for name in mark.below:
        if name not in names:
            expected = "a member or element that exists"
            raise Malformed("pointer to conceal", expected, show(f"{place}/{_escape(name)}"))


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
