"""Several senders in one task: each by itself, and what failed is told when the others are done."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar

from schemas.loader import UgyldigFil
from schemas.oppbevaring import oppbevaring
from tiltaksflyt.grense import StegFeil, boundary

P = ParamSpec("P")
R = TypeVar("R")

FEILET = "feilet"

_LOGG = logging.getLogger("tiltaksflyt")


class AvsendereFeilet(Exception):
    """Something went wrong for some senders; the log names each with its code, and the next run takes them again."""

    kode = "AVSENDERE_FEILET"


class Forsok:
    """Work for several senders. A failure for one is logged with its code, remembered, and stops no other."""

    def __init__(self, steg: str) -> None:
        self._steg = steg
        self._feilet: set[str] = set()

    def attempt(self, orgnr: str, arbeid: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R | None:
        """What the work gives; None when it failed."""
        try:
            return boundary(self._steg)(_telling_faulty_files(arbeid))(*args, **kwargs)
        except StegFeil as feil:
            self._feilet.add(orgnr)
            _LOGG.error("%s: sender %s failed with %s (%s)", self._steg, orgnr, feil.kode, feil.feil_id)
            return None

    def attempt_together(self, arbeid: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R | None:
        """What one call for all of them gives; None when it failed, and each is then asked alone.

        The failure is nobody's in particular, so none is remembered. pandas puts the value it choked on in the text
        of an exception, so only the type crosses to the log.
        """
        try:
            return arbeid(*args, **kwargs)
        except Exception as feil:
            _LOGG.warning("%s: %s over all together; each sender is asked alone", self._steg, type(feil).__name__)
            return None

    def failed(self, orgnr: str) -> bool:
        """Whether something failed for this sender."""
        return orgnr in self._feilet

    @property
    def antall(self) -> dict[str, int]:
        """The count of senders for whom something failed; empty when there is none."""
        return {FEILET: len(self._feilet)} if self._feilet else {}


def _telling_faulty_files(arbeid: Callable[P, R]) -> Callable[P, R]:
    """A faulty data file is the operator's to mend and holds nobody's data: its text goes to the log as it is."""

    @wraps(arbeid)
    def work(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return arbeid(*args, **kwargs)
        except UgyldigFil as feil:
            _LOGG.error("%s", feil)
            raise

    return work


def into_chunks(orgnumre: Sequence[str]) -> list[list[str]]:
    """The senders, as many to a task as should share one."""
    antall = oppbevaring().avsendere_per_bunt
    return [list(orgnumre[start : start + antall]) for start in range(0, len(orgnumre), antall)]


def refuse_failures(antall: Iterable[Mapping[str, int]]) -> None:
    """Raise AvsendereFeilet when the counts of some chunk hold a failed sender."""
    feilet = sum(ett.get(FEILET, 0) for ett in antall)
    if feilet:
        raise AvsendereFeilet(f"{feilet} senders failed; the log names them, and the next run takes them again")
