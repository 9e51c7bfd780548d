"""What the words around a number promise: about (约), at most (以内), at least (不低于)."""

from __future__ import annotations

import re
from typing import Literal, cast

Qualifier = Literal["exact", "about", "at_most", "at_least"]

NEAR = 30
"""Characters, or numbers of a list, beyond which words say nothing about a number."""

_OF = r"(?:[^\d，。；、（）]{0,14}的)?[为达到在至于]?\s*$"
_BEFORE: tuple[tuple[Qualifier, str], ...] = (
    (
        "at_most",
        (
            r"不超过|不突破|不高于|不大于|不多于|不得超过|不得突破|不得高于|控制在|严控在|限制在|上限为?"
            r"|最多|最高|至多|(?<!不)小于|(?<!不)(?<!不得)低于|(?<!不)(?<!不得)少于|≤|<"
        ),
    ),
    (
        "at_least",
        (
            r"不低于|不少于|不小于|不得低于|不得少于|不得小于|至少|最少|最低|下限为?"
            r"|(?<!不)大于|(?<!不)(?<!不得)高于|(?<!不)多于|(?<!不)(?<!不得)超过|≥|>"
        ),
    ),
    ("about", r"大约|约为?|接近|(?<![最靠附邻临])近|大致|大概"),
)
_PATTERNS_BEFORE = tuple((name, re.compile(f"(?:{words}){_OF}")) for name, words in _BEFORE)
_AFTER = re.compile(
    r"(?:\s*[（(][^（）()]{0,30}[)）])?\s*[及或]?"
    r"(?:(?P<at_most>以内|之内|以下)|(?P<at_least>以上)|(?P<about>左右|上下))",
)


def qualifier_before(text: str, start: int) -> Qualifier | None:
    """Give what the words before a number that begins at ``start`` promise; None if nothing.

    Examples
    --------
    >>> qualifier_before("供应总量控制在30公顷", 7), qualifier_before("供应总量30公顷", 4)
    ('at_most', None)
    """
    before = text[max(0, start - NEAR) : start]
    return next((name for name, words in _PATTERNS_BEFORE if words.search(before)), None)


def qualifier_after(text: str, end: int) -> Qualifier | None:
    """Give what the words behind a number that ends at ``end`` promise; None if nothing.

    Examples
    --------
    >>> qualifier_after("30公顷（450亩）左右", 4), qualifier_after("30公顷", 4)
    ('about', None)
    """
    after = _AFTER.match(text, end)
    return cast(Qualifier, after.lastgroup) if after and after.lastgroup else None
