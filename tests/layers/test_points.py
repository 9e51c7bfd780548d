"""Boundary points: every dialect of the text, tables, and what writes them."""

import json

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from landgis.errors import InputError
from landgis.formats.points import polygon_of_rings
from landgis.formats.points_files import read_points_table, read_points_text, write_points_text
from landgis.layers.read import inspect_layer, read_layer

SQUARE = [(3416600, 509500), (3416600, 509700), (3416500, 509700), (3416500, 509500)]


def points(corners=SQUARE, ring=1, *, prefix=0, closed=False, form="J{k},{ring},{n},{e}"):
    corners = [*corners, corners[0]] if closed else corners
    numbered = [(k % (len(corners) - closed) + 1, c) for k, c in enumerate(corners)]
    return [form.format(k=k, ring=ring, n=n, e=prefix + e) for k, (n, e) in numbered]


def read(*lines, encoding="gbk"):
    return read_points_text("\r\n".join(lines).encode(encoding), name="a.txt")


# ---------------------------------------------------------------- the samples


@pytest.mark.parametrize("number", ["01", "02", "03", "04", "07", "09"])
def test_samples(shared, number):
    folder = shared / "domain" / "txt_samples"
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["files"][number]
    [path] = folder.glob(f"{number}_*.txt")
    data, findings = read_layer(path)
    assert len(data) == expected.get("parcels", 1)
    assert data.area.tolist() == [expected["area_m2"]]
    assert data.crs.to_epsg() == expected.get("epsg", 4528)
    if "rings" in expected:
        assert 1 + len(data.geometry.iloc[0].interiors) == expected["rings"]
    assert ("layer.axes" in set(findings["check"])) == ("axes" in expected)
    assert data.total_bounds[2:].tolist() == [
        509700 + (0 if expected.get("epsg") == 4549 else 40e6),
        3416600,
    ]


# ---------------------------------------------------------------- the dialects


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # A and B: the standard, with and without 地类编码
        ("4,2.0000,7,东村,面,H51,工业用地,0601,@", {"DKBH": "7", "DKMC": "东村", "DLBM": "0601"}),
        ("4,2.0000,7,东村,面,H51,工业用地,,@", {"DKMJ": 2.0, "DKYT": "工业用地", "DLBM": ""}),
        # C 一张图, D 增减, E 增减挂钩 with a space behind @
        ("7,东村,面,,@", {"DKBH": "7", "DKMC": "东村", "JZDS": ""}),
        ("4,东村,面,复垦,@", {"JZDS": "4", "DKMC": "东村", "DKYT": "复垦"}),
        ("4,2.0000,,东村,,,,0601,@ ", {"DKBH": "", "DKMC": "东村", "DLBM": "0601"}),
        # F: thirteen fields
        (
            "4,2.0,7,东村,面,H51,旱地,0103,A,旱地,8,7,备,@",
            {"DLBM": "0103", "TBLX": "A", "GHDB": "7", "BZ": "备"},
        ),
        # G: no leading count; I: area with its unit first
        ("东村,面,,@", {"DKMC": "东村"}),
        ("2.0公顷,,东村,面,,,,@", {"DKMJ": 2.0, "DKMC": "东村"}),
    ],
)
def test_parcel_lines(line, expected):
    read_points = read("[地块坐标]", line, *points())
    row = read_points.data.iloc[0]
    assert {key: row[key] for key in expected} == expected
    assert row.geometry.area == 20000


@pytest.mark.parametrize(
    "form",
    ["J{k},{ring},{n},{e}", "{k},{ring},{n},{e}", "{n},{e}", "J{k},{n},{e}", "{n} {e}", "{n}\t{e}"],
)
def test_point_lines(form):
    assert read("4,2,7,东村,面,,,,@", *points(form=form)).data.area.tolist() == [20000]


def test_bare_list_with_an_end():
    assert read(*points(form="{n},{e}"), "E").data.area.tolist() == [20000]


def test_degrees():
    corners = [(30.9, 120.1), (30.9, 120.2), (30.8, 120.2), (30.8, 120.1)]
    for form in ("J{k},1,{n},{e}", "J{k},1,{e},{n}"):
        bounds = read("2公顷,,东村,面,,,,@", *points(corners, form=form)).data.total_bounds
        assert bounds.tolist() == [120.1, 30.8, 120.2, 30.9]


