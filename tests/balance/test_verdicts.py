"""What a verdict proves, and which of them follow from one cause."""

from landgis.balance.sheet import balance_land
from landgis.checks.totals import check_totals
from landgis.findings import finding_key, tell

HOUSE = ("a", "住宅用地", 0, 0, 200, 200)  # 4 公顷 in 东镇
SHOP = ("b", "商服用地", 2100, 0, 2300, 100)  # 2 公顷 in 西镇


def told(balance, lang="zh"):
    return tell(check_totals(balance), lang)


def test_a_wrong_cell_is_the_cause_of_what_it_makes_fail(world):
    plan = world.plan(
        ("", "", 9.0, "公顷", 2),
        ("", "住宅用地", 7.0, "公顷", 2),
        ("东镇", "", 7.0, "公顷", 2),
        ("东镇", "住宅用地", 7.0, "公顷", 2),
        ("西镇", "", 2.0, "公顷", 2),
    )
    found = told(world.balanced(plan, world.draw(HOUSE, SHOP)))
    failed = found[found["verdict"] == "fail"]
    assert failed["check"].tolist() == [
        "totals.grand",
        "totals.use",
        "totals.region",
        "totals.cell",
    ]
    leader = failed.iloc[-1]
    assert set(failed["cause"]) == {"", finding_key(leader)}
    assert leader["cause"] == ""
    assert "同一差额也见于总量、住宅用地、东镇总量" in leader["message"]
    assert "差额即由东镇住宅用地而来" in failed.iloc[0]["message"]
    assert leader["members"] == ("a",)


def test_differences_that_do_not_add_up_are_causes_of_their_own(world):
    plan = world.plan(("", "", 9.0, "公顷", 2), ("东镇", "", 5.0, "公顷", 2))
    found = told(world.balanced(plan, world.draw(HOUSE, SHOP)))
    assert found.loc[found["verdict"] == "fail", "cause"].tolist() == ["", ""]


def test_every_total_carries_its_parcels(world):
    plan = world.plan(("", "", 6.0, "公顷", 2), ("西镇", "", 2.0, "公顷", 2))
    found = told(world.balanced(plan, world.draw(HOUSE, SHOP)))
    assert found["members"].tolist()[1:] == [("a", "b"), ("b",)]


def test_what_was_drawn_from_the_plan_proves_nothing(world):
    plan = world.plan(("", "", 6.0, "公顷", 2), ("东镇", "", 3.0, "公顷", 2))
    found = told(world.balanced(plan, world.draw(HOUSE, SHOP, basis="sample")))
    assert found["verdict"].tolist()[1:] == ["note", "fail"]
    assert "示意，未核对" in found["message"][1]
    mixed = world.balanced(plan, world.draw(HOUSE, SHOP, basis=["", "schematic"]))
    assert mixed.rows[0].verdict == "note"


def test_a_region_that_lacks_members_is_unknown(world):
    plan = world.plan(("东镇", "", 4.0, "公顷", 2), ("西镇", "", 2.0, "公顷", 2))
    regions = world.towns(missing=["甲村、乙村", ""])
    balance = world.balanced(plan, world.draw(HOUSE, SHOP), regions=regions)
    assert [row.verdict for row in balance.rows] == ["unknown", "pass"]
    assert "缺甲村、乙村" in told(balance)["message"][1]


def test_cells_of_a_region_that_no_layer_has_follow_its_first(world):
    plan = world.plan(
        ("北镇", "", 3.0, "公顷", 2),
        ("北镇", "住宅用地", 1.0, "公顷", 2),
        ("北镇", "商服用地", 2.0, "公顷", 2),
    )
    found = told(world.balanced(plan, world.draw(HOUSE)))[1:]
    assert found["cause"].tolist() == ["", *["totals.region|北镇"] * 2]


def test_a_use_that_the_plan_names_is_known(world):
    plan = world.plan(("", "产业用地", 4.0, "公顷", 2), ("", "商服用地", 2.0, "公顷", 2))
    parcels = world.draw(("a", "产业用地", 0, 0, 200, 200), SHOP)
    assert [row.verdict for row in world.balanced(plan, parcels).rows] == ["pass", "pass"]
    other = world.draw(("a", "未名用地", 0, 0, 200, 200), SHOP)
    assert world.balanced(plan, other).rows[1].verdict == "unknown"


def test_a_difference_of_areas_is_said_to_be_one_with_both_figures(world):
    parcels = world.draw(("a", "住宅用地", 0, 0, 1000, 1000))
    pairs = world.pairs(parcels, world.towns()).assign(area_m2=999_000.0)
    plan = world.plan(("", "", 99.9, "公顷", 2))
    by = {"crosswalk": pairs, "regions": world.towns()}
    found = told(balance_land(plan, parcels, **by))
    assert found["verdict"][1] == "unknown"
    assert "图上 100.00 公顷" in found["message"][1]
    assert "按椭球面面积计为 99.90 公顷" in found["message"][1]
    assert balance_land(plan, parcels, area="ellipsoid", **by).rows[0].verdict == "pass"


def test_on_which_area_land_counts_is_told(world):
    parcels = world.draw(HOUSE, SHOP, recorded_area_m2=[40_001.0, 9.0])
    plan = world.plan(("", "", 6.0, "公顷", 2))
    (first, *_) = told(world.balanced(plan, parcels)).to_dict("records")
    assert (first["check"], first["verdict"], first["members"]) == ("totals.area", "note", ("b",))
    assert "1 宗没有登记面积或与图形不符" in first["message"]


def test_both_languages_of_one_run(world):
    plan = world.plan(("东镇", "住宅用地", 5.0, "公顷", 2))
    balance = world.balanced(plan, world.draw(HOUSE))
    assert told(balance, "en")["message"][1].startswith(
        "东镇 residential: planned 5.00 ha, mapped 4.00 ha, short by 1.00 ha"
    )


def test_a_name_goes_before_a_code_of_the_layers_own(world):
    # the layer's own code of 西镇 is, in the country's list, that of another town
    regions = world.towns(code=["320831102", "320831104"])
    plan = world.plan(
        ("东镇", "", 4.0, "公顷", 2, {"region_code": "320831104"}),
        ("西镇", "", 2.0, "公顷", 2, {"region_code": "320831102"}),
    )
    balance = world.balanced(plan, world.draw(HOUSE, SHOP), regions=regions)
    assert [row.verdict for row in balance.rows] == ["pass", "pass"]
