"""What a worker does, in a process of its own that may be killed at any line."""

import resource
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from tiltaksflyt.pipeline import kvittering, levering, steg
from tiltaksflyt.pipeline.omgivelser import open_omgivelser


def work(miljo: Mapping[str, str], dato: date, now: datetime, grense: int | None) -> None:
    """Gather, send and collect, as the two DAGs do. `grense` is how many bytes a file may have: a disk that is full."""
    if grense is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (grense, grense))
    with open_omgivelser(miljo) as om:
        for leveranse_id in levering.choose(om, dato, now):
            levering.send(leveranse_id, omgivelser=om, now=now)
        kvittering.collect(om, now)


def run_steps(miljo: Mapping[str, str], navn: Sequence[str], dato: date, now: datetime) -> None:
    """Some steps after one another."""
    with open_omgivelser(miljo) as om:
        for ett in navn:
            steg.run(ett, om, dato, now)
