"""The command line: thin commands over the functions of the package.

Exit 0: done. 1: done, and a check failed (only with ``--strict``). 2: input that cannot be used,
with one sentence that names the file, the place and the remedy. With ``--json`` the result is on
stdout and nothing else; messages and progress go to stderr.

``common`` is what commands share; ``plan``, ``layers``, ``join`` and ``project`` are the commands,
in the order of the flow; ``start`` lists them, tells what is installed, and turns errors into
sentences and exit codes.
"""

from landgis.cli.start import main

__all__ = ["main"]