def test_several_parcels_and_full_width_signs():
    text = read(
        "坐标系＝2000国家大地坐标系",
        "4，2，7，东村，面，，，，＠",
        *points(),
        "4，2，8，西村，面，，，，＠",
        *points([(n, e + 500) for n, e in SQUARE], closed=True),
    )
    assert text.header == {"坐标系": "2000国家大地坐标系"}
    assert text.data["DKMC"].tolist() == ["东村", "西村"]
    assert text.data.area.tolist() == [20000, 20000]


# ---------------------------------------------------------------- rings


HOLE = [(3416580, 509550), (3416530, 509550), (3416530, 509600), (3416580, 509600)]
PART = [(n, e + 1000) for n, e in HOLE]


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("hole_first", [True, False])
def test_a_ring_inside_is_a_hole_whatever_its_order(closed, hole_first):
    rings = [points(SQUARE, 1, closed=closed), points(HOLE, 2, closed=closed)]
    rings = rings[::-1] if hole_first else rings
    shape = read("8,1,7,东村,面,,,,@", *rings[0], *rings[1]).data.geometry[0]
    assert shape.area == 17500
    assert len(shape.interiors) == 1


def test_rings_of_one_number_are_told_apart_by_closing():
    lines = points(SQUARE, 1, closed=True) + points(HOLE, 1, closed=True)
    assert read("10,1,7,东村,面,,,,@", *lines).data.area.tolist() == [17500]


def test_a_ring_outside_is_a_second_part():
    shape = read("8,1,7,村,面,,,,@", *points(), *points(PART, 2)).data.geometry[0]
    assert shape.geom_type == "MultiPolygon"
    assert shape.area == 22500


def test_an_island_in_a_hole_is_a_part():
    island = [(3416560, 509560), (3416550, 509560), (3416550, 509570), (3416560, 509570)]
    shape = read("9,1,7,村,面,,,,@", *points(), *points(HOLE, 2), *points(island, 3)).data.geometry[
        0
    ]
    assert shape.area == 17500 + 100


def test_wrong_count_is_told_and_passed_over(verdicts):
    found = read("9,2,7,东村,面,,,,@", *points())
    assert found.data.area.tolist() == [20000]
    assert verdicts(found.findings, "layer.point_count") == ["fail"]
    assert found.findings["difference"].tolist() == [-5]


@pytest.mark.parametrize("count", [4, 5])
def test_count_with_or_without_the_closing_point(count):
    assert read(f"{count},2,7,东村,面,,,,@", *points(closed=True)).findings.empty
    assert read(f"{count},2,7,东村,面,,,,@", *points()).findings.empty


def test_two_points_are_no_ring(verdicts):
    found = read("4,2,7,东村,面,,,,@", *points(), "2,2,8,西村,面,,,,@", *points(SQUARE[:2]))
    assert found.data.geometry.isna().tolist() == [False, True]
    assert verdicts(found.findings, "layer.short_ring") == ["fail"]


def test_header_says_what_the_numbers_do_not(tmp_path):
    for system, zone, code in (
        ("2000国家大地坐标系", "40", 4549),
        ("2000国家大地坐标系", "", None),
        ("1980西安坐标系", "40", 2385),
        ("1954年北京坐标系", "40", 2437),
    ):
        path = tmp_path / "a.txt"
        lines = [f"坐标系={system}", f"带号={zone}", "几度分带=3", "4,2,7,东村,面,,,,@", *points()]
        path.write_text("\n".join(lines), encoding="utf-8")
        assert inspect_layer(path).crs == (f"EPSG:{code}" if code else "")


@pytest.mark.parametrize(
    ("line", "where"),
    [("J1,1,a,b", "第 2 行"), ("一行说明文字", "第 2 行"), ("1,2,3,4,5", "第 2 行")],
)
def test_lines_that_are_nothing(line, where):
    with pytest.raises(InputError, match=where):
        read("4,2,7,东村,面,,,,@", line)


@pytest.mark.parametrize("text", ["", "[属性描述]\n坐标系=2000", "4,2,7,东村,面,,,,@"])
def test_files_without_points(text):
    with pytest.raises(InputError, match="没有界址点"):
        read(text)


# ---------------------------------------------------------------- tables


HEAD = ("点号", "X坐标", "Y坐标")


def rows(corners=SQUARE, *, closed=False):
    corners = [*corners, corners[0]] if closed else corners
    return [(f"J{k + 1}", n, e) for k, (n, e) in enumerate(corners)]


