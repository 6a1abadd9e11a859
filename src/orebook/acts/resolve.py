"""Whose key a DID names: did:key alone, DID documents from a file, did:web over a narrow client.

Nothing is asked of anyone unless the caller says so. The client speaks HTTPS alone, resolves a name
once and connects to the very address it has judged, never to one that is private, loopback,
link-local or otherwise not of the public internet; it follows no redirect, and bounds size, time
and the number of hosts it asks. Source: did:web method (W3C CCG), "Read"; DID Core 1.0, 5.2 and 7.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import unquote

from orebook.exchange import multikey
from orebook.exchange.json_text import Object, Value
from orebook.exchange.json_text import read as json_read
from orebook.exchange.multikey import BadKey, Key
from orebook.exchange.status_list import Asked, ask_nobody
from orebook.exchange.vc_proof import no_keys
from orebook.model.problem import Problem, SenderError, found

SIZE_MAX = 256 * 1024
_DOCUMENTS = "application/did+json, application/json"
_LISTS = "application/vc+jwt, application/vc, application/vc+ld+json, application/json"
SECONDS = 10.0
DOCUMENTS_MAX = 32
_HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}")
_SEGMENT = re.compile(r"(?:[A-Za-z0-9._~-]|%(?!5[Cc]|7[Ff]|[01])[0-9A-Fa-f]{2})+")
_ADDRESS = re.compile(
    r"https://(?P<host>[A-Za-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?(?P<path>/[!-\"$-~]*)?"
)
_STEP = "Give a DID document, a list of them, or a JSON object of key names and keys."

# Host and port → the addresses it has; and address, port, host → a connection that speaks HTTP.
Lookup = Callable[[str, int], Iterable[str]]
Connect = Callable[[str, int, str, float], http.client.HTTPConnection]


class Unresolved(Exception):
    """Why a DID could not be resolved, in words for the reader of the document."""


def lookup(host: str, port: int) -> list[str]:
    """The addresses of a host."""
    found_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found_))


class _Pinned(http.client.HTTPSConnection):
    """HTTPS to one address, with the certificate judged for the host's name."""

    def __init__(self, address: str, port: int, host: str, seconds: float) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, port, timeout=seconds, context=self._tls)
        self._address = address

    def connect(self) -> None:
        raw = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._tls.wrap_socket(raw, server_hostname=self.host)


