"""The command line as a user meets it."""

import errno
import io
import json
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import docx
import geopandas as gpd
import pandas as pd
import pytest
from shapely import Polygon, box
from tqdm.auto import tqdm

from landgis.cli import main
from landgis.cli.common import MOST_OF_A_KIND, print_findings
from landgis.cli.start import ticking
from landgis.findings import Finding, findings_table

ROOT = Path(__file__).resolve().parent.parent
BACHU = ROOT / "data" / "plans" / "bachu-2025.txt"
LAND = ROOT / "data" / "parcels" / "lianzhou-2025.gpkg"
TOWNS = ROOT / "data" / "boundaries" / "lianzhou.gpkg"


@pytest.fixture
def landgis(capsys):
    """Run a command line in this process; give what a shell would see."""

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        return SimpleNamespace(returncode=end.value.code, stdout=out, stderr=err)

    return run


@pytest.fixture
def refused(landgis):
    """Run a command line that must refuse its input; give its one sentence."""

    def run(*arguments):
        done = landgis(*arguments)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        lines = done.stderr.strip().splitlines()
        assert len(lines) == 1, done.stderr
        return lines[0]

    return run


def test_a_process_of_its_own_speaks_utf8_json():
    command = [sys.executable, "-m", "landgis", "plan", str(BACHU), "--json"]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, check=True, timeout=120)
    assert json.loads(done.stdout.decode("utf-8"))["jurisdiction"] == "巴楚县"
    assert done.stderr == b""


def test_a_line_that_is_not_there_is_told_with_those_that_are(refused):
    assert "“第999行”；能说明的位置从“第1行”到“第" in refused("plan", BACHU, "--explain", "999")


def test_a_line_explained_says_how_the_whole_text_is_read(landgis):
    assert "文件性质：供应、储备、出让或改造计划" in landgis("plan", BACHU, "--explain", "3").stdout


def test_help_reads_like_a_table_of_contents(landgis):
    done = landgis("--help")
    order = ["plan", "inspect", "convert", "boundaries", "join", "check", "map", "export", "run"]
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [words[0] for words in lines if words and words[0] in order] == order


@pytest.mark.parametrize(
    ("arguments", "unused"),
    [
        (["--help"], {"pandas", "geopandas"}),
        (["plan", str(BACHU)], {"geopandas", "pdfplumber", "openpyxl"}),
    ],
)
def test_a_command_loads_only_what_it_needs(arguments, unused):
    code = (
        "import sys; from landgis.cli.start import commands; "
        f"commands.main({arguments}, standalone_mode=False); "
        f"sys.exit(not {unused}.isdisjoint(sys.modules))"
    )
    command = [sys.executable, "-X", "utf8", "-c", code]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_plan_as_json(landgis):
    done = landgis("plan", BACHU, "--json")
    plan = json.loads(done.stdout)
    assert (plan["year"], plan["period"]["end"]) == (2025, "2025-12-31")
    total = next(t for t in plan["targets"] if not t["region"] and not t["category"])
    assert (total["area_ha"], total["stated_unit"]) == (383.73, "公顷")
    failed = [f for f in plan["findings"] if f["verdict"] == "fail"]
    assert ["5755.95" in f["message"] for f in failed] == [True]


def test_strict_tells_by_the_exit_code(landgis):
    assert landgis("plan", BACHU).returncode == 0
    assert landgis("plan", BACHU, "--strict").returncode == 1
    assert landgis("plan", ROOT / "data/plans/huzhou-2024.docx", "--strict").returncode == 0


def test_english_on_request(landgis, refused):
    assert "fail 1" in landgis("plan", BACHU, "--lang", "en").stdout
    assert "No such project file" in refused("check", "none.toml", "--lang=en")


def test_bad_plans_are_refused(tmp_path, refused):
    empty = tmp_path / "空.docx"
    docx.Document().save(str(empty))
    noise = tmp_path / "noise.pdf"
    noise.write_bytes(bytes(range(256)) * 40)
    poem = tmp_path / "poem.txt"
    poem.write_text("床前明月光，疑是地上霜。\n", "utf-8")
    for file in (tmp_path / "无.txt", empty, noise, poem, tmp_path):
        assert file.name in refused("plan", file)


@pytest.mark.parametrize("command", ["check", "map", "export", "run"])
def test_a_misspelt_key_is_told(tmp_path, refused, command):
    project = tmp_path / "p.toml"
    project.write_text('name = "p"\ntitel = "t"\n', "utf-8")
    output = [] if command == "check" else ["-o", tmp_path / "out"]
    assert "title" in refused(command, project, *output)
    assert not (tmp_path / "out").exists()


