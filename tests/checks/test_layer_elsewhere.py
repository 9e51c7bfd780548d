"""A whole layer that lies elsewhere is one cause: what follows from it points there."""

import shapely

import landgis
from landgis.findings import count_verdicts
from landgis.join import crosswalk_with_findings


def test_of_a_layer_that_lies_elsewhere_everything_follows(world):
    squares = [
        (f"p{i}", "住宅用地", 20 * i, 0, 20 * i + 10, 10, {"region": "东镇"}) for i in range(30)
    ]
    land = world.draw(*squares)
    plan = world.plan(("", "", 0.3, "公顷", 2), ("东镇", "住宅用地", 0.3, "公顷", 2))
    regions = world.regions
    regions.loc[0, "name"] = "东镇"
    far = land.set_geometry(land.translate(40_000, 0))
    found = landgis.examine(plan, far, regions=regions).findings
    failed = found[found["verdict"].eq("fail")]
    (cause,) = failed.loc[failed["kind"].eq("everything"), "check"]
    assert cause == "parcels.outside"
    others = failed[failed["check"].ne(cause)]
    assert len(others)
    assert set(others["cause"]) == {cause}
    assert len(failed.loc[failed["kind"].eq("everything"), "members"].item()) == 30


def test_a_total_carries_the_parcels_that_make_it_up(world):
    land = world.draw(("a", "住宅用地", 0, 0, 100, 100), ("b", "商服用地", 200, 0, 300, 100))
    plan = world.plan(
        ("", "", 2.0, "公顷", 2), ("", "住宅用地", 1.0, "公顷", 2), ("", "商服用地", 3.0, "公顷", 2)
    )
    found = landgis.examine(plan, land, regions=world.regions).findings
    rows = found[found["check"].isin(["totals.grand", "totals.use"])]
    members = dict(zip(rows["category"], rows["members"], strict=True))
    assert {use: set(ids) for use, ids in members.items()} == {
        "": {"a", "b"},
        "住宅用地": {"a"},
        "商服用地": {"b"},
    }


def test_many_unusable_shapes_are_one_finding(world):
    bow = shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])
    land = world.draw(*((f"p{i}", "住宅用地", 20 * i, 0, 20 * i + 10, 10) for i in range(60)))
    shapes = [bow] * 30 + [None] * 29 + [land.geometry.iloc[59]]
    _, findings = crosswalk_with_findings(land.set_geometry(shapes, crs=land.crs), world.regions)
    assert findings["kind"].tolist()[-2:] == ["invalid_many", "missing_many"]
    assert [len(m) for m in findings["members"]][-2:] == [30, 29]
    assert count_verdicts(findings)["fail"] == 2
