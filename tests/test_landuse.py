"""Land use: names, hierarchy, codes that travel with their scheme, colours that all eyes tell."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landgis import landuse
from landgis.errors import InputError

NAMES = sorted(landuse.all_names())
MAIN = (
    "住宅用地",
    "商服用地",
    "工矿仓储用地",
    "公共管理与公共服务用地",
    "特殊用地",
    "交通运输用地",
    "水域及水利设施用地",
    "其他土地",
)
"""The uses of the first level in a supply plan."""
REDEVELOPMENT = ("低效工业片区", "低效住宅片区", "低效村庄片区", "矿地利用片区")
"""The kinds of redevelopment areas (低效用地再开发片区)."""

RENEWAL = (
    *("工改工", "工改居", "工改商", "工改公益", "工改混合", "工业用地提升", "退二进三"),
    *("旧城镇改造", "旧村庄改造", "旧厂房改造", "城中村改造"),
    *("全面改造", "微改造", "混合改造"),
)
"""What renewal (三旧改造) turns land into, or finds it as."""
MIXED = ("商住混合用地",)
"""Several uses on the same ground: neither a part nor a sum of the uses that it mixes."""


@pytest.mark.parametrize(
    ("printed", "canonical"),
    [
        ("住宅用地", "住宅用地"),
        ("居住用地", "住宅用地"),
        ("商业服务业设施用地", "商服用地"),
        ("工业、仓储用地", "工矿仓储用地"),
        ("公共管理与公共服务设施用地", "公共管理与公共服务用地"),
        ("商品房用地", "商品住房用地"),
        ("公共租赁房用地", "公共租赁住房用地"),
        ("各类棚户区改造用地", "棚户区改造安置用地"),
        ("绿地与开敞空间用地", "公园与绿地"),
        ("交通用地", "交通运输用地"),
        ("水利设施用地", "水域及水利设施用地"),
        ("其他用地", "其他用地"),
        ("低效村庄整治改造项目", "低效村庄片区"),
        ("矿地利用片区", "矿地利用片区"),
        (" 医疗卫生 用地（0805）", "医疗卫生用地"),
        ("商服", "商服用地"),
        ("商住用地", "商住混合用地"),
        ("公共管理与服务设施用地", "公共管理与公共服务用地"),
        ("公共住房用地", "保障性住房用地"),
        ("人才公寓用地", "人才住房用地"),
        ("合计", ""),
        ("", ""),
    ],
)
def test_printed_names_have_canonical_ones(printed, canonical):
    assert landuse.canonical(printed) == canonical


def test_a_part_is_no_other_name_of_its_whole():
    assert landuse.canonical("工业用地") == "工业用地"
    assert landuse.parent("工业用地") == "工矿仓储用地"
    assert landuse.canonical("其他土地") != landuse.canonical("其他用地")


@given(st.sampled_from(NAMES))
def test_canonical_names_are_fixed_points_and_end_in_a_main_use(name):
    canonical = landuse.canonical(name)
    assert landuse.canonical(canonical) == canonical
    assert landuse.main_category(name) in (
        *MAIN,
        *REDEVELOPMENT,
        *RENEWAL,
        *landuse.COMPOSITES,
        *MIXED,
    )


def test_a_mixed_use_stands_beside_those_that_it_mixes():
    assert not landuse.is_within("商住用地", "住宅用地")
    assert not landuse.is_within("住宅用地", "商住用地")


@given(st.sampled_from(NAMES))
def test_every_use_is_within_itself_its_whole_and_the_total(name):
    for above in ("", name, *landuse.lineage(name)):
        assert landuse.is_within(name, above)


def test_a_name_of_many_letters_is_read_from_its_end_only():
    long = "长" * 1_000_000  # to try each of its ends would take hours
    assert landuse.lineage(long) == ()
    assert landuse.lineage(f"{long}商服用地") == (f"{long}商服用地", "商服用地")


def test_a_whole_is_not_within_its_part():
    assert landuse.is_within("公租房用地", "保障性住房用地")
    assert not landuse.is_within("保障性住房用地", "公租房用地")
    assert not landuse.is_within("商服用地", "住宅用地")


def test_a_composite_is_what_the_plan_says():
    other = {"其他用地": ("特殊用地", "交通运输用地")}
    assert landuse.is_within("医疗卫生用地", "其他用地")
    assert not landuse.is_within("医疗卫生用地", "其他用地", composites=other)
    assert landuse.expand("其他用地", composites=other) == ("特殊用地", "交通运输用地")


def test_parts_of_a_use_name_it_as_their_parent():
    for name in NAMES:
        for part in landuse.subcategories(name):
            assert landuse.parent(part) == landuse.canonical(name)
    assert landuse.subcategories("没有此用地") == ()


# --- codes


@pytest.mark.parametrize(
    ("scheme", "code", "name", "category"),
    [
        ("GB/T 21010-2017", "0809", "公用设施用地", "公用设施用地"),
        ("GB/T 21010-2017", "0601", "工业用地", "工业用地"),
        ("用地用海 2023", "0601", "农村道路", "交通运输用地"),
        ("用地用海 2020", "1312", "水工设施用地", "水工建筑用地"),
        ("用地用海 2023", "1312", "其他公用设施用地", "公用设施用地"),
        ("GB/T 21010-2007", "063", "仓储用地", "仓储用地"),
        ("三调", "08H2A", "高教用地", "教育用地"),
        ("三调", "0201K", "可调整果园", ""),
        ("GB/T 21010-2017", "0101", "水田", ""),
    ],
)
def test_a_code_means_what_its_scheme_says(scheme, code, name, category):
    found = landuse.land_use_class(code, scheme=scheme)
    assert (found.name, found.category) == (name, category)


def test_most_codes_mean_something_else_six_years_later():
    old = {c.code: c.name for c in landuse.classes("GB/T 21010-2017") if len(c.code) == 4}
    new = {c.code: c.name for c in landuse.classes("用地用海 2023")}
    changed = [c for c in old if c in new and new[c] != old[c]]
    assert len(changed) > len(old) / 3


@pytest.mark.parametrize("scheme", landuse.SCHEMES)
def test_classes_have_parents_in_their_scheme_and_known_categories(scheme):
    classes = {c.code: c for c in landuse.classes(scheme)}
    for found in classes.values():
        assert bool(found.parent) == (len(found.code) > 2)
        assert not found.parent or found.parent in classes
        assert not found.category or landuse.canonical(found.category) == found.category
        if found.parent and classes[found.parent].category in MAIN:
            assert found.category


def test_scheme_names_may_be_written_plainly():
    assert landuse.land_use_class("05", scheme="gbt21010-2017").category == "商服用地"


def test_unknown_codes_and_schemes_are_refused_by_name():
    with pytest.raises(InputError, match="GB/T 21010-2017 中没有代码 '9999'"):
        landuse.land_use_class("9999", scheme="GB/T 21010-2017")
    with pytest.raises(InputError, match="用地用海 2023"):
        landuse.land_use_class("0601", scheme="国标")


# --- colours

# Linear RGB as seen without green (deuteranopia) and without red (protanopia):
# Machado, Oliveira and Fernandes, IEEE TVCG 15 (2009), severity 1.
SIGHT = {
    "full": np.eye(3),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
}


def lab(colour, sight):
    """CIE L*a*b* (D65) of a colour as seen."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    rgb = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = to_xyz @ np.clip(SIGHT[sight] @ rgb, 0, 1) / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
