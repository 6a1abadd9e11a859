"""Every edge case of the points A and R, made by computation: one rule, whichever library decides.

The classes are those of C2SP/CCTV ed25519vectors (low order, mixed order, not canonical, residue,
re-encoded k); a key holder or anybody can make each of these signatures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256, sha512

import pytest
from nacl import bindings
from nacl.exceptions import BadSignatureError

from orebook.log import keys
from orebook.log.errors import Malformed

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int]


def recover(y: int, sign: int) -> Point | None:
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square:
        return None
    return (P - x if x & 1 != sign else x) % P, y


def add(one: Point, two: Point) -> Point:
    (x1, y1), (x2, y2) = one, two
    k = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + k, -1, P)
    return x % P, (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P


def times(number: int, point: Point) -> Point:
    total = (0, 1)
    while number:
        if number & 1:
            total = add(total, point)
        point = add(point, point)
        number >>= 1
    return total


def encode(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def _order_eight() -> Point:
    for y in range(2, 100):
        point = recover(y, 0)
        if point is not None and times(4, found := times(ORDER, point)) != (0, 1):
            return found
    raise AssertionError


BASE = recover(4 * pow(5, -1, P) % P, 0)
assert BASE is not None
TORSION = [times(n, _order_eight()) for n in range(8)]


@dataclass(frozen=True)
class Spelt:
    """One encoding of a point: a multiple of the base plus a multiple of the order-8 point."""

    name: str
    data: bytes
    canonical: bytes
    scalar: int
    torsion: int


def spellings(scalar: int) -> list[Spelt]:
    found = []
    prime = times(scalar, BASE)  # type: ignore[arg-type]  # asserted above
    for number, low in enumerate(TORSION):
        mixed = encode(add(prime, low))
        found.append(Spelt("mixed" if number else "prime", mixed, mixed, scalar, number))
        right = encode(low)
        y, sign = low[1], low[0] & 1
        others = {(y + over | bit << 255) for over in (0, P) for bit in (0, 1) if y + over < 2**255}
        for text in sorted(others):
            data = text.to_bytes(32, "little")
            if low[0] and text >> 255 != sign:
                continue  # the other sign is another point
            name = "low" if data == right else "low, not canonical"
            found.append(Spelt(name, data, right, 0, number))
    return found


def cases() -> Iterator[tuple[str, bytes, bytes, bytes]]:
    """Class, key, message, signature; per pair one message with and one without a residue."""
    seed = b"edge" * 8
    digest = sha512(seed).digest()
    secret = (int.from_bytes(digest[:32], "little") & (1 << 254) - 8) | 1 << 254
    for a in spellings(secret % ORDER):
        for r in spellings(int.from_bytes(sha256(b"r").digest(), "little") % ORDER):
            odd = {a.data, r.data} - {a.canonical, r.canonical}
            for again in (False, True) if odd else (False,):
                seen: set[bool] = set()
                for number in range(24):
                    message = b"edge case %d" % number
                    head = r.canonical + a.canonical if again else r.data + a.data
                    k = int.from_bytes(sha512(head + message).digest(), "little") % ORDER
                    residue = (r.torsion + k * a.torsion) % 8 != 0
                    if residue in seen:
                        continue
                    seen.add(residue)
                    s = (r.scalar + k * a.scalar) % ORDER
                    name = f"A {a.name}; R {r.name}"
                    name += "; residue" * residue + "; k of the canonical form" * again
                    yield name, a.data, message, r.data + s.to_bytes(32, "little")


def by_libsodium(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        bindings.crypto_sign_open(signature + message, key)
    except BadSignatureError:
        return False
    return True


def test_of_every_edge_case_the_one_plain_signature_is_accepted() -> None:
    made = list(cases())
    assert len({s.data for s in spellings(7)}) == 22  # 14 of low order, 7 mixed, 1 as it should be
    classes = Counter(name for name, *_ in made)
    accepted: Counter[str] = Counter()
    lenient = 0
    for name, key, message, signature in made:
        lenient += by_libsodium(key, message, signature)
        one, other = (v(key, message, signature) for v in (keys.verify, keys.verify_alone))
        try:
            sound = keys.public_key(key) == key
        except Malformed:
            sound = False
        assert sound == (name.startswith("A prime"))
        assert (one and sound) == (other and sound), name
        accepted[name] += one and sound
    print(f"{len(made)} signatures in {len(classes)} classes")  # shown by -s
    assert len(made) > 600
    assert len(classes) >= 30
    assert {name for name, n in accepted.items() if n} == {"A prime; R prime"}
    assert accepted["A prime; R prime"] == 1
    assert lenient > 1  # libsodium alone takes keys of mixed order: registration is what refuses


@pytest.mark.parametrize("verify", [keys.verify, keys.verify_alone])
def test_a_scalar_beyond_the_order_is_refused(verify: object) -> None:
    key = keys.SigningKey.from_seed(b"s" * 32)
    good = key.sign(b"said")
    s = int.from_bytes(good[32:], "little")
    assert callable(verify)
    assert verify(key.public, b"said", good)
    for more in range(1, 2**256 // ORDER):
        over = s + more * ORDER
        if over >= 2**256:
            break
        assert not verify(key.public, b"said", good[:32] + over.to_bytes(32, "little"))


def test_both_libraries_are_tried_here() -> None:
    key = keys.SigningKey.from_seed(b"s" * 32)
    assert keys._other_key(key.public) is not None
    assert keys._other_key(encode(TORSION[1])) is None  # held to our rule before it is asked
