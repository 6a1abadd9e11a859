"""Check one receipt: what is proved, by whose key, and what was not checked here.

Imports the log's rooms and the standard library alone, because this file is also the program of
the stand-alone verifier.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from orebook.log import note, receipt
from orebook.log.errors import LogError, Malformed
from orebook.log.policy import parse_policy
from orebook.log.receipt import PROVED, REFUSED, UNDECIDED, UNREADABLE, Trust, Verdict

EXIT = {PROVED: 0, REFUSED: 1, UNDECIDED: 3, UNREADABLE: 4}
USAGE = 2
_TITLES = {
    PROVED: "PROVED",
    REFUSED: "REFUSED: this receipt does not hold",
    UNDECIDED: "NOT DECIDED: nothing fails, and something to prove it is lacking",
    UNREADABLE: "UNREADABLE: this is no receipt, or a part of it is out of form",
}


def trust(key: str = "", author_key: str = "", policy: Path | None = None) -> Trust:
    """Gives what the reader brings: a key of the log, an author's key in base64url, a policy file.

    The clock of this machine tells which cosignatures are of a time to come.

    Refuses: Malformed for a key that is none or is weak, or a policy out of form; OSError.
    """
    return Trust(
        note.parse_vkey(key.strip()) if key else None,
        receipt.read_key(author_key.strip()) if author_key else None,
        parse_policy(policy.read_bytes()) if policy is not None else None,
        int(time.time()),
    )


def verify_file(path: Path, believed: Trust) -> Verdict:
    """Gives the verdict on a file; one that cannot be read is *unreadable*."""
    try:
        with path.open("rb") as file:
            data = file.read(receipt.RECEIPT_MAX + 1)
    except OSError as error:
        fault = Malformed("file", "a receipt that can be read", error.strerror or str(error))
        return Verdict(UNREADABLE, refusal=fault)
    return receipt.check(data, believed)


def lines(verdict: Verdict, believed: Trust) -> Iterator[str]:
    """Gives the verdict for a terminal, the outcome first.

    What the receipt wrote cannot end a line or move a cursor: such characters are escaped.
    """
    for line in _lines(verdict, believed):
        yield "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)


def _lines(verdict: Verdict, believed: Trust) -> Iterator[str]:
    yield _TITLES[verdict.outcome]
    if verdict.refusal is not None:
        yield f"  {verdict.refusal}"
    yield from (f"  proved: {line}" for line in verdict.proved)
    yield from (f"  not checked here: {line}" for line in verdict.not_checked)
    if believed.log_key is not None:
        yield f"  key of the log, given by you: {believed.log_key.vkey}"
    if verdict.hint:
        yield f"  key of the log, as the receipt says (not trusted): {verdict.hint}"
    if (stated := verdict.statement) is not None:
        root = stated.head.root.hex()
        yield f"  head: {stated.head.origin}, {stated.head.size} entries, root {root}"
        yield f"  entry {stated.index}: {stated.entry.hex()}"
        yield from (f"  | {line}" for line in _written(stated.payload).split("\n"))


def as_json(verdict: Verdict) -> dict[str, object]:
    """Gives the verdict as plain members."""
    refusal, stated = verdict.refusal, verdict.statement
    return {
        "outcome": verdict.outcome,
        "refusal": None
        if refusal is None
        else {
            "code": refusal.code,
            "place": refusal.place,
            "expected": refusal.expected,
            "found": refusal.found,
        },
        "proved": list(verdict.proved),
        "not_checked": list(verdict.not_checked),
        "log_key_in_receipt": verdict.hint,
        "statement": None
        if stated is None
        else {
            "entry": stated.entry.hex(),
            "index": stated.index,
            "origin": stated.head.origin,
            "size": stated.head.size,
            "root": stated.head.root.hex(),
            "kid": stated.kid,
            "opened": stated.opened,
            "sealed": stated.sealed,
            "payload": json.loads(_written(stated.payload)),
        },
    }


def main(words: Sequence[str] | None = None) -> int:
    """The stand-alone program. Gives its exit code; argparse ends with 2 on wrong usage."""
    parser = argparse.ArgumentParser(
        prog="orebook_verify",
        description="Check one receipt offline, with keys that you have from elsewhere.",
        epilog="Exit codes: 0 proved; 1 refused; 2 wrong usage; 3 not decided; 4 unreadable.",
    )
    parser.add_argument("file", type=Path, help="the receipt")
    parser.add_argument("--key", default="", help="the log's verifier key, name+id+base64")
    parser.add_argument("--policy", type=Path, help="a file: which logs, which witnesses suffice")
    parser.add_argument("--author-key", default="", help="the author's Ed25519 key in base64url")
    parser.add_argument("--json", action="store_true", help="write JSON")
    given = parser.parse_args(words)
    try:
        believed = trust(given.key, given.author_key, given.policy)
    except (LogError, OSError) as error:
        parser.error(str(error))
    verdict = verify_file(given.file, believed)
    if given.json:
        text = json.dumps(as_json(verdict), ensure_ascii=True, indent=2)
    else:
        text = "\n".join(lines(verdict, believed))
    # what a foreign file says may not be of the terminal's alphabet
    coding = sys.stdout.encoding or "ascii"
    sys.stdout.write(text.encode(coding, "backslashreplace").decode(coding) + "\n")
    return EXIT[verdict.outcome]


def _written(payload: object) -> str:
    """JSON with every character that could move a terminal's cursor escaped, Decimals as text."""
    return json.dumps(payload, ensure_ascii=True, indent=2, default=str)
