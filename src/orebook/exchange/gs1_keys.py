"""GS1 identification keys: EPC URIs and Digital Link URIs as one canonical Digital Link.

Source: GS1 EPC Tag Data Standard 1.13, 6.3 and 7; GS1 Digital Link URI Syntax 1.3; GS1 General
Specifications 7.9.1 (check digit); CBV 2.0, 8.9.2 (canonical, without query, at the lowest level).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ROOT = "https://id.gs1.org"
_EPC = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):([0-9]{6,12})\.(.*)")
_SERIAL = r"(?:%[0-9A-Fa-f]{2}|[!'()*+,.0-9:;=A-Za-z_-])+"
_ESCAPED = str.maketrans({c: f"%{ord(c):02X}" for c in "!()*+,:"})
_LINK = re.compile(
    r"https?://[^/?#]+(?:/[^?#]*?)??"
    r"/(01|gtin|8006|itip|8010|cpid|414|gln|417|party|8017|gsrnp|8018|gsrn|255|gcn|00|sscc|253|gdti|"
    r"401|ginc|402|gsin|8003|grai|8004|giai)/([0-9]{4}[^/?#]+)((?:/[^/?#]+/[^/?#]+)*)/?(?:[?#].*)?"
)
_NAMES = {
    "gtin": "01",
    "itip": "8006",
    "cpid": "8010",
    "gln": "414",
    "party": "417",
    "gsrnp": "8017",
    "gsrn": "8018",
    "gcn": "255",
    "sscc": "00",
    "gdti": "253",
    "ginc": "401",
    "gsin": "402",
    "grai": "8003",
    "giai": "8004",
    "cpv": "22",
    "lot": "10",
    "ser": "21",
}
_SERIALS = r"[!\"%&'()*+,./0-9:;<=>?A-Za-z_-]"
_FORMS = re.compile(
    rf"/00/[0-9]{{18}}|/01/[0-9]{{14}}(?:/(?:21|10|235)/{_SERIALS}{{0,84}})?|"
    rf"/253/[0-9]{{13}}{_SERIALS}{{0,51}}|/255/[0-9]{{13,25}}|/401/{_SERIALS}{{0,90}}|"
    rf"/402/[0-9]{{17}}|/414/[0-9]{{13}}(?:/254/{_SERIALS}{{0,60}})?|/417/[0-9]{{13}}|"
    rf"/8003/[0-9]{{14}}{_SERIALS}{{0,48}}|/8004/{_SERIALS}{{0,90}}|"
    rf"/8006/[0-9]{{18}}(?:/(?:21|10)/{_SERIALS}{{0,60}})?|"
    rf"/8010/[%#0-9A-Z/-]{{0,90}}(?:/8011/[0-9]{{0,12}})?|/801[78]/[0-9]{{18}}"
)


@dataclass(frozen=True, slots=True)
class _Key:
    """How an EPC scheme is laid out: digits of prefix and reference together, and its AIs."""

    ai: str
    digits: int = 0  # of company prefix and reference; 0 where the reference is no number
    indicator: bool = False  # the reference's first digit goes before the company prefix
    check: bool = True
    before: str = ""
    serial: str | None = None  # AI of what follows the reference; "" joins it to the key
    pieces: bool = False


_KEYS = {
    "sgtin": _Key("01", 13, indicator=True, serial="21"),
    "lgtin": _Key("01", 13, indicator=True, serial="10"),
    "upui": _Key("01", 13, indicator=True, serial="235"),
    "itip": _Key("8006", 13, indicator=True, serial="21", pieces=True),
    "sscc": _Key("00", 17, indicator=True),
    "sgln": _Key("414", 12, serial="254"),
    "pgln": _Key("417", 12),
    "grai": _Key("8003", 12, before="0", serial=""),
    "gdti": _Key("253", 12, serial=""),
    "sgcn": _Key("255", 12, serial=""),
    "gsrn": _Key("8018", 17),
    "gsrnp": _Key("8017", 17),
    "gsin": _Key("402", 16),
    "giai": _Key("8004", check=False),
    "ginc": _Key("401", check=False),
    "cpi": _Key("8010", check=False, serial="8011"),
}
_CLASSES = {"lgtin"}
_PATTERNS = {"sgtin", "grai", "gdti", "sgcn", "cpi", "itip", "upui"}


def check_digit(digits: str) -> str:
    """The check digit of a GS1 key. Source: GS1 General Specifications 7.9.1."""
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


def canonical(uri: str) -> str | None:
    """The canonical Digital Link of a GS1 key in either form; None for any other text.

    A serial number stands without its lot, a pattern over all serials as the class it means.
    """
    epc = _EPC.fullmatch(uri)
    if epc:
        return _from_epc(*epc.groups())
    link = _LINK.fullmatch(uri)
    return _from_link(*link.groups()) if link else None


def _from_epc(space: str, scheme: str, company: str, rest: str) -> str | None:
    key = _KEYS.get(scheme)
    allowed = {"class": scheme in _CLASSES, "idpat": scheme in _PATTERNS}
    if key is None or not allowed.get(space, scheme not in _CLASSES):
        return None
    reference, *more = rest.split(".") if key.pieces else rest.split(".", 1)
    if not key.digits:
        return _by_text(key, company, rest, pattern=space == "idpat")
    if not reference.isdecimal() and reference:
        return None
    if len(company) + len(reference) != key.digits or (key.indicator and not reference):
        return None
    number = key.before + (
        reference[0] + company + reference[1:] if key.indicator else company + reference
    )
    number += check_digit(number)
    if key.pieces:
        if len(more) < 3 or not all(re.fullmatch("[0-9]{2}", piece) for piece in more[:2]):
            return None
        number += more[0] + more[1]
        more = [".".join(more[2:])]
    return _with_serial(key, number, more, pattern=space == "idpat")


def _by_text(key: _Key, company: str, rest: str, *, pattern: bool) -> str | None:
    """The keys whose reference may hold letters."""
    reference, more = rest, list[str]()
    if key.serial is not None:
        reference, dot, serial = rest.rpartition(".")
        more = [serial]
        if not dot:
            return None
    if not re.fullmatch(_SERIAL, reference):
        return None
    return _with_serial(key, company + reference.translate(_ESCAPED), more, pattern=pattern)


def _with_serial(key: _Key, number: str, more: list[str], *, pattern: bool) -> str | None:
    at = f"{ROOT}/{key.ai}/{number}"
    if key.serial is None:
        return at if not more and not pattern else None
    if pattern:
        return at if more == ["*"] else None
    if len(more) != 1 or not re.fullmatch(_SERIAL, more[0]):
        return None
    serial = more[0].translate(_ESCAPED)
    if key.ai == "414" and serial == "0":
        return at  # no extension
    return f"{at}/{key.serial}/{serial}" if key.serial else at + serial


def _from_link(ai: str, value: str, qualifiers: str) -> str | None:
    ai = _NAMES.get(ai, ai)
    if ai == "01" and value.isdecimal() and len(value) in {8, 12, 13}:
        value = value.rjust(14, "0")
    parts = qualifiers.split("/")[1:]
    pairs = [(_NAMES.get(a, a), b) for a, b in zip(parts[::2], parts[1::2], strict=True)]
    pairs = [(a, b) for a, b in pairs if a != "22"]
    if ai in {"01", "8006"} and any(a == "21" for a, _ in pairs):
        pairs = [(a, b) for a, b in pairs if a != "10"]
    path = f"/{ai}/{value}" + "".join(f"/{a}/{b}" for a, b in pairs)
    return ROOT + path if _FORMS.fullmatch(path) else None
