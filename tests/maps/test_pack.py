"""What is packed is what was given: checked by unpacking it in Python, and in the page's script."""

import base64
import gzip
import json
import shutil
import subprocess
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from invented import mosaic, parcels

from landgis.errors import CRSError, InputError
from landgis.maps import pack
from landgis.maps.pack import GRID_BITS, Coded, in_sevens, make_ready, pack_layer, to_grid

ASSETS = Path(__file__).parents[2] / "landgis" / "maps" / "assets"


def unpack(text):
    raw = gzip.decompress(base64.b64decode(text))
    size = int.from_bytes(raw[:4], "little")
    header, at, arrays = json.loads(raw[4 : 4 + size]), 4 + size, {}
    for name, length, width, signed in header["arrays"]:
        planes = np.frombuffer(raw, np.uint8, length * width, at).reshape(width, length)
        values = sum((p.astype(np.int64) << 8 * i for i, p in enumerate(planes)), np.zeros(length))
        values = values.astype(np.int64)
        arrays[name] = np.where(values % 2, -(values + 1) // 2, values // 2) if signed else values
        at += length * width
    assert at == len(raw)
    return header, arrays


def test_sevens_hold_every_byte_in_letters_that_a_page_keeps():
    for data in (
        b"",
        b"\x00",
        bytes(range(256)) * 3,
        b"\x1f\x8b<<<\r\n",
        bytes(7),
        b"<!--</script>",
    ):
        text = in_sevens(data)
        assert not set(text) & set("\x00\n\r<")
        values = [{"À": 0, "Á": 10, "Â": 13, "Ã": 60}.get(letter, ord(letter)) for letter in text]
        bits = "".join(f"{value:07b}" for value in values)
        assert bytes(int(bits[i : i + 8], 2) for i in range(0, len(data) * 8, 8)) == data
        assert len(values) == -(-len(data) * 8 // 7)


def layer(*shapes, crs=4490, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


def test_every_row_is_there_once():
    _, arrays = unpack(pack_layer(parcels()))
    assert sorted(arrays["row"]) == list(range(300))


def test_the_input_is_not_changed():
    table = parcels(4, 4)
    before = table.copy()
    pack_layer(table)
    assert table.equals(before)


def test_the_same_layer_packs_to_the_same_bytes():
    assert pack_layer(parcels()) == pack_layer(parcels())


def test_a_part_of_a_layer_packs_as_that_part_alone():
    table = parcels().assign(note=[f"{i}号𠀀" for i in range(300)])
    some = np.arange(300) % 3 == 1
    header, arrays = unpack(make_ready(table).pack(some))
    other, alone = unpack(pack_layer(table[some]))
    np.testing.assert_array_equal(np.flatnonzero(some)[alone["row"]], arrays["row"])
    for name in set(arrays) - {"row"}:
        np.testing.assert_array_equal(arrays[name], alone[name], name)
    assert header["columns"] == other["columns"]


def test_shapes_brought_to_the_grid_a_few_at_a_time_pack_to_the_same_bytes(monkeypatch):
    hole = shapely.Polygon([(0, 0), (9, 0), (9, 9)], holes=[[(4, 1), (5, 1), (5, 2)]])
    land = layer(
        shapely.box(0, 0, 1, 1), None, hole, shapely.MultiPolygon([shapely.box(2, 0, 3, 1)])
    )
    whole = pack_layer(land)
    monkeypatch.setattr(pack, "_BLOCK", 1)
    assert pack_layer(land) == whole


def test_grid_is_finer_than_the_width_of_a_boundary_post():
    one = to_grid(np.array([[120.0, 30.0], [120.0001, 30.0]]))
    metres = 0.0001 * 111_320 * np.cos(np.radians(30))
    assert metres / (one[1, 0] - one[0, 0]) < 0.14
    assert 1 << GRID_BITS == 256 << 20


def test_numbers_keep_their_decimals_and_their_gaps():
    shapes = [shapely.box(120, 30, 120.1, 30.1)] * 4
    values = [-12.25, np.nan, 0.0, 98_765_432_109.5]
    header, arrays = unpack(pack_layer(layer(*shapes, area=values)))
    column = header["columns"]["area"]
    codes = arrays["column area"][np.argsort(arrays["row"])]
    back = [
        np.nan if c == 0 else ((c - 1) // 2 if c % 2 else -c // 2) / 10 ** column["decimals"]
        for c in codes.tolist()
    ]
    np.testing.assert_array_equal(back, values)


def test_a_row_without_geometry_keeps_its_attributes():
    table = layer(None, shapely.Polygon(), shapely.box(120, 30, 121, 31), parcel_id=["a", "b", "c"])
    header, arrays = unpack(pack_layer(table))
    assert header["count"] == 3
    assert arrays["rings"].tolist() == [1, 0, 0]


def test_nothing_to_draw_is_no_error():
    header, _ = unpack(pack_layer(layer(parcel_id=[])))
    assert header["count"] == 0


def test_a_layer_without_crs_is_refused():
    with pytest.raises(CRSError, match="坐标系"):
        pack_layer(layer(shapely.box(0, 0, 1, 1), crs=None))


def test_a_line_is_refused_and_named():
    table = layer(shapely.box(120, 30, 121, 31), shapely.LineString([(120, 30), (121, 31)]))
    with pytest.raises(InputError, match="第 1 行的图形是 LINESTRING"):
        pack_layer(table)


def test_any_declared_crs_gives_the_same_place():
    there = parcels(3, 3)
    grids = [unpack(pack_layer(there.to_crs(crs)))[1] for crs in (4549, 4528, 4490, 3857)]
    for arrays in grids[1:]:
        assert abs(arrays["start x"] - grids[0]["start x"]).max() <= 2


def test_a_parcel_of_sixteen_corners_takes_some_thirty_bytes():
    """Half a megabyte for ten thousand: twenty times less than GeoJSON, and within the budget."""
    assert len(pack_layer(mosaic(10_000))) < 45 * 10_000


def test_large_whole_numbers_are_packed_as_they_are():
    shapes = [shapely.box(120, 30, 120.1, 30.1)] * 2
    codes = [330502200107000123, 2**62 + 1]
    header, arrays = unpack(pack_layer(layer(*shapes, code=codes, area=[np.inf, 1.5])))
    known = header["columns"]["code"]["values"]
    back = [known[c] for c in arrays["column code"][np.argsort(arrays["row"])]]
    assert back == [str(c) for c in codes]
    assert sorted(arrays["column area"]) == [0, 31]


@pytest.mark.parametrize(
    "shape",
    [
        shapely.Polygon([(120, 30)] * 4),
        shapely.Polygon([(120, 30), (120.1, 30), (120, 30)]),
        shapely.Polygon([(120, 30), (120.1, 30.1), (120, 30.1), (120.1, 30)]),
        shapely.box(120, 30, 120 + 1e-9, 30 + 1e-9),
        shapely.box(-180, -90, 180, 90),
    ],
    ids=["one point", "one line", "a bow tie", "less than a grid unit", "the world"],
)
def test_odd_polygons_are_packed(shape):
    _, arrays = unpack(pack_layer(layer(shape, shape, shapely.box(120, 30, 121, 31))))
    assert arrays["rings"].tolist() == [1, 1, 1]


def turned(ring):
    """Grid corners of a ring, begun at its least one, none twice in a row."""
    corners = to_grid(shapely.get_coordinates(ring)[:-1]).tolist()
    corners = [c for i, c in enumerate(corners) if i == 0 or c != corners[i - 1]]
    at = corners.index(min(corners))
    return corners[at:] + corners[:at]


def given_to_node():
    """Parcels that share borders, with a hole, parts, three metres and 40 000 corners."""
    angle = np.linspace(0, 2 * np.pi, 40_000)
    shapes = [
        shapely.Polygon(
            [(120, 30), (120.009, 30), (120.009, 30.009), (120, 30.009)],
            [[(120.003, 30.003), (120.006, 30.003), (120.006, 30.006), (120.003, 30.006)]],
        ),
        shapely.box(120.003, 30.003, 120.006, 30.006),
        shapely.MultiPolygon(
            [shapely.box(120.02, 30, 120.021, 30.001), shapely.box(120.03, 30, 120.031, 30.001)],
        ),
        shapely.box(120.04, 30, 120.04003, 30.00003),
        shapely.Polygon(np.column_stack([121 + 0.1 * np.cos(angle), 30 + 0.1 * np.sin(angle)])),
    ]
    tiles = mosaic(6_000).to_crs(4490)
    ids = ["ring", "filling", "parts", "tiny", "lake", *tiles["parcel_id"]]
    return layer(
        *shapes,
        *tiles.geometry,
        parcel_id=ids,
        category=["住宅用地", "商服用地", "住宅用地", "=1+1", "湖", *["其他"] * len(tiles)],
        area_m2=[1.5, 2.25, np.nan, -3.0, 5.0, *tiles["recorded_area_m2"]],
        note=[f"{i}号\n𠀀Ж" if i % 3 else "" for i in range(len(ids))],
    )


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_scripts_pass_their_own_tests(tmp_path):
    """The readable sources, run by node's test runner on a packed layer."""
    table = given_to_node()
    packed = tmp_path / "packed.txt"
    regions = [["r"], [], ["r", "s"], ["s"], ["t"]]
    among = np.minimum(np.arange(len(table)), 4)
    ready = make_ready(table, lists={"regions": Coded(among, regions, "list")})
    packed.write_text(ready.pack())
    rings = [
        [turned(r) for r in shapely.get_rings(shapely.get_parts(shape))] for shape in table.geometry
    ]
    expected = tmp_path / "expected.json"
    expected.write_text(
        json.dumps(
            {"id": table["parcel_id"].tolist(), "note": table["note"].tolist(), "rings": rings}
        ),
        encoding="utf-8",
    )
    tests = Path(__file__).with_name("scripts.test.cjs")
    done = subprocess.run(
        ["node", "--test", str(tests)],
        env={
            "PACKED": str(packed),
            "EXPECTED": str(expected),
            "ASSETS": str(ASSETS),
            "PATH": str(Path(shutil.which("node")).parent),
        },
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
