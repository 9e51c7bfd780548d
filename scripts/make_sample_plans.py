"""Build the sample plans that are no plain text: data/plans/*.docx, *.xlsx, *.pdf.

The sentences are ours; figures, names of regions, uses and areas are those of the published
plans, errors included, so that the demonstration shows what landgis finds in them. Each says
that it is a sample.
"""

from __future__ import annotations

import csv
from pathlib import Path

from docx import Document
from docx.shared import Pt
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

HERE = Path(__file__).resolve().parent
PLANS = HERE.parent / "data" / "plans"
SAMPLE = "说明：本文件由 landgis 项目自拟，只用于演示；数字和名称取自{}，文字不是原文。"


def huzhou_2024(path: Path) -> None:
    """Write a DOCX of prose and a table."""
    document = Document()
    document.styles["Normal"].font.size = Pt(11)
    document.add_heading("湖州市区2024年国有建设用地供应计划（示例文本）", 0)
    document.add_paragraph(SAMPLE.format("湖州市公布的2024年度计划"))
    document.add_heading("一、供应总量", 1)
    document.add_paragraph(
        "湖州市区全年安排供应国有建设用地14000亩，计划期为2024年1月1日至12月31日。"
    )
    document.add_heading("二、供应结构", 1)
    document.add_paragraph(
        "按用途分：工矿仓储用地7200亩，占51.4%；商服用地500亩，占3.6%；住宅用地3000亩，占21.4%，"
        "其中商品住房用地2451亩、保障性住房用地549亩；公共管理与公共服务用地3300亩，占23.6%。",
    )
    document.add_paragraph("出让土地中，工业用地的比例不得低于40%。列入计划的地块须为净地。")
    document.add_heading("三、空间布局", 1)
    document.add_paragraph("附表1 2024年各区供应面积（单位：亩）")
    rows = [
        ("区域", "供应面积", "占比（%）"),
        ("市直", "1657", "11.8"),
        ("吴兴区", "4915", "35.1"),
        ("南浔区", "5405", "38.6"),
        ("南太湖新区", "2023", "14.5"),
        ("合计", "14000", "100.0"),
    ]
    table = document.add_table(len(rows), 3, style="Table Grid")
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.save(str(path))


def huzhou_2023_2027(path: Path) -> None:
    """Write an XLSX with the programme's goals on one sheet and the list of areas on another."""
    workbook = Workbook()
    goals = workbook.active
    goals.title = "方案要点"
    for line in (
        "湖州市低效用地再开发试点方案（2023—2027年）（示例文本）",
        SAMPLE.format("湖州市2024年1月公布的实施方案"),
        (
            "目标：到2027年，全市完成低效用地再开发20000亩以上，实施低效工业片区改造项目38个、"
            "低效住宅片区改造项目13个、低效村庄整治改造项目14个、矿地利用片区1个。"
        ),
    ):
        goals.append([line])
    goals.column_dimensions["A"].width = 110
    sheet = workbook.create_sheet("片区清单")
    sheet.append(["全市低效用地再开发重点片区清单"])
    sheet.merge_cells("A1:G1")
    sheet.append(["序号", "区县", "类别", "片区名称", "位置", "面积（亩）", "实施阶段"])
    with (HERE / "huzhou_2023_2027_areas.csv").open(encoding="utf-8", newline="") as file:
        areas = list(csv.DictReader(file))
    districts = list(dict.fromkeys(area["district"] for area in areas))
    total = 0
    for district in districts:
        mine = [area for area in areas if area["district"] == district]
        for a in mine:
            number, mu = int(a["number"]), int(a["area_mu"])
            sheet.append([number, district, a["kind"], a["name"], a["location"], mu, a["stage"]])
        subtotal = sum(int(area["area_mu"]) for area in mine)
        sheet.append(["小计", None, None, None, None, subtotal, None])
        total += subtotal
    sheet.append(["合计", None, None, None, None, total, None])
    for column, width in zip("ABCDEFG", (6, 12, 14, 46, 46, 12, 12), strict=True):
        sheet.column_dimensions[column].width = width
    for row in sheet.iter_rows(min_row=1, max_row=2):
        for cell in row:
            cell.font, cell.alignment = Font(bold=True), Alignment(horizontal="center")
    sheet.freeze_panes = "A3"
    workbook.save(path)


