"""What is written for people: the report of a project, one overview of many, a choice of land."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from tqdm.auto import tqdm

from landgis.allocation.allocation import WHY, Allocation
from landgis.allocation.explain import reserve
from landgis.errors import require
from landgis.files.whole import write_whole
from landgis.findings import count_verdicts, tell, verdict_name
from landgis.formats.registry import write_layer
from landgis.landuse import category_name
from landgis.language import Lang, made, making_day, say
from landgis.plan.model import Plan
from landgis.report.cells import (
    FORMULA_STARTS,
    MOST_CHARACTERS,
    MOST_LINES,
    Cell,
    ReportTable,
    lay_out,
    plain,
    words_of,
)
from landgis.report.changes import change_tables
from landgis.report.docx import write_document
from landgis.report.html import basis_note, environment, render_document, render_html
from landgis.report.tables import report_tables
from landgis.report.xlsx import write_workbook
from landgis.results import Results
from landgis.schema import as_text
from landgis.units import half_up, unit_word

_LAST = {"targets", "rules", "findings"}


def write_report(
    results: Results,
    directory: Path | str,
    *,
    maps: Iterable[tuple[str, str]] = (),
    files: Iterable[str] = (),
    template: Path | str | None = None,
    columns: Iterable[str] = (),
    made_on: date | None = None,
    lang: Lang = "zh",
) -> list[Path]:
    """Write the report of a project.

    Parameters
    ----------
    results
        One project's tables.
    directory
        Where to write; made if it is not there.
    maps
        (title, file name) of map pages in the same folder, to link to.
    files
        Names of further files in the same folder, to link to.
    template
        A DOCX template of one's own; see `landgis.report.docx`.
    columns
        Fields of the parcels' layer that the list of parcels shows.
    made_on
        Day of making; see `landgis.language.making_day`.
    lang
        Language of the report.

    Returns
    -------
    list of Path
        ``report.html`` (start here), ``document.html`` (the plan's text with every figure
        marked, where the text is known), ``tables.xlsx``, ``summary.docx`` (one page to be
        signed), ``report.docx``. Each appears whole or
        not at all. A table of more than `MOST_LINES` rows is cut in the workbook, and whole in a
        CSV named after its key (``parcels-all.csv``, ``findings-all.csv``).

    Raises
    ------
    InputError
        If the template is no DOCX, or has an error.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     [path.name for path in write_report(results, folder)]
    ['report.html', 'tables.xlsx', 'summary.docx', 'report.docx']
    """
    require(results, Results, name="results")
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    results = results.told(lang)
    moved = change_tables(results, lang=lang)
    own = report_tables(results, columns=columns, lang=lang)
    tables: Sequence[ReportTable] = _in_order(own, moved)
    marks = basis_note(results, lang)
    tables = [table.cut(MOST_LINES) for table in tables]
    lists = {_list_name(table): partial(_write_list, table) for table in tables if table.every}
    text = render_document(results.plan, lang=lang) if len(results.plan.passages) else ""
    pages = ["document.html"] if text else []
    linked = [*pages, "tables.xlsx", "summary.docx", "report.docx", *lists, *files]
    day = made_on or making_day()
    sheets = [_noted(table, lang) for table in tables]

    def front_page(path: Path) -> None:
        page = render_html(
            results, maps=maps, files=dict.fromkeys(linked), tables=own, made_on=day, lang=lang
        )
        path.write_text(page, "utf-8")

    writers: dict[str, Callable[[Path], object]] = {
        "report.html": front_page,
        **{name: lambda path: path.write_text(text, "utf-8") for name in pages},
        "tables.xlsx": lambda path: write_workbook(
            sheets, path, title=results.title, marks=marks, made=made(day, lang), lang=lang
        ),
        "summary.docx": lambda path: write_document(
            results, tables, path, kind="summary", made_on=day, lang=lang
        ),
        "report.docx": lambda path: write_document(
            results, tables, path, template=template, made_on=day, lang=lang
        ),
        **lists,
    }
    each = tqdm(writers.items(), delay=2, disable=None, leave=False)
    return [write_whole(folder / name, write) for name, write in each]


def _write_list(table: ReportTable, path: Path) -> None:
    """Write all rows of a table as CSV, for lists that are too long for a sheet.

    Text that a spreadsheet would take for a formula has an apostrophe in front.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.name for column in table.columns])
        every = table.rows if table.every is None else table.every()
        writer.writerows(map(_listed, every))


