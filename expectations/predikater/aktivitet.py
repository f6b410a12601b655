"""Activities, and the employers they are with (group AKT)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from expectations.kontekst import Kontekst, Rader
from expectations.predikater.lagret import read_kept
from expectations.predikater.register import Maske, predikat

_INGEN_SISTE_DAG = pd.Timestamp.max.as_unit("us")


@predikat
def praksis_uten_arbeidsgiver(k: Kontekst, *, ordinaereArenaer: Sequence[str]) -> Maske:
    """The activity is with an ordinary employer, and nothing says which."""
    ordinaer = k.tekst("arena").isin(ordinaereArenaer)
    return ordinaer & k.tom("arbeidsgiverOrgnr") & k.tom("arbeidsgiverNavn")


@predikat
def uten_hospiteringsavtale(k: Kontekst, *, ordinaereArenaer: Sequence[str]) -> Maske:
    """The activity with an ordinary employer began without an agreement."""
    for_sent = k.dato("hospiteringsavtale").gt(k.dato("fraDato"))
    return k.tekst("arena").isin(ordinaereArenaer) & (k.tom("hospiteringsavtale") | for_sent)


@predikat
def praksis_hos_seg_selv(k: Kontekst, *, ordinaereArenaer: Sequence[str]) -> Maske:
    """The ordinary employer is the arrangør itself."""
    orgnr = k.tekst("arbeidsgiverOrgnr")
    egen = orgnr.eq(k.hode("arrangorOrgnr")) | orgnr.eq(k.hode("avdelingOrgnr"))
    return k.tekst("arena").isin(ordinaereArenaer) & orgnr.ne("") & egen


@predikat
def opplaering_uten_dokumentasjon(k: Kontekst, *, opplaeringstyper: Sequence[str]) -> Maske:
    """The training is over, and nothing documents it."""
    opplaering = k.tekst("formellKompetanse").eq("true") | k.tekst("aktivitetstype").isin(opplaeringstyper)
    return opplaering & k.dato("tilDato").lt(k.asof) & k.tom("dokumentasjon")


@predikat
def mange_hos_samme_arbeidsgiver(k: Kontekst, *, antall: int, ordinaereArenaer: Sequence[str]) -> Maske:
    """Many deltakelser of the sender are with the same employer on the same day."""
    praksis = _placements(k, ordinaereArenaer)
    flere = praksis.groupby("arbeidsgiver")["deltakelse"].transform("nunique").ge(antall)
    grupper = praksis[flere].groupby("arbeidsgiver")
    brudd = [posisjon for _, gruppe in grupper for posisjon in gruppe.index[_on_a_crowded_day(gruppe, antall)]]
    return _own(k, brudd)


def _on_a_crowded_day(praksis: pd.DataFrame, antall: int) -> Any:  # noqa: ANN401  a numpy array of booleans
    """The rows that cover a day on which so many are there. They are most numerous on somebody's first day."""
    perioder = _joined(praksis)
    forste, siste = np.sort(perioder["fra"].to_numpy()), np.sort(perioder["til"].to_numpy())
    dager = np.sort(praksis["fra"].to_numpy())
    til_stede = np.searchsorted(forste, dager, side="right") - np.searchsorted(siste, dager, side="left")
    fulle = dager[til_stede >= antall]
    fra, til = praksis["fra"].to_numpy(), praksis["til"].to_numpy()
    return np.searchsorted(fulle, til, side="right") > np.searchsorted(fulle, fra, side="left")


def _joined(praksis: pd.DataFrame) -> pd.DataFrame:
    """Each deltakelse's periods with those that overlap joined, so that nobody is counted twice on a day."""
    rekke = praksis.sort_values(["deltakelse", "fra", "til"])
    hittil = rekke.groupby("deltakelse")["til"].cummax().groupby(rekke["deltakelse"]).shift()
    nummer = (~rekke["fra"].le(hittil)).cumsum()
    return rekke.groupby(nummer).agg(fra=("fra", "min"), til=("til", "max"))


@predikat
def praksis_uten_ansettelse(k: Kontekst, *, antall: int, ordinaereArenaer: Sequence[str]) -> Maske:
    """Several have ended their time with an employer, and none of them was hired there."""
    praksis = _placements(k, ordinaereArenaer)
    siste = praksis.groupby(["arbeidsgiver", "deltakelse"])["til"].transform("max")
    sluttet = praksis[siste.lt(k.asof)]
    jobber = pd.MultiIndex.from_frame(read_kept(k, "arbeidsforhold", _employer))
    ansatt = pd.Series(pd.MultiIndex.from_frame(sluttet[["deltakelse", "arbeidsgiver"]]).isin(jobber), sluttet.index)
    per_arbeidsgiver = sluttet["arbeidsgiver"]
    flere = sluttet.groupby(per_arbeidsgiver)["deltakelse"].transform("nunique").ge(antall)
    return _own(k, sluttet.index[flere & ~ansatt.groupby(per_arbeidsgiver).transform("any")])


def _placements(k: Kontekst, ordinaereArenaer: Sequence[str]) -> pd.DataFrame:
    """The kept activities with an employer who is named, numbered as `k.rader`; the end of one without is that of its
    deltakelse."""

    def read(rader: Rader) -> pd.DataFrame:
        slutt = rader.fra("deltakelse", "sluttDato", "dato")
        ramme = _employer(rader).assign(fra=rader.dato("fraDato"), til=rader.dato("tilDato").fillna(slutt))
        return ramme.assign(ordinaer=rader.tekst("arena").isin(ordinaereArenaer))

    alle = read_kept(k, k.tabell, read)
    alle["til"] = alle["til"].fillna(_INGEN_SISTE_DAG)
    kjent = alle["deltakelse"].ne("") & alle["arbeidsgiver"].ne("") & alle["fra"].le(alle["til"])
    return alle[alle["ordinaer"] & kjent]


def _employer(rader: Rader) -> pd.DataFrame:
    return pd.DataFrame({"deltakelse": rader.nokkel(), "arbeidsgiver": rader.nokkel("arbeidsgiverOrgnr")})


def _own(k: Kontekst, posisjoner: Sequence[int]) -> Maske:
    return k.maske(np.isin(np.arange(k.antall), posisjoner))
