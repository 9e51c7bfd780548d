"""Set up ``.venv`` and run every check of the project: ``python scripts/test.py``.

Arguments go to pytest: ``python scripts/test.py tests/plan -k share``.
"""

from __future__ import annotations

import sys

from checkout import prepare, run


def main() -> None:
    """Run style, types and tests; stop at the first that fails."""
    python = prepare("dev")
    checks = (
        []
        if sys.argv[1:]
        else [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]]
    )
    # two at a time, files whole (the tests of a database stand in one), in the order of conftest
    together = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    tests = ["pytest", *(sys.argv[1:] or together)]
    for check in [*checks, tests]:
        print(f"— {' '.join(check)}", flush=True)
        if code := run(python, "-m", *check):
            sys.exit(code)


if __name__ == "__main__":
    main()
