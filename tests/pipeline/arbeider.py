"""A worker of its own, for tests where several do the same at once."""

from collections.abc import Mapping
from datetime import date, datetime

from tiltaksflyt.pipeline import steg
from tiltaksflyt.pipeline.omgivelser import open_omgivelser


def run_step(navn: str, miljo: Mapping[str, str], dato: date, now: datetime) -> dict[str, int]:
    """One step in this process, as a task runs it."""
    with open_omgivelser(miljo) as omgivelser:
        return steg.run(navn, omgivelser, dato, now)
