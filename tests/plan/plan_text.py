"""A plan that is read from a text, and what it states, for tests of wordings."""

from __future__ import annotations

from landgis.plan.extract import read_plan


def read(folder, text):
    """Read a text as a file is."""
    file = folder / "plan.txt"
    file.write_text(text, encoding="utf-8")
    return read_plan(file)


def targets(plan):
    """Give region, use and printed value of each target."""
    rows = plan.targets.to_dict("records")
    return {(r["region"], r["category"], float(r["stated_value"])) for r in rows}


def targets_of(folder, text):
    """Give region, use and printed value of each target of a text."""
    return targets(read(folder, text))
