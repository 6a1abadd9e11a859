"""The same shares from a snapshot, over processes, by level in SQL, and on Spark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orebook.acts.origin_elsewhere import running
from orebook.acts.origin_list import origin, read
from orebook.engines.origin import cone, levels_parquet, on_spark, sweep
from orebook.engines.origin.index import build
from orebook.engines.origin.many import exposures
from orebook.engines.origin.snapshot import load, save

from .books import Book, random_book

CLOSE = 1e-12


def _ready(book: Book) -> tuple[Any, Any, Any]:
    network = book.network()
    index = build(network)
    return network, index, np.array(book.group_of, dtype=np.int32)


def test_a_snapshot_gives_the_same_trace_and_finds_lots_by_name(tmp_path: Path) -> None:
    network, index, group = _ready(random_book(5, 40))
    names = [f"lot {i} é" for i in range(network.nodes)]
    save(tmp_path, "head", index, network, group, ["a", "b", "c"], names)
    found = load(tmp_path, "head")
    assert found is not None
    assert load(tmp_path, "other") is None
    assert found.node("lot nobody") is None
    for i, name in enumerate(names):
        node = found.node(name)
        assert node == i
        rows, part = cone.made_of(found.index, node)
        here, same = cone.made_of(index, i)
        assert rows.tolist() == here.tolist()
        assert np.abs(part - same).max() <= CLOSE
    assert (
        not isinstance(found.index.weights, np.ndarray) or not found.index.weights.flags.writeable
    )


def test_processes_on_one_snapshot_answer_as_one(tmp_path: Path) -> None:
    book = random_book(11, 40)
    network, index, group = _ready(book)
    save(tmp_path, "head", index, network, group, ["a", "b", "c"])
    sets = [[0], [1, 2], [0, 1, 2]]
    alone = exposures(tmp_path, "head", sets, workers=1)
    truth = np.array([[float(f) for f in row] for row in book.truth()])
    for chosen, row in zip(sets, alone, strict=True):
        assert np.abs(row - truth[:, chosen].sum(axis=1)).max() <= CLOSE


@pytest.mark.proof
def test_two_processes_answer_as_one(tmp_path: Path) -> None:
    network, index, group = _ready(random_book(11, 40))
    save(tmp_path, "head", index, network, group, ["a", "b", "c"])
    sets = [[0], [1, 2], [0, 1, 2]]
    both = exposures(tmp_path, "head", sets, workers=2)
    assert np.array_equal(both, exposures(tmp_path, "head", sets, workers=1))


def _duckdb(folder: Path) -> Any:
    import duckdb

    base = duckdb.connect()

    def run(query: str, out: Path) -> None:
        below = f"read_parquet('{folder}/shares/*/*.parquet')"
        text = query.replace("below", below)
        edges = text.split("parquet.`")[1].split("`")[0]
        text = text.replace(f"parquet.`{edges}`", f"read_parquet('{edges}/*.parquet')")
        out.mkdir()
        base.execute(f"COPY ({text}) TO '{out}/part.parquet' (FORMAT parquet)")

    return run


def test_the_levels_as_sql_over_parquet_give_the_same(tmp_path: Path) -> None:
    for seed in range(3):
        _, index, _ = _ready(random_book(seed, 30))
        start = np.eye(index.sources)
        folder = tmp_path / str(seed)
        levels_parquet.export(index, start, folder)
        levels_parquet.pull(folder, index.levels, _duckdb(folder))
        found = levels_parquet.gather(folder, index.rows, index.sources)
        assert np.abs(found - sweep.forward(index, start, compiled=False)).max() <= CLOSE


def test_a_folder_of_another_question_is_not_taken_up_and_a_torn_level_is_run_again(
    tmp_path: Path,
) -> None:
    for seed in (1, 2):
        _, index, _ = _ready(random_book(seed, 30))
        start = np.eye(index.sources)
        levels_parquet.export(index, start, tmp_path)
        run = _duckdb(tmp_path)
        if seed == 2:  # a run that ended while it wrote its last level
            torn = tmp_path / f"unfinished-{index.levels - 1}"
            torn.mkdir()
            (torn / "part.parquet").write_bytes(b"PAR1")
        levels_parquet.pull(tmp_path, index.levels, run)
        found = levels_parquet.gather(tmp_path, index.rows, index.sources)
        assert np.abs(found - sweep.forward(index, start, compiled=False)).max() <= CLOSE
    levels_parquet.export(index, start, tmp_path)
    again: list[str] = []
    levels_parquet.pull(tmp_path, index.levels, lambda query, out: again.append(query))
    assert again == []


@pytest.mark.proof
def test_spark_gives_the_same_findings() -> None:
    document = b"from,to,mass,mine\na,x,60,A\nb,x,40,B\nx,y,30,\nc,y,70,C\ny,z,5,\n"
    flows = read(document, "f")
    with running("spark", None) as run:
        there = origin(flows, lots=["y", "z"], by=["mine"], run=run)
    here = origin(flows, lots=["y", "z"], by=["mine"])
    for one, other in zip(here.lots, there.lots, strict=True):
        for split, same in zip(one.splits, other.splits, strict=True):
            assert [s.name for s in split.shares] == [s.name for s in same.shares]
            gaps = [abs(s.value - t.value) for s, t in zip(split.shares, same.shares, strict=True)]
            assert max(gaps) <= CLOSE


@pytest.mark.proof
def test_spark_gives_the_same_shares_on_random_books() -> None:
    with on_spark.session() as spark:
        for seed in range(4):
            _, index, _ = _ready(random_book(seed, 40))
            start = np.eye(index.sources)
            found = on_spark.forward(index, start, spark=spark)
            assert np.abs(found - sweep.forward(index, start, compiled=False)).max() <= CLOSE


def test_the_tables_of_a_list_are_written_by_level(tmp_path: Path) -> None:
    flows = read(b"from,to,mass\na,x,60\nb,x,40\nx,y,30\nc,y,70\n", "f")
    with running("here", tmp_path) as run:
        answer = origin(flows, lots=["y"], run=run)
    assert answer.lots[0].splits[0].whole == pytest.approx(1)
    parts = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.parquet"))
    assert parts == [
        "question-1/edges/level=1/part.parquet",
        "question-1/edges/level=2/part.parquet",
        "question-1/shares/level=0/part.parquet",
    ]
