"""Where each thing has its page, whatever its identifier holds, and how an address is read back.

Identifiers are other people's: URLs, colons, slashes, any script, or hostile. A slash stays a slash
where that is safe to read; everything else is percent-encoded, and what no path can carry (`.`,
`..`, the empty text) goes into the query.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes, urlencode

ROOMS = {
    "agreement": "agreements",
    "shipment": "shipments",
    "lot": "lots",
    "facility": "facilities",
    "claim": "claims",
    "source": "sources",
    "object": "objects",
    "party": "parties",
    "event": "events",
    "document": "documents",
    "entry": "entries",
}
KINDS = {room: kind for kind, room in ROOMS.items()}
SUFFIXES = {".json": "json", ".csv": "csv", ".jsonl": "jsonl"}
TAILS = ("brief", "text", "compare")


@dataclass(frozen=True, slots=True)
class Rest:
    """What follows the room in an address: the identifier, a tail such as `brief`, a format.

    `whole` is the identifier if the suffix belongs to it after all.
    """

    ident: str
    tail: str = ""
    form: str = ""
    whole: str = ""


def address(kind: str, ident: str, tail: str = "", **query: object) -> str:
    """The address of one thing's page, as a path with its query."""
    room = ROOMS[kind]
    told = {name: str(value) for name, value in query.items() if value not in {None, ""}}
    if ident in {"", ".", ".."}:
        told = {"id": ident, **told}
        path = f"/{room}"
    else:
        path = f"/{room}/{_encoded(ident)}" + (f"/{tail}" if tail else "")
    return f"{path}?{urlencode(told)}" if told else path


def _encoded(ident: str) -> str:
    """The identifier as a path that no server on the way changes."""
    parts = ident.split("/")
    plain = not any(part in {"", ".", ".."} for part in parts) and parts[-1] not in TAILS
    text = quote(ident, safe="/:@,;" if plain else ":@,;", errors="replace")
    stem, dot, end = text.rpartition(".")
    return f"{stem}%2E{end}" if f"{dot}{end}" in SUFFIXES else text


def read_rest(raw: bytes) -> Rest | None:
    """The identifier of an address as it came over the wire, or None where it is no text."""
    form = ""
    whole = _decoded(raw)
    for suffix, name in SUFFIXES.items():
        if raw.endswith(suffix.encode()) and len(raw) > len(suffix):
            raw, form = raw.removesuffix(suffix.encode()), name
            break
    tail = ""
    for name in TAILS:
        if raw.endswith(f"/{name}".encode()) and len(raw) > len(name) + 1:
            raw, tail = raw.removesuffix(f"/{name}".encode()), name
            break
    ident = _decoded(raw)
    if ident is None or whole is None:
        return None
    return Rest(ident, tail, form, whole)


def _decoded(raw: bytes) -> str | None:
    try:
        return unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        return None
