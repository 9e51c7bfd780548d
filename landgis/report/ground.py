"""What all tables of one project stand on: its balance, and one form of number."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from landgis.balance.rows import Line, Row
from landgis.balance.sheet import Balance
from landgis.language import Lang, say
from landgis.report.cells import Cell, ReportTable, SheetColumn
from landgis.results import Results
from landgis.units import decimals_of, unit_word


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """One project as its tables see it."""

    results: Results
    lang: Lang
    columns: tuple[str, ...] = ()

    @property
    def balance(self) -> Balance:
        """The plan beside the map."""
        return self.results.balance

    @property
    def unit(self) -> str:
        """The one unit of the plan."""
        return self.balance.unit

    @property
    def decimals(self) -> int:
        """Decimals of measured areas in the plan's unit."""
        return self.balance.decimals[self.unit]

    def say(self, zh: str, en: str) -> str:
        """Say a word in the tables' language."""
        return say(self.lang, zh, en)

    def area(self, area_m2: Fraction) -> Decimal:
        """Give an area in the plan's unit."""
        return self.balance.shown(area_m2)

    def planned(self, row: Row | None) -> tuple[Cell, Cell]:
        """Give the plan's figure in the plan's unit, and its share, if it prints them."""
        if row is None:
            return None, None
        return self.balance.planned(row.figure), row.figure.share

    def line(self, line: Line) -> tuple[Cell, ...]:
        """Give planned, share, mapped, of which 新增, 存量 and neither, and the parcels."""
        parts = (line.area_m2, line.new, line.stock, line.untold)
        return (*self.planned(line.row), *map(self.area, parts), line.count)

    def printed_decimals(self, finding: Mapping[Any, Any]) -> int:
        """Count the printed decimals of a finding's expected figure."""
        if math.isnan(finding["expected"]):
            return 0
        least = decimals_of(finding["expected"])
        if not finding["check"].startswith("totals"):
            return least
        row = self.balance.by_name.get(
            tuple(finding[name] for name in ("check", "subject", "region", "category"))
        )
        return max(least, row.figure.decimals) if row else least

    def table(
        self,
        key: str,
        title: tuple[str, str],
        columns: Iterable[tuple[str, str, int]],
        rows: Iterable[Sequence[Cell]],
        *,
        sums: Iterable[int] = (),
        unit: bool = True,
        note: str = "",
        every: Callable[[], Iterable[tuple[Cell, ...]]] | None = None,
        count: int = 0,
    ) -> ReportTable:
        """Lay out a table; with ``unit`` its title ends with the plan's unit.

        Where ``rows`` are not all, ``every`` makes them all, ``count`` many.
        """
        words = self.say(*title)
        word = unit_word(self.unit, self.lang)
        if unit:
            words += self.say(f"（单位：{self.unit}）", f" ({word})")
        cells = tuple(tuple(row) for row in rows)
        return ReportTable(
            key=key,
            title=words,
            columns=tuple(
                SheetColumn(
                    name=self.say(zh, en),
                    width=width,
                    numeric=any(isinstance(row[j], Decimal | int) for row in cells),
                )
                for j, (zh, en, width) in enumerate(columns)
            ),
            rows=cells,
            sums=frozenset(sums),
            note=note,
            unit=word if unit else "",
            every=every,
            count=count,
        )
