"""Build the docs site into ``site/``: ``python scripts/docs.py``.

The page of checks and the reference of functions are made from the code, so that they cannot say
something else; they are not kept in the repository.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
MADE = ("checks.md", "checks.en.md", "reference.md", "reference.en.md")

# this folder's landgis, not an installed one
sys.path.insert(0, str(ROOT))


def checks_page(lang: str) -> str:
    """List every check: what it is called, what it means, and what it may say."""
    from landgis.findings import CHECKS, ROOMS, check_named  # noqa: PLC0415 - after the path is set

    at = 1 if lang == "en" else 0
    heads = (
        (
            "# 每项检查是什么意思\n\n每条检查结果属于一项检查，判定为通过、不通过、无法判定或说明。"
            "以下是各项检查的名称、含义和它可能说的话；花括号里是当时的数。"
        ),
        (
            "# What each check means\n\nEvery finding belongs to a check and reads pass, fail, "
            "unknown or note. Below: what a check is called, what it means, and what it may say, "
            "with the values of the case in braces."
        ),
    )
    for room in ROOMS:
        # no check has this name, but its room is imported now
        with suppress(KeyError):
            check_named(f"{room}.")
    lines = [heads[at]]
    for room, names in ROOMS.items():
        found = [check for name, check in sorted(CHECKS.items()) if name.split(".")[0] == room]
        if found:
            lines.append(f"\n## {names[at]}\n")
        for check in found:
            said = "\n".join(f"- {_plain(text[at])}" for text in check.kinds.values())
            lines.append(f"\n### {check.title[at]} `{check.name}`\n\n{check.means[at]}\n\n{said}")
    return "\n".join(lines) + "\n"


def _plain(sentence: str) -> str:
    """Keep Markdown from reading what stands in a sentence."""
    for mark in "*_[]<>":
        sentence = sentence.replace(mark, f"\\{mark}")
    return " ".join(sentence.split())


def reference_page(lang: str) -> str:
    """List the public names of the package, in the order of the flow."""
    import landgis  # noqa: PLC0415

    head = (
        "# Functions\n\nIn the order of the flow. Functions take and return (Geo)DataFrames, never "
        "change their input, and keep the index.\n"
        if lang == "en"
        else "# 函数\n\n按流程的次序。函数的输入和输出都是（Geo）DataFrame，不改动输入，索引不变。"
        "说明为英文。\n"
    )
    homes = landgis._HOME.items()  # noqa: SLF001 - the list is not made public twice
    names = [f"::: {module}.{name}" for name, module in homes]
    return head + "\n" + "\n\n".join(names) + "\n"


def make_pages() -> None:
    """Write the pages that are made from the code."""
    pages = (checks_page("zh"), checks_page("en"), reference_page("zh"), reference_page("en"))
    for name, text in zip(MADE, pages, strict=True):
        (DOCS / name).write_text(text, "utf-8")


def main() -> None:
    """Make the pages and build the site; a warning is an error."""
    make_pages()
    command = [sys.executable, "-m", "mkdocs", "build", "-q"]
    sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)


if __name__ == "__main__":
    main()