def test_main_uses_and_redevelopment_kinds_are_told_apart(sight):
    seen = {c: lab(landuse.colour(c), sight) for c in (*MAIN, *REDEVELOPMENT)}
    for a, b in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[a] - seen[b]) >= 18, (a, b)


def test_a_use_without_colour_has_that_of_its_whole():
    assert landuse.colour("商品房用地") == landuse.colour("住宅用地")
    assert landuse.colour("教育用地") != landuse.colour("公共管理与公共服务用地")
    assert landuse.colour("没有此用地") == landuse.UNKNOWN_COLOUR


def test_names_in_english():
    assert landuse.category_name("居住用地", "en") == "residential"
    assert landuse.category_name("居住用地") == "居住用地"
    assert landuse.category_name("没有此用地", "en") == "没有此用地"


def test_the_known_spellings_of_practice_are_all_known(shared):
    import csv

    with (shared / "domain" / "plan_category_aliases.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    unknown = [
        name
        for row in rows
        for name in row["aliases"].split(";")
        if name.strip().endswith("用地") and not landuse.canonical(name)
    ]
    assert unknown == []


def test_codes_agree_with_the_tables_of_the_field(shared):
    import csv

    tables = {
        "GB/T 21010-2017": "gbt21010_2017.csv",
        "GB/T 21010-2007": "gbt21010_2007.csv",
        "三调": "sandiao_working_classes.csv",
        "用地用海 2023": "yongdi_yonghai_2023.csv",
    }
    for scheme, name in tables.items():
        with (shared / "domain" / name).open(encoding="utf-8-sig") as file:
            listed = {row["code"]: row["name"] for row in csv.DictReader(file)}
        assert {c.code: c.name for c in landuse.classes(scheme)} == listed


@pytest.mark.parametrize(
    "home", ["产权住房用地", "产权型住房用地", "产权类住宅用地", "产权性住房", "产权房"]
)
def test_homes_of_a_kind_are_spelled_in_many_ways(home):
    assert landuse.canonical(home) == "产权住房用地"


def test_a_home_of_no_known_kind_is_no_use():
    assert landuse.canonical("玻璃房") == landuse.canonical("二手住房用地") == ""
