"""What is kept beside a drop: the stored rows of deltakelser that the drop says nothing about."""

from collections.abc import Callable

import pandas as pd

from expectations.kontekst import Kontekst, Rader
from expectations.regel import LAGRET
from schemas.kontrakt import barnetabeller


def named_deltakelser(k: Kontekst) -> frozenset[str]:
    """The keys of the deltakelser that the drops name, in their own row or in a child row (beslutninger 5)."""
    return frozenset(k.husk("nevnte deltakelser", lambda: _named(k)))


def _named(k: Kontekst) -> set[str]:
    lest = k.kjoring.grunnlag.lest
    tabeller = [tabell for tabell in ("deltakelse", *barnetabeller()) if lest.finnes(tabell)]
    return set().union(*(lest.nokkel(tabell, "deltakelseId") for tabell in tabeller))


def read_kept(k: Kontekst, tabell: str, read: Callable[[Rader], pd.DataFrame]) -> pd.DataFrame:
    """What `read` finds in the rows that are kept of a table, with the drop's own rows first.

    A table of the drop replaces the stored rows of the deltakelser that the drop names; the others' rows are kept.
    """
    rader, lagret = k.rader(tabell), k.rader(LAGRET + tabell)
    if not lagret.finnes:
        return read(rader)
    erstattet = named_deltakelser(k) | set(rader.nokkel())
    andre = ~lagret.nokkel().isin(erstattet)
    return pd.concat([read(rader), read(lagret)[andre.to_numpy()]], ignore_index=True)
