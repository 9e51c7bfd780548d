"""The balance: the plan's figures beside the land on the map, each read once and kept exact.

``figures`` are the plan's, and which uses count towards them; ``mapped`` is the land that counts,
and on which area; ``sheet`` sets one beside the other, each row with a verdict, and those that one
wrong figure makes fail tied together.
"""
