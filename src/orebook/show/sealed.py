"""Sealed values, keys and signatures in words: the same for page, terminal and print."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Sequence

from orebook.acts.reveal import Opened
from orebook.model.custody import PartyKey
from orebook.model.entry import Entry


def signer_text(entry: Entry, author: str, operator: str) -> str:
    """Who signed an entry: a signature made for a party is never passed off as its own.

    Takes: the names of its author and of the book's operator.
    """
    if entry.self_signed:
        return f"Signed by {author} with its own key."
    return (
        f"Signed by the book's operator ({operator}) on behalf of {author}. The operator vouches"
        f" that this was stated; {author} has not signed it itself."
    )


def signed_word(entry: Entry) -> str:
    """The same in two words, for a list."""
    return "self-signed" if entry.self_signed else "operator-signed"


def audience_text(audiences: tuple[str, ...]) -> str:
    """Whom a sealed value is for, as a phrase after *for*."""
    names = {"owner": "the owner of the book", "public": "nobody: it was taken down"}
    return ", ".join(names.get(name, name) for name in audiences)


def opened_lines(done: Opened) -> Iterator[str]:
    """What became of a hidden value, line by line."""
    place = f"{done.at} of entry {done.since}"
    count = len(done.digests)
    what = "its digest" if count == 1 else f"its {count} digests"
    if done.how == "entry":
        yield f"{place}: sealed since entry {done.since},"
        yield f"revealed to everyone by entry {done.entry}."
        yield f"Each disclosure hashes to a digest in that leaf ({what}): checked."
        yield "It can never be erased again."
    elif done.how == "shelf":
        yield f"{place}: put on the public shelf, where everyone can read it."
        yield "It is free text, so no entry carries it: it can be taken down on legal grounds."
    elif done.how == "copy":
        yield f"{place}: handed to {audience_text((done.audience,))}, and to nobody else."
        yield from done.disclosures
    else:
        verb = "taken down" if done.how == "taken_down" else "erased"
        yield f"{place}: {verb}; entry {done.entry} says so. The leaf and every proof stay."
        if done.file_gone:
            yield "The captured file it came in is deleted with it."


def sealed_lines(opened: Sequence[Opened]) -> Iterator[str]:
    """The demo's last step: what was sealed when, and opened by which entry, and that it fits."""
    yield ""
    yield "D. A SEALED AGREEMENT (invented)"
    for done in opened:
        name, value = read_disclosure(done.disclosures[0])
        yield f"  {name}: {value}"
        # Free text is put on the public shelf, from which a court can have it taken down.
        by = "on the public shelf" if done.entry is None else f"by entry {done.entry}"
        yield f"    sealed since entry {done.since}, revealed {by}; digest checks."
    yield "  Until then only the two parties could read them. What an entry carries stays for good;"
    yield "  what lies on the shelf can be taken down, and the digest stays."


def without(opened: dict[str, object]) -> dict[str, object]:
    """An opened value without what differs from run to run: salts, digests and leaf hashes."""
    return {name: opened[name] for name in ("sealed_since", "at", "how", "audience", "entry")}


def read_disclosure(text: str) -> tuple[str, str]:
    """Name and value of a disclosure, in words: base64url of [salt, name, value]."""
    raw = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    value = raw[-1]
    if isinstance(value, dict) and "currency" in value:
        return str(raw[1]), f"{value['currency']} {value['value']}"
    return str(raw[1]), value if isinstance(value, str) else json.dumps(value)


def key_line(key: PartyKey) -> str:
    """A key in one sentence."""
    if key.until is not None:
        return f"{key.kid} of {key.party}: {key.ended}; it counts up to entry {key.until}."
    return f"{key.kid} of {key.party}: it counts from entry {key.since + 1}."


def key_row(key: PartyKey) -> tuple[str, str, str, str]:
    """A key as a row: party, key, the entries it counts for, who vouched for it."""
    end = "now" if key.until is None else f"{key.until} ({key.ended})"
    return key.party, key.kid, f"{key.since + 1} to {end}", key.vouched


def key_json(key: PartyKey) -> dict[str, object]:
    """Plain members."""
    return {
        "party": key.party,
        "key": key.kid,
        "from": key.since + 1,
        "until": key.until,
        "ended": key.ended,
        "vouched_for_by": key.vouched,
    }
