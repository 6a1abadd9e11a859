"""What a book knows of keys and opened values, at any head: from its views, never from the vault.

A revealed value is laid over its leaf when a question is asked: a disclosure that hashes to the
digest in the leaf is the value that was sealed there, whoever reveals it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from orebook.book.registry import KeyStatement, Registry, fold
from orebook.book.stored import StoredLeaf
from orebook.book.vault import Opened, Reader, Vault, box_of
from orebook.book.views import Views, integer
from orebook.log import keys as log_keys

_CHUNK = 400


class Custody:
    """The keys of parties and the values that reader and head open.

    Takes: `first`, the first entry of the book, which names the operator and its keys.
    """

    def __init__(
        self, origin: str, views: Views, vault: Vault, first: Callable[[], StoredLeaf | None]
    ) -> None:
        self._origin = origin
        self._views = views
        self._vault = vault
        self._first = first
        self._operator: frozenset[str] | None = None
        self._known: tuple[tuple[int, int], Registry] | None = None
        vault.boxes = self.box

    def operator_keys(self) -> frozenset[str]:
        """The names of the keys that sign for the operator; empty before the first entry."""
        if self._operator is None:
            first = self._first()
            if first is None:
                return frozenset()
            jwks = first.payload.get("keys", ())
            self._operator = frozenset(log_keys.thumbprint(log_keys.from_jwk(j)) for j in jwks)
        return self._operator

    def registry(self) -> Registry:
        """The keys of every party at the present head."""
        ((count, last),) = self._views.rows("SELECT COUNT(*), MAX(position) FROM keys")
        at = (integer(count), integer(last) if last is not None else -1)
        if self._known is None or self._known[0] != at:
            rows = self._views.rows(
                "SELECT position, kind, body, signer FROM keys ORDER BY position, idx"
            )
            said = [
                KeyStatement(integer(p), str(kind), json.loads(str(body)), str(signer))
                for p, kind, body, signer in rows
            ]
            self._known = at, fold(self._origin, self.operator_keys(), said)
        return self._known[1]

    def box(self, party: str) -> bytes:
        """The key to encrypt to for a party: that of its newest key, or nothing without one."""
        present = self.registry().present(party)
        return box_of(present[-1].public) if present else b""

    def self_signed(self, leaf: StoredLeaf, operator: str) -> bool:
        """Whether its author's own key has signed it, and not the operator's for it."""
        if leaf.key_id in self.operator_keys():
            return leaf.author == operator
        return self.registry().public(leaf.author, leaf.key_id, leaf.position) is not None

    def shelf(self, reader: Reader, size: int) -> Opened:
        """The disclosures a reader holds at a head of that size, revealed ones among them."""
        return self._vault.shelf(reader, lambda digests: self.revealed(digests, size))

    def revealed(self, digests: Sequence[str], size: int) -> dict[str, str]:
        """Those of these digests that reveals below that size open to everyone."""
        return {digest: text for digest, (text, _) in self.reveals(digests, size).items()}

    def reveals(self, digests: Sequence[str], size: int) -> dict[str, tuple[str, int]]:
        """Digest → disclosure, and the position of the first entry that reveals it."""
        found: dict[str, tuple[str, int]] = {}
        for begin in range(0, len(digests), _CHUNK):
            part = list(digests[begin : begin + _CHUNK])
            marks = ",".join("?" * len(part))
            rows = self._views.rows(
                f"SELECT digest, text, MIN(position) FROM reveals WHERE digest IN ({marks})"  # noqa: S608
                " AND position < ? GROUP BY digest",
                (*part, size),
            )
            found |= {str(d): (str(text), integer(at)) for d, text, at in rows}
        return found
