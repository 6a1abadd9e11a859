"""A verifier's policy: which logs it knows, which witnesses, and how many of them are enough.

Source: C2SP tlog-policy. The file is octets; names are compared byte for byte.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from orebook.log.checkpoint import Checkpoint, parse_body
from orebook.log.cosignature import (
    Key,
    MlDsaCosigner,
    need_ml_dsa,
    parse_cosigner,
    parse_log_key,
    split,
)
from orebook.log.errors import Malformed, Tampered, show
from orebook.log.note import NoteVerifier, Signature, Verifier, open_note, parse_note

NONE = "none"
POLICY_MAX = 1_000_000
LINES_MAX = 4096
AHEAD_MAX = 300  # seconds that a witness's clock may run before the reader's
_BLANK = re.compile("[ \t]+")
_CONTROL = re.compile(b"[\x00-\x08\x0b-\x1f\x7f]")
_THRESHOLD = re.compile(r"[1-9][0-9]{0,8}\Z")


@dataclass(frozen=True, slots=True)
class LogLine:
    """A log the policy accepts."""

    key: Verifier | MlDsaCosigner
    url: str = ""


@dataclass(frozen=True, slots=True)
class WitnessLine:
    """A witness the policy knows, under a name that means nothing outside the file."""

    name: str
    key: Key
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """So many of these must have witnessed; members are witnesses or earlier groups."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Logs, witnesses, groups in the order of their lines, and the name of the quorum."""

    logs: tuple[LogLine, ...]
    witnesses: tuple[WitnessLine, ...]
    groups: tuple[Group, ...]
    quorum: str

    def needed(self) -> str:
        """The quorum in words."""
        return _words(self.quorum, {group.name: group for group in self.groups})

    def urls(self) -> Mapping[str, tuple[WitnessLine, ...]]:
        """The witnesses that can be asked, by address; one address may hold several keys."""
        found: dict[str, list[WitnessLine]] = {}
        for witness in self.witnesses:
            if witness.url:
                found.setdefault(witness.url, []).append(witness)
        return MappingProxyType({url: tuple(lines) for url, lines in found.items()})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a checkpoint's signatures are worth under a policy.

    ``counted`` gives each witness that counts and the second since 1970 at which it signed.
    ``not_checked`` names those whose signature is there and whose type this machine cannot verify.
    """

    checkpoint: Checkpoint
    log: str
    needed: str
    satisfied: bool
    counted: Mapping[str, int]
    stale: Mapping[str, int] = field(default_factory=dict)
    ahead: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """What was found, one sentence per line."""
        yield (
            f"the policy needs {self.needed}: {'met' if self.satisfied else 'NOT met'}"
            f" ({len(self.counted)} witness(es) count)"
        )
        for name, time in self.counted.items():
            yield f"witness {name} saw this head by its clock {utc(time)}"
        for name, time in self.stale.items():
            yield f"witness {name} signed {utc(time)}, too long ago to count"
        for name, time in self.ahead.items():
            yield f"witness {name} signed {utc(time)}, a time yet to come: not counted"
        for name in self.missing:
            yield f"witness {name} has not signed this head"
        for name in self.not_checked:
            yield f"witness {name}: not checked here, its signature type needs orebook[pq]"
        for name in self.unknown:
            yield f"signature of {name}: a key this policy does not know, ignored"


def parse_policy(data: bytes) -> Policy:
    """Gives the policy of a file.

    Refuses: Malformed, naming the line, for control characters, a line without newline, an unknown
    word, a name used twice or not yet defined, two lines of one key, a group out of reach, a
    member of two groups, no quorum line or two.
    """
    if len(data) > POLICY_MAX:
        raise Malformed("policy", f"at most {POLICY_MAX} bytes", str(len(data)))
    if bad := _CONTROL.search(data):
        raise Malformed(f"policy, byte {bad.start()}", "no control characters", show(bad[0]))
    if not data.endswith(b"\n"):
        raise Malformed("policy", "a newline at the end of each line", show(data[-20:]))
    reader = _Reader()
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    if len(lines) > LINES_MAX:
        raise Malformed("policy", f"at most {LINES_MAX} lines", str(len(lines)))
    for number, line in enumerate(lines, 1):
        text = line.strip(" \t")
        if text and not text.startswith("#"):
            reader.take(f"policy, line {number}", _BLANK.split(text))
    return reader.done()


def format_policy(policy: Policy) -> bytes:
    """Gives the file of a policy; reading it gives the policy again."""
    lines = [" ".join(filter(None, ("log", log.key.vkey, log.url))) for log in policy.logs]
    lines += [
        " ".join(filter(None, ("witness", witness.name, witness.key.vkey, witness.url)))
        for witness in policy.witnesses
    ]
    lines += [
        " ".join(("group", group.name, str(group.threshold), *group.members))
        for group in policy.groups
    ]
    lines.append(f"quorum {policy.quorum}")
    data = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
    if parse_policy(data) != policy:
        raise Malformed("policy", "names and addresses without spaces, in order", "others")
    return data


def evaluate(
    policy: Policy,
    note: bytes,
    *,
    now: int | None = None,
    max_age: int | None = None,
    log: NoteVerifier | None = None,
) -> Verdict:
    """Gives what the policy says of a checkpoint whose log signature holds.

    Takes: ``now`` (seconds since 1970) and ``max_age``, the seconds after which a cosignature no
    longer counts; without ``now`` no time is judged. ``log`` stands in where the policy lists no
    log.
    Refuses: Malformed for the form; Tampered where no log of the policy has signed under its own
    name, or a signature of a known key does not hold; Malformed for ``max_age`` without ``now``.
    """
    if max_age is not None and now is None:
        raise Malformed("policy", "the present time along with a maximum age", "none")
    text = parse_note(note).text
    checkpoint = parse_body(text)
    if policy.logs and not any(_checkable(line.key) for line in policy.logs):
        need_ml_dsa()
    logs: list[NoteVerifier] = [line.key for line in policy.logs if _checkable(line.key)]
    if log is not None and not any(_same_key(log, known) for known in logs):
        if policy.logs:
            raise Tampered("log key", "a log of the policy", show(log.name))
        logs = [log]
    able = [witness for witness in policy.witnesses if witness.key.checkable]
    opened = open_note(note, _distinct([*logs, *(witness.key for witness in able)]))
    signed = {(signature.name, signature.key_id) for signature in opened.verified}
    ours = [key for key in logs if (key.name, key.key_id) in signed]
    if not any(key.name == checkpoint.origin for key in ours):
        names = ", ".join(key.name for key in logs) or "none"
        raise Tampered("checkpoint", f"a signature of a log of the policy ({names})", "none")
    return _verdict(policy, note, checkpoint, now, max_age)


def _verdict(
    policy: Policy, note: bytes, checkpoint: Checkpoint, now: int | None, max_age: int | None
) -> Verdict:
    """Sorts the witnesses; every signature of a key that can be checked has been verified."""
    times = _times(parse_note(note).signatures)
    counted: dict[str, int] = {}
    stale: dict[str, int] = {}
    ahead: dict[str, int] = {}
    missing: list[str] = []
    blind: list[str] = []
    for witness in policy.witnesses:
        time = times.pop((witness.key.name, witness.key.key_id), None)
        if time is None:
            missing.append(witness.name)
        elif not witness.key.checkable:
            blind.append(witness.name)
        elif now is not None and time > now + AHEAD_MAX:
            ahead[witness.name] = time
        elif now is not None and max_age is not None and time < now - max_age:
            stale[witness.name] = time
        else:
            counted[witness.name] = time
    known = {(line.key.name, line.key.key_id) for line in policy.logs}
    strangers = [
        f"{s.name}+{s.key_id.hex()}"
        for s in parse_note(note).signatures
        if (s.name, s.key_id) in times
        and (s.name, s.key_id) not in known
        and s.name != checkpoint.origin
    ]
    return Verdict(
        checkpoint,
        checkpoint.origin,
        policy.needed(),
        _reached(policy, set(counted)),
        counted,
        stale,
        ahead,
        tuple(missing),
        tuple(blind),
        tuple(dict.fromkeys(strangers)),
    )


def _times(signatures: tuple[Signature, ...]) -> dict[tuple[str, bytes], int]:
    """The newest time of each key; a plain log signature has none that means anything."""
    newest: dict[tuple[str, bytes], int] = {}
    for signature in signatures:
        who = (signature.name, signature.key_id)
        try:
            time = split(signature.value)[0]
        except Malformed:
            time = 0
        newest[who] = max(time, newest.get(who, 0))
    return newest


def _reached(policy: Policy, counted: set[str]) -> bool:
    stands = {NONE, *counted}
    for group in policy.groups:
        if sum(member in stands for member in group.members) >= group.threshold:
            stands.add(group.name)
    return policy.quorum in stands


def _words(name: str, groups: Mapping[str, Group]) -> str:
    if name == NONE:
        return "no witness"
    if name not in groups:
        return f"witness {name}" if name else name
    group = groups[name]
    inner = ", ".join(
        f"({_words(member, groups)})" if member in groups else member for member in group.members
    )
    return f"{group.threshold} of {len(group.members)}: {inner}"


def _checkable(key: Verifier | MlDsaCosigner) -> bool:
    return key.checkable if isinstance(key, MlDsaCosigner) else True


def _same_key(one: NoteVerifier, other: NoteVerifier) -> bool:
    return (one.name, one.key_id) == (other.name, other.key_id)


def _distinct(keys: list[NoteVerifier]) -> list[NoteVerifier]:
    return list({(key.name, key.key_id): key for key in keys}.values())


def utc(time: int) -> str:
    """Gives seconds since 1970 as a time in UTC; as they are where no calendar holds them."""
    try:
        return dt.datetime.fromtimestamp(time, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"{time} s after 1970"


class _Reader:
    """Takes the lines of a policy file in order."""

    def __init__(self) -> None:
        self._logs: list[LogLine] = []
        self._witnesses: list[WitnessLine] = []
        self._groups: list[Group] = []
        self._quorum: str | None = None
        self._names: set[str] = set()
        self._members: set[str] = set()

    def take(self, place: str, words: list[str]) -> None:
        """One line that is neither blank nor a comment."""
        kinds = {"log": self._log, "witness": self._witness, "group": self._group}
        if words[0] == "quorum":
            self._end(place, words)
        elif words[0] in kinds:
            kinds[words[0]](place, words[1:])
        else:
            raise Malformed(place, "log, witness, group or quorum", show(words[0]))

    def done(self) -> Policy:
        """The whole. Refuses: Malformed without a quorum line."""
        if self._quorum is None:
            raise Malformed("policy", "one line 'quorum NAME'", "none")
        return Policy(tuple(self._logs), tuple(self._witnesses), tuple(self._groups), self._quorum)

    def _log(self, place: str, words: list[str]) -> None:
        if not 1 <= len(words) <= 2:
            raise Malformed(place, "log VKEY [URL]", f"{len(words)} words after log")
        with_key = LogLine(parse_log_key(_utf8(words[0], place)), "".join(words[1:]))
        if any(line.key.public == with_key.key.public for line in self._logs):
            raise Malformed(place, "each log's key once", show(with_key.key.name))
        self._logs.append(with_key)

    def _witness(self, place: str, words: list[str]) -> None:
        if not 2 <= len(words) <= 3:
            raise Malformed(place, "witness NAME VKEY [URL]", f"{len(words)} words after witness")
        name = self._new(place, words[0])
        line = WitnessLine(name, parse_cosigner(_utf8(words[1], place)), "".join(words[2:]))
        if any(other.key.public == line.key.public for other in self._witnesses):
            raise Malformed(place, "each witness's key once", show(line.key.name))
        self._witnesses.append(line)

    def _group(self, place: str, words: list[str]) -> None:
        if len(words) < 3:
            raise Malformed(place, "group NAME all|any|K MEMBER…", f"{len(words)} words")
        count, members = words[1], tuple(words[2:])
        for member in members:
            if member not in self._names:
                raise Malformed(place, "members defined above", show(member))
            if member in self._members:
                raise Malformed(place, "each name a member at most once", show(member))
            self._members.add(member)
        threshold = {"all": len(members), "any": 1}.get(count)
        if threshold is None:
            threshold = int(count) if _THRESHOLD.match(count) else 0
        if not 1 <= threshold <= len(members):
            raise Malformed(place, f"all, any or a number from 1 to {len(members)}", show(count))
        self._groups.append(Group(self._new(place, words[0]), threshold, members))

    def _end(self, place: str, words: list[str]) -> None:
        if len(words) != 2:
            raise Malformed(place, "quorum NAME", f"{len(words) - 1} words after quorum")
        if self._quorum is not None:
            raise Malformed(place, "one quorum line", "a second")
        if words[1] != NONE and words[1] not in self._names:
            raise Malformed(place, "a witness or group defined above, or none", show(words[1]))
        self._quorum = words[1]

    def _new(self, place: str, name: str) -> str:
        if name == NONE or name in self._names:
            raise Malformed(place, "a name that is not taken", show(name))
        self._names.add(name)
        return name


def _utf8(text: str, place: str) -> str:
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise Malformed(place, "a verifier key in UTF-8", show(text))
    return text
