"""Give a receipt of one entry: what another can check of it without this book or this program."""

from __future__ import annotations

from orebook.acts import entries
from orebook.acts.see import View
from orebook.log import keys, sdjwt
from orebook.log.errors import Malformed
from orebook.log.leaf import read_leaf
from orebook.log.receipt import KeyStatement, Receipt, stated_keys


def receipt(view: View, reference: str) -> bytes:
    """Gives the receipt of the entry at that position, or of that leaf hash.

    It opens the values this reader may see and no others. The log's key in it is a hint for a
    reader who has none yet; who checks brings the key from elsewhere.
    Refuses: NotFound.
    """
    sheet = entries.entry(view, reference)
    texts = tuple(sorted(sheet.disclosures, key=sdjwt.digest))
    stated = _key_statement(view, str(sheet.header["kid"]))
    proof = sheet.proof.encode()
    return Receipt(sheet.leaf, texts, proof, view.book.log_key, stated).encode()


def name(view: View, reference: str) -> str:
    """A file name for the receipt of an entry. Refuses: NotFound."""
    return f"entry-{entries.entry(view, reference).entry.position}.receipt.json"


def _key_statement(view: View, kid: str) -> KeyStatement | None:
    """The entry that names the key: the book's first, or the latest statement of that key."""
    stated = view.facts(ids=[kid])
    places = {record.ref.position for records in stated.records.values() for record in records}
    for at in (0, *sorted(places - {0}, reverse=True)):
        leaf = view.book.leaf(at)
        if kid in _named(leaf):
            return KeyStatement(leaf, view.book.proof(at))
    return None


def _named(leaf: bytes) -> list[str]:
    try:
        return [keys.thumbprint(public) for public, _ in stated_keys(read_leaf(leaf).payload)]
    except Malformed:
        return []
