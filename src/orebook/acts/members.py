"""Who may do what at the doors: organisations, their members with a role, and their tokens.

An organisation is a party of the book, or its operator. A token belongs to a member; it can do what
the member's role allows now, narrowed by its own scope, until it ends or is revoked. Only a hash of
it is kept, so it is shown once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from orebook.acts.badge import RIGHTS, ROLES, Badge
from orebook.book.office import Office, Paper
from orebook.model.problem import NotFound, ReaderError

DAYS = 90
DAYS_MAX = 3650
_MEMBERS, _TOKENS = "member", "token"
_TOKEN = re.compile(r"orebook_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,512}")
_BETWEEN = "\n"


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed: everything but the secret."""

    id: str
    organisation: str
    member: str
    scope: tuple[str, ...]
    created: str
    expires: str
    revoked: str

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        return {
            "id": self.id,
            "organisation": self.organisation,
            "member": self.member,
            "scope": list(self.scope),
            "created": self.created,
            "expires": self.expires,
            "revoked": self.revoked or None,
        }


def set_member(office: Office, organisation: str, member: str, role: str) -> None:
    """Gives a member of an organisation its role, in place of an earlier one.

    Refuses: ReaderError for a role that is none, or a name that is empty or no line of text.
    """
    if role not in ROLES:
        message = f"role: expected one of {', '.join(ROLES)}, found {role[:40]!r}"
        raise ReaderError(message)
    office.put(_MEMBERS, _key(organisation, member), {"role": role}, organisation)


def members(office: Office, organisation: str | None = None) -> list[tuple[str, str, str]]:
    """Every (organisation, member, role), of one organisation if named."""
    papers = office.every(_MEMBERS, owner=organisation)
    return [(p.owner, p.name.partition(_BETWEEN)[2], str(p.body["role"])) for p in papers]


def drop_member(office: Office, organisation: str, member: str) -> None:
    """Lets a member go; its tokens open nothing from now on. Refuses: NotFound."""
    if not office.drop(_MEMBERS, _key(organisation, member)):
        message = f"{organisation} has no member {member}"
        raise NotFound(message)


def look(scope: Collection[str], days: int) -> None:
    """Refuses: ReaderError for a scope that is none, or a number of days no token may last."""
    if odd := sorted(set(scope) - set(RIGHTS)):
        message = f"scope: expected one of {', '.join(RIGHTS)}, found {odd[0][:40]!r}"
        raise ReaderError(message)
    if not 0 < days <= DAYS_MAX:
        message = f"days: expected 1 to {DAYS_MAX}, found {days}"
        raise ReaderError(message)


def new_token(
    office: Office,
    organisation: str,
    member: str,
    now: dt.datetime,
    *,
    scope: Collection[str] = (),
    days: int = DAYS,
) -> tuple[str, Token]:
    """A token for a member, to be shown once, and what is kept of it.

    Takes: `scope`, rights it is narrowed to (all of the role's when empty); `days` it lasts.
    Refuses: ReaderError for a scope that is none or no days; NotFound for no such member.
    """
    look(scope, days)
    if office.get(_MEMBERS, _key(organisation, member)) is None:
        message = f"{organisation} has no member {member}: give it a role first"
        raise NotFound(message)
    ident, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    kept: dict[str, object] = {
        "hash": _hash(secret),
        "member": member,
        "scope": sorted(scope),
        "created": _text(now),
        "expires": _text(now + dt.timedelta(days=days)),
        "revoked": "",
    }
    office.put(_TOKENS, ident, kept, organisation)
    return f"orebook_{ident}_{secret}", _listed(Paper(ident, organisation, kept))


def tokens(office: Office, organisation: str | None = None) -> list[Token]:
    """Every token, those that have ended too; of one organisation if named."""
    return [_listed(paper) for paper in office.every(_TOKENS, owner=organisation)]


def revoke(office: Office, ident: str, now: dt.datetime, organisation: str | None = None) -> Token:
    """Ends a token for good. Refuses: NotFound, also for one of another organisation if named."""
    paper = office.get(_TOKENS, ident)
    if paper is None or organisation not in {None, paper.owner}:
        message = f"there is no token {ident[:40]}"
        raise NotFound(message)
    body = {**paper.body, "revoked": paper.body["revoked"] or _text(now)}
    office.put(_TOKENS, ident, body, paper.owner)
    return _listed(Paper(ident, paper.owner, body))


def badge(office: Office, text: str, now: dt.datetime) -> Badge | None:
    """Whose token that is and what it may do now; None for one that opens nothing."""
    match = _TOKEN.fullmatch(text)
    paper = office.get(_TOKENS, match[1]) if match else None
    if match is None or paper is None:
        return None
    body = paper.body
    same = hmac.compare_digest(str(body["hash"]), _hash(match[2]))
    if not same or body["revoked"] or _text(now) >= str(body["expires"]):
        return None
    member = str(body["member"])
    held = office.get(_MEMBERS, _key(paper.owner, member))
    if held is None:
        return None
    role, scope = str(held.body["role"]), body["scope"]
    rights = ROLES[role]
    if isinstance(scope, list) and scope:
        rights &= frozenset(map(str, scope))
    return Badge(paper.owner, member, role, rights, match[1])


def first_owner(office: Office, operator: str, now: dt.datetime) -> str | None:
    """The token of a first owner, of the operator's organisation; None where members exist."""
    if office.papers(_MEMBERS, limit=1):
        return None
    set_member(office, operator, "owner", "owner")
    return new_token(office, operator, "owner", now)[0]


def _key(organisation: str, member: str) -> str:
    for what, name in (("organisation", organisation), ("member", member)):
        if not _NAME.fullmatch(name):
            message = f"{what}: expected a name of 1 to 512 characters on one line"
            raise ReaderError(message)
    return f"{organisation}{_BETWEEN}{member}"


def _hash(secret: str) -> str:
    """A plain hash is enough: the secret is 256 random bits, not a word that can be guessed."""
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def _listed(paper: Paper) -> Token:
    body = paper.body
    scope = body["scope"]
    return Token(
        paper.name,
        paper.owner,
        str(body["member"]),
        tuple(map(str, scope)) if isinstance(scope, list) else (),
        str(body["created"]),
        str(body["expires"]),
        str(body["revoked"]),
    )


def _text(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