def test_one_sheet_a_parcel():
    sheets = [
        ("东村", [HEAD, *rows(closed=True)]),
        ("西村", [HEAD, *rows(PART)]),
        ("说明", [("无",)]),
    ]
    data = read_points_table(sheets).data
    assert data["DKMC"].tolist() == ["东村", "西村"]
    assert data.area.tolist() == [20000, 2500]


def test_all_in_one_sheet_under_label_rows():
    sheet = [
        ("界址点成果表", "", ""),
        HEAD,
        ("东村", "", ""),
        *rows(),
        ("西村", "", ""),
        *rows(PART),
    ]
    data = read_points_table([("Sheet1", sheet)]).data
    assert data["DKMC"].tolist() == ["东村", "西村"]
    assert data.area.tolist() == [20000, 2500]


def test_all_in_one_sheet_by_a_column_of_ids():
    head = ("宗地编号", *HEAD)
    first = [("A1" if k == 0 else "", *row) for k, row in enumerate(rows())]  # merged cells
    second = [("A2", *row) for row in rows(PART, closed=True)]
    data = read_points_table([("s", [head, *first, *second])]).data
    assert data["DKBH"].tolist() == ["A1", "A2"]
    assert data.area.tolist() == [20000, 2500]


def test_merged_header_and_swapped_columns():
    sheet = [("点号", "坐标", ""), ("", "横坐标(Y)", "纵坐标(X)")]
    sheet += [(label, e, n) for label, n, e in rows()]
    assert read_points_table([("s", sheet)]).data.total_bounds.tolist() == [
        509500, 3416500, 509700, 3416600,
    ]  # fmt: skip


def test_no_header_at_all():
    assert read_points_table([("s", [row[1:] for row in rows()])]).data.area.tolist() == [20000]


def test_rows_that_state_the_system():
    sheet = [("坐标系：", "2000国家大地坐标系", ""), ("带号", 40.0, ""), HEAD, *rows()]
    found = read_points_table([("地块", sheet)])
    assert found.header == {"坐标系": "2000国家大地坐标系", "带号": "40.0"}
    assert found.data["DKMC"].tolist() == ["地块"]
    assert found.data.area.tolist() == [20000]


def test_rings_in_a_column():
    sheet = [("点号", "圈号", "X", "Y")]
    sheet += [(p, 1, n, e) for p, n, e in rows()] + [(p, 2, n, e) for p, n, e in rows(HOLE)]
    assert read_points_table([("s", sheet)]).data.area.tolist() == [17500]


