"""Which uses of parcels count towards a figure of the plan: surely, perhaps, or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from landgis.balance.figures import named_uses
from landgis.landuse import canonical, classified, expand, lineage
from landgis.plan.model import Plan

Flags = npt.NDArray[np.bool_]

MAY_BELONG = (
    "的用途、来源或方式未登记、无法识别或只登记到上级类，可能属此",
    "of missing, unknown or coarser record may belong here",
)
"""What is said of land that may count towards a figure or a rule."""


@dataclass(frozen=True, slots=True, eq=False)
class Uses:
    """Uses as one plan speaks of them, beside the classification.

    Parameters
    ----------
    named
        Uses that the plan itself names: known, whether a classification has them or not.
    above
        The use that another is a part of, by the plan's own words (其中).
    """

    named: frozenset[str] = frozenset()
    above: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan) -> Uses:
        """Take the uses of a plan.

        Examples
        --------
        >>> from landgis.schema import TARGETS, table_of
        >>> rows = [{"category": "产业用地"}, {"category": "商服用地"}]
        >>> uses = Uses.of(Plan(document="p.txt", targets=table_of(rows, TARGETS)))
        >>> [uses.counts(use, "商服用地") for use in ("产业用地", "9999")]
        [(False, False), (False, True)]
        """
        parts = plan.targets[plan.targets["parent_category"].ne("")]
        return cls(
            named_uses(plan), dict(zip(parts["category"], parts["parent_category"], strict=True))
        )

    def counts(
        self, use: str, category: str | None, members: Iterable[str] = ()
    ) -> tuple[bool, bool]:
        """Tell whether land of ``use`` surely counts towards ``category``, and whether it may.

        A parcel of 住宅用地 may be 商品住房用地 or not; one of a word that neither the plan nor a
        classification knows, anything; and what a word of the plan's own (产业用地) covers may be
        any use that the plan has no figure for. Everything counts towards an empty ``category``.

        Parameters
        ----------
        category
            Use of the figure; empty for all uses, None for land without a recorded use.
        members
            What the plan says that a composite (其他用地) is made of.

        Examples
        --------
        >>> Uses().counts("医疗卫生用地", "公共管理与公共服务用地")
        (True, True)
        >>> Uses().counts("住宅用地", "商品住房用地"), Uses().counts("商服用地", "商品住房用地")
        ((False, True), (False, False))
        """
        if not category:
            told = category is not None or not use
            return told, told
        parts = {category, *expand(category), *members}
        parts |= {canonical(part) for part in parts}
        parts.discard("")
        if parts & self.lineage(use):
            return True, True
        known = use in self.named or bool(classified(use))
        if category in self.named and not classified(category) and category not in self.above:
            # a word of the plan's own (产业用地): land of uses that the plan has no figure for
            known = known and bool(self.lineage(use) & self.named)
        coarser = {above for part in parts for above in self.lineage(part)} - parts
        return False, not known or bool({use, canonical(use)} & coarser)

    def lineage(self, use: str) -> set[str]:
        """Give a use and all that it is a part of, by the classification and by the plan."""
        chain = {use, *lineage(use)} - {""}
        told = self.above.get(use, "")
        while told and told not in chain:
            chain |= {told, *lineage(told)}
            told = self.above.get(told, "")
        return chain

    def flags(
        self, uses: Iterable[Any], category: str | None, members: Iterable[str] = ()
    ) -> tuple[Flags, Flags]:
        """Tell of each of many uses whether it counts, and whether it may: unknown, or coarser.

        Examples
        --------
        >>> Uses().flags(["住宅用地", "", "9999", "商服用地"], "商品住房用地")[1].tolist()
        [True, True, True, False]
        """
        given = uses if isinstance(uses, pd.Series) else np.asarray(list(uses), dtype=object)
        codes, each = pd.factorize(given)
        told = np.array([self.counts(use, category, members) for use in each], dtype=bool)
        told = told.reshape(-1, 2)[codes]
        return told[:, 0], told[:, 1]


def within_use(categories: Iterable[str], category: str, *, members: Iterable[str] = ()) -> Flags:
    """Tell which uses count towards a plan's figure for ``category``.

    Examples
    --------
    >>> within_use(["医疗卫生用地", "住宅用地"], "公共管理与公共服务用地").tolist()
    [True, False]
    """
    return Uses().flags(categories, category, members)[0]
