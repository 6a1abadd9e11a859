"""XML as written by others, read without entities, DTDs or network, every fault with its line.

Source: XML 1.0 (W3C, fifth edition); Namespaces in XML 1.0. What a parser could be made to do by a
document (expand entities, fetch files, grow without bound) is refused, never tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from orebook.model.problem import Problem

DEPTH_MAX = 64
Element = Any  # lxml's own stubs do not name its element class in a usable way
_CHUNK = 1 << 16
_STEP = "Correct it and send the document again."
_LIMITS = re.compile(r"huge|depth|amplification|too (?:big|long|large)|limit", re.IGNORECASE)
_OVER = (
    ("amplification", "entities that multiply one another"),
    ("depth", "nesting deeper than 256 levels"),
    ("text node", "one text longer than 10 million bytes"),
    ("name", "a name that is too long"),
    ("attribute", "an attribute that is too long"),
)
# How a parser words a fault → what was expected there, and what was found.
_FAULTS = tuple(
    (re.compile(pattern, re.IGNORECASE), expected, found)
    for pattern, expected, found in (
        (r"tag mismatch: (\S+) line \d+ and (\S+)", "the end of the element that is open",
         "the end of {1} within {0}"),
        (r"Start tag expected", "the start of an element", "other text"),
        (r"Unsupported encoding:? ?(.+)", "a known encoding", 'the encoding "{0}"'),
        (r"encod|not proper UTF-8|bytes: ", "the encoding it says", "other bytes"),
        (r"Attribute (\S+) redefined", "each attribute once", "{0} twice"),
        (r"attributes construct|AttValue|Specification mandates value", 'name="value"',
         "another attribute"),
        (r"invalid char", "characters that XML allows",
         "another character"),
        (r"Namespace prefix (\S+)", "a prefix that is declared (xmlns)", "{0}"),
        (r"Extra content", "the end of the document", "more after it"),
        (r"XML declaration|Blank needed", "a sound XML declaration", "another text"),
        (r"EntityRef|xmlParseCharRef", "& written as &amp;", "a bare &"),
        (r"Comment|CData|PI ", "the end of a comment, section or instruction", "none"),
        (r"StartTag|invalid element name", "the name of an element", "other text"),
    )
)  # fmt: skip
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "http://www.w3.org/XML/1998/namespace"


class BadXml(Exception):
    """The document is no XML that may be read; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text())
        self.problem = problem


def pieces(stream: BinaryIO) -> Iterator[tuple[str, Element]]:
    """The starts and ends of elements, as they come: (`start` or `end`, element).

    The caller clears what it has read, so that memory does not grow with the document.
    Refuses: BadXml for malformed text, another encoding than it says, entities or a DTD of its own,
    and nesting beyond DEPTH_MAX; with the line.
    """
    parser = etree.XMLPullParser(
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=False,
        remove_pis=False,
    )
    depth = 0
    seen = False
    try:
        while data := stream.read(_CHUNK):
            parser.feed(data)
            for event, element in parser.read_events():
                depth += 1 if event == "start" else -1
                if depth > DEPTH_MAX:
                    raise BadXml(_deep(element))
                if not seen:
                    seen = True
                    _no_dtd(element)
                if event == "end":
                    _no_entities(element)
                else:
                    _declared(element)
                yield event, element
        parser.close()
    except etree.XMLSyntaxError as error:
        raise BadXml(_syntax(*_first(error, parser), seen=seen)) from None
    for event, element in parser.read_events():
        yield event, element


def _deep(element: Element) -> Problem:
    expected = f"nesting of at most {DEPTH_MAX} levels"
    return Problem("too-deep", line_of(element), expected, "deeper nesting", _STEP)


def _declared(element: Element) -> None:
    """The parser names an undeclared prefix only once the document ends: too late for a stream."""
    for name in (element.tag, *element.attrib):
        prefix, colon, _ = str(name).rpartition("}")[2].partition(":")
        if colon:
            expected = "a prefix that is declared (xmlns)"
            raise BadXml(Problem("bad-xml", line_of(element), expected, prefix, _STEP))


