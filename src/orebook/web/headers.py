"""The headers every answer wears: nothing from elsewhere, nothing inline; who holds one already."""

from __future__ import annotations

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src"
    " 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


def holds(asked: str, etag: str) -> bool:
    """Whether an If-None-Match names that ETag, weak or not. Source: RFC 9110, 8.8.3.2."""
    return etag.removeprefix("W/") in {one.strip().removeprefix("W/") for one in asked.split(",")}