def connect(address: str, port: int, host: str, seconds: float) -> http.client.HTTPConnection:
    """A connection over TLS to that address and no other."""
    return _Pinned(address, port, host, seconds)


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet, a v4 address inside a v6 one included.

    Source: RFC 6890, RFC 4291 2.5.5, RFC 6052, RFC 3056 (by the tables of the ipaddress module).
    """
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(known, ipaddress.IPv6Address):
        inner = known.ipv4_mapped or known.sixtofour
        if known in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(known) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if known.teredo is not None:
            return False
    return known.is_global and not known.is_multicast and not known.is_reserved


def address_of(did: str) -> tuple[str, int, str]:
    """Host, port and path of a did:web.

    Refuses: Unresolved for another method, a host that is an address or no name, a path with dots.
    """
    if not did.startswith("did:web:") or len(did) > 2048:
        message = f"{found(did)} is no did:web"
        raise Unresolved(message)
    host, *path = did.removeprefix("did:web:").split(":")
    name, colon, port = unquote(host).partition(":")
    if not _HOST.fullmatch(name.lower()) or (colon and not re.fullmatch("[0-9]{1,5}", port)):
        message = f"{found(host)} is not the name of a host"
        raise Unresolved(message)
    parts = [unquote(part) for part in path]
    if any(not _SEGMENT.fullmatch(p) or set(unquote(p)) <= {"."} for p in parts):
        message = f"{found(did, 200)} has a path that is no path"
        raise Unresolved(message)
    number = int(port) if colon else 443
    if not 0 < number < 65536:
        message = f"{found(port)} is no port"
        raise Unresolved(message)
    place = "/".join(parts) if parts else ".well-known"
    return name.lower(), number, f"/{place}/did.json"


def address_of_list(url: str) -> tuple[str, int, str]:
    """Host, port, and path with question, of the https address of a status list.

    Refuses: Unresolved for another scheme, a host that is an address or no name, signs of a user.
    """
    match = _ADDRESS.fullmatch(url) if len(url) <= 2048 else None
    port = int(match["port"] or 443) if match else 0
    if match is None or not _HOST.fullmatch(match["host"].lower()) or not 0 < port < 65536:
        message = f"{found(url, 200)} is no https address of a named host"
        raise Unresolved(message)
    return match["host"].lower(), port, match["path"] or "/"


@dataclass(slots=True)
class Resolver:
    """Finds keys and status lists. `online` says whether hosts may be asked.

    Takes: `documents`, DID documents that are known; `ended`, keys that hold no longer, each with
    the words that say so; `day`, on which lists are asked; `own_list`, the list at an address that
    is our own, or the words that say why there is none; None for any other address.
    """

    online: bool = False
    documents: dict[str, Object] = field(default_factory=dict)
    named: dict[str, Key] = field(default_factory=dict)
    lookup: Lookup = lookup
    connect: Connect = connect
    seconds: float = SECONDS
    day: str = ""
    ended: dict[str, str] = field(default_factory=dict)
    own_list: Callable[[str], bytes | str | None] = lambda _url: None
    _failed: dict[str, str] = field(default_factory=dict)
    _lists: dict[str, Asked | str] = field(default_factory=dict)
    _asked: int = 0

    def find_key(self, method: str) -> Key | str:
        """The key of that name, or the words that say why there is none."""
        if method in self.named:
            return self.named[method]
        if method in self.ended:
            return self.ended[method]
        did, _, _ = method.partition("#")
        if did.startswith("did:key:"):
            return no_keys(method)
        if did not in self.documents:
            why = self._fetch(did) if self.online else None
            if why or not self.online:
                return why or no_keys(method)
        return _key_of(self.documents[did], did, method)

    def find_list(self, url: str) -> Asked | str:
        """The status list at that address, asked once; else the words that say why not."""
        if not self.day:
            return ask_nobody(url)
        if url not in self._lists:
            if (own := self.own_list(url)) is not None:
                self._lists[url] = own if isinstance(own, str) else Asked(own, self.day)
                return self._lists[url]
            if not self.online:
                return ask_nobody(url)
            try:
                host, port, path = address_of_list(url)
                self._count()
                self._lists[url] = Asked(self._bytes(host, port, path, _LISTS), self.day)
            except Unresolved as error:
                self._lists[url] = f"the list {found(url, 200)} could not be asked for: {error}"
        return self._lists[url]

    def _count(self) -> None:
        if self._asked >= DOCUMENTS_MAX:
            message = f"more than {DOCUMENTS_MAX} documents would have to be asked for"
            raise Unresolved(message)
        self._asked += 1

    def _fetch(self, did: str) -> str | None:
        if did not in self._failed:
            try:
                self._count()
                self.documents[did] = self._document(did)
            except Unresolved as error:
                self._failed[did] = f"{found(did, 200)} could not be resolved: {error}"
        return self._failed.get(did)

    def _document(self, did: str) -> Object:
        host, port, path = address_of(did)
        data = self._bytes(host, port, path, _DOCUMENTS)
        document = json_read(data, limit=SIZE_MAX)
        if isinstance(document, Problem) or not isinstance(document, dict):
            message = "the answer is no DID document"
            raise Unresolved(message)
        if document.get("id") != did:
            message = f"the answer is the document of {found(document.get('id'), 200)}"
            raise Unresolved(message)
        return document

    def _bytes(self, host: str, port: int, path: str, forms: str) -> bytes:
        end = time.monotonic() + self.seconds
        try:
            addresses = list(self.lookup(host, port))
        except (OSError, UnicodeError):
            message = f"{host} is not known"
            raise Unresolved(message) from None
        if not addresses or not all(is_public(address) for address in addresses):
            message = f"{host} is not an address of the public internet"
            raise Unresolved(message)
        return self._get(addresses[0], port, host, path, forms, end)

    def _get(self, address: str, port: int, host: str, path: str, forms: str, end: float) -> bytes:
        left = end - time.monotonic()
        connection = self.connect(address, port, host, max(left, 0.01))
        try:
            headers = {"Accept": forms, "User-Agent": "orebook"}
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            if answer.status != 200:
                message = f"{host} answered {answer.status}; redirects are not followed"
                raise Unresolved(message)
            return _bounded(answer, end)
        except (OSError, http.client.HTTPException, ssl.SSLError) as error:
            message = f"{host} did not answer ({type(error).__name__})"
            raise Unresolved(message) from None
        finally:
            connection.close()


def _bounded(answer: http.client.HTTPResponse, end: float) -> bytes:
    """The body, no longer and no later than allowed: a slow drip ends as a large body does."""
    data = bytearray()
    while piece := answer.read1(16 * 1024):
        data += piece
        if len(data) > SIZE_MAX:
            message = f"the answer is over {SIZE_MAX} bytes"
            raise Unresolved(message)
        if time.monotonic() > end:
            message = "the answer took too long"
            raise Unresolved(message)
    return bytes(data)


def _key_of(document: Object, did: str, method: str) -> Key | str:
    """The key of that name that the document lets make assertions."""
    methods = document.get("verificationMethod")
    listed = [one for one in methods if isinstance(one, dict)] if isinstance(methods, list) else []
    allowed = document.get("assertionMethod")
    names = allowed if isinstance(allowed, list) else []
    listed += [one for one in names if isinstance(one, dict)]
    stated = {_whole(one.get("id") if isinstance(one, dict) else one, did) for one in names}
    if "#" not in method and len(stated) == 1:
        method = stated.pop()
        stated = {method}
    for one in listed:
        if _whole(one.get("id"), did) != method:
            continue
        if method not in stated:
            return f"the key {found(method, 200)} is not one that {did} makes assertions with"
        if one.get("controller", did) != did:
            return f"the key {found(method, 200)} is controlled by another than {did}"
        try:
            return multikey.from_method(one)
        except BadKey as error:
            return f"the key {found(method, 200)} is not {error}"
    return f"the document of {did} has no key {found(method, 200)}"


def _whole(name: Value, did: str) -> str:
    text = name if isinstance(name, str) else ""
    return did + text if text.startswith("#") else text


def read_keys(data: bytes, name: str) -> Resolver:
    """A resolver that knows the keys of a file: DID documents, or key names with a key each.

    Takes: a DID document, a list of them, or an object from key names to a Multikey or JWK.
    Refuses: SenderError for anything else, with the place.
    """
    value = json_read(data, limit=64 * SIZE_MAX)
    if isinstance(value, Problem):
        raise SenderError(value.within("", name).text(), [value])
    known = Resolver()
    items = value if isinstance(value, list) else [value]
    for index, item in enumerate(items):
        place = f"/{index}" if isinstance(value, list) else ""
        if not isinstance(item, dict):
            problem = Problem("wrong-type", place, "an object", found(item), _STEP, name)
            raise SenderError(problem.text(), [problem])
        if isinstance(item.get("id"), str):
            known.documents[cast("str", item["id"])] = item
            continue
        for method, key in item.items():
            try:
                if isinstance(key, dict):
                    known.named[method] = multikey.from_jwk(key)
                else:
                    known.named[method] = multikey.from_multikey(str(key))
            except BadKey as error:
                at = f"{place}/{method}"
                problem = Problem("bad-key", at, str(error), found(key), _STEP, name)
                raise SenderError(problem.text(), [problem]) from None
    return known
