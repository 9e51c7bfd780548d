"""What a person corrects holds to the words it was made for, and says so everywhere."""

from __future__ import annotations

import openpyxl
import pytest

from landgis.balance.figures import stated_figures
from landgis.errors import InputError
from landgis.findings import tell
from landgis.plan.audit import audit_plan
from landgis.plan.extract import read_plan
from landgis.plan.reading import read_corrections, write_reading

TEXT = (
    "白鹭市2025年度国有建设用地供应计划\n"
    "供应总量300公顷，其中住宅用地100公顷，商服用地50公顷，工矿仓储用地150公顷。\n"
    "上年完成供应260公顷。\n"
)


@pytest.fixture
def document(tmp_path):
    file = tmp_path / "plan.txt"
    file.write_text(TEXT, encoding="utf-8")
    return file


@pytest.fixture
def corrected(tmp_path, document):
    """Change cells of the workbook by the value that was read, and add rows."""

    def run(changes, added=()):
        path = write_reading(read_plan(document), tmp_path / "reading.xlsx")
        book = openpyxl.load_workbook(path)
        sheet = book["数字"]
        heads = {cell.value: i for i, cell in enumerate(sheet[2])}
        for row in sheet.iter_rows(min_row=3):
            for name, value in changes.get(row[heads["读作_value"]].value, {}).items():
                row[heads[name]].value = value
        for new in added:
            last = sheet.max_row + 1
            for name, value in new.items():
                sheet.cell(last, heads[name] + 1).value = value
        book.save(path)
        return path

    return run


def figures(plan):
    columns = ["region", "category", "stated_value", "stated_unit", "how"]
    return plan.targets[columns].values.tolist()


def test_a_workbook_that_nobody_changed_corrects_nothing(tmp_path, document):
    plan = read_plan(document)
    path = write_reading(plan, tmp_path / "reading.xlsx")
    assert not len(read_corrections(path))
    assert figures(read_plan(document, corrections=path)) == figures(plan)


def test_a_value_is_corrected_everywhere(document, corrected):
    path = corrected({"50": {"数值": 60, "区域": "东岭区"}})
    plan = read_plan(document, corrections=path)
    assert ["东岭区", "商服用地", 60.0, "公顷", "corrected"] in figures(plan)
    assert ["", "商服用地", 50.0, "公顷", "read"] not in figures(plan)
    assert plan.figures.query("how == 'corrected'")["value"].tolist() == ["60"]
    told = tell(plan.findings).query("check == 'plan.correction'")
    assert told["verdict"].tolist() == ["note"]
    assert "东岭区" in told["message"].item()
    assert "60 公顷*" in plan.overview().to_string()


def test_a_role_is_corrected_both_ways(document, corrected):
    path = corrected({"260": {"角色": "指标", "区域": "西岭区"}, "100": {"角色": "不计"}})
    plan = read_plan(document, corrections=path)
    assert ["西岭区", "", 260.0, "公顷", "corrected"] in figures(plan)
    assert "住宅用地" not in set(plan.targets["category"])


def test_a_figure_is_added(document, corrected):
    new = {"角色": "指标", "用途": "特殊用地", "数值": "7.20", "单位": "公顷"}
    plan = read_plan(document, corrections=corrected({}, [new]))
    row = plan.targets.query("category == '特殊用地'").iloc[0]
    assert (row["stated_value"], row["stated_decimals"], row["how"]) == (7.2, 2, "corrected")


def test_a_correction_survives_a_reissued_document(document, corrected):
    path = corrected({"50": {"数值": "60"}, "150": {"数值": "140"}})
    document.write_text(
        TEXT.replace("供应总量", "根据规划，特制定本计划。\n供应总量").replace(
            "工矿仓储用地150", "工矿仓储用地155"
        ),
        encoding="utf-8",
    )
    plan = read_plan(document, corrections=path)
    assert ["", "商服用地", 60.0, "公顷", "corrected"] in figures(plan)
    assert ["", "工矿仓储用地", 155.0, "公顷", "read"] in figures(plan)
    told = tell(plan.findings).query("verdict == 'unknown'")
    assert "文件中已没有这句话" in told["message"].item()


def test_corrections_stay_in_the_workbook_that_is_written_again(tmp_path, document, corrected):
    path = corrected({"50": {"数值": "60"}})
    again = write_reading(
        read_plan(document, corrections=path), tmp_path / "again.xlsx", read=read_plan(document)
    )
    assert read_corrections(again)["value"].tolist() == ["60"]


@pytest.mark.parametrize(
    ("given", "told"),
    [("五十", "“五十”无法识别"), ("6,5", "“6,5”无法识别"), ("=40+20", "换成算出的数")],
)
def test_a_number_that_is_none_is_told(document, corrected, given, told):
    plan = read_plan(document, corrections=corrected({"50": {"数值": given}}))
    assert told in tell(plan.findings)["message"].iloc[-1]
    assert ["", "商服用地", 50.0, "公顷", "read"] in figures(plan)


def test_thousands_may_be_parted(document, corrected):
    plan = read_plan(document, corrections=corrected({"50": {"数值": "1,050.5"}}))
    assert ["", "商服用地", 1050.5, "公顷", "corrected"] in figures(plan)