def _listed(row: Iterable[Cell]) -> list[Cell]:
    """Give the cells of a row as a list holds them: text stays text; most needs nothing."""
    return [
        cell
        if not isinstance(cell, str)
        or (cell.isprintable() and cell[:1] not in FORMULA_STARTS and len(cell) < MOST_CHARACTERS)
        else _held(plain(cell))
        for cell in row
    ]


def _held(text: str) -> str:
    return f"'{text}" if text[:1] in FORMULA_STARTS else text


def _list_name(table: ReportTable) -> str:
    """Name the CSV that holds all rows of a table."""
    return f"{table.key}-all.csv"


def _noted(table: ReportTable, lang: Lang) -> ReportTable:
    """Say on a sheet that only the CSV has all rows, if so."""
    if not table.every:
        return table
    count, here, name = f"{table.count:,}", f"{len(table.rows):,}", _list_name(table)
    zh = f"共 {count} 行，此处列出 {here} 行，全部见 {name}。"
    en = f"{count} rows, of which {here} are here; all are in {name}."
    return replace(table, note="\n".join(filter(None, [say(lang, zh, en), table.note])))


def _in_order(
    tables: Sequence[ReportTable], moved: Sequence[ReportTable]
) -> tuple[ReportTable, ...]:
    """Put what moved after the annexes, and the plan as read and the findings last."""
    at = next((i for i, t in enumerate(tables) if t.key in _LAST), len(tables))
    return (*tables[:at], *moved, *tables[at:])


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewLine:
    """One plan or project of many.

    Parameters
    ----------
    file
        The document or project file, for a reader.
    verdicts
        Number of findings by verdict; None if the file could not be used.
    worst
        The first finding that failed, else the first that is unknown; or why it could not be used.
    link
        Address of its report, relative to the overview; empty without one.
    """

    file: str
    jurisdiction: str = ""
    year: str = ""
    title: str = ""
    total: str = ""
    verdicts: dict[str, int] | None = None
    worst: str = ""
    link: str = ""

    @classmethod
    def of(
        cls, file: str, plan: Plan, findings: pd.DataFrame, *, link: str = "", lang: Lang = "zh"
    ) -> OverviewLine:
        """Sum one plan up."""
        whole = plan.targets[plan.targets["region"].eq("") & plan.targets["category"].eq("")]
        total = ""
        if len(whole) and whole["stated_unit"].iloc[0]:
            row = whole.iloc[0]
            digits = 0 if pd.isna(row["stated_decimals"]) else int(row["stated_decimals"])
            value = half_up(row["stated_value"], digits)
            total = f"{value:,f} {unit_word(row['stated_unit'], lang)}"
        order = findings["verdict"].map({"fail": 0, "unknown": 1}).dropna().sort_values()
        worst = tell(findings.loc[order.index[:1]], lang)["message"]
        return cls(
            file=file,
            jurisdiction=plan.jurisdiction,
            year=str(plan.year or ""),
            title=plan.title,
            total=total,
            verdicts=count_verdicts(findings),
            worst=worst.iloc[0] if len(worst) else "",
            link=link,
        )

    @property
    def rank(self) -> tuple[int, int, int]:
        """Where the line stands: what could not be used first, then by what failed."""
        counts = self.verdicts
        return (0, 0, 0) if counts is None else (1, -counts["fail"], -counts["unknown"])


