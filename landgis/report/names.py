"""Words of a report: counts of verdicts, and what its data rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from landgis.findings import VERDICTS
from landgis.language import Lang, say
from landgis.telling import ROOMS

if TYPE_CHECKING:  # the command line names checks of a plan, which needs no layers
    from landgis.results import Results


def basis_note(results: Results, lang: Lang = "zh") -> tuple[str, ...]:
    """Say what of the project is sample, schematic or approximate; empty if nothing is.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> basis_note(results)
    ()
    """
    said = {
        "sample": ("宗地为示例数据，并非实际宗地", "the parcels are invented samples"),
        "schematic": (
            "片区图形为示意：按公布面积绘于所在乡镇，不是实际范围",
            "the areas are drawn schematically, with the stated area, in the named townships",
        ),
        "approximate": ("界线为近似，并非法定界线", "borders are approximate, not official"),
    }
    present: list[str] = []
    for table in (results.parcels, results.regions, results.townships):
        if "basis" in table:
            present += [b for b in table["basis"].unique() if b in said]
    return tuple(say(lang, *said[b]) for b in said if b in present)


def verdict_rows(findings: pd.DataFrame, lang: Lang = "zh") -> list[tuple[str, dict[str, int]]]:
    """Count findings by room and verdict, in the order of rooms in the table.

    Examples
    --------
    >>> from landgis.findings import Finding, findings_table
    >>> table = findings_table([Finding(check="audit.parts", verdict="fail", message="")])
    >>> verdict_rows(table)
    [('计划审核', {'pass': 0, 'fail': 1, 'unknown': 0, 'note': 0})]
    """
    rooms = findings["check"].str.split(".").str[0]
    counted = []
    for room in dict.fromkeys(rooms):
        verdicts = findings.loc[rooms == room, "verdict"]
        name = say(lang, *ROOMS.get(room, (room, room)))
        counted.append((name, {v: int((verdicts == v).sum()) for v in VERDICTS}))
    return counted
