"""Where a public log is read from: a folder of files or an http address, each with its limits."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from orebook.book.errors import StoreFailed

FILE_MAX = 32 * 1024 * 1024  # a full bundle of the largest entries is half of that
TIMEOUT_SECONDS = 10.0


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

    def get(self, path: str) -> bytes:
        """The bytes of a file. Refuses: LookupError where there is none; StoreFailed otherwise."""
        if self.address.startswith(("http://", "https://")):
            return self._fetch(f"{self.address.rstrip('/')}/{path}")
        return self._read(Path(self.address), path)

    def _read(self, folder: Path, path: str) -> bytes:
        for root in (folder, folder / "public"):  # a mirror's files, or those of a book's folder
            try:
                with (root / path).open("rb") as stream:
                    return self._sized(stream.read(FILE_MAX + 1), path)
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                continue
            except OSError as error:
                message = f"{root / path}: expected to read it, found: {error.strerror}"
                raise StoreFailed(message) from error
        raise LookupError(path)

    def _fetch(self, url: str) -> bytes:
        request = urllib.request.Request(url, headers={"User-Agent": "orebook"})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                return self._sized(answer.read(FILE_MAX + 1), url)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in {404, 410}:
                raise LookupError(url) from None
            message = f"{url}: expected the file, found HTTP status {error.code}"
            raise StoreFailed(message) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            message = f"{url}: expected an answer, found: {reason}. Try again later."
            raise StoreFailed(message) from error

    @staticmethod
    def _sized(data: bytes, place: str) -> bytes:
        if len(data) > FILE_MAX:
            message = f"{place}: expected at most {FILE_MAX} bytes, found more"
            raise StoreFailed(message)
        return data
