"""A package that is too large to be held, and how much of the memory something takes at the most."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from tiltaksflyt.delivery.package import Pakke

T = TypeVar("T")


def make_large_package(katalog: Path) -> Pakke:
    """200 MB of nothing, which the disk does not hold either."""
    fil = katalog / "stor"
    with fil.open("wb") as ut:
        ut.truncate(200 << 20)
    return Pakke.of(str(uuid4()), fil)


def measure(act: Callable[[], T]) -> tuple[T, int]:
    """What it answers, and the most bytes that Python held meanwhile."""
    tracemalloc.start()
    try:
        return act(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
