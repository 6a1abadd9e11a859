"""Cosignatures of both types, and policies, against their specifications."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.log import b64, cosignature, note, policy
from orebook.log.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from orebook.log.errors import LogError, Malformed, Tampered
from orebook.log.keys import SigningKey

NOW = 1_700_000_000
LOG = note.Signer("books.example/demo", SigningKey.from_seed(b"L" * 32))
HEAD = Checkpoint(LOG.name, 3, b"r" * 32)

# The example of C2SP tlog-cosignature; its keys are not published.
SPEC = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv"
    "2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2"
    "oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()


def ed25519(name: str, time: int = NOW) -> cosignature.Ed25519CosigningKey:
    return cosignature.Ed25519CosigningKey(
        name, SigningKey.from_seed(name.encode().ljust(32, b".")), lambda: time
    )


def ml_dsa(name: str, time: int = NOW) -> cosignature.MlDsaCosigningKey:
    return cosignature.MlDsaCosigningKey(name, name.encode().ljust(32, b"."), lambda: time)


def make_policy(*lines: str) -> policy.Policy:
    return policy.parse_policy("".join(f"{line}\n" for line in lines).encode())


def signed(*signers: note.NoteSigner) -> bytes:
    return sign_checkpoint(HEAD, LOG, *signers)


def test_the_example_of_the_specification_is_taken_apart() -> None:
    parsed = note.parse_note(SPEC)
    time, value = cosignature.split(parsed.signatures[1].value)
    assert (time, len(value)) == (1679315147, 64)
    assert cosignature.ed25519_message(parsed.text.encode(), time) == (
        b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )


def test_the_ml_dsa_message_has_the_layout_of_the_specification() -> None:
    head = parse_checkpoint(SPEC)
    message = cosignature.ml_dsa_message("witness.example/w1", 1679315147, head)
    assert message == (
        b"subtree/v1\n\0"
        b"\x12witness.example/w1"
        + (1679315147).to_bytes(8, "big")
        + b"\x1bexample.com/behind-the-sofa"
        + bytes(8)
        + (20852163).to_bytes(8, "big")
        + head.root
    )


def test_both_types_sign_and_verify() -> None:
    for key in (ed25519("w.example/1"), ml_dsa("w.example/2")):
        data = signed(key)
        opened = note.open_note(data, [LOG.verifier, key.verifier])
        assert [line.name for line in opened.verified] == [LOG.name, key.name]
        assert cosignature.split(opened.verified[1].value)[0] == NOW
        assert cosignature.parse_cosigner(key.verifier.vkey) == key.verifier


def test_every_changed_byte_is_refused() -> None:
    for key, step in ((ed25519("w.example/1"), 1), (ml_dsa("w.example/2"), 97)):
        text = HEAD.body().encode()
        good = key.sign(text)
        assert key.verifier.verify(text, good)
        for at in range(0, len(good), step):
            bad = bytearray(good)
            bad[at] ^= 1
            assert not key.verifier.verify(text, bytes(bad))
        for at in range(len(text)):
            other = bytearray(text)
            other[at] ^= 1
            assert not key.verifier.verify(bytes(other), good)
        assert not key.verifier.verify(text, good[:-1])
        assert not key.verifier.verify(text, b"")


def test_a_name_is_part_of_what_ml_dsa_signs_and_extensions_are_not() -> None:
    key = ml_dsa("w.example/2")
    stranger = cosignature.MlDsaCosigner("w.example/3", key.verifier.public)
    longer = Checkpoint(HEAD.origin, HEAD.size, HEAD.root, ("more",)).body().encode()
    value = key.sign(HEAD.body().encode())
    assert not stranger.verify(HEAD.body().encode(), value)
    assert key.verifier.verify(longer, value)
    assert not ed25519("w").verifier.verify(longer, ed25519("w").sign(HEAD.body().encode()))


def test_keys_of_other_forms_are_refused() -> None:
    good = ed25519("w.example/1").verifier.vkey
    name, written, material = good.split("+")
    wrong = [
        LOG.verifier.vkey,
        f"{name}+00000000+{material}",
        f"{name}+{written}",
        f"{name}+{written}+",
        f"{name}+{written}+{b64.encode_standard(bytes([4]) + bytes(32))}",
        f"{name}+{written}+{b64.encode_standard(bytes([6]) + bytes(32))}",
        f"a b+{written}+{material}",
    ]
    for vkey in wrong:
        with pytest.raises(Malformed):
            cosignature.parse_cosigner(vkey)
    with pytest.raises(Malformed, match="01"):
        cosignature.parse_log_key(good)
    with pytest.raises(Malformed, match="clock"):
        ed25519("w", 0).sign(HEAD.body().encode())
    with pytest.raises(Malformed):
        ed25519("w").sign(b"no checkpoint\n")
    with pytest.raises(Malformed):
        cosignature.split((2**63).to_bytes(8, "big") + bytes(64))


def test_without_the_package_nothing_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    key = ml_dsa("w.example/2")
    chosen = make_policy(f"log {LOG.verifier.vkey}", f"witness w {key.verifier.vkey}", "quorum w")
    data = signed(key)
    assert policy.evaluate(chosen, data).satisfied
    monkeypatch.setattr(cosignature, "ml_dsa_available", lambda: False)
    verdict = policy.evaluate(chosen, data)
    assert (verdict.satisfied, verdict.not_checked, dict(verdict.counted)) == (False, ("w",), {})
    assert any("not checked here" in line for line in verdict.lines())
    with pytest.raises(Malformed, match="orebook\\[pq\\]"):
        key.verifier.verify(HEAD.body().encode(), key.sign(HEAD.body().encode()))
    with pytest.raises(Malformed, match="not checked here"):
        policy.evaluate(make_policy(f"log {key.verifier.vkey}", "quorum none"), data)


def test_a_quorum_of_groups_counts_as_the_specification_says() -> None:
    xs = [ed25519(f"x{n}.example") for n in (1, 2, 3)]
    ys = [ed25519(f"y{n}.example") for n in (1, 2, 3)]
    lines = [f"log {LOG.verifier.vkey} https://books.example/demo"]
    lines += [f"witness X{n} {key.verifier.vkey}" for n, key in enumerate(xs, 1)]
    lines += [f"witness Y{n} {key.verifier.vkey} https://y{n}.example" for n, key in enumerate(ys)]
    lines += ["group X-witnesses 2 X1 X2 X3", "# a remark", "\tgroup Y-witnesses any Y0 Y1 Y2 "]
    lines += ["", "group X-and-Y all X-witnesses Y-witnesses", "quorum X-and-Y"]
    chosen = make_policy(*lines)
    assert policy.parse_policy(policy.format_policy(chosen)) == chosen
    assert chosen.needed() == "2 of 2: (2 of 3: X1, X2, X3), (1 of 3: Y0, Y1, Y2)"
    assert not policy.evaluate(chosen, signed()).satisfied
    assert not policy.evaluate(chosen, signed(xs[0], xs[1])).satisfied
    assert not policy.evaluate(chosen, signed(xs[0], ys[0], ys[1])).satisfied
    verdict = policy.evaluate(chosen, signed(xs[0], xs[2], ys[1]))
    assert verdict.satisfied
    assert list(verdict.counted) == ["X1", "X3", "Y1"]
    assert verdict.missing == ("X2", "Y0", "Y2")


def test_age_and_the_future_are_judged() -> None:
    old, new, ahead = (
        ed25519("old", NOW - 100),
        ed25519("new", NOW - 10),
        ed25519("ahead", NOW + 3600),
    )
    lines = [f"log {LOG.verifier.vkey}"]
    lines += [f"witness {key.name} {key.verifier.vkey}" for key in (old, new, ahead)]
    chosen = make_policy(*lines, "group two 2 old new ahead", "quorum two")
    data = signed(old, new, ahead)
    verdict = policy.evaluate(chosen, data, now=NOW, max_age=50)
    assert (dict(verdict.counted), dict(verdict.stale), dict(verdict.ahead)) == (
        {"new": NOW - 10},
        {"old": NOW - 100},
        {"ahead": NOW + 3600},
    )
    assert not verdict.satisfied
    assert policy.evaluate(chosen, data, now=NOW, max_age=100).satisfied
    assert policy.evaluate(chosen, data).satisfied
    again = note.add_signatures(
        data,
        [note.Signature(old.name, old.key_id, ed25519("old", NOW).sign(HEAD.body().encode()))],
    )
    assert policy.evaluate(chosen, again, now=NOW, max_age=50).counted["old"] == NOW
    with pytest.raises(Malformed, match="present time"):
        policy.evaluate(chosen, data, max_age=5)


def test_a_log_must_have_signed_and_a_bad_known_signature_refuses_all() -> None:
    witness, stranger = ed25519("w"), ed25519("stranger")
    chosen = make_policy(
        f"log {LOG.verifier.vkey}", f"witness w {witness.verifier.vkey}", "quorum w"
    )
    assert policy.evaluate(chosen, signed(witness, stranger)).unknown == (
        f"stranger+{stranger.key_id.hex()}",
    )
    impostor = note.Signer(LOG.name, SigningKey.from_seed(b"X" * 32))
    with pytest.raises(Tampered, match="a log of the policy"):
        policy.evaluate(chosen, sign_checkpoint(HEAD, impostor, witness))
    with pytest.raises(Tampered, match="a log of the policy"):
        policy.evaluate(chosen, signed(witness), log=impostor.verifier)
    forged = note.Signature("w", witness.key_id, bytes(8) + bytes(64))
    with pytest.raises(Tampered, match="signature of w"):
        policy.evaluate(chosen, note.add_signatures(signed(), [forged]))
    without = make_policy(f"witness w {witness.verifier.vkey}", "quorum w")
    assert policy.evaluate(without, signed(witness), log=LOG.verifier).satisfied
    with pytest.raises(Tampered):
        policy.evaluate(without, signed(witness))
    assert policy.evaluate(make_policy("quorum none"), signed(), log=LOG.verifier).satisfied


W1, W2 = (ed25519(name).verifier.vkey for name in ("w1", "w2"))


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "quorum"),
        (["quorum none", "quorum none"], "second"),
        (["quorum w"], "defined above"),
        (["quorum w", f"witness w {W1}"], "defined above"),
        ([f"witness none {W1}", "quorum none"], "not taken"),
        ([f"witness w {W1}", f"witness w {W2}", "quorum w"], "not taken"),
        ([f"witness a {W1}", f"witness b {W1}", "quorum a"], "key once"),
        ([f"log {LOG.verifier.vkey}", f"log {LOG.verifier.vkey}", "quorum none"], "key once"),
        ([f"log {W1}", "quorum none"], "type"),
        ([f"witness w {LOG.verifier.vkey}", "quorum w"], "type"),
        ([f"witness a {W1}", "group g 2 a", "quorum g"], "number"),
        ([f"witness a {W1}", "group g 0 a", "quorum g"], "number"),
        ([f"witness a {W1}", "group g 01 a", "quorum g"], "number"),
        ([f"witness a {W1}", "group g all", "quorum g"], "MEMBER"),
        ([f"witness a {W1}", "group g any a a", "quorum g"], "at most once"),
        ([f"witness a {W1}", "group g any a", "group h any a", "quorum g"], "at most once"),
        ([f"witness a {W1}", "group g any g", "quorum g"], "defined above"),
        ([f"witness a {W1}", "group g any none", "quorum g"], "defined above"),
        (["witness a", "quorum none"], "VKEY"),
        (["log", "quorum none"], "VKEY"),
        (["quorum none none"], "NAME"),
        (["cosigner a", "quorum none"], "log, witness"),
        (["quorum none\r"], "control"),
        (["quorum\vnone"], "control"),
        (["quorum\u00a0none"], "log, witness"),
    ],
)
def test_policies_out_of_form_are_refused_with_their_line(lines: list[str], reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        make_policy(*(lines or ["# nothing"]))


def test_a_policy_is_octets() -> None:
    with pytest.raises(Malformed, match="newline"):
        policy.parse_policy(b"quorum none")
    data = f"witness \xff {W1}\nquorum \xff\n".encode("latin-1")
    chosen = policy.parse_policy(data)
    assert policy.parse_policy(policy.format_policy(chosen)) == chosen
    kelvin = f"witness K {W1}\nquorum \u212a\n".encode()
    with pytest.raises(Malformed, match="defined above"):
        policy.parse_policy(kelvin)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_readers(data: bytes) -> None:
    for read in (policy.parse_policy, lambda d: cosignature.parse_cosigner(d.decode("latin-1"))):
        with suppress(LogError):
            assert read(data)
