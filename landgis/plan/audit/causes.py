"""Failing checks that follow from one wrong figure, tied to one cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction

from landgis.findings import Finding, finding_key

Term = tuple[str, int]
"""A printed number: what it is of its figure (area, share, other unit) and the figure's number."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding with the numbers it rests on.

    Parameters
    ----------
    terms
        For each number, by how much it is too large if it alone is wrong (m², or percent of a
        share); None where the check cannot tell.
    exact
        Whether the check, if passed, speaks for each of its numbers: a sum that closes to the last
        digit does, a share does not.
    within
        Index of the finding of which this one's whole difference is a part; -1 for none.
    """

    finding: Finding
    terms: Mapping[Term, Fraction | None]
    exact: bool = False
    within: int = -1

    @property
    def fails(self) -> bool:
        """Whether the check failed."""
        return self.finding.verdict == "fail"


def suspects(index: int, judged: Sequence[Judged]) -> list[Term]:
    """Give the numbers that alone, if wrong, explain a failing check and others with it.

    Such is the cell where a row and a column meet that differ by the same amount. A number that
    stands in a sum that closes is none.
    """
    here = judged[index]
    found = []
    for term, error in here.terms.items():
        others = [j for j in judged if j is not here and term in j.terms]
        wrong = {j.terms[term] for j in others if j.fails}
        if any(not j.fails and j.exact for j in others) or not wrong:
            continue
        if wrong == {error} and error is not None:
            found.append(term)
    return found


def tie(judged: Sequence[Judged]) -> list[Finding]:
    """Give the findings, the failing ones of one wrong number pointing to the first of them.

    The number that explains most failing checks is taken first, then that which explains most of
    the others. A total whose difference sits in one of its columns follows from the column's.
    """
    left = {i for i, j in enumerate(judged) if j.fails}
    cleared = {t for j in judged if not j.fails and j.exact for t in j.terms}
    causes: dict[int, int] = {}
    while left:
        group = _largest(left, judged, cleared)
        if len(group) < 2:
            break
        first = min(group)
        causes.update(dict.fromkeys(group - {first}, first))
        left -= group
    for i, j in enumerate(judged):
        if j.fails and i not in causes and j.within not in (-1, i):
            target = causes.get(j.within, j.within)
            if target != i:
                causes[i] = target
                causes |= {k: target for k, first in causes.items() if first == i}
    return [_caused(j.finding, judged, causes.get(i)) for i, j in enumerate(judged)]


def _largest(left: set[int], judged: Sequence[Judged], cleared: Iterable[Term]) -> set[int]:
    """Give the failing checks that one number explains, the largest such set."""
    best: set[int] = set()
    apart = set(cleared)
    terms = dict.fromkeys(t for i in sorted(left) for t in judged[i].terms)
    for term in terms:
        holding = {i for i in left if term in judged[i].terms}
        errors = {judged[i].terms[term] for i in holding} - {None}
        for error in errors or {None}:
            group = {i for i in holding if judged[i].terms[term] in (error, None)}
            rank = (len(group), term not in apart)
            if rank > (len(best), False) and (term not in apart or len(group) > 2):
                best = group
    return best


def _caused(finding: Finding, judged: Sequence[Judged], first: int | None) -> Finding:
    if first is None:
        return finding
    return replace(finding, cause=finding_key(asdict(judged[first].finding)))
