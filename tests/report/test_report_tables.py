"""The numbers of the annex tables, known from the boxes."""

import math
from dataclasses import replace
from decimal import Decimal

import pytest
from ledger import invent

from landgis.answer import answer
from landgis.balance.sheet import balance_land
from landgis.checks.supply import completion
from landgis.checks.totals import check_totals
from landgis.findings import VERDICTS, count_verdicts, join_findings
from landgis.report.cells import show
from landgis.report.html import basis_note
from landgis.report.tables import report_tables
from landgis.report.write import write_report


def rows(table, *columns):
    return {row[0].strip("　"): tuple(show(row[j]) for j in columns) for row in table.rows}


def test_by_use(tables):
    table = tables["summary-use"]
    assert table.title == "国有建设用地供应计划汇总表（按用途）（单位：公顷）"
    # planned, share, mapped, 新增, 存量, neither, parcels
    assert rows(table, 1, 2, 3, 4, 5, 6, 7) == {
        "住宅用地": ("8.00", "36.4", "8.00", "8.00", "0.00", "0.00", "2"),
        "其中：商品住房用地": ("4.50", "", "4.00", "4.00", "0.00", "0.00", "1"),
        "商服用地": ("1.00", "4.5", "1.00", "0.00", "1.00", "0.00", "1"),
        "工矿仓储用地": ("13.00", "59.1", "13.00", "0.00", "12.00", "1.00", "2"),
        "合计": ("22.00", "100.0", "22.00", "8.00", "13.00", "1.00", "5"),
    }


def test_verdicts_are_counted_by_room(results, tables):
    table = tables["verdicts"]
    assert table.rows[0] == ("计划审核", 0, 1, 0, 0, 1)
    assert table.rows[-1] == (
        "合计",
        *count_verdicts(results.findings).values(),
        len(results.findings),
    )
    assert all(sum(row[1:5]) == row[5] for row in table.rows)
    assert table.note == answer(results).headline


def test_by_region(tables):
    assert rows(tables["summary-region"], 1, 3, 5) == {
        "东镇": ("7.00", "7.00", "1.00"),
        "西镇": ("15.00", "14.00", "12.00"),
        "市直": ("1.00", "1.00", "0.00"),
        "合计": ("22.00", "22.00", "13.00"),
    }


def test_housing(tables):
    assert rows(tables["housing"], 1, 2, 3) == {
        "东镇": ("6.00", "2.00", "4.00"),
        "西镇": ("2.00", "2.00", "0.00"),
        "图上合计": ("8.00", "4.00", "4.00"),
        "计划": ("8.00", "4.50", ""),
    }


def test_parcels_stand_by_region_with_subtotals(tables):
    table = tables["parcels"]
    assert [(row[0], row[1], row[2], show(row[4])) for row in table.rows] == [
        (1, "东镇", "a", "4.0000"),
        (2, "东镇", "b", "1.0000"),
        (3, "东镇", "d", "4.0000"),
        (None, "东镇", "小计", "9.00"),
        (4, "西镇", "c", "12.0000"),
        (None, "西镇", "小计", "12.00"),
        (5, "市直", "u", "1.0000"),
        (None, "市直", "小计", "1.00"),
        (None, "合计", "", "22.00"),
    ]
    assert table.sums == {3, 5, 7, 8}
    assert table.note.startswith("1 宗地跨区域，整宗列在主要所在区域")


def test_parcels_end_with_their_sum(tables):
    last = tables["parcels"].rows[-1]
    assert last[1] == "合计"
    assert (show(last[4]), show(last[5])) == ("22.00", "220,100.00")
    for number in (True, False):  # parcels, subtotals
        rows = [row for row in tables["parcels"].rows[:-1] if (row[0] is None) != number]
        assert last[4] == sum(row[4] for row in rows)


def test_findings_keep_their_order_and_numbers(results, tables):
    table = tables["findings"]
    assert [row[0] for row in table.rows] == list(range(1, len(results.findings) + 1))
    for row, actual in zip(table.rows, results.findings["actual"], strict=True):
        assert (row[7] is None) == math.isnan(actual)
        assert row[7] is None or float(row[7]) == actual


def test_the_check_table_shows_what_the_findings_say(results, tables):
    found = results.findings
    for row in tables["balance"].rows:
        finding = found.iloc[row[-1] - 1]
        assert row[2] is None or float(row[2]) == finding["expected"]
        assert row[3] is None or float(row[3]) == finding["actual"]


def test_the_matrix_has_three_rows_a_region(tables):
    table = tables["matrix"]
    assert [c.name for c in table.columns[2:]] == [
        "住宅用地",
        "商品住房用地",
        "商服用地",
        "工矿仓储用地",
        "合计",
    ]
    assert [tuple(map(show, row)) for row in table.rows] == [
        ("东镇", "计划", "6.00", "", "", "", "7.00"),
        ("", "图上", "6.00", "", "", "", "7.00"),
        ("", "差值", "0.00", "", "", "", "0.00"),
        ("西镇", "计划", "", "", "", "12.00", "15.00"),
        ("", "图上", "", "", "", "12.00", "14.00"),
        ("", "差值", "", "", "", "0.00", "-1.00"),
        ("合计", "计划", "8.00", "4.50", "1.00", "13.00", "22.00"),
        ("", "图上", "8.00", "4.00", "1.00", "13.00", "22.00"),
        ("", "差值", "0.00", "-0.50", "0.00", "0.00", "0.00"),
    ]