def test_a_layer_without_polygons(tmp_path, refused):
    points = tmp_path / "points.geojson"
    points.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},'
        '"geometry":{"type":"Point","coordinates":[120,30]}}]}',
        "utf-8",
    )
    assert "points.geojson" in refused("join", points, points, "-o", tmp_path / "x.csv")
    assert "none.gpkg" in refused("inspect", tmp_path / "none.gpkg")


def test_a_wrong_command_line(refused):
    assert "没有选项 --colour" in refused("plan", BACHU, "--colour")
    assert "缺少参数 DOCUMENT" in refused("plan")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--basemap", "tianditu"], "密钥"),
        (["--basemap", "tianditu", "--key", "a'b"], "密钥"),
        (["--basemap", "google"], "tianditu"),
        (["--basemap", "none.mbtiles"], "none.mbtiles"),
        (["--basemap", "https://*/{z}/{x}/{y}"], "http"),
        (["--basemap", "osm", "--basemap", "amap"], "GCJ-02"),
    ],
)
def test_a_basemap_that_cannot_be_used(tmp_path, refused, options, said):
    project = ROOT / "data" / "projects" / "lianzhou-2025.toml"
    assert said in refused("map", project, "-o", tmp_path / "out", *options)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["run", "map", "export"])
def test_a_folder_that_cannot_be_written_into(tmp_path, refused, command):
    file = tmp_path / "已有.txt"
    file.write_text("", "utf-8")
    project = ROOT / "data" / "projects" / "huzhou-2024.toml"
    for place in (file, file / "出"):
        said = refused(command, project, "-o", place)
        assert "已有.txt" in said
        assert "请换一个输出文件夹" in said
        assert "Errno" not in said


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.EACCES, "没有权限"), (errno.EROFS, "没有权限"), (errno.ENOSPC, "磁盘")],
)
def test_what_the_system_refuses_is_told_with_a_remedy(monkeypatch, refused, number, said):
    def fail(*_, **__):
        raise OSError(number, "no", "/out/.draft")

    monkeypatch.setattr("landgis.plan.extract.read_plan", fail)
    sentence = refused("plan", BACHU)
    assert said in sentence
    assert "draft" not in sentence


def test_basemaps_of_the_project_file(tmp_path):
    from landgis.project import load_project

    text = (ROOT / "data" / "projects" / "lianzhou-2025.toml").read_text("utf-8")
    (tmp_path / "p.toml").write_text(
        text + '\n[maps]\nbasemaps = ["osm", "地图/底图.mbtiles"]\ntiles_mb = 20\n', "utf-8"
    )
    maps = load_project(tmp_path / "p.toml").maps
    assert maps.basemaps == ("osm", str(tmp_path / "地图/底图.mbtiles"))
    assert maps.tiles_mb == 20


def test_many_findings_of_one_kind_are_counted(capsys):
    kinds = [("layer.seat", 30), ("layer.gap", MOST_OF_A_KIND + 1)]
    found = [
        Finding(check=check, verdict="unknown", message=f"{check} 第{i}处。")
        for check, count in kinds
        for i in range(count)
    ]
    print_findings(findings_table(found), "zh")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == (MOST_OF_A_KIND + 1) + (MOST_OF_A_KIND + 1) + 1
    assert lines[MOST_OF_A_KIND] == "[无法判定] 图层·驻地还有 22 项，--json 列出全部。"
    assert lines[-1] == "检查结果：通过 0，不通过 0，无法判定 39"


@pytest.mark.parametrize("kind", ["gpkg", "parquet"])
def test_join_finds_the_fields_of_ids_by_their_names(tmp_path, landgis, kind):
    land = gpd.GeoDataFrame({"ZDDM": ["a"]}, geometry=[box(0, 0, 2, 1)], crs=4490)
    towns = gpd.GeoDataFrame({"XZQDM": ["330502"]}, geometry=[box(0, 0, 1, 1)], crs=4490)
    parcels, regions, out = (tmp_path / n for n in (f"p.{kind}", "r.geojson", "x.csv"))
    (land.to_parquet if kind == "parquet" else land.to_file)(parcels)
    towns.to_file(regions)
    done = landgis("join", parcels, regions, "-o", out)
    assert done.returncode == 0
    assert "ZDDM" in done.stderr
    assert "--region-id" in done.stderr
    pairs = pd.read_csv(out, dtype=str, keep_default_na=False)
    assert pairs[["parcel_id", "region_id"]].to_numpy().tolist() == [["a", "330502"], ["a", ""]]


