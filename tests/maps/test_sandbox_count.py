"""The page counts what the program counts: random decisions, weighed again by its own checker."""

import hashlib
import json
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import deciding
import numpy as np
import pandas as pd
import pytest

from landgis.allocation.allocation import target_table
from landgis.allocation.rules import acting_rules
from landgis.allocation.verify import uses_of, verify
from landgis.maps.sandbox import page_problem, started

ASSETS = Path(__file__).parents[2] / "landgis" / "maps" / "assets"
pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs node")


def random_steps(problem, *, seed, count=12):
    """Steps of a person at the table: some parcels in, out, to another use or quarter, a piece."""
    random = np.random.default_rng(seed)
    steps = []
    for _ in range(count):
        step = []
        for c in random.permutation(np.unique(problem.candidate))[:15]:
            options = np.flatnonzero(problem.candidate == c)
            k = int(random.choice(options))
            if random.random() < 0.3:
                step.append([int(c), -1, None])
            elif problem.least[k] < problem.area[k] and random.random() < 0.8:
                piece = random.integers(problem.least[k], problem.area[k] + 1)
                step.append([int(c), k, str(piece)])
            else:
                step.append([int(c), k, None])
        steps.append(step)
    return steps


def by_node(posed, steps, folder):
    """Run the page's own scripts on a problem; what they counted after each step."""
    source = folder / "input.json"
    data = page_problem(posed["problem"], periods=deciding.PERIODS)
    source.write_text(json.dumps({"data": data, "steps": steps}), encoding="utf-8")
    done = subprocess.run(
        ["node", "--test", str(Path(__file__).with_name("sandbox.test.cjs"))],
        env={
            "INPUT": str(source),
            "OUTPUT": str(folder / "out.json"),
            "ASSETS": str(ASSETS),
            "PATH": str(Path(shutil.which("node")).parent),
        },
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout
    return json.loads((folder / "out.json").read_text("utf-8")), data


def decided(problem, steps):
    """Amounts of options after each step."""
    amounts = np.zeros(len(problem.area), dtype=np.int64)
    for step in steps:
        for c, k, piece in step:
            amounts[problem.candidate == c] = 0
            if k >= 0:
                amounts[k] = problem.area[k] if piece is None else int(piece)
        yield amounts.copy()


def selected_table(problem, amounts):
    """The choice as the program's checker takes it."""
    here = np.flatnonzero(amounts)
    return pd.DataFrame(
        {
            "parcel_id": problem.candidates["parcel_id"].to_numpy()[problem.candidate[here]],
            "use": problem.options["use"].to_numpy()[here],
            "quarter": problem.options["quarter"].to_numpy()[here],
            "area_m2": amounts[here] / 100,
        }
    )


def weighed(posed, amounts, totals):
    """What the program's checker finds wrong, given the page's totals of the targets."""
    problem = posed["problem"]
    targets = target_table(problem, [int(t) for t in totals])
    return verify(
        selected_table(problem, amounts),
        problem.candidates,
        uses=uses_of(problem.candidates, problem.options.assign(candidate=problem.candidate)),
        targets=targets,
        rules=acting_rules(problem.rows),
        groups=problem.groups,
        periods=deciding.PERIODS,
    )


def compare(posed, told, amounts):
    """Hold one state of the page against the checker, the problem and plain sums."""
    problem = posed["problem"]
    found = weighed(posed, amounts, told["totals"])
    fails = found[found["verdict"].eq("fail")]
    kinds = fails["kind"]
    assert not kinds.eq("target").any(), fails
    wrong = set(fails.loc[kinds.isin(["rule", "group"]), "subject"])
    assert wrong == set(told["broken"])
    totals = problem.totals(amounts)
    assert [int(t) for t in told["totals"]] == totals
    assert {r: int(v) for r, v in told["ranks"]} == problem.deviations(totals)
    assert int(told["score"]) == problem.score(amounts)
    assert int(told["area"]) == int(amounts.sum())
    return wrong


@pytest.mark.parametrize(("seed", "count", "regions"), [(1, 40, 4), (2, 90, 5)])
def test_random_decisions_count_as_the_checker_counts(seed, count, regions, tmp_path):
    posed = deciding.posed(deciding.candidate_table(count, regions, seed=seed))
    problem = posed["problem"]
    steps = random_steps(problem, seed=seed)
    told, data = by_node(posed, steps, tmp_path)
    assert not data["wide"]
    wrong = [compare(posed, t, a) for t, a in zip(told, decided(problem, steps), strict=True)]
    assert len(set().union(*wrong)) >= 5  # rules and groups were really broken on the way
    assert len({frozenset(w) for w in wrong}) > 3


def test_sums_by_region_use_and_quarter_are_plain_sums(tmp_path):
    posed = deciding.posed()
    problem = posed["problem"]
    steps = random_steps(problem, seed=7, count=3)
    told, data = by_node(posed, steps, tmp_path)
    for state, amounts in zip(told, decided(problem, steps), strict=True):
        table = selected_table(problem, amounts).merge(problem.candidates[["parcel_id", "region"]])
        wide = len(data["quarters"]) + 1
        for (region, use, quarter), part in table.groupby(["region", "use", "quarter"]):
            cell = data["regions"].index(region) * len(data["uses"]) + data["uses"].index(use)
            sum_dm2 = (part["area_m2"] * 100).round().astype(int).sum()
            assert int(state["cells"][cell * wide + quarter - 1]) == sum_dm2
        assert sum(map(int, state["cells"])) == 2 * int(state["area"])


def test_huge_areas_are_counted_exactly_too(tmp_path):
    land = deciding.candidate_table(40, 2, divisible=True)
    land["area_m2"] = land["area_m2"] * 3e6 + 0.01
    land["min_piece_m2"] = land["min_piece_m2"] * 3e6
    posed = deciding.posed(land)
    steps = random_steps(posed["problem"], seed=3, count=4)
    told, data = by_node(posed, steps, tmp_path)
    assert data["wide"]
    for state, amounts in zip(told, decided(posed["problem"], steps), strict=True):
        assert int(state["area"]) == sum(map(int, amounts))
        exact = [
            sum(int(row.coefs[j]) for j, k in enumerate(row.options) if amounts[k])
            for row in posed["problem"].rows
            if (amounts[row.options] == posed["problem"].area[row.options])[
                amounts[row.options] > 0
            ].all()
        ]
        assert set(map(str, exact)) <= set(state["totals"])


def test_the_solvers_answer_in_the_page_holds_before_the_checker(tmp_path):
    posed = deciding.posed(deciding.candidate_table(60, 3, seed=5), groups=None)
    problem = posed["problem"]
    by_node(posed, random_steps(problem, seed=5, count=2), tmp_path)
    solved = json.loads((tmp_path / "out.json.solved").read_text("utf-8"))
    amounts = np.zeros(len(problem.area), dtype=np.int64)
    for _, k, much in solved["list"]:
        amounts[k] = int(much)
    assert compare(posed, solved, amounts) == set()


def test_decisions_become_options_of_the_problem():
    problem = deciding.posed()["problem"]
    first = problem.candidates["parcel_id"].iloc[3]
    table = pd.DataFrame(
        {
            "parcel_id": [first, "nobody", problem.candidates["parcel_id"].iloc[4]],
            "decision": ["in", "in", "out"],
            "area_m2": ["", "", ""],
        }
    )
    (place, option, amount) = started(problem, table)[0]
    assert (place, problem.candidate[option], amount) == (3, 3, problem.area[option])
    assert len(started(problem, table)) == 1


def test_rows_are_told_in_words_and_shares_as_fractions():
    data = page_problem(deciding.posed()["problem"], periods=deciding.PERIODS)
    said = {row["say"]: row for row in data["rows"]}
    assert "工矿仓储用地占全部用地不低于 20%" in said
    share = said["商服用地占全部用地不超过 33.33%"]["share"]
    assert Fraction(*map(int, share)) == Fraction("0.3333")
    assert said["截至 2025-06-30 全部用地完成计划的 50%"]["low"] is not None
    assert data["quarters"] == ["一季度", "二季度", "三季度", "四季度"]
    locked = [text for text in data["why"].values() if "征收未完成" in text]
    assert locked


def test_the_carried_solver_is_the_published_one_with_its_licence():
    folder = ASSETS / "highs"
    told = (folder / "README.md").read_text("utf-8")
    for name in ("highs.js", "highs.wasm"):
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() in told
    assert "MIT License" in (folder / "LICENSE").read_text("utf-8")
