"""From a project file to layers and tables, and from the command line."""

import json

import geopandas as gpd
import pandas as pd
from click.testing import CliRunner

from landgis.cli.start import commands
from landgis.project import load_project
from landgis.project.allocate import read_decisions, run_allocation

PROJECT = "data/projects/lianzhou-2025.toml"


def test_the_command_writes_what_it_says_and_keeps_decisions(tmp_path):
    run = CliRunner().invoke(commands, ["allocate", PROJECT, "-o", str(tmp_path), "--json"])
    assert run.exit_code == 0, run.output
    told = json.loads(run.stdout)
    assert {"status", "gap", "bound", "selected", "targets", "conflicts"} <= set(told)
    assert told["status"] == "optimal"
    names = {path.name for path in tmp_path.iterdir()}
    assert {"allocation.gpkg", "allocation.xlsx", "decisions.csv", "problem.json"} <= names
    layer = gpd.read_file(tmp_path / "allocation.gpkg")
    assert layer["chosen"].sum() == len(told["selected"])
    assert set(layer["basis"]) == {"sample"}
    table = pd.read_excel(
        tmp_path / "allocation.xlsx", sheet_name=0, header=None, engine="openpyxl"
    )
    assert "示例" in table.to_string()

    first = told["selected"][0]["parcel_id"]
    keep = pd.DataFrame({"parcel_id": [first], "decision": ["out"]})
    keep.to_csv(tmp_path / "keep.csv", index=False)
    again = run_allocation(
        load_project(PROJECT), keep=read_decisions(tmp_path / "keep.csv"), progress=True
    )
    assert first not in set(again.allocation.selected["parcel_id"])


def test_a_list_without_shapes_and_the_keys_of_the_file(tmp_path):
    rows = pd.DataFrame(
        {
            "地块编号": ["a", "b", "c"],
            "用途": ["住宅用地", "住宅用地", "商服用地"],
            "面积": [2.0, 3.0, 1.0],
            "乡镇": ["连州镇"] * 3,
            "价款": [10, 20, 30],
        }
    )
    rows.to_csv(tmp_path / "list.csv", index=False, encoding="utf-8-sig")
    here = load_project(PROJECT)
    section = f"""
name = "x"
title = "x"
plan = '{here.plan}'
[parcels]
file = '{here.parcels.file}'
[candidates]
file = "list.csv"
area_unit = "公顷"
[candidates.fields]
parcel_id = "地块编号"
uses = "用途"
area_m2 = "面积"
region = "乡镇"
cost = "价款"
[allocate]
slack = 0.0
ranks = {{ total = 3, cell = 1 }}
[[allocate.rules]]
kind = "max_sum"
column = "cost"
value = 40
unit = "万元"
[boundaries.districts]
file = '{here.boundaries.districts.file}'
layer = "districts"
[boundaries.townships]
file = '{here.boundaries.townships.file}'
layer = "townships"
"""
    (tmp_path / "x.toml").write_text(section, "utf-8")
    chosen = run_allocation(load_project(tmp_path / "x.toml"), progress=True)
    assert set(chosen.allocation.selected["parcel_id"]) == {"a", "b"} or (
        chosen.allocation.selected["area_m2"].sum() > 0
    )
    costs = rows.set_index("地块编号")["价款"]
    assert costs[chosen.allocation.selected["parcel_id"]].sum() <= 40
    targets = chosen.allocation.targets.set_index("name")
    assert targets.loc["总量", "rank"] == 3
    assert targets.loc["连州镇·住宅用地", "rank"] == 1
