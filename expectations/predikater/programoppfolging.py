"""How Supported Employment and the kvalifiseringsprogram are followed up (group SET). Asked every day."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from expectations.kontekst import Kontekst, Rader
from expectations.predikater.aktive import extents_on, is_active
from expectations.predikater.parter import with_party
from expectations.predikater.register import Maske, Parameter, predikat
from expectations.predikater.tid import add_days, add_months, add_virkedager
from expectations.tabeller import Serie

_PA_ARBEIDSPLASSEN = ("DELTAKER", "ARBEIDSGIVER")


@predikat
def uten_trekantmote(k: Kontekst, *, dager: Parameter, slingring: int, parter: Sequence[str]) -> Maske:
    """The deltakelse has gone on for longer than between two meetings of all the parties, and none is held in that."""
    rader = k.rader("oppfolging")
    grense = k.asof - pd.to_timedelta(dager + slingring, unit="D")
    holdt = rader.dato("dato").le(k.asof) & _with_all(rader, parter)
    lenge = k.dato("startDato").lt(grense)
    return is_active(k) & lenge & ~_last_day(k, rader, holdt).ge(grense)


@predikat
def ikke_i_arbeid_eller_praksis(
    k: Kontekst, *, dager: Parameter, ordinaereArenaer: Sequence[str], artArbeid: Sequence[str]
) -> Maske:
    """The person began neither in work nor in an ordinary placement in time."""
    frist = add_days(k.dato("startDato"), dager)
    praksis = _first_day(k, "aktivitet", "arena", ordinaereArenaer)
    arbeid = _first_day(k, "arbeidsforhold", "art", artArbeid)
    return is_active(k) & frist.lt(k.asof) & ~praksis.le(frist) & ~arbeid.le(frist)


@predikat
def overtakelse_ikke_avtalt(k: Kontekst, *, dager: Parameter, periode: Parameter) -> Maske:
    """The end is near, and Nav, which takes over, is in no meeting of the last period, held or agreed."""
    slutt = k.dato("sluttDato")
    naer = k.tekst("status").eq("DELTAR") & (slutt - pd.to_timedelta(dager, unit="D")).le(k.asof)
    rader = k.rader("oppfolging")
    siste = _last_day(k, rader, with_party(rader, "NAV"))
    return naer & ~siste.ge(slutt - pd.to_timedelta(periode, unit="D"))


@predikat
def uten_evaluering_i_praksis(k: Kontekst, *, dager: int, slingring: int, ordinaereArenaer: Sequence[str]) -> Maske:
    """The person and the employer were in no meeting in the first days of a placement, or in the last of one that goes
    on; one that is over before a first meeting is due owes none."""
    fra, til = k.dato("fraDato"), k.dato("tilDato").fillna(k.fra("deltakelse", "sluttDato", "dato"))
    frist = add_days(fra, dager)
    ventet = k.tekst("arena").isin(ordinaereArenaer) & frist.lt(k.asof) & ~til.lt(frist)
    rader = k.rader("oppfolging")
    moter = _with_all(rader, _PA_ARBEIDSPLASSEN)
    nylig = _any_between(k, rader, moter, *_days(k, k.asof - pd.Timedelta(days=dager + slingring), k.asof))
    return ventet & (~_any_between(k, rader, moter, fra, frist) | ~til.lt(k.asof) & ~nylig)


@predikat
def uten_kontakt_etter_forste_dag(k: Kontekst, *, virkedager: int, ordinaereArenaer: Sequence[str]) -> Maske:
    """The first days of a placement are over, and the person or the employer was not spoken to in them."""
    fra = k.dato("fraDato")
    frist = add_virkedager(fra, virkedager)
    rader = k.rader("oppfolging")
    begge = [_any_between(k, rader, with_party(rader, part), fra, frist) for part in _PA_ARBEIDSPLASSEN]
    return k.tekst("arena").isin(ordinaereArenaer) & frist.lt(k.asof) & ~np.logical_and.reduce(begge)


@predikat
def uten_fulltid_eller_opplaering(
    k: Kontekst, *, heltid: float, maaneder: int, opplaeringsarenaer: Sequence[str], opplaeringstyper: Sequence[str]
) -> Maske:
    """The programme is less than full time today, or has gone on for months without training."""
    omfang = extents_on(k.rader("deltakelsesmengde"), k.nokkel(), _days(k, k.asof)[0])
    rader = k.rader("aktivitet")
    opplaering = rader.tekst("arena").isin(opplaeringsarenaer) | rader.tekst("aktivitetstype").isin(opplaeringstyper)
    lenge = add_months(k.dato("startDato"), maaneder).le(k.asof)
    return is_active(k) & (omfang.lt(heltid) | lenge & ~k.noen("aktivitet", opplaering))


def _with_all(rader: Rader, parter: Sequence[str]) -> Serie:
    """The contacts in which all of the parties took part."""
    return pd.Series(np.logical_and.reduce([with_party(rader, part) for part in parter]), dtype=bool)


def _first_day(k: Kontekst, tabell: str, kolonne: str, koder: Sequence[str]) -> Serie:
    """The first day of the rows of each deltakelse that have one of the codes; NaT where it has none."""
    rader = k.rader(tabell)
    fra = rader.dato("fraDato").where(rader.tekst(kolonne).isin(koder))
    return _per_deltakelse(k, fra.groupby(rader.nokkel()).min())


def _last_day(k: Kontekst, rader: Rader, hvilke: Serie) -> Serie:
    """The last day of such contacts in each deltakelse; NaT where it has none."""
    return _per_deltakelse(k, rader.dato("dato").where(hvilke).groupby(rader.nokkel()).max())


def _per_deltakelse(k: Kontekst, dager: Serie) -> Serie:
    return pd.Series(dager.reindex(k.nokkel().to_numpy()).to_numpy())


def _days(k: Kontekst, *dager: pd.Timestamp) -> list[Serie]:
    """The same days for every reporting row."""
    return [pd.Series(np.full(k.antall, dag.to_datetime64())) for dag in dager]


def _any_between(k: Kontekst, rader: Rader, hvilke: Serie, fra: Serie, til: Serie) -> Serie:
    """The reporting rows whose deltakelse has such a contact on one of the days."""
    vinduer = pd.DataFrame({"nokkel": k.nokkel(), "fra": fra, "til": til}).reset_index(names="plass")
    kontakter = pd.DataFrame({"nokkel": rader.nokkel(), "dato": rader.dato("dato")})[hvilke & rader.nokkel().ne("")]
    par = vinduer.merge(kontakter, on="nokkel")
    return k.maske(np.isin(np.arange(k.antall), par["plass"][par["dato"].between(par["fra"], par["til"])]))
