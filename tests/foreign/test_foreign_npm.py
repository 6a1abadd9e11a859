"""@sd-jwt/core verifies an SD-JWT of this run; one change that slips past it is named."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from orebook.log import b64, leaf, sdjwt
from orebook.log.combined import format_combined, verify_combined
from orebook.log.errors import LogError
from orebook.log.keys import SigningKey

pytestmark = pytest.mark.proof
_AUTHOR = SigningKey.from_seed(b"A" * 32)
_OTHER = SigningKey.from_seed(b"O" * 32)


def _verdicts(script: Path, tokens: list[str], public: bytes) -> list[dict[str, object]]:
    given = json.dumps([{"token": token, "x": b64.encode(public)} for token in tokens])
    done = subprocess.run(
        ["node", script.name], cwd=script.parent, input=given,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_npm_accepts_ours_and_refuses_a_changed_signature(
    npm: Path, sealed: leaf.SealedLeaf, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = [item.text for item in sealed.disclosures]
    token = format_combined(sealed.leaf, texts)
    payload = token.split(".")[1]
    other = b64.encode(b64.decode(payload).replace(b'"lot"', b'"lox"'))
    changed = token.replace(payload, other)
    whole, few, bad = _verdicts(
        npm, [token, format_combined(sealed.leaf, texts[:1]), changed], _AUTHOR.public
    )
    with capsys.disabled():
        print(f"\n@sd-jwt/core 0.19.0: {whole}\nchanged: {bad}")
    _, ours = verify_combined(token, _AUTHOR.public)
    assert whole["claims"] == ours
    assert (
        few["claims"] == verify_combined(format_combined(sealed.leaf, texts[:1]), _AUTHOR.public)[1]
    )
    assert "refused" in bad
    assert "refused" in _verdicts(npm, [token], _OTHER.public)[0]


def test_a_changed_disclosure_slips_past_npm_and_not_past_us(
    npm: Path, sealed: leaf.SealedLeaf
) -> None:
    """@sd-jwt/core 0.19.0 drops it in silence (RFC 9901 section 7.1 says reject)."""
    texts = [item.text for item in sealed.disclosures]
    texts[0] = sdjwt.write_disclosure(b"0" * 16, "C.", "buyer")
    token = format_combined(sealed.leaf, texts)
    (verdict,) = _verdicts(npm, [token], _AUTHOR.public)
    assert "claims" in verdict, "it has learned to refuse this: use it as a full checker"
    assert '"C."' not in json.dumps(verdict)
    with pytest.raises(LogError, match="disclosures"):
        verify_combined(token, _AUTHOR.public)
