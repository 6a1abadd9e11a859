"""Logs and receipts made in this run, and the foreign checkers, built or installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

import system
from orebook.log import checkpoint, leaf, note, tile, tree
from orebook.log.cosignature import Ed25519CosigningKey
from orebook.log.keys import SigningKey
from orebook.log.reader import TileReader

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parent.parent
OLD, SIZE = 65_537, 70_000
AUTHOR = SigningKey.from_seed(b"A" * 32)
LOG = note.Signer("books.example/large", SigningKey.from_seed(b"L" * 32))
WITNESS = Ed25519CosigningKey(
    "witness.example", SigningKey.from_seed(b"W" * 32), lambda: 1_790_000_000
)


class Published(NamedTuple):
    """A log as files, its key, an earlier head, and a reader of the present one."""

    folder: Path
    vkey: str
    witness: str
    old: bytes
    reader: TileReader


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """A folder that is gone after the run."""
    folder = _ROOT / "build" / "foreign" / f"{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def large(place: Path) -> Published:
    """A log of 70,000 signed leaves in two growths."""
    folder = place / "log"
    leaves = [leaf.make_leaf({"kind": "lot", "n": n}, AUTHOR) for n in range(SIZE)]
    edge, heads, store = tile.Edge(), [], {}
    for begin, end in ((0, OLD), (OLD, SIZE)):
        part = leaves[begin:end]
        kept = leaves[begin - begin % 256 : begin]
        edge, files = tile.grow_tiles(edge, map(tree.leaf_hash, part))
        store.update(files)
        store.update(tile.grow_bundles(begin, kept, part))
        head = checkpoint.Checkpoint(LOG.name, end, edge.root())
        heads.append(checkpoint.sign_checkpoint(head, LOG, WITNESS))
    for path, data in {**store, "checkpoint": heads[-1]}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    reader = TileReader(store.__getitem__, SIZE, edge.root())
    return Published(folder, LOG.verifier.vkey, WITNESS.verifier.vkey, heads[0], reader)


@pytest.fixture(scope="session")
def go(place: Path) -> Path:
    """The Go checker, built against Debian's packages."""
    if reason := system.why_no_go():
        pytest.skip(reason)
    env = {**os.environ, "GO111MODULE": "off", "GOPATH": str(system.GO_CODE), "GOFLAGS": "",
           "GOCACHE": str(place / "gocache")}  # fmt: skip
    program = place / "checker"
    command = ["go", "build", "-o", str(program), str(_HERE / "checker.go")]
    subprocess.run(command, env=env, check=True, capture_output=True, text=True)
    return program


@pytest.fixture(scope="session")
def aics(place: Path) -> Path:
    """The verifier `aics-tlog`, in an environment of its own."""
    environment = place / "aics"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    wanted = ["--ignore-requires-python", "aics-tlog==0.2.1"]
    done = subprocess.run([*pip, *wanted], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"aics-tlog cannot be installed here: {done.stderr.strip()[-200:]}")
    return environment / "bin" / "aics-tlog"


@pytest.fixture(scope="session")
def npm(place: Path) -> Path:
    """The script over @sd-jwt/core, with its packages beside it."""
    wanted = ("@sd-jwt/core@0.19.0", "@sd-jwt/crypto-nodejs@0.19.0", "jose@6")
    return _installed(place / "npm", "sdjwt.mjs", wanted)


@pytest.fixture(scope="session")
def npm_credentials(place: Path) -> Path:
    """The script over Digital Bazaar's libraries of credentials, with its packages beside it."""
    wanted = ("data-integrity@2", "eddsa-jcs-2022-cryptosuite@1", "vc-bitstring-status-list@2")
    named = (*(f"@digitalbazaar/{one}" for one in wanted), "jose@6", "jsonld@9")
    return _installed(place / "vc", "credential.mjs", (*named, "jsonld-signatures@11"))


def _installed(folder: Path, script: str, wanted: tuple[str, ...]) -> Path:
    if reason := system.why_no_npm():
        pytest.skip(reason)
    folder.mkdir()
    words = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"]
    (folder / "package.json").write_text('{"private": true}\n')
    done = subprocess.run(
        [*words, *wanted], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        named = f"{wanted[0].rpartition('@')[0]} cannot be installed here"
        pytest.skip(f"{named}: {done.stderr.strip()[-200:]}")
    return Path(shutil.copy(_HERE / script, folder))


@pytest.fixture(scope="session")
def sealed() -> leaf.SealedLeaf:
    """A leaf of ours with sealed members, a nested one and an element."""
    numbers = count()
    body = {"kind": "lot", "facts": [{"mass": "12.5", "buyer": "B.", "seals": ["s1", "s2"]}]}
    hide = ["/facts/0/buyer", "/facts/0/mass", "/facts/0/seals/1"]
    return leaf.seal_leaf(body, hide, AUTHOR, salt=lambda: b"%016d" % next(numbers))
