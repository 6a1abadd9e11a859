"""What a share can be asked by: the mine and country it came from, the plant, country and owner
it came through at each stage; and the network in which that question is one sweep.

"Through whom at a stage" is asked of the last time the metal passed that stage: the lots made
there become sources, and what lies before them is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from orebook.engines.origin.assemble import Assembled, Node
from orebook.engines.origin.bounds import UNKNOWN, Shares, Soft, shares, softs
from orebook.engines.origin.index import Index, build
from orebook.engines.origin.network import Floats, Ints, Network
from orebook.engines.origin.reach import reset
from orebook.engines.origin.sweep import forward
from orebook.model.problem import ReaderError
from orebook.model.vocabulary import stages

ORIGIN = ("source", "mine", "country")
OTHERS = "(all other lots)"
# A table of every lot by every name is not made beyond this: some two gigabytes.
CELLS_MOST = 50_000_000
PASSED = ("facility", "country", "owner")


@dataclass(frozen=True, slots=True)
class Question:
    """One way to tell shares apart: an attribute of where it came from, or of whom it passed.

    `stage` is empty for where it came from; `""` with a passed attribute means the last such place
    of any stage.
    """

    attribute: str
    stage: str = ""
    passed: bool = False

    @property
    def key(self) -> str:
        """mine, country, facility@refine."""
        return f"{self.attribute}@{self.stage}" if self.stage else self.attribute


@dataclass(frozen=True, slots=True)
class Solved:
    """The shares of one question for all nodes: names by column, not passed as the last.

    `outside` is True where the last column is what did not pass the stage.
    """

    question: Question
    names: tuple[str, ...]
    outside: bool
    index: Index
    shares: Shares
    soft: dict[int, Soft]
    network: Network


def questions(assembled: Assembled) -> tuple[Question, ...]:
    """The questions the labels of a list allow, in the order of the chain."""
    stops = [n.stop for n in assembled.nodes if not n.unknown]
    found = [Question("source")]
    found += [Question(a) for a in ("mine", "country") if any(getattr(s, a) for s in stops)]
    known = stages()
    named = {s.stage for s in stops if s.stage}
    for stage in sorted(named, key=lambda s: (known.get(s, len(known)), s)):
        here = [s for s in stops if s.stage == stage]
        found += [Question(a, stage, True) for a in PASSED if any(getattr(s, a) for s in here)]
    bare = [s for s in stops if not s.stage]
    for name in ("facility", "owner"):
        if any(getattr(s, name) for s in bare):
            found.append(Question(name, "", True))
    return tuple(found)


def solve(
    assembled: Assembled,
    question: Question,
    run: Callable[[Index, Floats], Floats] = forward,
    keep: Collection[str] | None = None,
) -> Solved:
    """The shares of one question in every node; `run` is the sweep that answers it.

    Takes: `keep`, the names to tell apart; the others stand together as OTHERS.
    Refuses: ReaderError where the table would have more than CELLS_MOST cells, before it is made.
    """
    nodes = assembled.nodes
    marked, label = _labelled(nodes, question)
    network = assembled.network
    if question.passed:
        network = reset(network, np.flatnonzero(marked).astype(np.int32))
    if keep is not None:
        label = [x if not x or x in keep else OTHERS for x in label]
    first = np.bincount(network.dst, minlength=network.nodes) == 0
    names = sorted({x for x, is_source in zip(label, first, strict=True) if x and is_source})
    column = {name: i for i, name in enumerate(names)}
    outside = question.passed
    beyond = len(names)
    group = np.array(
        [beyond if x == "" else UNKNOWN if x is None else column.get(x, UNKNOWN) for x in label],
        dtype=np.int32,
    )
    index = build(network)
    _bearable(index.rows, len(names), question)
    of_source = np.full(index.sources, UNKNOWN, dtype=np.int32)
    of_source[index.row_of[first]] = group[first]
    soft = softs(network, index)
    solved = shares(index, soft, of_source, len(names) + (1 if outside else 0), run)
    return Solved(question, tuple(names), outside, index, solved, soft, network)


def _labelled(nodes: Sequence[Node], question: Question) -> tuple[list[bool], list[str | None]]:
    """Of each node whether it is marked, and its label; worked out once for labels alike."""
    seen: dict[int, tuple[bool, str | None]] = {}
    marked, label = [], []
    for node in nodes:
        found = None if node.why else seen.get(id(node.stop))
        if found is None:
            hit = is_marked(node, question)
            found = hit, label_of(node, question, hit=hit)
            if not node.why and (question.attribute != "source" or question.passed):
                seen[id(node.stop)] = found
        marked.append(found[0])
        label.append(found[1])
    return marked, label


def _bearable(rows: int, names: int, question: Question) -> None:
    if rows * (names + 1) > CELLS_MOST:
        message = (
            f"all lots by {question.key}: expected a table of at most {CELLS_MOST} shares, found"
            f" {names} names for {rows} mixes. Name the lots to answer for, or ask by mine or"
            " country."
        )
        raise ReaderError(message)


def covered(assembled: Assembled, asked: Sequence[tuple[Question, Collection[str]]]) -> Solved:
    """The share that belongs to a set by one question or another, in every node, counted once.

    Takes: questions with the names of the set; all of where it came from, or all of one stage.
    Gives: bounds that hold for the set as a whole. Unknown: what no question puts into the set and
    one of them leaves unknown.
    """
    sides = []
    for question, names in asked:
        whole = solve(assembled, question)
        value = whole.shares.value[: whole.index.sources]
        if not value.shape[1]:
            sides.append(np.full(len(value), UNKNOWN))
            continue
        chosen = set(names)
        elsewhere = np.ones(value.shape[1], dtype=np.int32)
        elsewhere[[at for at, name in enumerate(whole.names) if name in chosen]] = 0
        # A source is wholly of one name, or unknown.
        sides.append(np.where(value.any(axis=1), elsewhere[value.argmax(axis=1)], UNKNOWN))
    every = np.stack(sides)
    told = np.where((every == 1).all(axis=0), 1, UNKNOWN)
    group: Ints = np.where((every == 0).any(axis=0), 0, told).astype(np.int32)
    solved = shares(whole.index, whole.soft, group, 2)
    return Solved(
        question, ("covered", "elsewhere"), False, whole.index, solved, whole.soft, whole.network
    )


def is_marked(node: Node, question: Question) -> bool:
    """Whether a node is a place the question asks about, and so forgets what lies before it."""
    if node.unknown or not question.passed:
        return False
    if question.stage:
        return node.stop.stage == question.stage
    return not node.stop.stage and getattr(node.stop, question.attribute) is not None


def label_of(node: Node, question: Question, *, hit: bool) -> str | None:
    """The name a source counts under; None for unknown, empty for not passed."""
    if node.unknown:
        return None
    if not question.passed:
        if question.attribute == "source":
            return node.lot
        made_later = node.stop.mine is None and node.stop.stage not in {None, "mine"}
        return None if made_later else _named(node, question)
    if hit:
        return _named(node, question)
    return "" if _before(node, question.stage) else None


def _named(node: Node, question: Question) -> str | None:
    found: str | None = getattr(node.stop, question.attribute)
    return found


def _before(node: Node, stage: str) -> bool:
    """Whether a source of the chain is known to stand before that stage."""
    if node.stop.mine is not None:
        return True
    order = stages()
    own = node.stop.stage or ""
    return own in order and (stage not in order or order[own] < order[stage])