def test_workbook_from_excel_with_merged_cells(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "地块"
    sheet.merge_cells("A1:D1")
    sheet["A1"] = "界址点坐标表"
    for row in [("宗地编号", "点号", "坐标", ""), ("", "", "X", "Y")]:
        sheet.append(row)
    sheet.merge_cells("C2:D2")
    for k, (label, n, e) in enumerate(rows(closed=True)):
        sheet.append(("=1+1" if k == 0 else None, label, n, 40e6 + e))
    path = tmp_path / "界址点.xlsx"
    book.save(path)
    data, _ = read_layer(path)
    assert data.crs.to_epsg() == 4528
    assert data.area.tolist() == [20000]


@pytest.mark.parametrize("encoding", ["gbk", "utf-8-sig"])
@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_csv(tmp_path, encoding, comma):
    path = tmp_path / "界址点.csv"
    lines = [comma.join(map(str, row)) for row in [HEAD, *rows()]]
    path.write_text("\n".join(lines), encoding=encoding)
    data, _ = read_layer(path, crs=4549)
    assert data.area.tolist() == [20000]
    assert data["DKMC"].tolist() == ["界址点"]


def test_workbook_without_coordinates(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["名称", "面积"])
    path = tmp_path / "表.xlsx"
    book.save(path)
    with pytest.raises(InputError, match="没有界址点坐标"):
        read_layer(path)


# ---------------------------------------------------------------- writing


def test_the_text_is_what_the_rules_ask_for(layer):
    frame = layer.rename(columns={"名称": "DKMC"}).to_crs(4528)
    raw = write_points_text(frame, header={"带号": "40"})
    lines = raw.decode("gbk").split("\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert "带号=40" in lines
    assert lines[12:18] == [
        "5,2.0000,1,东村一号,面,,,,@",
        "J1,1,3416600.000,40509500.000",  # north-west corner first, then clockwise
        "J2,1,3416600.000,40509700.000",
        "J3,1,3416500.000,40509700.000",
        "J4,1,3416500.000,40509500.000",
        "J1,1,3416600.000,40509500.000",
    ]


def test_names_cannot_break_the_text(square):
    name = "a,b@\r\n=9"
    layer = gpd.GeoDataFrame({"DKMC": [name]}, geometry=[square(0, 0, 10)], crs=4549)
    again = read_points_text(write_points_text(layer)).data
    assert again["DKMC"].tolist() == ["a b =9"]


def test_shapes_without_area_are_refused(layer):
    layer.loc[1, "geometry"] = None
    with pytest.raises(InputError, match="1 行没有面（1）"):
        write_points_text(layer)


whole = st.integers(0, 60)


@given(
    parts=st.lists(
        st.tuples(whole, whole, st.integers(12, 40), st.integers(12, 40), st.booleans()),
        min_size=1,
        max_size=4,
    )
)
def test_written_polygons_read_back(parts):
    """Boxes in a row, some with a hole: the same shapes to 1 mm, in any arrangement."""
    polygons = []
    for k, (x, y, width, height, hollow) in enumerate(parts):
        x0, y0 = 509_500.123 + 150 * k + x, 3_416_500.456 + y
        shape = box(x0, y0, x0 + width, y0 + height)
        if hollow:
            shape = shape.difference(box(x0 + 3, y0 + 3, x0 + 9, y0 + 9))
        polygons.append(shape)
    shape = polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)
    layer = gpd.GeoDataFrame(geometry=[shape, polygons[0]], crs=4549)
    again = read_points_text(write_points_text(layer)).data.geometry
    for before, after in zip(layer.geometry, again, strict=True):
        assert before.symmetric_difference(after).area < 1e-6
        assert before.geom_type == after.geom_type


@given(st.permutations(range(3)))
def test_order_of_rings_does_not_matter(order):
    rings = [np.array(box(*b).exterior.coords) for b in [(0, 0, 9, 9), (1, 1, 8, 8), (2, 2, 3, 3)]]
    assert polygon_of_rings([rings[k] for k in order]).area == 81 - 49 + 1


def test_no_ring_no_polygon():
    assert polygon_of_rings([]) is None
    assert polygon_of_rings([np.zeros((5, 2))]) is None


# ---------------------------------------------------------------- fuzzing


line = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "4,2,7,村,面,,,,@",
            "@",
            ",,,@",
            "J1,1,nan,inf",
            "J1,1,1e400,-1e400",
            "E",
            "=",
            "[地块坐标]",
            "1,2",
        ]
    ),
    st.builds("J{},{},{},{}".format, *[st.integers(-3, 9)] * 2, *[st.floats(width=32)] * 2),
)


@given(st.one_of(st.binary(max_size=300), st.lists(line, max_size=30).map("\n".join)))
def test_any_text_is_read_or_refused(text):
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    try:
        found = read_points_text(raw, name="a.txt")
    except InputError:
        pass  # one sentence, not a crash
    else:
        assert len(found.data)


cell = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=8),
    st.sampled_from(["X", "Y", "点号", "圈号", "宗地编号", "=cmd|' /C calc'!A0"]),
    st.integers(),
    st.floats(),
)


@given(st.lists(st.lists(cell, max_size=5), max_size=12))
def test_any_table_is_read_or_refused(sheet):
    try:
        found = read_points_table([("s", sheet)], name="a.xlsx")
    except InputError:
        pass  # one sentence, not a crash
    else:
        assert len(found.data)


def test_polygon_class_is_used():
    assert isinstance(polygon_of_rings([np.array([(0, 0), (0, 1), (1, 1)])]), Polygon)


def test_digits_of_full_width():
    wide = str.maketrans("0123456789.", "０１２３４５６７８９．")
    rows = [("勘测定界成果表", "", ""), ("点号", "坐标", ""), ("", "Ｘ", "Ｙ")]
    rows += [(k, f"{n}.5".translate(wide), f"{e}.25") for k, (n, e) in enumerate(SQUARE)]
    data = read_points_table([("表", rows)]).data
    assert data.geometry.iloc[0].equals(box(509500.25, 3416500.5, 509700.25, 3416600.5))
