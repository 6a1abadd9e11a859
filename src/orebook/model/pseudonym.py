"""Contributors under a pseudonym: a key speaks, nobody says whose, and it is never a party."""

from __future__ import annotations

import re

PREFIX = "pseudonym:"
_FORM = re.compile(r"pseudonym:([a-z][a-z0-9-]{1,30})\.([A-Za-z0-9_-]{10})")


def pseudonym(name: str, kid: str) -> str:
    """The identifier of a pseudonym: its name and the start of its first key's thumbprint.

    Refuses: ValueError for a name that is not 2 to 31 small letters, digits and hyphens.
    """
    ident = f"{PREFIX}{name}.{kid[:10]}"
    if _FORM.fullmatch(ident) is None:
        raise ValueError(f"expected 2 to 31 of a-z, 0-9 and -, found {name!r}")
    return ident


def is_pseudonym(ident: object) -> bool:
    """Whether an identifier is that of a pseudonym."""
    return isinstance(ident, str) and ident.startswith(PREFIX)


def belongs(ident: str, kid: str) -> bool:
    """Whether a pseudonym is the one of that first key, so that nobody takes another's."""
    found = _FORM.fullmatch(ident)
    return found is not None and kid.startswith(found[2])


def in_words(ident: str) -> str:
    """A pseudonym for a page: its name, and that it is one."""
    found = _FORM.fullmatch(ident)
    return f"{found[1]} (a pseudonym)" if found is not None else ident
