"""Who opens a thing and then fails closes it again: half of a store helps nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol, TypeVar


class Closing(Protocol):
    """What holds connections open."""

    def close(self) -> None:
        """Lets go of them."""


C = TypeVar("C", bound=Closing)


class Keep(Protocol):
    """Gives back what was opened, once it is sure to be closed on failure."""

    def __call__(self, part: C, /) -> C:
        """That same part."""


@contextmanager
def all_or_closed(*parts: Closing) -> Iterator[Keep]:
    """Leaves open what was opened if the block goes well, and closes all of it if not.

    Takes: what is open already; the block is given a call that adds to it.
    """
    with ExitStack() as opened:

        def keep(part: C, /) -> C:
            opened.callback(part.close)
            return part

        for part in parts:
            keep(part)
        yield keep
        opened.pop_all()
