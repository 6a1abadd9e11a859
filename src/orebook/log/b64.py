"""Base64 with exactly one accepted spelling per byte string.

Source: RFC 4648 sections 3.5 (canonical trailing bits), 4 (standard) and 5 (URL-safe).
"""

from __future__ import annotations

import binascii
import re

from orebook.log.errors import Malformed, show

_STANDARD = re.compile(r"[A-Za-z0-9+/]*={0,2}\Z")
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_PADDING = (b"", b"=", b"==", b"===")


def encode(data: bytes) -> str:
    """Gives URL-safe base64 without padding."""
    plain = binascii.b2a_base64(data, newline=False)
    return plain.rstrip(b"=").translate(_TO_URL).decode("ascii")


def decode(text: str, place: str = "base64url") -> bytes:
    """Gives the bytes whose one unpadded URL-safe spelling is ``text``.

    Refuses: Malformed for padding, foreign characters, an impossible length or stray low bits.
    """
    # Reading is lenient and fast; that writing gives the same text again is the whole check.
    try:
        data = binascii.a2b_base64(
            text.encode("ascii").translate(_FROM_URL) + _PADDING[-len(text) % 4]
        )
    except ValueError:
        raise Malformed(place, "base64url without padding", show(text)) from None
    if encode(data) != text:
        expected = "base64url without padding, its unused low bits zero"
        raise Malformed(place, expected, show(text))
    return data


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
