"""From a project file to layers and tables, and from the command line."""

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely import box

from landgis.cli.start import commands
from landgis.errors import InputError
from landgis.findings import tell
from landgis.project import load_project, run
from landgis.project.allocate import (
    decided_parcels,
    read_decisions,
    read_question,
    run_allocation,
)
from landgis.report.write import with_reasons

PROJECT = "data/projects/lianzhou-2025.toml"


def project_file(folder, rest, *, parcels="", head=""):
    """The example's plan and boundaries with what a test asks beside them."""
    here = load_project(PROJECT)
    text = f"""
name = "x"
title = "x"
plan = '{here.plan}'
{head}
[parcels]
file = '{parcels or here.parcels.file}'
{rest}
[boundaries.districts]
file = '{here.boundaries.districts.file}'
layer = "districts"
[boundaries.townships]
file = '{here.boundaries.townships.file}'
layer = "townships"
"""
    (folder / "x.toml").write_text(text, "utf-8")
    return folder / "x.toml"


def test_the_command_writes_what_it_says_and_keeps_decisions(tmp_path):
    done = CliRunner().invoke(commands, ["allocate", PROJECT, "-o", str(tmp_path), "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
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
    section = """
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
ranks = { total = 3, cell = 1 }
[[allocate.rules]]
kind = "max_sum"
column = "cost"
value = 40
unit = "万元"
"""
    chosen = run_allocation(load_project(project_file(tmp_path, section)), progress=True)
    assert set(chosen.allocation.selected["parcel_id"]) == {"a", "b"} or (
        chosen.allocation.selected["area_m2"].sum() > 0
    )
    costs = rows.set_index("地块编号")["价款"]
    assert costs[chosen.allocation.selected["parcel_id"]].sum() <= 40
    targets = chosen.allocation.targets.set_index("name")
    assert targets.loc["总量", "rank"] == 3
    assert targets.loc["连州镇·住宅用地", "rank"] == 1


def halves(tmp_path, extra=""):
    """The example's parcels: every second one on the map, the others candidates."""
    parcels = gpd.read_file(load_project(PROJECT).parcels.file)
    parcels.iloc[::2].to_file(tmp_path / "there.gpkg")
    parcels.iloc[1::2].to_file(tmp_path / "new.gpkg")
    rest = f"""
[candidates]
file = "new.gpkg"
[allocate]
{extra}
[checks]
area = "ellipsoid"
"""
    head = 'formats = ["geojson"]'
    return project_file(tmp_path, rest, parcels="there.gpkg", head=head), parcels


def test_a_run_that_is_asked_to_chooses_what_is_lacking_and_reports_on_it(tmp_path):
    project, parcels = halves(tmp_path, "run = true\nbesides_parcels = true")
    out = tmp_path / "out"
    done = CliRunner().invoke(commands, ["run", str(project), "-o", str(out), "--json"])
    assert done.exit_code == 0, done.output
    chosen = pd.read_csv(out / "allocation" / "selected.csv", dtype=str)
    there = parcels.iloc[::2]["parcel_id"].astype(str)
    assert set(there) <= set(chosen["地块编号"])
    assert len(chosen) > len(there)
    names = {path.name for path in (out / "allocation").iterdir()}
    assert {"report.html", "report.docx", "allocation.gpkg", "findings.csv"} <= names
    assert any(name.startswith("map-") for name in names)
    layers = [gpd.read_file(file) for file in (out / "allocation" / "geojson").glob("*.geojson")]
    assert any(set(chosen["地块编号"]) == set(layer.get("宗地编号", [])) for layer in layers)


def test_without_it_the_candidates_alone_are_chosen_from(tmp_path):
    project, parcels = halves(tmp_path)
    answer = run_allocation(load_project(project), progress=True).allocation
    assert set(answer.selected["parcel_id"]) <= set(parcels.iloc[1::2]["parcel_id"].astype(str))


def test_two_choices_are_compared(tmp_path):
    was = pd.DataFrame({"parcel_id": ["a", "b", "d"], "use": ["x", "y", "z"], "quarter": [1, 2, 3]})
    now = pd.DataFrame(
        {"parcel_id": ["b", "c", "d"], "use": ["x", "x", "z"], "decision": ["in", "in", "out"]}
    )
    was.to_csv(tmp_path / "was.csv", index=False)
    now.to_csv(tmp_path / "now.csv", index=False)
    files = [str(tmp_path / name) for name in ("was.csv", "now.csv")]
    done = CliRunner().invoke(commands, ["compare", *files, "--json"])
    assert done.exit_code == 0, done.output
    told = {(row["parcel_id"], row["change"]) for row in json.loads(done.stdout)["allocation"]}
    assert told == {("a", "out"), ("b", "use"), ("c", "in"), ("d", "out")}
    shown = CliRunner().invoke(commands, ["compare", *files])
    assert "新入选" in shown.output


def test_what_was_decided_on_the_page_is_checked_as_parcels(tmp_path):
    keep = tmp_path / "decisions.csv"
    rows = ["parcel_id,decision,use,quarter,area_m2", "441882-01-001,in,商服用地,2,40000.00",
            "441882-01-002,out,,,", "441882-01-003,in,住宅用地,1,"]  # fmt: skip
    keep.write_text("\ufeff" + "\r\n".join(rows), "utf-8")
    done = CliRunner().invoke(commands, ["check", PROJECT, "--keep", str(keep), "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["findings"]
    totals = [f for f in told if f["check"].startswith("totals.") and f["region"] == "连州镇"]
    assert max(len(f["members"]) for f in totals) == 2

    parcels, choice = decided_parcels(load_project(PROJECT), read_decisions(keep))
    first = parcels.set_index("parcel_id").loc["441882-01-001"]
    assert (first["category"], first["quarter"]) == ("商服用地", "第二季度")
    assert first["recorded_area_m2"] == 40000.0
    assert set(with_reasons(parcels, "zh")["理由"]) == {"由人决定"}
    assert int(choice["chosen"].sum()) == len(parcels) == 2 < len(choice)
    assert choice.loc[~choice["chosen"], ["quarter", "area_m2"]].isna().all(axis=None)


def test_a_run_that_chooses_land_reads_each_file_once(tmp_path, monkeypatch):
    """Of the run of the flow and the run on what was chosen, too."""
    project, _ = halves(tmp_path, "run = true\nbesides_parcels = true")
    lines = tmp_path / "line.gpkg"
    gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)], crs=4546).to_file(lines)
    text = project.read_text("utf-8") + '[checks.control_lines."红线"]\nfile = "line.gpkg"\n'
    project.write_text(text, "utf-8")
    monkeypatch.setattr("landgis.project.write_outputs", lambda *_, **__: [])
    read = []
    for module, name in ((run, "read_layer"), (run, "read_plan")):
        whole = getattr(module, name)

        def noted(path, *args, whole=whole, **options):
            read.append((Path(path).name, options.get("layer")))
            return whole(path, *args, **options)

        monkeypatch.setattr(module, name, noted)
    done = CliRunner().invoke(commands, ["run", str(project), "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert {"there.gpkg", "new.gpkg", "line.gpkg", "lianzhou-2025.pdf"} <= {
        name for name, _ in read
    }
    assert len(set(read)) == len(read)


def bureau(tmp_path, fields="", **columns):
    """A list as a bureau keeps it: own heads, words and gaps."""
    rows = pd.DataFrame(
        {
            "编号": ["A1", "A2", "A3", "A4", "A5", "A6"],
            "可选用途": ["住宅/商服", "住宅用地", "商服", "工业", "住宅、商服", "0701"],
            "面积（亩）": ["30", "45亩", "15.5", "1,200", "20", "10"],
            "乡镇": ["连州镇", "连州", "连州", "九陂镇", "西岸镇", "火星镇"],
            "净地时间": ["2025年二季度", "一季度", "2025-11", "待拆迁", "Q3", "上半年"],
            "价款": ["100", "2,000", "300万元", "50", "10", "1"],
            "分组": ["甲片", "甲片", "", "", "", ""],
            **columns,
        }
    )
    rows.to_excel(tmp_path / "list.xlsx", index=False)
    rest = f"""
[candidates]
file = "list.xlsx"
[candidates.fields]
uses = "可选用途"
group = "分组"
cost = "价款"
{fields}
[[allocate.rules]]
kind = "max_sum"
column = "cost"
value = 2500
"""
    return load_project(project_file(tmp_path, rest))


def test_a_bureau_s_list_is_read_and_what_is_odd_is_said(tmp_path):
    chosen = run_allocation(bureau(tmp_path), progress=True)
    land = chosen.question.candidates.set_index("parcel_id")
    assert land["region"].tolist() == ["连州镇", "连州镇", "连州镇", "九陂镇", "西岸镇", "火星镇"]
    assert land["recorded_area_m2"].round(2).tolist()[2:4] == [10_333.33, 800_000.0]
    told = " ".join(tell(chosen.allocation.findings)["message"])
    for words in ("编号 → parcel_id", "面积缺失或不为正）：A2", "待拆迁", "用途 0701 不在计划",
                  "区域 火星镇 不在计划", "cost 有 1 宗没有数值（A3），规则未采用"):  # fmt: skip
        assert words in told
    answer = chosen.allocation
    assert answer.selected["parcel_id"].tolist()[:1] == ["A3"]
    why = answer.others.set_index("parcel_id")["why"]
    assert why["A1"] == "apart"  # A2 of its group has no area
    options = answer.problem.options["use"][answer.problem.candidate == 0]
    assert set(options) == {"住宅用地", "商服用地"}


def test_areas_of_an_unknown_unit_are_refused_and_a_stated_unit_is_taken(tmp_path):
    project = bureau(tmp_path)
    rows = pd.read_excel(tmp_path / "list.xlsx", dtype="str", engine="openpyxl")
    rows.rename(columns={"面积（亩）": "面积"}).to_excel(tmp_path / "list.xlsx", index=False)
    with pytest.raises(InputError, match="area_unit"):
        run_allocation(project, progress=True)
    section = project.candidates.model_copy(update={"area_unit": "公顷"})
    question = read_question(project.model_copy(update={"candidates": section}))
    assert question.candidates["recorded_area_m2"].iloc[0] == 300_000.0
