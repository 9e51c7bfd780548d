"""Many plans or projects at once: one page and one workbook, a line each, the worst first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from landgis.files.whole import write_whole
from landgis.findings import count_verdicts, verdict_name
from landgis.language import Lang, say
from landgis.plan.model import Plan
from landgis.report.cells import lay_out
from landgis.report.html import environment
from landgis.report.xlsx import write_workbook
from landgis.telling import tell
from landgis.units import half_up, unit_word


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
