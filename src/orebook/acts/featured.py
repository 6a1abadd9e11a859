"""What the keeper of a book puts on its first page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Featured:
    """What a book puts on its first page; every part may be missing."""

    agreement: str = ""
    shipment: str = ""
    pairs: tuple[str, ...] = ()
    event: str = ""
    example_shipment: str = ""
    assumptions: tuple[str, ...] = ()
    backing: str = ""
    market: str = ""


def featured(settings: Mapping[str, object]) -> Featured:
    """The `[front]` part of a book's portal.toml; unknown names are left alone."""

    def text(name: str) -> str:
        value = settings.get(name, "")
        return value if isinstance(value, str) else ""

    def many(name: str) -> tuple[str, ...]:
        value = settings.get(name, ())
        return tuple(str(v) for v in value) if isinstance(value, list | tuple) else ()

    return Featured(
        text("agreement"),
        text("shipment"),
        many("pairs"),
        text("event"),
        text("example_shipment"),
        many("assumptions"),
        text("backing"),
        text("market"),
    )