def write_overview(
    lines: Iterable[OverviewLine], directory: Path, *, lang: Lang = "zh"
) -> list[Path]:
    """Write ``overview.html`` and ``overview.xlsx``: a line for each plan or project.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from landgis.findings import findings_table
    >>> line = OverviewLine.of("a.txt", Plan(document="a.txt", title="甲县计划"), findings_table())
    >>> with TemporaryDirectory() as folder:
    ...     [path.name for path in write_overview([line], Path(folder))]
    ['overview.html', 'overview.xlsx']
    """
    ordered = sorted(lines, key=lambda line: line.rank)
    table = lay_out(
        "many",
        (f"{len(ordered)} 个计划一览", f"{len(ordered)} plans"),
        [
            "place:16 year:8 title:40 whole:16",
            *((verdict_name(v), verdict_name(v, "en"), 9) for v in _SHOWN),
            "worst:60 file:30",
        ],
        [_cells(line) for line in ordered],
        lang=lang,
        numeric=range(4, 4 + len(_SHOWN)),
    )
    page = environment(lang).get_template("many.html")
    links = [line.link for line in ordered]
    text = page.render(table=table, links=links, sentence=_sentence(ordered, lang), lang=lang)
    return [
        write_whole(directory / "overview.html", lambda draft: draft.write_text(text, "utf-8")),
        write_whole(
            directory / "overview.xlsx",
            lambda draft: write_workbook([table], draft, title=table.title, lang=lang),
        ),
    ]


def _sentence(lines: Sequence[OverviewLine], lang: Lang) -> str:
    """Say of many plans how many are how; each counts once, by the worst that it has."""
    kinds = [
        "broken" if c is None else "fail" if c["fail"] else "unknown" if c["unknown"] else "pass"
        for c in (line.verdicts for line in lines)
    ]
    words = {
        "fail": ("有不符", "differ"),
        "unknown": ("没有不符而有待定", "have something undecided"),
        "pass": ("相符", "agree"),
        "broken": ("不能使用", "cannot be used"),
    }
    told = [
        say(lang, f"{kinds.count(kind)} 个{zh}", f"{kinds.count(kind)} {en}")
        for kind, (zh, en) in words.items()
        if kind in kinds
    ]
    listed = say(lang, "，", ", ").join(told)
    return say(lang, f"{len(lines)} 个计划：{listed}。", f"Of {len(lines)} plans {listed}.")


_SHOWN = ("fail", "unknown", "pass")


def _cells(line: OverviewLine) -> tuple[str | int | None, ...]:
    counts = line.verdicts or {}
    numbers = tuple(counts.get(verdict) for verdict in _SHOWN)
    return (line.jurisdiction, line.year, line.title, line.total, *numbers, line.worst, line.file)


TITLES = words_of("""\
parcel_id 地块编号|parcel id  region 区域|region  use 用途|use  quarter 供应时段|period
area_m2 面积（平方米）|area (m²)  share 份额|share  why 理由|why  name 目标|target
sense 限定|sense  rank 先后|rank  planned 计划|planned  unit 单位|unit  chosen 选出|chosen
deviation 偏差|deviation  conflict 冲突|conflict  kind 类型|kind  asked 要求|asked
available 可得|available  change 最少让步|least change  reserve 备选|next in line
change_m2 合计变化（平方米）|change of the sum (m²)""")
"""What columns are called, in Chinese and English."""
SENSES = {
    "exact": ("等于", "exact"),
    "about": ("约", "about"),
    "at_most": ("不超过", "at most"),
    "at_least": ("不低于", "at least"),
}
KINDS = {
    "land": ("候选不足", "not enough land"),
    "whole": ("整宗凑不到", "no whole parcels fit"),
    "together": ("不能同时满足", "not together"),
}


