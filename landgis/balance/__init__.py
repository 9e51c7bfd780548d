"""The balance: the plan's figures beside the land on the map, each read once and kept exact.

``figures`` are the plan's, and which uses count towards them; ``mapped`` is the land that counts,
and on which area; ``rows`` are one beside the other, each with a verdict, those that one wrong
figure makes fail tied together; ``sheet`` is the whole.
"""
