"""Time tokens on signed heads: an authority outside this book says when a head was there.

Kept as `public/timestamps/SIZE.tsr` beside `SIZE.checkpoint`, the very bytes the token is over, so
that `openssl ts -verify` checks them without this program. Needs the extra `orebook[time]`.

Source: RFC 3161; RFC 5816.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orebook.book.errors import MissingFile, RecordBroken
from orebook.book.ports import Shelf
from orebook.log.tile import TileFile
from orebook.model.problem import KeeperError

if TYPE_CHECKING:
    from rfc3161_client import TimeStampRequest, TimeStampResponse
    from rfc3161_client.verify import Verifier

FOLDER = "timestamps"
_TOKEN = re.compile(rf"{FOLDER}/(\d+)\.tsr")
REQUEST_TYPE = "application/timestamp-query"


class TokenRefused(KeeperError):
    """A time token that is not one, not over these bytes, or not by an authority of the roots."""

    code = "token-refused"


@dataclass(frozen=True, slots=True)
class Stamped:
    """A head an authority has stamped: its size, the time it says; `wrong` says why it fails."""

    size: int
    time: dt.datetime | None
    wrong: str = ""

    def text(self) -> str:
        """One line a person can read."""
        if self.time is None:
            return f"head of {self.size}: its time token is not proved: {self.wrong}"
        when = self.time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"head of {self.size}: was there at {when}, says a time authority of the roots given"


def request(signed: bytes) -> TimeStampRequest:
    """A request for a token over a signed head, with a nonce. Refuses: KeeperError."""
    _need()
    from rfc3161_client import TimestampRequestBuilder

    return (
        TimestampRequestBuilder()
        .data(signed)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )


def verify(token: bytes, signed: bytes, roots: bytes, asked: object = None) -> dt.datetime:
    """The time at which the authority says it saw these bytes.

    Takes: the response as it came; the stamped bytes; certificates the reader trusts, in PEM, from
    elsewhere than the book; the request, whose nonce must come back.
    Refuses: TokenRefused with the reason; MissingFile for roots that are no certificates.
    """
    _need()
    from rfc3161_client import VerificationError, decode_timestamp_response

    try:
        response: TimeStampResponse = decode_timestamp_response(token)
        _verifier(roots, asked).verify_message(response, signed)
        return response.tst_info.gen_time
    except VerificationError as error:
        message = f"the time token: {error}"
        raise TokenRefused(message) from error
    except ValueError as error:
        message = f"the time token: expected an RFC 3161 response, found: {error}"
        raise TokenRefused(message) from error


def keep(shelf: Shelf, size: int, signed: bytes, token: bytes) -> None:
    """Publishes a token that was verified, and the bytes it is over.

    Refuses: RecordBroken where other bytes stand under that size already.
    """
    shelf.put(
        [
            TileFile(f"{FOLDER}/{size}.checkpoint", signed),
            TileFile(f"{FOLDER}/{size}.tsr", token),
        ]
    )


def kept(shelf: Shelf) -> Iterator[tuple[int, bytes, bytes]]:
    """Every kept token, the smallest head first: size, stamped bytes, token.

    Refuses: RecordBroken for a token without the bytes it is over.
    """
    found = (match for path in shelf.paths() if (match := _TOKEN.fullmatch(path)))
    for size in sorted(int(match[1]) for match in found):
        try:
            signed = shelf.get(f"{FOLDER}/{size}.checkpoint")
        except LookupError as error:
            message = f"{FOLDER}/{size}.tsr: expected {size}.checkpoint beside it, found none"
            raise RecordBroken(message) from error
        yield size, signed, shelf.get(f"{FOLDER}/{size}.tsr")


def _verifier(roots: bytes, asked: object) -> Verifier:
    from cryptography import x509
    from rfc3161_client import TimeStampRequest, VerifierBuilder

    try:
        certificates = x509.load_pem_x509_certificates(roots)
    except ValueError as error:
        message = f"the roots: expected certificates in PEM, found: {error}"
        raise MissingFile(message) from error
    builder = VerifierBuilder()
    for certificate in dict.fromkeys(certificates):
        if certificate.issuer == certificate.subject:
            builder = builder.add_root_certificate(certificate)
        else:
            builder = builder.add_intermediate_certificate(certificate)
    if isinstance(asked, TimeStampRequest) and asked.nonce is not None:
        builder = builder.nonce(asked.nonce)
    return builder.build()


def _need() -> None:
    try:
        import rfc3161_client  # noqa: F401 - only whether it is there
    except ImportError as error:
        message = 'time tokens: not checked here, they need: pip install "orebook[time]"'
        raise KeeperError(message) from error
