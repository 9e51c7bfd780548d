"""Allocation (选地): which land, when; if not, why not; what if."""