LIANZHOU = {
    "连州镇": (29.488274, 9.597654, 0.700006, 1.62684, 3.7569, 3.11416, 0.4084),
    "九陂镇": (None, 2.968205, 17.189392, 0.363081, None, 0.2672, None),
    "保安镇": (None, None, 11.840794, None, None, 2.1443, None),
    "龙坪镇": (None, None, 11.440049, None, None, None, None),
    "大路边镇": (None, None, None, 1.3492, None, None, None),
    "星子镇": (None, None, None, 1.624511, None, None, None),
    "西岸镇": (1.604436, 0.440471, None, None, None, None, None),
    "西江镇": (None, None, 3.375831, 1.587, None, None, None),
    "东陂镇": (None, 0.8601, 24.7569, 0.443054, None, 0.7381, None),
    "瑶安瑶族乡": (None, None, None, 0.987772, None, None, None),
}
LIANZHOU_TOTALS = ("48.692234", "20.787878", "13.985094", "11.440049", "1.3492", "1.624511",
                   "2.044907", "4.962831", "26.798154", "0.987772")  # fmt: skip
USES = ("住宅用地", "商服用地", "工矿仓储用地", "公用设施用地", "公园与绿地", "交通运输用地",
        "医疗卫生用地")  # fmt: skip


def lianzhou_2025(path: Path) -> None:
    """Write a PDF with a township × use table (the CID font needs no font file)."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    font = {"fontName": "STSong-Light", "wordWrap": "CJK"}
    body = ParagraphStyle("body", fontSize=10.5, leading=18, **font)
    head = ParagraphStyle("head", parent=body, fontSize=16, leading=26, alignment=1)
    cells = [["乡镇", *USES, "合计"]]
    for (town, areas), total in zip(LIANZHOU.items(), LIANZHOU_TOTALS, strict=True):
        cells.append([town, *("" if a is None else str(a) for a in areas), total])
    grid = [("GRID", (0, 0), (-1, -1), 0.5, "black"), ("FONT", (0, 0), (-1, -1), "STSong-Light", 8),
            ("ALIGN", (1, 0), (-1, -1), "RIGHT")]  # fmt: skip
    story = [
        Paragraph("连州市2025年土地供应计划（示例文本）", head),
        Paragraph(SAMPLE.format("连州市公布的2025年度计划"), body),
        Paragraph("一、总量", body),
        Paragraph("连州市2025年的供地总量控制在132.72823公顷以内。", body),
        Paragraph("二、结构", body),
        Paragraph(
            "分用途看，公用设施用地7.981458公顷，商服用地13.86643公顷，住宅用地31.14831公顷，"
            "工矿仓储用地69.302972公顷，公园与绿地3.7569公顷，交通运输用地6.26376公顷，"
            "医疗卫生用地0.4084公顷。",
            body,
        ),
        Paragraph("三、布局", body),
        Paragraph("附表 各乡镇分用途供应面积（单位：公顷）", body),
        Spacer(0, 6),
        Table(cells, style=grid),
    ]
    SimpleDocTemplate(str(path), pagesize=A4, title="连州市2025年土地供应计划（示例文本）",
                      invariant=1).build(story)  # fmt: skip


def main() -> None:
    """Write the three files."""
    huzhou_2024(PLANS / "huzhou-2024.docx")
    huzhou_2023_2027(PLANS / "huzhou-2023-2027.xlsx")
    lianzhou_2025(PLANS / "lianzhou-2025.pdf")


if __name__ == "__main__":
    main()
