"""The members of a decoded document, taken one by one, each fault with its JSON pointer."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from orebook.model.problem import Problem, found

_STEP = "Correct it and run it again."
_DIGITS = 60


class Members:
    """A reader of members; what was wrong gathers in `problems`."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, code: str, place: str, expected: str, value: object, step: str = _STEP) -> None:
        """Note a fault."""
        shown = str(value) if isinstance(value, Decimal) else found(value)
        self.problems.append(Problem(code, place or "/", expected, shown, step))

    def members(
        self, value: object, place: str, allowed: tuple[str, ...], needed: tuple[str, ...] = ()
    ) -> Mapping[str, object]:
        """The members of an object; unknown ones and missing ones are named."""
        if not isinstance(value, Mapping):
            self.wrong("wrong-type", place, "an object", value)
            return {}
        for name in value:
            if name not in allowed:
                step = f"Known here: {', '.join(allowed)}."
                self.wrong("unknown-key", f"{place}/{name}", "a known key", name, step)
        for name in needed:
            if name not in value:
                self.wrong("missing", f"{place}/{name}", "a value", None)
        return value

    def text(self, value: object, place: str, words: tuple[str, ...] = ()) -> str:
        """A text, one of `words` where those are given."""
        if isinstance(value, str) and value.strip() and (not words or value in words):
            return value
        expected = f"one of {', '.join(words)}" if words else "a text"
        self.wrong("wrong-word" if words else "wrong-type", place, expected, value)
        return words[0] if words else ""

    def flag(self, value: object, place: str) -> bool:
        """True or false."""
        if isinstance(value, bool):
            return value
        self.wrong("wrong-type", place, "true or false", value)
        return False

    def number(
        self, value: object, place: str, low: Decimal | None = None, high: Decimal | None = None
    ) -> Decimal:
        """A finite decimal within its bounds."""
        one = decimal(value)
        if one is None:
            self.wrong("not-a-number", place, "a decimal number", value)
            return Decimal(0)
        if (low is not None and one < low) or (high is not None and one > high):
            self.wrong("out-of-bounds", place, _between(low, high), one, _step(one, high))
        return one

    def whole(self, value: object, place: str, low: int, high: int) -> int:
        """A whole number within its bounds."""
        one = decimal(value)
        if one is None or one != one.to_integral_value() or not low <= one <= high:
            self.wrong("out-of-bounds", place, f"a whole number from {low} to {high}", value)
            return low
        return int(one)

    def numbers(self, value: object, place: str) -> tuple[Decimal, ...]:
        """A list of decimals."""
        if not isinstance(value, list) or not value:
            self.wrong("wrong-type", place, "a list of numbers", value)
            return ()
        return tuple(self.number(v, f"{place}/{i}") for i, v in enumerate(value))

    def items(self, value: object, place: str) -> list[object]:
        """A list."""
        if isinstance(value, list):
            return value
        self.wrong("wrong-type", place, "a list", value)
        return []


def decimal(value: object) -> Decimal | None:
    """A finite decimal of sane size from a JSON number or its text, or None."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    if isinstance(value, str) and len(value) > _DIGITS:
        return None
    try:
        one = Decimal(value)
    except InvalidOperation:
        return None
    if not one.is_finite() or (one and not -30 <= one.adjusted() <= 30):
        return None
    return one


def _between(low: Decimal | None, high: Decimal | None) -> str:
    if low is not None and high is not None:
        return f"a number from {low} to {high}"
    return f"a number of at least {low}" if low is not None else f"a number of at most {high}"


def _step(one: Decimal, high: Decimal | None) -> str:
    if high == 1 and 1 < one <= 100:
        return f"Shares and rates are fractions of one: {one} % is {one / 100}; none is above 1."
    return _STEP
