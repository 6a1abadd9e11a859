"""A leaf as the views see it: parsed, and every hidden value still a digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from orebook.model.entry import Body


@dataclass(frozen=True, slots=True)
class StoredLeaf:
    """A leaf of our own form at its position, with every value that is hidden still a digest."""

    position: int
    leaf: str
    key_id: str
    payload: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """The kind of its facts."""
        return str(self.payload["kind"])

    @property
    def author(self) -> str:
        """Who states them."""
        return str(self.payload["author"])

    @property
    def facts(self) -> list[Body]:
        """Its facts as they lie in the leaf."""
        return cast("list[Body]", self.payload["facts"])
