"""Text that is safe to stand in a page, and the only places where text becomes so."""

from __future__ import annotations

import re

_SPECIAL = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
# XML 1.0 forbids most control characters; direction controls could turn a number round.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_OVERRIDES = re.compile("[\u202a-\u202e]")
_ISOLATES = re.compile("[\u2066-\u2069]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]")
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.\-]*)\s*:")
_SAFE_SCHEMES = frozenset({"http", "https", "mailto"})


class Html(str):
    """Markup that is already escaped; Jinja and other readers of ``__html__`` leave it alone."""

    __slots__ = ()

    def __html__(self) -> Html:
        return self


def clean(text: str) -> str:
    """Text without characters that break XML or turn the reading direction round."""
    shown = _OVERRIDES.sub("", _FORBIDDEN.sub("\ufffd", text))
    return shown if _balanced(shown) else _ISOLATES.sub("", shown)


def _balanced(text: str) -> bool:
    """Whether every isolate that opens in the text closes in it; such a text disturbs no other."""
    depth = 0
    for mark in _ISOLATES.findall(text):
        depth += -1 if mark == "\u2069" else 1
        if depth < 0:
            return False
    return depth == 0


def escape(text: str) -> Html:
    """Text as markup that shows exactly that text, in an element or an attribute."""
    if isinstance(text, Html):
        return text
    return Html("".join(_SPECIAL.get(char, char) for char in clean(text)))


def isolate(text: str) -> str:
    """Text whose right-to-left words cannot reorder their neighbours; other text unchanged."""
    shown = clean(text)
    if shown.startswith("\u2068") and shown.endswith("\u2069"):
        return shown
    return f"\u2068{shown}\u2069" if _RIGHT_TO_LEFT.search(shown) else shown


def safe_href(href: str | None) -> str | None:
    """A link that can only navigate, or None: addresses that could run a script are dropped.

    Takes: a relative address, or one whose scheme is http, https or mailto.
    """
    if not href:
        return None
    shown = re.sub(r"[\x00-\x20\x7f]", "", href)
    scheme = _SCHEME.match(shown)
    if scheme and scheme.group(1).lower() not in _SAFE_SCHEMES:
        return None
    return clean(shown)
