"""What the docs and the README tell a stranger to type exists, and both languages say it."""

import re
import shlex
from pathlib import Path

import click
import pytest

from landgis.cli.start import commands

ROOT = Path(__file__).parent.parent
OWN = (
    *("index", "install", "tutorial", "howto", "methods", "programs"),
    *("measuring", "large-files", "project-file", "commands", "sandbox"),
)
PAGES = [
    *(ROOT / name for name in ("README.md", "README.zh-CN.md")),
    *(ROOT / "docs" / f"{name}{end}.md" for name in OWN for end in ("", ".en")),
]


def typed(page):
    """Lines of a page that begin with landgis, in blocks and in the text."""
    text = page.read_text("utf-8")
    blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += [" ".join(code.split()) for code in re.findall(r"`(landgis [^`]+)`", text)]
    return [line for line in lines if line.startswith("landgis ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_exist(page):
    for line in typed(page):
        name, *words = shlex.split(line, comments=True)[1:]
        if name.startswith("-"):
            continue
        assert name in commands.commands, line
        options = {
            option
            for parameter in commands.commands[name].params
            if isinstance(parameter, click.Option)
            for option in (*parameter.opts, *parameter.secondary_opts)
        }
        wrong = [word for word in words if word.startswith("-") and word not in options]
        assert not wrong, line


@pytest.mark.parametrize("name", OWN)
def test_both_languages_tell_the_same_commands_and_sections(name):
    zh, en = (ROOT / "docs" / f"{name}{end}.md" for end in ("", ".en"))
    heads = [re.findall(r"(?m)^(#+) ", page.read_text("utf-8")) for page in (zh, en)]
    assert heads[0] == heads[1]
    said = [sorted(line.split()[1] for line in typed(page)) for page in (zh, en)]
    assert said[0] == said[1]


def test_a_readme_is_one_screen_and_says_the_same_in_both_languages():
    pages = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
    heads = [re.findall(r"(?m)^(#+) ", page.read_text("utf-8")) for page in pages]
    assert heads[0] == heads[1]
    assert [line.split()[1] for line in typed(pages[0])] == [
        line.split()[1] for line in typed(pages[1])
    ]
    assert all(len(page.read_text("utf-8").splitlines()) <= 60 for page in pages)


@pytest.mark.parametrize("name", ["commands.md", "commands.en.md"])
def test_every_command_is_told(name):
    text = (ROOT / "docs" / name).read_text("utf-8")
    assert not [name for name in commands.commands if f"| `landgis {name}" not in text]


def test_every_page_is_in_the_contents():
    contents = (ROOT / "mkdocs.yml").read_text("utf-8")
    made = {"checks.md", "reference.md"}
    for page in (ROOT / "docs").glob("*.md"):
        name = page.name.replace(".en.md", ".md")
        assert name in made or f": {name}" in contents, page.name
