"""What the balance says: its verdicts, its version, and numbers as text for its sentences."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

VERSION = "balance/1"

ADDS_UP = "adds_up"
DOES_NOT_ADD_UP = "does_not_add_up"
CANNOT_BE_TOLD = "cannot_be_told"

COVERAGE = Decimal(2)
# A limit nearer than this share of the metal that moves is unknown, not passed and not failed.
NEAR = Decimal("1e-9")

# Wide enough that sums of products of written figures are exact, whatever their order.
EXACT = Context(prec=160, rounding=ROUND_HALF_EVEN)
# What an answer keeps: as many digits as an IEEE 754 decimal128.
_KEPT = Context(prec=34, rounding=ROUND_HALF_EVEN)

DRY_MASS = "dry mass"


def kept(value: Decimal) -> Decimal:
    """The value to 34 significant digits, without zeros that only arithmetic put there."""
    rounded = _KEPT.plus(value).normalize(_KEPT)
    exponent = rounded.as_tuple().exponent
    whole = isinstance(exponent, int) and exponent > 0
    return rounded.quantize(Decimal(1), context=EXACT) if whole else rounded


def kilograms(value: Decimal) -> str:
    """A mass for a sentence, to the gram: 9999 kg, 0.125 kg."""
    return f"{_text(value, 3)} kg"


def percent(fraction: Decimal) -> str:
    """A fraction for a sentence, as a percentage to four decimals: 33.3333 %."""
    return f"{_text(fraction * 100, 4)} %"


def said(value: Decimal, what: str) -> str:
    """A mass or a fraction for a sentence, by what it measures."""
    return kilograms(value) if what == "mass" else percent(value)


def _text(value: Decimal, digits: int) -> str:
    text = f"{value.quantize(Decimal(1).scaleb(-digits), context=EXACT):f}"
    short = text.rstrip("0").rstrip(".")
    return "0" if short in {"-0", ""} else short
