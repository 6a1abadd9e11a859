"""Tamper evidence: bytes in, proofs out. Knows nothing of minerals, does no I/O."""
