"""Where a public log is read from: a folder of files or an http address, each with its limits."""

from __future__ import annotations

import http.client
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from orebook.book.bounded import FILE_MAX, open_plain, within
from orebook.book.errors import StoreFailed

TIMEOUT_SECONDS = 10.0  # without a byte
WHOLE_SECONDS = 300.0  # for one file, however slowly it comes


class Published(Protocol):
    """Published files of a log, wherever they are read from."""

    @property
    def address(self) -> str:
        """How faults name it."""

    def get(self, path: str) -> bytes:
        """The bytes of a file. Refuses: LookupError where there is none; StoreFailed otherwise."""


@dataclass(frozen=True, slots=True)
class Source:
    """The published files of a log, by path. Nothing that it gives is trusted."""

    address: str
    seconds: float = WHOLE_SECONDS

    def get(self, path: str) -> bytes:
        """The bytes of a file. Refuses: LookupError where there is none; StoreFailed otherwise."""
        if self.address.startswith(("http://", "https://")):
            return self._fetch(f"{self.address.rstrip('/')}/{path}")
        return self._read(Path(self.address), path)

    def _read(self, folder: Path, path: str) -> bytes:
        for root in (folder, folder / "public"):  # a mirror's files, or those of a book's folder
            try:
                with open_plain(root / path) as stream:
                    size = os.fstat(stream.fileno()).st_size
                    return self._sized(stream.read(min(size, FILE_MAX + 1)), path)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                message = f"{root / path}: expected to read it, found: {error.strerror}"
                raise StoreFailed(message) from error
        raise LookupError(path)

    def _fetch(self, url: str) -> bytes:
        try:
            return within(self.seconds, lambda: self._asked(url))
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in {404, 410}:
                raise LookupError(url) from None
            message = f"{url}: expected the file, found HTTP status {error.code}"
            raise StoreFailed(message) from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            reason = " ".join(str(getattr(error, "reason", error)).split())
            message = f"{url}: expected an answer, found: {reason}. Try again later."
            raise StoreFailed(message) from error

    def _asked(self, url: str) -> bytes:
        request = urllib.request.Request(url, headers={"User-Agent": "orebook"})  # noqa: S310
        with _web().open(request, timeout=TIMEOUT_SECONDS) as answer:
            data = self._sized(answer.read(FILE_MAX + 1), url)
            if answer.length:
                message = f"{len(data)} bytes, and {answer.length} that never came"
                raise OSError(message)
            return data

    @staticmethod
    def _sized(data: bytes, place: str) -> bytes:
        if len(data) > FILE_MAX:
            message = f"{place}: expected at most {FILE_MAX} bytes, found more"
            raise StoreFailed(message)
        return data


def _web() -> urllib.request.OpenerDirector:
    """What opens http and https and nothing else, wherever an answer leads to."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.UnknownHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    return opener
