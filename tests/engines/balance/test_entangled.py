"""What picks say of one another, also where two are all but the same."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest

from orebook.engines.balance.entangled import Cover, covered
from orebook.engines.balance.network import Floats

SIZE = 14


def _made(apart: float) -> tuple[Floats, Floats, Floats, Cover]:
    """P = L L', the columns of five picks, of which two are so far apart, and their cover."""
    draw = np.random.default_rng(7)
    root = draw.normal(size=(SIZE, SIZE)) * 10.0 ** draw.uniform(-2, 2, SIZE)
    columns = draw.normal(size=(SIZE, 5)) * 10.0 ** np.array([0.0, 0.0, -3.0, 4.0, 1.0])
    columns[:, 1] = columns[:, 0] + apart * draw.normal(size=SIZE)
    residual = draw.normal(size=SIZE)
    seen = root.T @ columns
    cover = covered(seen.T @ seen, seen.T @ (root.T @ residual), [1, 1, 1, 2])
    return root, columns, residual, cover


def _beside(root: Floats, columns: Floats) -> Floats:
    """P with these columns fitted, by an orthonormal basis of what is seen of them."""
    seen = root.T @ columns
    left, sizes, _ = np.linalg.svd(seen / np.linalg.norm(seen, axis=0), full_matrices=False)
    basis = left[:, sizes > 1e-6]
    return root @ (np.eye(SIZE) - basis @ basis.T) @ root.T


@pytest.mark.parametrize("apart", [0.5, 1e-3, 1e-5, 1e-8, 0.0])
@pytest.mark.parametrize("own", [(0, 1), (1, 2), (0, 1, 3), (2, 3), (0, 1, 2, 3)])
def test_what_picks_give_way_to_is_what_the_others_leave(
    apart: float, own: tuple[int, ...]
) -> None:
    root, columns, residual, cover = _made(apart)
    rest = list(chain.from_iterable(cover.whose[p] for p in range(4) if p not in own))
    without = _beside(root, columns[:, rest])
    freed = root @ root.T @ columns @ cover.released(*own)
    whole = without - freed @ freed.T
    held = _beside(root, columns)
    assert whole == pytest.approx(held, abs=1e-5 * np.abs(without).max())
    worth = cover.released(*own).T @ cover.pull
    assert worth @ worth == pytest.approx(
        residual @ (without - held) @ residual,
        rel=1e-5,
        abs=1e-5 * float(residual @ without @ residual),
    )


def test_a_pick_that_says_what_another_says_gives_nothing_back() -> None:
    *_, cover = _made(0.0)
    assert cover.released(0).shape == (5, 0)
    assert cover.weight([0, 1, 2, 3], (0,), None, None) == 0.0
    assert cover.weight([0, 1, 2, 3], (0, 1), None, None) > 0.0
