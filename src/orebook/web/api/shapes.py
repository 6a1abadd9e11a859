"""What the doors give and take, as types: the OpenAPI document is written from these."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from orebook.web.api.answer_shapes import Fault, Finding, Head, NetworkFinding
from orebook.web.api.verdict_shapes import (
    Exposed,
    Origin,
    Reached,
    Recall,
    StageStanding,
    Verdict,
)

Text = str | None


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
    findings: list[Finding]


class NetworkFindings(msgspec.Struct):
    """The answer about a network: one finding, with all that was reckoned as its `network`."""

    head: Head
    as_of: str
    findings: list[NetworkFinding]


class Standing(msgspec.Struct):
    """How concentrated a stage is by published statistics beside the book, as intervals."""

    head: Head
    as_of: str
    standing: StageStanding


class Verdicts(msgspec.Struct):
    """What packs of rules say of one lot, each in the shape of the verdict schema."""

    head: Head
    as_of: str
    verdicts: list[Verdict]


class Origins(msgspec.Struct):
    """Where lots came from; `cut` says that there is more than is listed."""

    head: Head
    as_of: str
    answers: list[Origin]
    cut: bool


class Reaches(msgspec.Struct):
    """Where something went; `cut` says that there are more lots than are listed."""

    head: Head
    as_of: str
    answers: list[Reached]
    cut: bool


class Exposures(msgspec.Struct):
    """What of each lot came from a set; `cut` says that there are more than are listed."""

    head: Head
    as_of: str
    answers: list[Exposed]
    cut: bool


class Recalls(msgspec.Struct):
    """What a recall touches; `cut` says that there is more than is listed."""

    head: Head
    as_of: str
    answers: list[Recall]
    cut: bool


class Resources(msgspec.Struct):
    """What stands below this door."""

    head: Head
    resources: list[str]


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


class JobFault(msgspec.Struct):
    """Why a document was refused, in whole or at one place of it. Source: RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str | msgspec.UnsetType = msgspec.UNSET
    file: str | msgspec.UnsetType = msgspec.UNSET
    place: str | msgspec.UnsetType = msgspec.UNSET
    expected: str | msgspec.UnsetType = msgspec.UNSET
    found: str | msgspec.UnsetType = msgspec.UNSET
    next_step: str | msgspec.UnsetType = msgspec.UNSET


class Receipt(msgspec.Struct):
    """Where a document stands in the log: its first and last entry, and the head over them."""

    first: int
    last: int
    head: Head


class CaptureJob(msgspec.Struct, rename="camel"):
    """How the capture of a document stands. Source: EPCIS 2.0, openapi.json, CaptureJob."""

    capture_id: str = msgspec.field(name="captureID")
    created_at: str
    running: bool
    success: bool
    capture_error_behaviour: str
    errors: list[JobFault]
    finished_at: str | msgspec.UnsetType = msgspec.UNSET
    format: str | msgspec.UnsetType = msgspec.UNSET
    document: str | msgspec.UnsetType = msgspec.UNSET
    appended: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    already_in_the_book: int | msgspec.UnsetType = msgspec.UNSET
    receipt: Receipt | msgspec.UnsetType | None = msgspec.UNSET
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
        NetworkFindings,
        Verdicts,
        Origins,
        Reaches,
        Exposures,
        Recalls,
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
