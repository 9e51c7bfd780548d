"""Tables of benchmarks/README.md, each between two marks, written by the script that measured."""

from __future__ import annotations

from pathlib import Path

README = Path(__file__).with_name("README.md")


def write_table(name: str, lines: list[str]) -> None:
    """Put a table in the place of the one between ``<!-- name -->`` and ``<!-- end name -->``."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end {name} -->\n"
    text = README.read_text("utf-8")
    before, rest = text.split(begin)
    _, after = rest.split(end)
    table = "\n".join(lines)
    README.write_text(f"{before}{begin}{table}\n{end}{after}", "utf-8")
