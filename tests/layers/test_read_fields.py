"""A bureau's fields → table parcels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landgis.errors import InputError
from landgis.findings import tell
from landgis.layers.fields import as_parcels, decide_area_unit
from landgis.layers.read import read_layer
from landgis.schema import PARCELS
from landgis.units import M2_PER_UNIT


@pytest.fixture
def bureau(layer):
    """A layer with the names of the standards."""
    return layer.assign(DKYT=["工业用地", "居住用地"]).rename(columns={"名称": "DKMC"})


def test_standard_names_are_known(bureau, verdicts):
    data, findings = as_parcels(bureau)
    assert tuple(data.columns[: len(PARCELS.names)]) == PARCELS.names
    assert data["parcel_id"].tolist() == ["1", "2"]
    assert data["name"].tolist() == ["东村一号", "西村（二期）"]
    assert data["category"].tolist() == ["工业用地", "住宅用地"]
    assert data["stated_category"].tolist() == ["工业用地", "居住用地"]
    assert data["recorded_area_m2"].tolist() == [20000, 10000]  # 公顷 by the ratio
    assert verdicts(findings, "layer.area_unit") == ["note"]
    assert "宗地编号←DKBH（推断）" in tell(findings)["message"][0]


def test_names_cut_at_ten_bytes_are_known(bureau):
    cut = bureau.rename(columns={"DKBH": "宗地代", "DKYT": "规划用途", "DKMJ": "批准面积"})
    assert as_parcels(cut).data["recorded_area_m2"].tolist() == [20000, 10000]


def test_given_fields_go_before_guesses(bureau):
    frame = bureau.assign(PROJ=["P1", "P2"])
    data, findings = as_parcels(frame, fields={"parcel_id": "PROJ"})
    assert data["parcel_id"].tolist() == ["P1", "P2"]
    assert "宗地编号←PROJ；" in tell(findings)["message"][0]
    with pytest.raises(InputError, match="没有字段 无"):
        as_parcels(frame, fields={"parcel_id": "无"})


def test_unknown_fields_are_named(layer):
    with pytest.raises(InputError, match=r"认不出用途字段.*DKBH、名称、DKMJ"):
        as_parcels(layer)


def test_numbers_as_ids_lose_their_point(bureau):
    assert as_parcels(bureau.assign(DKBH=[1.0, 2.0])).data["parcel_id"].tolist() == ["1", "2"]


def test_repeated_and_missing_ids(bureau, verdicts):
    assert verdicts(as_parcels(bureau.assign(DKBH=["7", "7"])).findings, "layer.ids") == ["fail"]
    assert verdicts(as_parcels(bureau.assign(DKBH=["7", None])).findings, "layer.ids") == ["fail"]


def test_codes_need_their_scheme(bureau):
    frame = bureau.drop(columns="DKYT").assign(DLBM=["0601", "0701"])
    with pytest.raises(InputError, match=r"0601、0701.*category_scheme.*GB/T 21010-2017"):
        as_parcels(frame)
    old = as_parcels(frame, category_scheme="GB/T 21010-2017").data
    new = as_parcels(frame, category_scheme="用地用海 2023").data
    assert old["category"].tolist() == ["工业用地", "城镇住宅用地"]
    assert new["category"].tolist() != old["category"].tolist()
    assert new["stated_category"].tolist() == ["0601", "0701"]


def test_values_out_of_domain_are_told(bureau, verdicts):
    data, findings = as_parcels(bureau.assign(DKYT=["飞碟用地", "工业用地"]))
    assert verdicts(findings, "layer.category") == ["fail"]
    assert data["category"].tolist() == ["飞碟用地", "工业用地"]
    frame = bureau.drop(columns="DKYT").assign(DLBM=["9999", "0701"])
    data, findings = as_parcels(frame, category_scheme="GB/T 21010-2017")
    assert verdicts(findings, "layer.category") == ["fail"]
    assert "9999" in findings.loc[findings["check"] == "layer.category", "category"].iloc[0]


@pytest.mark.parametrize(
    ("unit", "values"), [("公顷", [2, 1]), ("亩", [30, 15]), ("平方米", [20000, 10000])]
)
def test_unit_by_the_ratio(bureau, unit, values):
    data, findings = as_parcels(bureau.assign(DKMJ=values))
    assert data["recorded_area_m2"].tolist() == pytest.approx([20000, 10000])
    assert f"单位为{unit}" in tell(findings)["message"].iloc[-1]


def test_unit_declared_against_the_drawing(bureau, verdicts):
    data, findings = as_parcels(bureau, area_unit="亩")
    assert data["recorded_area_m2"].tolist() == pytest.approx([2 / 15 * 1e4, 1 / 15 * 1e4])
    assert verdicts(findings, "layer.area_unit") == ["fail"]


def test_unit_that_cannot_be_told(bureau, verdicts):
    data, findings = as_parcels(bureau.assign(DKMJ=[7.7, 333.0]))
    assert data["recorded_area_m2"].isna().all()
    assert verdicts(findings, "layer.area_unit") == ["unknown"]


def test_unit_in_the_name(bureau):
    frame = bureau.rename(columns={"DKMJ": "面积_亩"}).assign(面积_亩=[30.0, np.nan])
    data = as_parcels(frame, fields={"recorded_area_m2": "面积_亩"}).data
    assert data["recorded_area_m2"].tolist()[0] == pytest.approx(20000)
    assert np.isnan(data["recorded_area_m2"].iloc[1])


def test_no_such_unit(bureau):
    with pytest.raises(InputError, match="面积单位"):
        as_parcels(bureau, area_unit="顷")


def test_basis_is_kept_and_checked(bureau, verdicts):
    assert as_parcels(bureau.assign(basis="sample")).data["basis"].tolist() == ["sample"] * 2
    assert verdicts(as_parcels(bureau.assign(basis="官方")).findings, "layer.basis") == ["fail"]


def test_index_is_kept_and_input_left_alone(bureau):
    frame = bureau.set_index(np.array([4, 8]))
    before = frame.copy()
    assert as_parcels(frame).data.index.tolist() == [4, 8]
    assert frame.equals(before)


def test_findings_of_reading_come_first(shapefile, bureau):
    read = read_layer(shapefile(bureau, encoding="GBK"))
    checks = as_parcels(read).findings["check"].tolist()
    assert checks[:3] == ["layer.encoding", "layer.crs", "layer.fields"]


@given(
    areas=st.lists(st.floats(10, 1e7), min_size=1, max_size=20),
    unit=st.sampled_from(["公顷", "亩", "平方米"]),
    error=st.floats(-0.05, 0.05),
)
def test_the_unit_is_found_from_areas_within_five_percent(areas, unit, error):
    drawn = np.array(areas)
    recorded = drawn * (1 + error) / float(M2_PER_UNIT[unit])
    assert decide_area_unit(recorded, drawn)[0] == unit


def test_code_and_name_in_one_cell(bureau, verdicts):
    data, findings = as_parcels(bureau.assign(DKYT=["0601工业用地", "0701 城镇住宅用地"]))
    assert data["category"].tolist() == ["工业用地", "城镇住宅用地"]
    assert verdicts(findings, "layer.category") == []
