"""What the doors give and take, as types: the OpenAPI document is written from these."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Text = str | None


class Head(msgspec.Struct):
    """A head of the log: its name, how many entries, and the root over them."""

    origin: str
    size: int
    root: str


class Statement(msgspec.Struct):
    """One fact as the reader may see it, and the entry that states it.

    A value sealed for the reader is absent from `fact`; `sealed` in the same object names it.
    """

    kind: str
    id: str
    position: int
    index: int
    leaf: str
    author: str
    issued: str
    self_signed: bool
    evidence: list[str]
    supersedes: list[str]
    fact: dict[str, Any]


class Statements(msgspec.Struct):
    """A page of statements. `next` goes on where `more` is true; the answer is then cut off."""

    head: Head
    as_of: str
    more: bool
    next: Text
    items: list[Statement]


class Entry(msgspec.Struct):
    """One entry of the log as the reader may see it."""

    position: int
    leaf: str
    kind: str
    author: str
    issued: str
    key_id: str
    capture: str
    self_signed: bool
    evidence: list[str]
    supersedes: list[str]
    facts: list[dict[str, Any]]


class Entries(msgspec.Struct):
    """A page of entries. `next` goes on where `more` is true; the answer is then cut off."""

    head: Head
    as_of: str
    more: bool
    next: Text
    items: list[Entry]


class EntryWithProof(Entry):
    """One entry with the bytes it stands on, what this reader may open, and its proof."""

    jws: str
    disclosures: list[str]
    proof: str
    head: Head


class Findings(msgspec.Struct):
    """Answers of an engine, each with its figures, what is missing, and the head it is of."""

    head: Head
    as_of: str
    findings: list[dict[str, Any]]


class Standing(msgspec.Struct):
    """How concentrated a stage is by published statistics beside the book, as intervals."""

    head: Head
    as_of: str
    standing: dict[str, Any]


class Verdicts(msgspec.Struct):
    """What packs of rules say of one lot, each in the shape of the verdict schema."""

    head: Head
    as_of: str
    verdicts: list[dict[str, Any]]


class Answers(msgspec.Struct):
    """Answers about origin and reach; `cut` says that there are more than are listed."""

    head: Head
    as_of: str
    answers: list[dict[str, Any]]
    cut: bool


class Resources(msgspec.Struct):
    """What stands below this door."""

    head: Head
    resources: list[str]


class Fault(msgspec.Struct, omit_defaults=True):
    """One fault of a document, with its place."""

    code: str
    file: str
    place: str
    expected: str
    found: str
    next_step: str
    type: str = ""
    title: str = ""
    status: int = 0
    detail: str = ""


class Problem(msgspec.Struct, omit_defaults=True):
    """Why a call was refused. Source: RFC 9457."""

    type: str
    title: str
    status: int
    detail: str = ""
    instance: str = ""
    code: str = ""
    next_step: str = ""
    errors: list[Fault] = []


class CaptureJob(msgspec.Struct, rename="camel"):
    """How the capture of a document stands. Source: EPCIS 2.0, openapi.json, CaptureJob."""

    capture_id: str = msgspec.field(name="captureID")
    created_at: str
    running: bool
    success: bool
    capture_error_behaviour: str
    errors: list[dict[str, Any]]
    finished_at: str | msgspec.UnsetType = msgspec.UNSET
    format: str | msgspec.UnsetType = msgspec.UNSET
    document: str | msgspec.UnsetType = msgspec.UNSET
    appended: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    already_in_the_book: int | msgspec.UnsetType = msgspec.UNSET
    receipt: dict[str, Any] | msgspec.UnsetType | None = msgspec.UNSET
    notes: list[str] | msgspec.UnsetType = msgspec.UNSET


class CaptureJobs(msgspec.Struct):
    """A page of capture jobs. `next` goes on where `more` is true; the answer is then cut off."""

    more: bool
    next: Text
    items: list[CaptureJob]


class Upload(msgspec.Struct):
    """How much of a document that comes in parts has come; the job, once it is whole."""

    upload_id: str = msgspec.field(name="uploadID")
    name: str
    offset: int
    complete: bool
    until: str
    capture_id: str | None = msgspec.field(name="captureID")


class UploadUnderWay(msgspec.Struct):
    """An upload that is not whole yet; `age` in seconds. What lies with another server is null."""

    upload_id: str = msgspec.field(name="uploadID")
    name: str | None
    offset: int | None
    begun: str
    age: int


class Member(msgspec.Struct):
    """A member of an organisation and its role."""

    organisation: str
    member: str
    role: str


class Token(msgspec.Struct):
    """A token without its secret: open, ended or revoked."""

    id: str
    organisation: str
    member: str
    scope: list[str]
    created: str
    expires: str
    revoked: str | None
    state: Literal["open", "ended", "revoked"]


class NewToken(Token):
    """A token just made, with the text that is shown this once."""

    token: str = ""


class TokenAsked(msgspec.Struct, omit_defaults=True):
    """For which member a token is asked: with a role, narrowed to a scope, for so many days."""

    member: str
    organisation: str | msgspec.UnsetType = msgspec.UNSET
    role: str | msgspec.UnsetType = msgspec.UNSET
    scope: list[str] | msgspec.UnsetType = msgspec.UNSET
    days: int | msgspec.UnsetType = msgspec.UNSET


class Collection(msgspec.Struct):
    """Members of a browsable resource. Source: EPCIS 2.0, openapi.json, UriCollection."""

    context: str | dict[str, Any] | list[str | dict[str, Any]] = msgspec.field(name="@context")
    type: str
    member: list[str]


class NamedQuery(msgspec.Struct):
    """A question under a name. Source: EPCIS 2.0, query-schema.json."""

    name: str
    query: dict[str, Any]


class QueryDocument(msgspec.Struct, rename="camel"):
    """Events that fit. Source: EPCIS 2.0, EPCIS-JSON-Schema, EPCISQueryDocument."""

    context: str | dict[str, Any] | list[str | dict[str, Any]] = msgspec.field(name="@context")
    type: str
    schema_version: str
    creation_date: str
    epcis_body: dict[str, Any]


class Document(msgspec.Struct, rename="camel"):
    """An EPCISDocument. Source: EPCIS 2.0, EPCIS-JSON-Schema."""

    context: str | dict[str, Any] | list[str | dict[str, Any]] = msgspec.field(name="@context")
    type: str
    schema_version: str
    creation_date: str
    epcis_body: dict[str, Any]


class Event(msgspec.Struct, rename="camel"):
    """One event with its context. Source: EPCIS 2.0, EPCIS-JSON-Schema."""

    context: str | dict[str, Any] | list[str | dict[str, Any]] = msgspec.field(name="@context")
    type: str
    event_time: str
    event_time_zone_offset: str


SHAPES = (
    *(
        Resources,
        Statement,
        Statements,
        EntryWithProof,
        Entry,
        Entries,
        Findings,
        Verdicts,
        Answers,
    ),
    Standing,
    *(
        Problem,
        CaptureJob,
        CaptureJobs,
        Upload,
        UploadUnderWay,
        Member,
        Token,
        NewToken,
        TokenAsked,
        Collection,
        NamedQuery,
        QueryDocument,
        Document,
        Event,
    ),
)
