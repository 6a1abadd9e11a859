"""Who may write, over HTTP: an owner's view of its members and their tokens."""

from __future__ import annotations

from typing import cast

from orebook.acts import members
from orebook.acts.badge import ROLES, Badge
from orebook.exchange.json_text import Number, Object, Value
from orebook.exchange.json_text import read as json_read
from orebook.model.problem import Problem, SenderError
from orebook.web.api.call import Call, Forbidden, Reply
from orebook.web.api.counter import Counter, moment
from orebook.web.api.replies import plain

_MEMBERS = ("member", "organisation", "role", "scope", "days")


def list_members(counter: Counter, call: Call) -> Reply:
    """The members of the caller's organisation; of every one, for the operator's owners."""
    who = counter.require(call, "manage")
    rows = members.members(counter.office, _own(counter, who))
    names = ("organisation", "member", "role")
    return plain(call, [dict(zip(names, row, strict=True)) for row in rows])


def list_tokens(counter: Counter, call: Call) -> Reply:
    """Their tokens, those that have ended too; never a secret."""
    who = counter.require(call, "manage")
    now = moment(counter.now())
    listed = members.tokens(counter.office, _own(counter, who))
    return plain(call, [_told(token, now) for token in listed])


def new_token(counter: Counter, call: Call) -> Reply:
    """A token for a member, shown this once."""
    who = counter.require(call, "manage")
    asked = _asked(call)
    organisation = str(asked.get("organisation") or who.organisation)
    if organisation not in {who.organisation, _own(counter, who) or organisation}:
        message = f"an owner of {who.organisation} manages its own members alone"
        raise Forbidden(message)
    name, scope = str(asked["member"]), cast("list[str]", asked.get("scope") or [])
    held = {m: r for _, m, r in members.members(counter.office, organisation)}
    role = str(asked.get("role") or held.get(name, ""))
    rights = ROLES.get(role, frozenset())
    if not (rights & frozenset(scope) if scope else rights) <= who.rights:
        message = "a token may not do more than the one that makes it"
        raise Forbidden(message)
    days = cast("int", asked.get("days", members.DAYS))
    members.look(scope, days)
    if "role" in asked:
        # The member's other tokens gain or lose by its role, whatever this one is narrowed to.
        if not rights | ROLES.get(held.get(name, ""), frozenset()) <= who.rights:
            message = f"this token may not change the role of {name[:80]} to {role[:40]}"
            raise Forbidden(message)
        members.set_member(counter.office, organisation, name, role)
    text, made = members.new_token(
        counter.office, organisation, name, counter.now(), scope=scope, days=days
    )
    reply = plain(call, {"token": text, **_told(made, moment(counter.now()))})
    return Reply(201, reply.data, reply.media, {"Location": f"{call.base}/tokens/{made.id}"})


def revoke(counter: Counter, call: Call) -> Reply:
    """Ends a token for good. Refuses: NotFound for one of another organisation."""
    who, ident = counter.require(call, "manage"), call.parts["tokenID"]
    members.revoke(counter.office, ident, counter.now(), _own(counter, who))
    return Reply(204, b"", "")


def _own(counter: Counter, who: Badge) -> str | None:
    """The organisation whose members the caller manages; None for all, which the keeper may."""
    return None if who.organisation == counter.book.operator else who.organisation


def _told(token: members.Token, now: str) -> dict[str, object]:
    state = "revoked" if token.revoked else "ended" if now >= token.expires else "open"
    return {**token.as_json(), "state": state}


def _asked(call: Call) -> Object:
    """What is asked for. Refuses: SenderError for another form."""
    value = json_read(call.body.read() if call.body is not None else b"")
    if isinstance(value, Problem):
        raise SenderError(value.text(), [value])
    faults = list(_faults(value))
    if faults:
        raise SenderError(faults[0].text(), faults)
    asked = dict(cast("Object", value))
    if isinstance(days := asked.get("days"), Number):
        asked["days"] = cast("Value", int(days.text))
    return asked


def _faults(value: Value) -> list[Problem]:
    step = "Correct it and send it again."
    if not isinstance(value, dict):
        return [Problem("wrong-type", "", "an object", "another value", step)]
    found: list[Problem] = []
    for name, one in value.items():
        if name not in _MEMBERS:
            expected = f"one of {', '.join(_MEMBERS)}"
            found.append(Problem("unknown-member", f"/{name[:40]}", expected, name[:40], step))
        elif name == "scope":
            if not isinstance(one, list) or any(not isinstance(word, str) for word in one):
                found.append(Problem("wrong-type", "/scope", "a list of rights", "another", step))
        elif name == "days":
            if not isinstance(one, Number) or not one.text.isdigit() or len(one.text) > 4:
                found.append(Problem("wrong-type", "/days", "a number of days", "another", step))
        elif not isinstance(one, str):
            found.append(Problem("wrong-type", f"/{name}", "text", "another value", step))
    if "member" not in value:
        found.append(Problem("missing-member", "/member", "whose token it is", "nothing", step))
    return found