def test_the_overview_leaves_no_target_out(tmp_path):
    file = tmp_path / "plan.txt"
    file.write_text(
        "白鹭市2025年度国有建设用地供应计划\n供应总量300公顷，其中新增建设用地120公顷，存量建设用地"
        "180公顷。第一季度计划供应住宅用地30公顷。\n",
        encoding="utf-8",
    )
    told = read_plan(file).overview().to_dict("records")
    assert told == [
        {
            "总量": "300 公顷",
            "总量（新增）": "120 公顷",
            "总量（存量）": "180 公顷",
            "住宅用地（第一季度）": "30 公顷",
        }
    ]


def test_the_audit_takes_the_corrected_figures(document, corrected):
    plan = read_plan(document, corrections=corrected({"50": {"数值": "60"}}))
    assert audit_plan(plan).query("verdict == 'fail'")["difference"].tolist() == [10.0]


def test_text_stays_text(tmp_path):
    file = tmp_path / "plan.txt"
    file.write_text(TEXT.replace("其中住宅", "=cmd|其中住宅"), encoding="utf-8")
    book = openpyxl.load_workbook(write_reading(read_plan(file), tmp_path / "r.xlsx"))
    assert "f" not in {c.data_type for row in book["数字"].iter_rows() for c in row}


@pytest.mark.parametrize("name", ["none.xlsx", "text.xlsx", "other.xlsx", "a.md"])
def test_what_is_no_workbook_of_a_reading_is_refused(tmp_path, document, name):
    path = tmp_path / name
    if name in ("text.xlsx", "a.md"):
        path.write_text("no workbook", encoding="utf-8")
    if name == "other.xlsx":
        openpyxl.Workbook().save(path)
    with pytest.raises(InputError, match=name):
        read_plan(document, corrections=path)


def test_a_document_without_targets_says_so(tmp_path):
    file = tmp_path / "news.txt"
    file.write_text(
        "白鹭市2025年度国有建设用地供应计划\n上年供应住宅用地260公顷。\n", encoding="utf-8"
    )
    plan = read_plan(file)
    assert not len(plan.targets)
    assert tell(plan.findings)["message"].str.contains("没有读到任何面积指标").any()


def test_what_cannot_be_taken_names_its_cell_and_what_to_write(document, corrected):
    path = corrected(
        {
            "50": {"数值": "五十"},
            "100": dict.fromkeys(("角色", "用途", "数值", "单位")),
            "150": {"单位": "斤"},
        }
    )
    plan = read_plan(document, corrections=path)
    told = tell(plan.findings).query("check == 'plan.correction'")
    assert told["verdict"].tolist() == ["unknown"] * 3
    for cell, message in zip(("D4", "G5", "H6"), told["message"], strict=True):
        assert f"单元格 {cell} " in message
        assert "请写" in message


def test_the_whole_may_be_named(document, corrected):
    path = corrected({"260": {"角色": "指标", "区域": "全市", "用途": "总量", "数值": "300"}})
    assert ["", "", 300.0, "公顷", "corrected"] in read_plan(document, corrections=path).repeats[
        ["region", "category", "stated_value", "stated_unit", "how"]
    ].values.tolist()


def test_what_stands_beside_a_target_is_corrected_there(document, corrected):
    document.write_text(
        TEXT.replace("300公顷", "300公顷（4500亩）").replace("50公顷，", "50公顷，占16.7%，"),
        encoding="utf-8",
    )
    path = corrected({"4500": {"数值": "4600"}, "16.7": {"数值": "20"}})
    plan = read_plan(document, corrections=path)
    assert len(plan.targets) == len(read_plan(document).targets)
    assert plan.targets["restated_value"].dropna().tolist() == [4600]
    assert plan.targets["share_pct"].dropna().tolist() == [20]
    told = audit_plan(plan).query("verdict == 'fail'")
    assert told["check"].tolist() == ["audit.units", "audit.share"]


def test_a_share_that_stands_alone_is_corrected(document, corrected):
    document.write_text(TEXT + "东岭区占比20.8%。\n", encoding="utf-8")
    plan = read_plan(document, corrections=corrected({"20.8": {"数值": "21.8"}}))
    rows = plan.targets.query("region == '东岭区'")[["share_pct", "share_decimals", "how"]]
    assert rows.values.tolist() == [[21.8, 1, "corrected"]]


def test_findings_say_that_they_rest_on_a_correction(document, corrected):
    plain = tell(audit_plan(read_plan(document)))
    assert not plain["message"].str.contains("人工更正").any()
    plan = read_plan(document, corrections=corrected({"50": {"数值": "60"}}))
    told = tell(audit_plan(plan)).query("check == 'audit.parts'")
    assert told["message"].str.endswith("（所据数字有人工更正）").all()
    english = tell(audit_plan(plan), "en")["message"]
    assert english.str.contains("corrected by a person").all()


def test_a_corrected_figure_is_set_against_the_printed_one(document, corrected):
    document.write_text(
        TEXT + "其中东岭区供地最多，供地总量95.5公顷。\n东岭区拟供应9宗，土地面积94.5公顷。\n",
        encoding="utf-8",
    )
    changes = {v: {"角色": "指标", "区域": "东岭区", "用途": ""} for v in ("95.5", "94.5")}
    for changed in ({"95.5": changes["95.5"]}, changes):
        plan = read_plan(document, corrections=corrected(changed))
        told = audit_plan(plan).query("check == 'audit.repeat' and region == '东岭区'")
        assert told["verdict"].tolist() == ["fail"]


def test_the_balance_knows_which_figures_were_corrected(document, corrected):
    plan = read_plan(document, corrections=corrected({"50": {"数值": "60"}}))
    told = [(f.text(), f.corrected) for f in stated_figures(plan)]
    assert [text for text, by_hand in told if by_hand] == ["60 公顷"]
