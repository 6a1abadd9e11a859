"""What the sender of a document wants sealed in it, over and above what the document says."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from orebook.exchange.format import Read
from orebook.model.entry import OWNER, Seal
from orebook.model.problem import Problem, SenderError
from orebook.model.shape import KINDS

_MEMBERS = {"at", "for", "kind", "id"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Seal the value at a pointer, for an audience, in facts of a kind or id (empty: in all)."""

    at: str
    audience: tuple[str, ...] = (OWNER,)
    kind: str = ""
    ident: str = ""

    def matches(self, item: Read) -> bool:
        """Whether that fact has the value this rule is about."""
        named = self.kind in {"", item.kind} and self.ident in {"", item.body.get("id")}
        return named and _there(item.body, self.at)


def sealed(item: Read, rules: Iterable[Rule]) -> Read:
    """The fact with what the rules seal in it added to what it seals already."""
    more = tuple(Seal(rule.at, rule.audience) for rule in rules if rule.matches(item))
    return replace(item, seal=(*item.seal, *more)) if more else item


def unmatched(rules: Collection[Rule], facts: Iterable[Read], name: str) -> tuple[Problem, ...]:
    """A Problem for each rule that sealed nothing: a misspelt pointer must not publish a value."""
    known = list(facts) if rules else []
    return tuple(
        Problem(
            "nothing-sealed",
            rule.at,
            "a value there in at least one fact that is kept",
            "none",
            "Correct the pointer, the kind or the id. Capture with --rollback to be safe.",
            name,
        )
        for rule in rules
        if not any(rule.matches(item) for item in known)
    )


def read_rules(data: bytes, name: str) -> tuple[Rule, ...]:
    """Rules from a JSON file: a list of objects with `at`, and `for`, `kind`, `id` where wanted.

    Refuses: SenderError naming the first that is not so.
    """
    try:
        said = json.loads(data)
    except ValueError:
        said = None
    if not isinstance(said, list) or not said:
        raise _bad("", "a JSON list of rules", "something else", name)
    return tuple(_rule(item, f"/{number}", name) for number, item in enumerate(said))


def _rule(item: object, place: str, name: str) -> Rule:
    if not isinstance(item, dict) or not set(item) <= _MEMBERS or "at" not in item:
        raise _bad(place, f"an object with at, and {', '.join(sorted(_MEMBERS))}", "another", name)
    audience = item.get("for", [OWNER])
    if not isinstance(audience, list) or not audience:
        raise _bad(f"{place}/for", "a list of audiences", "something else", name)
    texts = [item["at"], item.get("kind", ""), item.get("id", ""), *audience]
    if not all(isinstance(text, str) for text in texts) or not item["at"].startswith("/"):
        raise _bad(place, "texts, at being a JSON pointer", "something else", name)
    kind = item.get("kind", "")
    if kind and kind not in KINDS:
        raise _bad(f"{place}/kind", f"one of {', '.join(KINDS)}", kind, name)
    return Rule(item["at"], tuple(audience), kind, item.get("id", ""))


def _there(value: object, pointer: str) -> bool:
    for token in pointer[1:].split("/"):
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return False
    return True


def _bad(place: str, expected: str, found: str, name: str) -> SenderError:
    step = "Correct the file of rules; nothing was captured."
    problem = Problem("bad-rule", place, expected, found, step, name)
    return SenderError(problem.text(), [problem])