@pytest.mark.parametrize("kind", ["gpkg", "parquet"])
def test_join_asks_for_ids_that_it_does_not_know(tmp_path, refused, kind):
    land = gpd.GeoDataFrame({"nix": ["a"]}, geometry=[box(0, 0, 2, 1)], crs=4490)
    towns = land.rename(columns={"nix": "region_id"})
    parcels, regions = tmp_path / f"p.{kind}", tmp_path / "r.geojson"
    (land.to_parquet if kind == "parquet" else land.to_file)(parcels)
    towns.to_file(regions)
    assert "--parcel-id" in refused("join", parcels, regions, "-o", tmp_path / "x.csv")


@pytest.mark.parametrize("kind", ["gpkg", "parquet"])
def test_join_carves_regions_out_in_the_order_given(tmp_path, landgis, refused, kind):
    land = gpd.GeoDataFrame({"parcel_id": ["a", "b"]}, geometry=[box(0, 0, 3, 1), box(0, 1, 1, 2)])
    parcels, regions, out = tmp_path / f"p.{kind}", tmp_path / "r.gpkg", tmp_path / "x.csv"
    (land.set_crs(4490).to_parquet if kind == "parquet" else land.set_crs(4490).to_file)(parcels)
    boxes = [box(0, 0, 3, 3), box(1, 0, 3, 1), box(2, 0, 3, 1)]
    nested = gpd.GeoDataFrame({"region_id": ["city", "zone", "core"]}, geometry=boxes, crs=4490)
    nested.to_file(regions)
    assert "precedence" in refused("join", parcels, regions, "-o", out)
    done = landgis(
        "join", parcels, regions, "-o", out, "--precedence", "core", "--precedence", "zone"
    )
    assert done.returncode == 0, done.stderr
    pairs = pd.read_csv(out)[["parcel_id", "region_id", "share"]].round(3)
    assert sorted(pairs.to_numpy().tolist()) == [
        ["a", "city", 0.333],
        ["a", "core", 0.333],
        ["a", "zone", 0.333],
        ["b", "city", 1.0],
    ]


def test_join_tells_of_a_parcel_left_out_beside_its_json(tmp_path, landgis):
    bow = Polygon([(0, 0), (1, 1), (1, 0), (0, 0.9)])
    land = gpd.GeoDataFrame({"parcel_id": ["a", "b"]}, geometry=[box(0, 0, 2, 1), bow], crs=4490)
    towns = gpd.GeoDataFrame({"region_id": ["r"]}, geometry=[box(0, 0, 1, 1)], crs=4490)
    parcels, regions = tmp_path / "p.gpkg", tmp_path / "r.gpkg"
    land.to_file(parcels)
    towns.to_file(regions)
    done = landgis("join", parcels, regions, "-o", tmp_path / "x.csv", "--json")
    assert json.loads(done.stdout)["parcels"] == 2
    assert "b" in done.stderr


def test_join_says_that_it_converts_the_parcels(tmp_path, landgis):
    land = gpd.GeoDataFrame({"parcel_id": ["a"]}, geometry=[box(117.1, 30, 117.2, 30.1)], crs=4490)
    towns = gpd.GeoDataFrame({"region_id": ["r"]}, geometry=[box(117, 29, 118, 31)], crs=4490)
    parcels, regions = tmp_path / "p.gpkg", tmp_path / "r.gpkg"
    land.to_file(parcels)
    towns.to_crs(4548).to_file(regions)
    done = landgis("join", parcels, regions, "-o", tmp_path / "x.csv", "--json")
    assert json.loads(done.stdout)["outside_m2"] == 0
    assert "EPSG:4490" in done.stderr
    assert "EPSG:4548" in done.stderr


def test_a_progress_bar_moves_on_within_a_step():
    seen = io.StringIO()
    with ticking(0.01), tqdm(total=2, file=seen, disable=False) as bar:
        before = seen.getvalue().count("\r")
        for _ in range(500):
            if seen.getvalue().count("\r") > before:
                break
            time.sleep(0.01)
        assert seen.getvalue().count("\r") > before
        assert bar.n == 0
    wiped = seen.getvalue()
    time.sleep(0.05)
    assert seen.getvalue() == wiped


@pytest.mark.parametrize(
    ("command", "ending"),
    [
        (["sandbox", ROOT / "data/projects/lianzhou-2025.toml", "--empty", "--no-solver"], ".html"),
        (["template"], ".docx"),
        (["init", BACHU, LAND, TOWNS], ".toml"),
        (["plan", BACHU], ".xlsx"),
    ],
)
def test_a_file_of_one_kind_gets_its_ending(tmp_path, landgis, refused, command, ending):
    wrong = refused(*command, "-o", tmp_path / "a.pdf")
    assert "a.pdf" in wrong
    assert ending in wrong
    assert landgis(*command, "-o", tmp_path / "2025.1").returncode == 0
    assert [file.name for file in tmp_path.iterdir()] == [f"2025.1{ending}"]
