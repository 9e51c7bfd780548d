"""What a paragraph or table of a plan is read in: the plan's names and time, the headings above."""

from __future__ import annotations

from dataclasses import dataclass, field

from landgis.plan.dates import DateSpan
from landgis.plan.names import Names
from landgis.plan.statements import Facets


@dataclass(frozen=True)
class Context:
    """What a sentence or table is read in.

    Parameters
    ----------
    names
        The names of the plan.
    start, end
        First and last year of the plan; figures of other years are passed over.
    facets
        What the headings above restrict the text to (（一）吴兴区).
    heading
        The words of the headings above.
    """

    names: Names
    start: int | None = None
    end: int | None = None
    facets: Facets = field(default_factory=Facets)
    heading: str = ""

    @property
    def of_years(self) -> bool:
        """Whether the plan is for several years."""
        return self.start != self.end

    def is_current(self, span: DateSpan) -> bool:
        """Whether a date is one of the plan's own time."""
        if self.start is None or self.end is None:
            return True
        return (
            span.first.year <= self.end
            and span.last.year >= self.start
            and not (span.first.year < self.start and span.last.year > self.start)
        )