def test_mapped_sums_are_the_same_in_summary_and_check(tables):
    checked = {(r[0], r[1]): r[3] for r in tables["balance"].rows}
    summary = {r[0].strip("　"): r[3] for r in tables["summary-use"].rows}
    assert checked["全部", "合计"] == summary["合计"]
    assert checked["全部", "住宅用地"] == summary["住宅用地"]


def test_a_sum_has_the_same_digits_wherever_it_stands(results):
    targets = results.plan.targets.assign(stated_decimals=[5, 6, 4, 3, 2, 6, 5, 4, 3, 2])
    plan = replace(results.plan, targets=targets)
    shapes = results.crosswalk.assign(area_m2=results.crosswalk["area_m2"] + 1 / 3)
    balance = balance_land(plan, results.parcels, crosswalk=shapes, regions=results.regions)
    found = check_totals(balance)
    ragged = replace(results, plan=plan, crosswalk=shapes, findings=found, counted=balance)
    tables = {t.key: t for t in report_tables(ragged)}
    checked = {(r[0], r[1]): show(r[3]) for r in tables["balance"].rows if r[3] is not None}
    for key, name in (("summary-use", 1), ("summary-region", 0)):
        summary = tables[key]
        mapped = dict(
            zip(
                [str(row[0]).removeprefix("　其中：") for row in summary.rows],
                map(show, summary.cells("mapped")),
                strict=True,
            )
        )
        for pair, value in checked.items():
            if pair[1 - name] in {"全部", "合计"}:
                assert mapped[pair[name].replace("全部", "合计")] == value, (key, pair)


def test_a_list_has_subtotals(listed):
    table = next(t for t in report_tables(listed) if t.key == "projects")
    assert "亩" in table.title
    told = [(row[1], row[2], show(row[5]), show(row[6])) for row in table.rows]
    assert told == [
        ("东镇", "低效工业片区", "60", "60.00"),
        ("东镇", "低效工业片区", "15", "15.00"),
        ("东镇", "小计", "75", "75.00"),
        ("西镇", "低效工业片区", "150", "180.00"),
        ("西镇", "小计", "150", "180.00"),
        ("合计", "", "225", "255.00"),
    ]
    assert table.sums == {2, 4, 5}


def test_a_supply_plan_with_a_list_keeps_its_parcels(results, listed):
    both = replace(results, plan=replace(results.plan, projects=listed.plan.projects))
    tables = {t.key: t for t in report_tables(both)}
    assert tables["projects"].title.startswith("计划所附清单")
    assert tables["parcels"].rows
    assert tables["summary-use"].title.startswith("国有建设用地供应计划汇总表")


def test_a_list_is_summed_by_kind_and_has_no_columns_that_say_nothing(listed):
    parcels = listed.parcels.drop(columns="land_source")
    without = replace(listed, parcels=parcels, counted=None)
    table = next(t for t in report_tables(without) if t.key == "summary-use")
    assert table.title == "片区汇总表（按类别）（单位：亩）"
    assert [c.key for c in table.columns] == ["", "planned", "mapped", "count"]
    assert table.cells("planned") == [Decimal(225), Decimal(225)]
    assert table.cells("share") == [None, None]


def test_what_is_no_real_data_is_told(results):
    assert basis_note(results) == ("宗地为示例数据，并非实际宗地", "界线为近似，并非法定界线")


def test_completion_adds_up(results):
    series = completion(results.balance.land, results.parcels, results.plan)
    assert [d.isoformat()[5:] for d in series["date"]] == ["03-31", "06-30", "09-30", "12-31"]
    assert series["share_pct"].tolist() == pytest.approx([400 / 22, 500 / 22, 1700 / 22, 2100 / 22])


def test_english_headings():
    english = {t.key: t for t in report_tables(invent(), lang="en")}
    assert english["summary-use"].columns[1].name == "planned"
    assert {row[1] for row in english["findings"].rows} <= set(VERDICTS)


def test_decimals_are_never_shown_in_powers():
    assert show(Decimal("5E-7")) == "0.0000005"
    assert show(Decimal("0E-7")) == "0.0000000"


def test_a_long_list_is_cut_and_whole_in_a_csv(results, tmp_path, monkeypatch):
    results = replace(
        results,
        findings=join_findings(results.findings, results.findings),
        parcels=results.parcels.assign(name="=1+1"),
    )
    whole = {table.key: table for table in report_tables(results)}
    monkeypatch.setattr("landgis.report.tables.MOST_LINES", 2)
    monkeypatch.setattr("landgis.report.tables.MOST_OF_A_CHECK", 1)
    cut = {table.key: table for table in report_tables(results)}
    for key in ("parcels", "findings"):
        assert cut[key].count == len(whole[key].rows) > len(cut[key].rows)
        assert tuple(cut[key].every()) == whole[key].rows
    shown = [row for row in cut["parcels"].rows if row[0] is not None]
    assert [row[0] for row in shown] == [1, 2]
    assert cut["parcels"].rows[-1] == whole["parcels"].rows[-1]
    written = {path.name: path for path in write_report(results, tmp_path)}
    lines = written["parcels-all.csv"].read_text("utf-8-sig").splitlines()
    assert len(lines) == 1 + len(whole["parcels"].rows)
    assert any("'=1+1" in line for line in lines)  # text, whatever a spreadsheet takes it for
    assert "parcels-all.csv" in written["report.html"].read_text("utf-8")


def test_a_field_that_no_parcel_of_a_region_has(results):
    parcels = results.parcels
    with_seat = parcels.assign(坐落=["某路", *[None] * (len(parcels) - 1)])
    table = {t.key: t for t in report_tables(replace(results, parcels=with_seat))}["parcels"]
    assert table.columns[-1].name == "坐落"
    assert {len(row) for row in table.rows} == {len(table.columns)}
