"""What is changed after a document was sent, or after Nav's own record was closed (level HISTORIKK)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from expectations.kontekst import Kontekst, Rader
from expectations.predikater.register import Maske, predikat
from expectations.predikater.tid import add_months
from expectations.regel import LAGRET
from expectations.tabeller import Serie
from transforms.sletting import AVSLUTTET

_FEILREGISTRERT = "FEILREGISTRERT"
_OMFANG = ("deltakelsesprosent", "dagerPerUke")


def list_sent(k: Kontekst) -> pd.DataFrame:
    """The documents of each sender that have been sent: the deltakelse's key, type, number and state of the package."""
    return k.husk("sendte dokumenter", lambda: _list_sent(k))


def _list_sent(k: Kontekst) -> pd.DataFrame:
    rader = [
        (f"{nummer}:{levert.deltakelse_id}", levert.dokumenttype, levert.nummer, levert.leveranse or "")
        for nummer, innsendt in enumerate(k.kjoring.grunnlag.innsendte)
        for levert in innsendt.historikk.leverte
        if levert.sendt is not None
    ]
    return pd.DataFrame(rader, columns=["nokkel", "dokumenttype", "nummer", "leveranse"])


@predikat
def start_endret_etter_levering(k: Kontekst) -> Maske:
    """The first day is another than before, and a document about the deltakelse has been sent."""
    ny, gammel = k.tekst("startDato"), k.fra("lagret.deltakelse", "startDato")
    endret = ny.ne("") & gammel.ne("") & ny.ne(gammel)
    return endret & k.nokkel().isin(list_sent(k)["nokkel"])


@predikat
def feilregistrert_etter_levering(k: Kontekst, *, mottattStatuser: Sequence[str]) -> Maske:
    """The deltakelse is now a mistake, and Nav has received a document about it."""
    gammel = k.fra("lagret.deltakelse", "status")
    ny = k.tekst("status").eq(_FEILREGISTRERT) & gammel.ne("") & gammel.ne(_FEILREGISTRERT)
    mottatt = list_sent(k)
    return ny & k.nokkel().isin(mottatt["nokkel"][mottatt["leveranse"].isin(mottattStatuser)])


@predikat
def plan_endret_etter_levering(k: Kontekst) -> Maske:
    """A text of a finished version is another than before, and that version has been sent."""
    som_sendt = k.husk("planer som er sendt", lambda: _stored_plan_that_was_sent(k))
    if not (som_sendt >= 0).any():
        return k.maske()
    lagret = k.rader("lagret.plan").tekst(k.kolonne()).to_numpy(dtype=object)
    return k.maske((som_sendt >= 0) & (lagret[som_sendt] != k.celler(k.kolonne())))


def _stored_plan_that_was_sent(k: Kontekst) -> Any:  # noqa: ANN401  a numpy array of integers
    """For each plan row the position of the stored row of the same version, -1 where that is no version sent."""
    sendt = list_sent(k)
    sendt = sendt[sendt["dokumenttype"].eq("PLAN")]
    lagret = k.rader("lagret.plan")
    versjoner = _version_key(lagret.nokkel(), lagret.tekst("versjon"))
    teller = versjoner.isin(_version_key(sendt["nokkel"], sendt["nummer"].astype(str)))
    posisjoner = np.flatnonzero(teller & lagret.tekst("ferdigstilt").ne("") & ~versjoner.duplicated())
    if len(posisjoner) == 0:
        return np.full(k.antall, -1)
    treff = pd.Index(versjoner.to_numpy(dtype=object)[posisjoner]).get_indexer(
        _version_key(k.nokkel(), k.tekst("versjon")).to_numpy(dtype=object)
    )
    return np.where(treff >= 0, posisjoner[treff], -1)


def _version_key(nokkel: Serie, versjon: Serie) -> Serie:
    """The key of one version of a deltakelse's plan."""
    return nokkel + "/" + versjon


@predikat
def endret_etter_lasing(k: Kontekst, *, laasMaaneder: int) -> Maske:
    """A field of a deltakelse that Nav no longer takes changes to is another than before. Empty says nothing."""
    ny = k.tekst(k.kolonne())
    return ny.ne("") & ny.ne(k.fra("lagret.deltakelse", k.kolonne())) & _is_closed(k, laasMaaneder)


@predikat
def omfang_endret_etter_lasing(k: Kontekst, *, laasMaaneder: int) -> Maske:
    """An extent row of a deltakelse that Nav no longer takes changes to is new, or says something else."""
    laast = _is_closed(k, laasMaaneder)
    if not laast.any():
        return k.maske()
    for_endringen = set(_extents(k.rader(LAGRET + k.tabell)))
    return laast & ~k.egne(_extents(k.rader(k.tabell))).isin(for_endringen)


@predikat
def omfang_fjernet_etter_lasing(k: Kontekst, *, laasMaaneder: int) -> Maske:
    """A stored extent row of a deltakelse that Nav no longer takes changes to has no row of its day in the drop."""
    tabell, grunnlag = k.sted.kontrakttabell, k.kjoring.grunnlag
    med = k.av_innsending(lambda nummer: tabell in grunnlag.innsendte[nummer].tabeller)
    nevnt = k.nokkel().isin(set(grunnlag.lest.nokkel("deltakelse", "deltakelseId")))
    mulig = _is_closed(k, laasMaaneder) & med & nevnt
    if not mulig.any():
        return k.maske()
    droppet = _days(k.rader(tabell)).iloc[: len(grunnlag.rammer[tabell])]
    return mulig & ~_days(k.rader(k.tabell)).isin(set(droppet))


def _days(rader: Rader) -> Serie:
    """The deltakelse and first day of each extent row; a row without a day counts from the start."""
    forelder = "lagret.deltakelse" if rader.tabell.startswith(LAGRET) else "deltakelse"
    fra = rader.dato("gyldigFra").fillna(rader.fra(forelder, "startDato", "dato"))
    return rader.nokkel() + "/" + fra.astype(str)


def _extents(rader: Rader) -> Serie:
    """What each extent row says, of which deltakelse and from which day."""
    sier = _days(rader)
    for kolonne in _OMFANG:
        sier = sier + "/" + rader.tall(kolonne).astype(str)
    return sier


def _is_closed(k: Kontekst, maneder: int) -> Serie:
    """Whether Nav's record of the row's deltakelse, as it was, takes no more changes.

    An ended one takes them for some months after its last day, or after the day its status was set if that is later.
    """
    status = k.fra("lagret.deltakelse", "status")
    slutt = k.fra("lagret.deltakelse", "sluttDato", "dato")
    siste = pd.Series(np.fmax(slutt.to_numpy(), k.fra("lagret.deltakelse", "statusGyldigFra", "dato").to_numpy()))
    grense = add_months(pd.Series([k.asof]), -maneder)[0]
    return status.eq(_FEILREGISTRERT) | (status.isin(AVSLUTTET) & siste.le(grense))
