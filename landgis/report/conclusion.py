"""The conclusion on top of a report: what is wrong in the plan itself, what on the map."""

from __future__ import annotations

from typing import Any

import pandas as pd

from landgis.findings import verdict_name
from landgis.landuse import category_name
from landgis.language import Lang, say
from landgis.results import Results
from landgis.telling import check_title

MOST_OF_A_KIND = {"fail": 20, "unknown": 3}
"""Findings of one check and verdict that are told one by one."""

MOST_NAMED = 3
"""Faults that are told one by one; of more there is the number."""


def conclusion(results: Results, *, lang: Lang = "zh") -> tuple[str, ...]:
    """Say in a few sentences what is wrong with the plan document, and what on the map.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> conclusion(results)
    ('计划文件本身：核对 1 项，数字相互一致。',)
    """
    found = results.told(lang).findings
    own = found["check"].str.startswith(("audit.", "plan."))
    said = [_document(found[own], lang), _map(found[~own], lang)]
    open_ = int((found["verdict"] == "unknown").sum())
    if open_:
        said.append(
            say(
                lang,
                f"另有 {open_} 项因缺少数字、图形或登记内容而无法判定，不表示通过。",
                f"{open_} more lack a figure, a polygon or a record and are undecided, not passed.",
            )
        )
    return tuple(filter(None, said))


def open_sentences(findings: pd.DataFrame, *, lang: Lang = "zh") -> list[str]:
    """Tell what failed, then what is unknown; of many of one kind the first, and their number.

    Examples
    --------
    >>> from landgis.findings import Finding, findings_table
    >>> same = [Finding(check="layer.seat", verdict="unknown", message=f"{n}镇没有驻地。")
    ...         for n in "甲乙丙丁戊己"]
    >>> open_sentences(findings_table(same))[2:]
    ['丙镇没有驻地。', '图层·驻地另有 3 项无法判定，见检查结果。']
    """
    said: list[str] = []
    for verdict in ("fail", "unknown"):
        chosen = findings[findings["verdict"] == verdict]
        for check, rows in chosen.groupby("check", sort=False):
            many = len(rows) > MOST_OF_A_KIND[verdict] + 1
            shown = rows["message"][: MOST_OF_A_KIND[verdict]] if many else rows["message"]
            said += shown.tolist()
            if many:
                more, name = len(rows) - len(shown), check_title(str(check), lang)
                word = verdict_name(verdict, lang)
                said.append(
                    say(
                        lang,
                        f"{name}另有 {more} 项{word}，见检查结果。",
                        f"{name}: {more} more {word}, see the findings.",
                    )
                )
    return said


def _document(found: pd.DataFrame, lang: Lang) -> str:
    if found.empty:
        return ""
    wrong = found[found["verdict"] == "fail"]
    open_ = int((found["verdict"] == "unknown").sum())
    if wrong.empty and open_:
        return say(
            lang,
            f"计划文件本身：核对 {len(found)} 项，没有不符，{open_} 项须人工确认。",
            f"The plan document: {len(found)} checks, no fault, {open_} to be confirmed by hand.",
        )
    if wrong.empty:
        return say(
            lang,
            f"计划文件本身：核对 {len(found)} 项，数字相互一致。",
            f"The plan document: {len(found)} checks, its figures agree with each other.",
        )
    told = say(lang, "", " ").join(wrong["message"][:MOST_NAMED])
    more = "" if len(wrong) <= MOST_NAMED else say(lang, "其余见下。", " The rest stands below.")
    return say(
        lang,
        f"计划文件本身有 {len(wrong)} 处不符：{told}{more}",
        f"The plan document has {len(wrong)} fault{'s' * (len(wrong) > 1)} of its own: "
        f"{told}{more}",
    )


def _map(found: pd.DataFrame, lang: Lang) -> str:
    if found.empty:
        return ""
    wrong = found[found["verdict"] == "fail"]
    if wrong.empty:
        return say(
            lang,
            f"图上：核对 {len(found)} 项，没有不通过的。",
            f"On the map: {len(found)} checks, none failed.",
        )
    parts = []
    for check, rows in wrong.groupby("check", sort=False):
        once = rows.drop_duplicates(["subject", "region", "category"]).iloc[: MOST_NAMED + 1]
        names = [_name(row, lang) for row in once.to_dict("records")]
        named = list(dict.fromkeys(filter(None, names)))[:MOST_NAMED]
        more = len(rows) - len(named)
        listed = say(lang, "、", ", ").join(named)
        listed += say(lang, " 等", " and more") if named and more else ""
        counted = f"{check_title(str(check), lang)} {len(rows)}{say(lang, ' 项', '')}"
        parts.append(counted + (say(lang, f"（{listed}）", f" ({listed})") if named else ""))
    told = say(lang, "，", "; ").join(parts)
    return say(
        lang,
        f"图上有 {len(wrong)} 项不通过：{told}。",
        f"On the map {len(wrong)} check{'s' * (len(wrong) > 1)} failed: {told}.",
    )


def _name(row: dict[Any, Any], lang: Lang) -> str:
    """Name what a finding speaks of: a parcel, or a region and use."""
    place = say(lang, "", " ").join(
        filter(None, [row["region"], category_name(row["category"], lang)])
    )
    return str(row["subject"]) or place
