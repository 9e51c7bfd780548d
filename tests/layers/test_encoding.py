"""The encoding of a shapefile: label and bytes, and who is believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from landgis.errors import InputError
from landgis.files.encoding import decode_text, encoding_name
from landgis.layers.read import inspect_layer, read_layer


@pytest.mark.parametrize(
    ("encoding", "cpg", "ldid", "expected", "verdict"),
    [
        ("GBK", None, 0, "GBK", "note"),  # pain point 1: GBK, nothing says so
        ("GBK", None, 0x4D, "GBK", "pass"),
        ("GBK", "GBK", 0, "GBK", "pass"),
        ("GBK", "936", 0, "GBK", "pass"),
        ("GBK", "UTF-8", 0, "GBK", "fail"),  # the label is wrong
        ("UTF-8", None, 0, "UTF-8", "note"),
        ("UTF-8", "UTF-8", 0, "UTF-8", "pass"),
        ("UTF-8", "GBK", 0, "UTF-8", "fail"),
        ("UTF-8", None, 0x4D, "UTF-8", "fail"),
        ("UTF-8", "ISO-8859-1", 0, "UTF-8", "note"),  # what software writes that does not know
        ("UTF-8", "UTF-8", 0x4D, "UTF-8", "pass"),  # the .cpg is believed before the LDID
    ],
)
def test_bytes_decide_and_labels_are_judged(  # noqa: PLR0917 - one column a parameter
    shapefile, encoding, cpg, ldid, expected, verdict, verdicts
):
    path = shapefile(encoding=encoding, cpg=cpg, ldid=ldid)
    data, findings = read_layer(path)
    assert inspect_layer(path).encoding == expected
    assert verdicts(findings, "layer.encoding") == [verdict]
    assert data["名称"].tolist() == ["东村一号", "西村（二期）"]


def test_encoding_overrides(shapefile, verdicts):
    path = shapefile(encoding="GBK", cpg="UTF-8")
    data, findings = read_layer(path, encoding="gb2312")
    assert data["名称"].tolist()[0] == "东村一号"
    assert verdicts(findings, "layer.encoding") == ["note"]


def test_ascii_needs_no_decision(shapefile, layer):
    plain = layer[["DKBH", "geometry"]]
    assert inspect_layer(shapefile(plain, cpg="GBK")).encoding == "GBK"
    assert inspect_layer(shapefile(plain, name="b")).encoding == "UTF-8"


def test_text_in_no_encoding_is_told_not_guessed(shapefile, verdicts):
    path = shapefile(encoding="GBK")
    dbf = path.with_suffix(".dbf")
    raw = dbf.read_bytes().replace("东村一号".encode("gbk"), b"\xff\xff\xfe\xff\xff\xff\xff\xff")
    dbf.write_bytes(raw)
    _, findings = read_layer(path)
    assert verdicts(findings, "layer.encoding") == ["unknown"]


def test_field_name_cut_within_a_character(shapefile, verdicts):
    path = shapefile(encoding="UTF-8", cpg="UTF-8")
    dbf = path.with_suffix(".dbf")
    raw = bytearray(dbf.read_bytes())
    at = raw.index("名称".encode())
    raw[at : at + 11] = "地块名称".encode()[:10] + b"\0"
    dbf.write_bytes(raw)
    data, findings = read_layer(path)
    assert "地块名" in data.columns
    assert verdicts(findings, "layer.field_names") == ["fail"]
    assert data["地块名"].tolist() == ["东村一号", "西村（二期）"]


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
def test_text_cut_within_a_character_loses_only_that(shapefile, layer, encoding):
    long = "湖州市吴兴区织里镇" * 20
    path = shapefile(layer.assign(ZL="x" * 254), encoding=encoding)
    dbf = path.with_suffix(".dbf")
    raw = bytearray(dbf.read_bytes())
    at = raw.index(b"ZL\0")
    width = raw[at + 16]
    assert width == 254
    whole = ("x" + long).encode(encoding)
    start = raw.index(b"x" * width)
    raw[start : start + width] = whole[:width]
    dbf.write_bytes(raw)
    text = read_layer(path).data["ZL"][0]
    assert ("x" + long).startswith(text)
    assert len(text) >= 84


def test_cells_spread_over_a_large_file_are_seen(shapefile):
    import geopandas as gpd

    names = ["a"] * 50_000
    names[-1] = "最后一行才有汉字"
    frame = gpd.GeoDataFrame({"n": names}, geometry=[box(5e5, 3.4e6, 5e5 + 1, 3.4e6 + 1)] * 50_000)
    path = shapefile(frame.set_crs(4549), encoding="GBK")
    assert read_layer(path).data["n"].iloc[-1] == "最后一行才有汉字"


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=4))
def test_utf8_and_gbk_are_told_apart(text):
    assert decode_text(text.encode())[0] == text
    assert decode_text(text.encode("gb18030"))[0] == text


def test_gbk_that_passes_for_utf8(shapefile, layer):
    """The bytes of 一 and 联通 are valid UTF-8 for letters of other scripts."""
    path = shapefile(layer.assign(名称=["联通", "一一一一"]), encoding="GBK")
    assert read_layer(path).data["名称"].tolist() == ["联通", "一一一一"]


def test_undecodable_text_names_the_line():
    with pytest.raises(InputError, match="第 2 行"):
        decode_text(b"abc\n\xff\xff\xff\n", name="a.txt")


def test_unknown_encoding():
    with pytest.raises(InputError, match=r"encoding|编码"):
        decode_text(b"a", encoding="klingon")


def test_names_of_encodings():
    assert [encoding_name(n) for n in ("gb2312", "CP936", "utf_8", "950")] == [
        "GBK", "GBK", "UTF-8", "BIG5",
    ]  # fmt: skip
