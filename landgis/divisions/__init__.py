"""Administrative divisions of China: names, codes, parents, and how a text's names match them.

The list is that of the National Bureau of Statistics (统计用区划代码, 2023), province to township,
kept in ``landgis/data/divisions.txt.gz``. Codes are the familiar ones: six digits down to the
county (330000, 330500, 330502), nine for a township (330502100).

A name in a plan is seldom the name in the list: 林城 stands for 林城镇, 善琮镇 is a misprint of
善琏镇, 南太湖新区 is no division at all. `match` says which of these it is, and never puts one
name in place of another by itself.
"""

from landgis.divisions.codes import (
    LEVEL_NAMES,
    LEVELS,
    Division,
    Level,
    ancestors,
    children,
    descendants,
    division,
    full_name,
    level_name,
    named,
    short_names,
)
from landgis.divisions.matching import (
    Match,
    MatchKind,
    NameSpan,
    find_names,
    is_zone,
    match,
    match_among,
)

__all__ = [
    "LEVELS",
    "LEVEL_NAMES",
    "Division",
    "Level",
    "Match",
    "MatchKind",
    "NameSpan",
    "ancestors",
    "children",
    "descendants",
    "division",
    "find_names",
    "full_name",
    "is_zone",
    "level_name",
    "match",
    "match_among",
    "named",
    "short_names",
]
