"""Sealing for one book: its origin and its operator's key applied to drafts."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.book.seal import Envelope, Salt, SealedDraft, canonical, seal_draft
from orebook.log.keys import SigningKey
from orebook.model.entry import Draft


@dataclass(frozen=True, slots=True)
class Sealing:
    """Seals drafts for one book with the operator's key."""

    book: str
    key: SigningKey
    salt: Salt

    def canonical(self, draft: Draft) -> bytes:
        """The bytes by which a draft that is sent again is known. Refuses: BadDraft."""
        return canonical(draft)

    def seal(self, draft: Draft, issued: str, capture: str, more: dict[str, object]) -> SealedDraft:
        """The draft's signed leaves and disclosures. Refuses: BadDraft."""
        envelope = Envelope(self.book, issued, capture)
        return seal_draft(draft, envelope, self.key, self.salt, **more)
