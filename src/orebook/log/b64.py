"""Base64 with exactly one accepted spelling per byte string.

Source: RFC 4648 sections 3.5 (canonical trailing bits), 4 (standard) and 5 (URL-safe).
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable

from orebook.log.errors import Malformed, show

_STANDARD = re.compile(r"[A-Za-z0-9+/]*={0,2}\Z")
_TO_URL = bytes.maketrans(b"+/", b"-_")
_OTHER = (b"+", b"/", b"=")  # what the URL-safe spelling has not
# By length modulo 4: the letters whose unused low bits (four of them, or two) are zero.
_LAST = {2: b"AQgw", 3: b"AEIMQUYcgkosw048"}
_PADDING = (b"", b"=", b"==", b"===")


_LONG = 256  # bytes, from which on the fast reader is worth its call


def _strict(plain: bytes) -> bytes:
    return binascii.a2b_base64(plain, strict_mode=True)


_read: Callable[[bytes], bytes] = _strict
try:
    import orjson  # noqa: F401  # isort: skip - a verifier shuts it out, and the next with it
    import msgspec
except ImportError:  # a verifier needs no more than the standard library and PyNaCl
    pass
else:
    _decoder = msgspec.json.Decoder(bytes)

    def _read_fast(plain: bytes) -> bytes:
        """The same from C code that is four times as fast; what it refuses is told as ever."""
        if len(plain) < _LONG or b"\\" in plain:  # which would be read as an escape
            return _strict(plain)
        try:
            return _decoder.decode(b'"%b"' % plain)
        except ValueError:
            return _strict(plain)

    _read = _read_fast


def encode(data: bytes) -> str:
    """Gives URL-safe base64 without padding."""
    plain = binascii.b2a_base64(data, newline=False)
    return plain.rstrip(b"=").translate(_TO_URL).decode("ascii")


def decode(text: str, place: str = "base64url") -> bytes:
    """Gives the bytes whose one unpadded URL-safe spelling is ``text``.

    Refuses: Malformed for padding, foreign characters, an impossible length or stray low bits.
    """
    try:
        return decode_bytes(text.encode("ascii"), place)
    except UnicodeEncodeError:
        raise Malformed(place, "base64url without padding", show(text)) from None


def decode_bytes(text: bytes, place: str = "base64url") -> bytes:
    """Gives the same as ``decode``, from ASCII bytes. Refuses: as ``decode``."""
    try:  # strict, so alphabet and length are right; what is left are the bits of the last letter
        data = _read(_standard(text))
    except ValueError:
        raise Malformed(place, "base64url without padding", show(text)) from None
    if len(text) % 4 and text[-1] not in _LAST[len(text) % 4]:
        expected = "base64url without padding, its unused low bits zero"
        raise Malformed(place, expected, show(text))
    return data


def _standard(text: bytes) -> bytes:
    """The same in the standard spelling. Refuses: ValueError for letters of that one."""
    for letter in _OTHER:
        if letter in text:
            raise ValueError(letter)
    # Each letter by itself is looked for at the speed of memory, and text hardly ever has one.
    return text.replace(b"-", b"+").replace(b"_", b"/") + _PADDING[-len(text) % 4]


def encode_bare(data: bytes) -> str:
    """Gives standard base64 without padding, as the Matrix libraries write it."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").decode("ascii")


def encode_standard(data: bytes) -> str:
    """Gives standard base64 with padding, as signed notes write it."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def decode_standard(text: str, place: str = "base64") -> bytes:
    """Gives the bytes whose one padded standard spelling is ``text``.

    Refuses: Malformed for missing padding, foreign characters or stray low bits.
    """
    if not _STANDARD.match(text) or len(text) % 4:
        raise Malformed(place, "standard base64 with padding", show(text))
    try:
        data = binascii.a2b_base64(text.encode("ascii"))
    except binascii.Error:
        raise Malformed(place, "standard base64 with padding", show(text)) from None
    if encode_standard(data) != text:
        raise Malformed(place, "base64 whose unused low bits are zero", show(text))
    return data
