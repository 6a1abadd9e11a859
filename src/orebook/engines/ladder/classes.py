"""What a class of reserve or resource backs: CRIRSCO words and UNFC codes."""

from __future__ import annotations

import re

# `reserve` and `resource` may enter a study; `inferred` is shown apart; `none` backs nothing.
CRIRSCO = {
    "proved reserve": "reserve",
    "probable reserve": "reserve",
    "mineral reserve": "reserve",
    "measured resource": "resource",
    "indicated resource": "resource",
    "inferred resource": "inferred",
    "exploration target": "none",
    "exploration result": "none",
}
_UNFC = re.compile(r"E([123])(?:\.[123])? ?F([1234])(?:\.[123])? ?G([1234])(?:\+G?[1234])*")


def backing(scheme: str, word: str) -> str | None:
    """reserve, resource, inferred or none for a class; None where the scheme has no such class.

    Source: CRIRSCO International Reporting Template 2019; UNFC 2019, and its bridging document
    with CRIRSCO (E1 F1 G1, G2: reserves; E2 F2 G1, G2: resources; G3: inferred; G4 or F3, F4:
    prospective or in place).
    """
    if scheme == "CRIRSCO":
        return CRIRSCO.get(word.lower())
    if scheme != "UNFC":
        return None
    match = _UNFC.fullmatch(word.upper())
    if match is None:
        return None
    economic, technical, geology = (int(match[k]) for k in (1, 2, 3))
    if geology == 4 or technical >= 3 or economic == 3:
        return "none"
    if geology == 3:
        return "inferred"
    return "reserve" if economic == 1 and technical == 1 else "resource"