def _no_dtd(root: Element) -> None:
    """A bare document type is passed over; one with declarations of its own is not."""
    info = root.getroottree().docinfo
    internal = info.internalDTD
    if internal is not None and (
        list(internal.iterentities()) or list(internal.iterelements()) or info.system_url
    ):
        step = "Send the document without a document type definition."
        what = "a document type with declarations or an address"
        raise BadXml(Problem("xml-dtd", "line 1", "no document type definition", what, step))


def _no_entities(element: Element) -> None:
    for node in element.iterchildren(etree.Entity):
        step = "Write the text itself in its place."
        raise BadXml(
            Problem("xml-entity", line_of(element), "text without entities", node.text, step)
        )


def _first(error: etree.XMLSyntaxError, parser: Any) -> tuple[str, int, int]:
    """The fault the parser met first: the end of the document is only where it gave up."""
    log = parser.feed_error_log
    line, column = error.position
    if line or not len(log):
        return str(error.msg or error), line or 1, column or 0
    return str(log[0].message), log[0].line, log[0].column


def _syntax(message: str, line: int, column: int, *, seen: bool) -> Problem:
    """The fault in our words: those of the parser speak to who programs it."""
    place = f"line {line}, column {column}"
    text = message.split(", line", maxsplit=1)[0].strip()
    if _LIMITS.search(text):
        what = next((said for sign, said in _OVER if sign in text.lower()), "one that grows")
        return Problem("xml-limit", place, "a document within safe limits", what, _STEP)
    if "Entity" in text:
        step = "Write the text itself in its place."
        named = re.search(r"Entity '([^']{1,60})'", text)
        what = f'the entity "{named[1]}"' if named else "an entity"
        return Problem("xml-entity", place, "text without entities", what, step)
    if "Premature end" in text or ("no element found" in text and not seen):
        step = "The document is cut off: send the whole of it."
        return Problem(
            "truncated-xml", place, "the end of an element", "the end of the document", step
        )
    for pattern, expected, what in _FAULTS:
        if match := pattern.search(text):
            told = what.format(*((group or "")[:60] for group in match.groups()))
            return Problem("bad-xml", place, expected, told, _STEP)
    return Problem("bad-xml", place, "well-formed XML", "something else", _STEP)


def line_of(element: Element) -> str:
    """`line 12`."""
    return f"line {element.sourceline}"


def split(name: str) -> tuple[str, str]:
    """Namespace and local name of a name in Clark notation; no namespace is the empty text."""
    if name.startswith("{"):
        space, _, local = name[1:].partition("}")
        return space, local
    return "", name


def is_element(node: Element) -> bool:
    """Whether that is an element, and no comment or processing instruction."""
    return isinstance(node.tag, str)


def canonical(element: Element) -> bytes:
    """The canonical form, exclusive, with comments, without white space between elements.

    Source: Exclusive XML Canonicalization 1.0 (W3C). Prefixes are kept: they may stand in values.
    Refuses: BadXml where there is none, as with a namespace that is no URI.
    """
    try:
        copy = etree.fromstring(etree.tostring(element, with_tail=False), safe())
        return bytes(etree.tostring(copy, method="c14n", exclusive=True, with_comments=True))
    except etree.LxmlError as error:
        step = "Name each namespace by an absolute URI."
        what = str(error).split(", line", maxsplit=1)[0]
        problem = Problem("bad-xml", line_of(element), "XML that has a canonical form", what, step)
        raise BadXml(problem) from None


def safe() -> Any:
    """A parser for text that stood in a document already read: blanks between elements go."""
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_blank_text=True,
        huge_tree=False,
    )


def typed(element: Element) -> str:
    """The xsi:type of an element; empty where it states none."""
    return str(element.get(f"{{{_XSI}}}type", ""))


def attributes(element: Element) -> dict[str, str]:
    """The attributes of an element but xsi:type, by name in Clark notation."""
    return {
        str(name): str(value) for name, value in element.attrib.items() if name != f"{{{_XSI}}}type"
    }
