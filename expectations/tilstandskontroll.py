"""The rules asked about what is accepted already, as if each sender dropped its whole state again.

For comparing two sets of policies: what a rule says here because the drop itself is gone (its header, its plass rows,
its consents) it says under both, and only a difference means anything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from expectations.grunnlag import Grunnlag, build_stored, stored_from
from expectations.kjoring import Boolsk, Kjoring
from expectations.regel import Niva
from expectations.regelsett import regler_for_innsending
from expectations.sporring import run
from expectations.tabeller import INNSENDING
from schemas.kontrakt import barnetabeller
from schemas.oppsett import Avsender
from schemas.regelverk import Regelverk
from transforms.poster import Deltakelsespost

_DELES_AV_FLERE = ("deltaker", "avtale")


@dataclass(frozen=True)
class Tilstand:
    """What is accepted from one sender."""

    avsender: Avsender
    poster: tuple[Deltakelsespost, ...]


@dataclass(frozen=True)
class Brudd:
    """One rule broken by one deltakelse of one sender, in its own row, a child row, the person's or the avtale's."""

    arrangor: str
    deltakelse_id: str = field(repr=False)
    regel: str
    kolonne: str | None


def find_breaches(tilstander: Sequence[Tilstand], regelverk: Sequence[Regelverk], *, asof: date) -> frozenset[Brudd]:
    """Every rule that the accepted deltakelser break under the policies, those of documents aside.

    Raises KontrollFeil when the checks themselves fail.
    """
    regler = [regel for regel in regler_for_innsending() if regel.niva is not Niva.DOKUMENT]
    return frozenset(_each_breach(run(_basis(tilstander, asof), regler, regelverk)))


def _basis(tilstander: Sequence[Tilstand], asof: date) -> Grunnlag:
    poster = [(nummer, post) for nummer, tilstand in enumerate(tilstander) for post in tilstand.poster]
    return build_stored([stored_from(tilstand.avsender) for tilstand in tilstander], poster, asof)


def _each_breach(kjoring: Kjoring) -> Iterator[Brudd]:
    deltakelse = kjoring.grunnlag.rammer["deltakelse"]
    ider, numre = deltakelse["deltakelseId"].to_list(), deltakelse[INNSENDING].to_list()
    for regel in kjoring.regler:
        for nummer, sted in enumerate(regel.steder):
            maske = kjoring.masker.get((regel.regel, nummer))
            if maske is not None and maske.any():
                for posisjon in _deltakelser_of(kjoring, sted.tabell, maske):
                    orgnr = kjoring.grunnlag.innsendte[numre[posisjon]].avsender.orgnr
                    yield Brudd(orgnr, ider[posisjon], regel.regel, sted.kolonne)


def _deltakelser_of(kjoring: Kjoring, tabell: str, maske: Boolsk) -> Sequence[int]:
    if tabell == "deltakelse":
        posisjoner = np.flatnonzero(maske)
    elif tabell in _DELES_AV_FLERE:
        posisjoner = np.flatnonzero(np.isin(kjoring.samlet.posisjon("deltakelse", tabell), np.flatnonzero(maske)))
    elif tabell in barnetabeller():
        posisjoner = np.unique(kjoring.samlet.posisjon(tabell, "deltakelse")[maske])
        posisjoner = posisjoner[posisjoner >= 0]
    else:
        return ()
    return [int(posisjon) for posisjon in posisjoner]
