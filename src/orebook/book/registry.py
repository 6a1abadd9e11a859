"""Which key is whose, and from which entry to which: folded from the record alone.

A statement counts by its index: a key holds for entries after the one that registers it, up to and
with the one that ends it. Clocks play no part, so no old key can sign into the past.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from orebook.log import b64, keys, party_keys
from orebook.log.errors import LogError
from orebook.model.custody import PartyKey


@dataclass(frozen=True, slots=True)
class KeyStatement:
    """An entry of kind `key` or `revocation`, and the key that signed its leaf."""

    position: int
    kind: str
    body: Mapping[str, Any]
    signer: str

    def text(self, name: str) -> str:
        """A member as text; empty where it is not there in the clear."""
        value = self.body.get(name)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Registry:
    """Every key of every party, and the statements about keys that do not count, with the reason.

    `operator` names the keys that sign for the operator, from the first entry.
    """

    origin: str
    operator: frozenset[str]
    keys: Mapping[str, PartyKey] = field(default_factory=dict)
    refused: Mapping[int, str] = field(default_factory=dict)

    def public(self, party: str, kid: str, position: int) -> bytes | None:
        """The key of that name, where it is this party's and holds at that position."""
        found = self.keys.get(kid)
        sound = found is not None and found.party == party and found.holds(position)
        return found.public if found is not None and sound else None

    def of(self, party: str) -> tuple[PartyKey, ...]:
        """Every key of a party, oldest first."""
        return tuple(k for k in self.keys.values() if k.party == party)

    def present(self, party: str) -> tuple[PartyKey, ...]:
        """The keys of a party that have not ended, oldest first."""
        return tuple(k for k in self.of(party) if k.until is None)

    def refusal(self, said: KeyStatement) -> str:
        """Why a statement does not count; empty where it does."""
        return self._key(said) if said.kind == "key" else self._revocation(said)

    def _key(self, said: KeyStatement) -> str:
        party = said.text("party")
        try:
            public = keys.public_key(b64.decode(said.text("public_key"), "public_key"))
        except LogError as error:
            return str(error)
        kid = keys.thumbprint(public)
        if said.text("id") != kid:
            return f"id: expected the key's own name {kid}"
        if kid in self.keys or kid in self.operator:
            return f"key {kid}: expected one that was never registered here"
        message = party_keys.possession(self.origin, party, public)
        if not party_keys.holds(public, message, said.body.get("possession")):
            return f"possession: expected a signature by the key {kid} for {party} in this book"
        return self._vouched(said, public)

    def _vouched(self, said: KeyStatement, public: bytes) -> str:
        """Whether an earlier key of the party, or the operator, stands behind a new key."""
        party, replaces = said.text("party"), said.text("replaces")
        endorser = said.text("endorsed_by")
        if replaces and self.public(party, replaces, said.position) is None:
            return f"replaces: expected a key of {party} that holds, found {replaces}"
        if endorser:
            earlier = self.public(party, endorser, said.position)
            message = party_keys.endorsement(self.origin, party, public, replaces)
            if earlier is None:
                return f"endorsed_by: expected a key of {party} that holds, found {endorser}"
            if not party_keys.holds(earlier, message, said.body.get("endorsement")):
                return f"endorsement: expected a signature by the key {endorser}"
            return ""
        if self.public(party, said.signer, said.position) is not None:
            return ""
        if said.signer not in self.operator:
            return "expected the signature of an earlier key of that party, or of the operator"
        if self.present(party) and not _speaks_of(said.body, "reason"):
            return f"{party} has a key: expected its signature, or the operator's reason"
        return ""

    def _revocation(self, said: KeyStatement) -> str:
        party, kid = said.text("party"), said.text("key")
        public = self.public(party, kid, said.position)
        if public is None:
            return f"key: expected a key of {party} that holds, found {kid}"
        if "signature" in said.body:
            message = party_keys.revocation(self.origin, party, kid)
            if not party_keys.holds(public, message, said.body["signature"]):
                return f"signature: expected one by the key {kid}"
            return ""
        if said.signer == kid or said.signer in self.operator:
            return ""
        return "expected the signature of the key that ends, or of the operator"

    def after(self, said: KeyStatement) -> Registry:
        """The registry once this statement is in the record; one that does not count is named."""
        if why := self.refusal(said):
            return replace(self, refused={**self.refused, said.position: why})
        known = dict(self.keys)
        if said.kind == "revocation":
            ended = known[said.text("key")]
            known[ended.kid] = replace(ended, until=said.position, ended="revoked")
            return replace(self, keys=known)
        public = b64.decode(said.text("public_key"), "public_key")
        own = said.text("endorsed_by") or said.signer not in self.operator
        how = "earlier key" if own else "operator"
        key = PartyKey(said.text("party"), said.text("id"), public, said.position, how)
        known[key.kid] = key
        if replaces := said.text("replaces"):
            known[replaces] = replace(known[replaces], until=said.position, ended="replaced")
        return replace(self, keys=known)


def fold(origin: str, operator: frozenset[str], said: Iterable[KeyStatement]) -> Registry:
    """The registry that these statements make, in the order of the log."""
    registry = Registry(origin, operator)
    for statement in said:
        registry = registry.after(statement)
    return registry


def _speaks_of(body: Mapping[str, Any], name: str) -> bool:
    """Whether a body has this member, in the clear or on the public shelf."""
    sealed = body.get("sealed")
    return name in body or (isinstance(sealed, dict) and name in sealed)
