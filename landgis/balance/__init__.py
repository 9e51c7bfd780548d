"""The balance: the plan's figures beside the land on the map, each read once and kept exact.

``figures`` are the plan's; ``uses`` tells which land counts towards them, ``mapped`` is the land
that counts, and on which area; ``rows`` are one beside the other, with a verdict; ``causes`` ties
together what one wrong figure makes fail; ``judge`` makes the rows, and ``sheet`` is the whole.
"""
