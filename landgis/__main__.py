"""``python -m landgis``: the command line."""

from landgis.cli import main

main()
