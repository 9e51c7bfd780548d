"""Chapter 4: parts one after the other in this process, or side by side on a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from landgis.errors import InputError, MissingPackageError
from landgis.formats.kinds import Part
from landgis.scale.parts import Task

Result = TypeVar("Result")

PATIENCE_S = 5
"""Seconds until a scheduler that does not answer, or has no workers, is given up."""
RESTART_S = 120
"""Seconds that workers have to come back, if all were lost."""
ROUNDS = 3
"""How often the regions are sent out, if all workers that had them were lost."""


def each_part(
    function: Callable[[Part, Task], Result],
    parts: Sequence[Part],
    task: Task,
    client: Any = None,
) -> Iterator[tuple[Part, Result]]:
    """Do all parts: in order in this process, or on the workers of a cluster as they finish.

    The task, with the regions, goes to every worker once. A part whose worker dies is done
    again by another one, and so are parts whose results died with it.
    """
    if client is None:
        for part in parts:
            yield part, function(part, task)
        return
    distributed = _distributed()
    left = {part.number: part for part in parts}
    patience = PATIENCE_S
    for _ in range(ROUNDS):
        try:
            _require_workers(client, patience)
            for part, result in _side_by_side(function, [*left.values()], task, client):
                del left[part.number]
                yield part, result
        except distributed.client.FutureCancelledError:
            patience = RESTART_S  # all workers that had the regions are gone
        except distributed.KilledWorker as error:
            raise _dying(error) from error
        else:
            return
    raise _dying("FutureCancelledError")


def _side_by_side(
    function: Callable[[Part, Task], Result], parts: Sequence[Part], task: Task, client: Any
) -> Iterator[tuple[Part, Result]]:
    shared = client.scatter(task, broadcast=True, hash=False)
    futures = client.map(function, parts, task=shared, pure=False)
    asked = dict(zip(futures, parts, strict=True))
    try:
        for future in _distributed().as_completed(futures, loop=client.loop):
            yield asked[future], future.result()
            future.release()
    finally:
        client.cancel([*asked, shared])


def _require_workers(client: Any, seconds: float) -> None:
    try:
        client.wait_for_workers(1, timeout=seconds)
    except TimeoutError:
        raise InputError(
            f"集群 {client.scheduler.address} 没有工作进程：请先启动 dask worker。",
            f"The cluster {client.scheduler.address} has no workers: start dask workers first.",
        ) from None


def _dying(error: object) -> InputError:
    return InputError(
        f"集群的工作进程反复中断（{error}）：请检查内存，再运行一次会接着做。",
        f"Workers of the cluster died again and again ({error}): look at their memory; "
        "run it again to go on.",
    )


@contextmanager
def connected(scheduler: str) -> Iterator[Any]:
    """Connect to a Dask scheduler, and disconnect afterwards.

    Parameters
    ----------
    scheduler
        Its address, ``tcp://host:port``.

    Yields
    ------
    distributed.Client
        What `landgis.join_file` and `landgis.sum_file` take as ``client``.

    Raises
    ------
    MissingPackageError
        If the extra ``cluster`` is not installed.
    InputError
        If there is no scheduler that answers within `PATIENCE_S`.
    """
    distributed = _distributed()
    try:
        client = distributed.Client(scheduler, timeout=PATIENCE_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"无法连接调度器 {scheduler}：请核对地址（tcp://主机:端口），并确认它已启动。",
            f"No scheduler answers at {scheduler}: check the address (tcp://host:port) and that "
            "it runs.",
        ) from error
    with client:
        yield client


def _distributed() -> Any:
    try:
        import distributed  # noqa: PLC0415 - an extra that few need
    except ImportError:
        raise MissingPackageError(
            "在集群上叠合需要 distributed：pip install landgis[cluster]。",
            "A join on a cluster needs distributed: pip install landgis[cluster].",
        ) from None
    return distributed
