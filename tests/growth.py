"""How fast the work grows with what it is given: a ratio, which no slow machine changes."""

from collections.abc import Callable
from time import process_time


def growth(work: Callable[[int], object], size: int, *, times: int = 4) -> float:
    """Processor time of `times` as much, over `times` the time of `size`.

    1 is linear, `times` is quadratic. The better of two runs each counts, and a twentieth
    of a second is added to both, so that what takes no time at all is no ratio of noise.
    """
    small, large = (min(_seconds(work, n) for _ in range(2)) for n in (size, size * times))
    return (large + 0.05) / (times * (small + 0.05))


def _seconds(work: Callable[[int], object], size: int) -> float:
    start = process_time()
    work(size)
    return process_time() - start