def write_allocation(
    answer: Allocation,
    choice: pd.DataFrame,
    directory: Path | str,
    *,
    title: str,
    lang: Lang = "zh",
) -> list[Path]:
    """Write an allocation: a layer, a workbook, tables, the decisions, and the problem for pages.

    Parameters
    ----------
    choice
        See `landgis.results.Results`.

    Returns
    -------
    list of Path
        ``allocation.gpkg`` (where candidates have shapes), ``allocation.xlsx``, ``selected.csv``,
        ``targets.csv``, ``conflicts.csv``, ``reserve.csv``, ``decisions.csv`` (what was chosen, to
        be edited and given to ``--keep``), ``problem.json``.

    Examples
    --------
    >>> import tempfile
    >>> from landgis.allocation.allocation import allocate
    >>> land = pd.DataFrame({"parcel_id": ["a"], "area_m2": [100.0], "category": ["住宅用地"]})
    >>> answer = allocate(land, pd.DataFrame({"use": ["住宅用地"], "area_m2": [90.0]}))
    >>> files = write_allocation(answer, land, tempfile.mkdtemp(), title="选地")
    >>> [file.name for file in files][:2]
    ['allocation.xlsx', 'selected.csv']
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    if isinstance(choice, gpd.GeoDataFrame) and len(choice):
        path = directory / "allocation.gpkg"
        layer = choice.assign(why=_said(choice["why"], WHY, lang))
        write_layer(layer, path, layer=say(lang, "选地", "allocation"))
        written.append(path)
    tables = {
        "selected": answer.selected,
        "targets": answer.targets[
            ["name", "region", "use", "sense", "rank", "planned", "chosen", "deviation", "unit"]
        ],
        "conflicts": answer.conflicts,
        "reserve": reserve(answer),
    }
    path = directory / "allocation.xlsx"
    sheets = [_sheet(name, table, lang) for name, table in tables.items()]
    said: Any = {"title": title, "marks": _marks(choice, lang), "lang": lang}
    written.append(write_whole(path, lambda draft: write_workbook(sheets, draft, **said)))
    for name, table in tables.items():
        worded = partial(_csv, _worded(table, lang))
        written.append(write_whole(directory / f"{name}.csv", worded))
    kept = answer.selected[["parcel_id", "use", "quarter"]].assign(decision="in")
    kept = kept[["parcel_id", "decision", "use", "quarter"]]
    written.append(write_whole(directory / "decisions.csv", partial(_csv, kept)))
    record = json.dumps(answer.problem.to_record(), ensure_ascii=False)
    written.append(write_whole(directory / "problem.json", lambda p: p.write_text(record, "utf-8")))
    return written


def _csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, encoding="utf-8-sig")


def _marks(table: pd.DataFrame, lang: Lang) -> list[str]:
    if "basis" in table and as_text(table["basis"]).eq("sample").any():
        return [say(lang, "候选地块为示例数据，非真实地块", "The candidates are invented samples.")]
    return []


def _worded(table: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """Put codes into words, for people."""
    words = {"why": WHY, "sense": SENSES, "kind": KINDS}
    out = table.copy()
    for column, told in words.items():
        if column in out:
            out[column] = _said(out[column], told, lang)
    if "use" in out:
        out["use"] = [category_name(use, lang) for use in out["use"]]
    return out.rename(columns={k: say(lang, *v) for k, v in TITLES.items() if k in out})


def _said(codes: pd.Series, words: Mapping[str, tuple[str, str]], lang: Lang) -> list[str]:
    return [say(lang, *words[code]) if code in words else code for code in codes]


def with_reasons(parcels: gpd.GeoDataFrame, lang: Lang) -> gpd.GeoDataFrame:
    """Put why parcels were chosen into words, in a column for people."""
    told = parcels.assign(why=_said(parcels["why"], WHY, lang))
    return told.rename(columns={"why": say(lang, *TITLES["why"])})


def _sheet(name: str, table: pd.DataFrame, lang: Lang) -> ReportTable:
    titles = {
        "selected": ("选出的地块", "chosen parcels"),
        "targets": ("目标与选出", "targets and what was chosen"),
        "conflicts": ("冲突与最少让步", "conflicts, and the least that must give"),
        "reserve": ("备选", "next in line"),
    }
    worded = _worded(table, lang)
    kinds = [pd.api.types.is_numeric_dtype(kind) for kind in worded.dtypes]
    return lay_out(
        name,
        titles[name],
        [(str(c), str(c), 16) for c in worded],
        [tuple(map(_cell, row)) for row in worded.itertuples(index=False)],
        lang=lang,
        numeric=[j for j, numeric in enumerate(kinds) if numeric],
    )


def _cell(value: Any) -> Cell:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return None
    if isinstance(value, float):
        short = max(2, min(6, len(repr(value).partition(".")[2])))
        return half_up(value, short)
    return int(value) if isinstance(value, int) or hasattr(value, "item") else str(value)
