"""The balance: the plan's figures beside the land on the map, each read once and kept exact.

``figures`` are the plan's; ``mapped`` is the land that counts, and on which area; ``rows`` sets one
against the other; ``causes`` ties together what one wrong figure makes fail.
"""
