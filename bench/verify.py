"""Verification: statements, receipts and sealed values per second of one core's time."""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from orebook.log import b64, checkpoint, combined, keys, leaf, note, proof, receipt, tile, tree
from orebook.log.keys import SigningKey
from orebook.log.reader import TileReader
from orebook.log.verify import check_statement
from rows import Row

COUNT = 1024
SIZE = 2**20
AUTHOR = SigningKey.from_seed(b"A" * 32)
LOG = note.Signer("books.example/bench", SigningKey.from_seed(b"L" * 32))
CLAIMS = {f"claim_{n}": f"value {n} of a claim" for n in range(8)}
HIDE = [f"/{name}" for name in CLAIMS]
OTHERS = "sd-jwt==0.10.4"
# What others wrote, in an environment of its own: the same eight claims, all hidden, four shown.
OTHER = """
import json, sys, time
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier
key = JWK(kty="OKP", crv="Ed25519", d=sys.argv[1], x=sys.argv[2])
count = int(sys.argv[3])
claims = {SDObj(f"claim_{n}"): f"value {n} of a claim" for n in range(8)}
def issue():
    return SDJWTIssuer(dict(claims), key, sign_alg="EdDSA").sd_jwt_issuance
holder = SDJWTHolder(issue())
holder.create_presentation({f"claim_{n}": True for n in range(4)})
shown = holder.sd_jwt_presentation
def best(work):
    times = []
    for _ in range(3):
        begun = time.process_time()
        for _ in range(count):
            work()
        times.append(time.process_time() - begun)
    return count / min(times)
verify = lambda: SDJWTVerifier(shown, lambda issuer, header: key).get_verified_payload()
print(json.dumps([best(issue), best(verify)]))
"""


def run() -> list[Row]:
    return [*_bare(), *_statement_rows(), *_sealed_rows(), *_others()]


def _bare() -> list[Row]:
    """What the curve alone allows on this machine at this moment."""
    message = b"m" * 600
    signature = AUTHOR.sign(message)

    def sign() -> None:
        for _ in range(COUNT):
            AUTHOR.sign(message)

    def verify() -> None:
        for _ in range(COUNT):
            keys.verify(AUTHOR.public, message, signature)

    return [
        _row("Ed25519 signed, for scale", sign, "PyNaCl, 600 B"),
        _row("Ed25519 verified, for scale", verify, "PyNaCl, 600 B"),
    ]


def _statement_rows() -> list[Row]:
    entries, proofs = _statements()
    parsed = [proof.parse_proof(one) for one in proofs]
    root = checkpoint.parse_checkpoint(parsed[0].checkpoint).root
    one_file = receipt.Receipt(entries[0].leaf, _texts(entries[0]), proofs[0]).encode()
    believed = receipt.Trust(LOG.verifier, AUTHOR.public)

    def known_head() -> None:
        for entry, opened in zip(entries, parsed, strict=True):
            leaf.verify_leaf(entry.leaf, AUTHOR.public)
            hashed = tree.leaf_hash(entry.leaf)
            tree.verify_inclusion(opened.index, SIZE, hashed, opened.path, root)

    def statements() -> None:
        for entry, one in zip(entries, proofs, strict=True):
            check_statement(entry.leaf, _texts(entry), one, LOG.verifier, AUTHOR.public)

    def receipts() -> None:
        for _ in range(COUNT):
            receipt.check(one_file, believed)

    return [
        _row("statements under one known head", known_head, "signature, leaf, 20 levels"),
        _row("statements, each with its own head", statements, "two signatures, a sealed value"),
        _row("receipts checked", receipts, "the same from one file, read strictly"),
    ]


def _sealed_rows() -> list[Row]:
    salts = itertools.count()

    def one() -> combined.Issued:
        salt = lambda: b"%016d" % next(salts)  # noqa: E731 - fresh each time
        return combined.issue(CLAIMS, HIDE, AUTHOR, kid=AUTHOR.kid, typ="vc+sd-jwt", salt=salt)

    issued = one()
    shown = combined.format_combined(issued.jws, [item.text for item in issued.disclosures[:4]])

    def issue() -> None:
        for _ in range(COUNT):
            one()

    def verify() -> None:
        for _ in range(COUNT):
            combined.verify_combined(shown, AUTHOR.public)

    return [
        _row("SD-JWT issued", issue, "8 claims, all hidden, PyNaCl"),
        _row("SD-JWT verified", verify, "8 claims hidden, 4 shown"),
    ]


def _row(measure: str, work: Callable[[], None], notes: str) -> Row:
    return Row(measure, COUNT / min(_busy(work) for _ in range(3)), "per second", notes)


def _busy(work: Callable[[], None]) -> float:
    """Processor seconds: a rate per core must not fall because others use the machine."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _texts(entry: leaf.SealedLeaf) -> tuple[str, ...]:
    return tuple(item.text for item in entry.disclosures)


def _statements() -> tuple[list[leaf.SealedLeaf], list[bytes]]:
    """A thousand sealed statements in a log of a million, and their proofs."""
    salts = itertools.count()
    entries = [
        leaf.seal_leaf(
            {"book": LOG.name, "kind": "lot", "n": n, "mass": "12.5", "note": "x" * 300},
            ["/mass"], AUTHOR, salt=lambda: b"%016d" % next(salts),
        )
        for n in range(COUNT)
    ]  # fmt: skip
    hashes = [tree.leaf_hash(entry.leaf) for entry in entries]
    edge, files = tile.grow_tiles(tile.Edge(), hashes)
    reader = TileReader(dict(files).__getitem__, COUNT, edge.root())
    # The rest of the million stands for itself by the hashes of its subtrees.
    rest = [tree.leaf_hash(b"%d" % level) for level in range(10)]
    root = edge.root()
    for right in rest:
        root = tree.node_hash(root, right)
    signed = checkpoint.sign_checkpoint(checkpoint.Checkpoint(LOG.name, SIZE, root), LOG)
    proofs = [
        proof.Proof(n, (*reader.inclusion_path(n), *rest), signed).encode() for n in range(COUNT)
    ]
    return entries, proofs


def _others() -> list[Row]:
    """The package sd-jwt in a throwaway environment, where one can be made."""
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "bin" / "python"
        make = [sys.executable, "-m", "venv", folder]
        get = [str(python), "-m", "pip", "install", "--quiet", OTHERS]
        for command in (make, get):
            if subprocess.run(command, capture_output=True, check=False).returncode:
                return [Row(f"{OTHERS} not run", 0, "per second", "it cannot be installed here")]
        words = [b64.encode(AUTHOR.seed), b64.encode(AUTHOR.public), "300"]
        done = subprocess.run(
            [str(python), "-c", OTHER, *words], capture_output=True, text=True, check=False
        )
        if done.returncode:
            return [Row(f"{OTHERS} not run", 0, "per second", done.stderr.strip()[-80:])]
        issued, verified = (float(word) for word in done.stdout.strip("[]\n").split(","))
    return [
        Row(f"  {OTHERS}: issued", issued, "per second", "the same claims, jwcrypto"),
        Row(f"  {OTHERS}: verified", verified, "per second", "drops a changed value in silence"),
    ]
