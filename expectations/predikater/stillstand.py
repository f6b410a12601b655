"""What has not happened for too long while the deltakelse goes on (groups AKT, OPF, OMF, PER). Asked every day."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from expectations.kontekst import Kontekst, Rader
from expectations.predikater.aktive import is_active
from expectations.predikater.omfang import extent_at_start
from expectations.predikater.parter import with_party
from expectations.predikater.register import Maske, Parameter, predikat
from expectations.predikater.tid import add_days, add_months
from expectations.tabeller import Serie
from transforms.kalender import is_virkedag
from transforms.sletting import AVSLUTTET

_EN_DAG = pd.Timedelta(days=1)


@predikat
def omfang_ikke_trappet_opp(k: Kontekst, *, minProsentStart: Parameter, maaneder: int) -> Maske:
    """The deltakelse began under half time, and no later extent is higher than the first."""
    rader = k.rader("deltakelsesmengde")
    prosent = rader.tall("deltakelsesprosent").groupby(rader.nokkel()).max()
    ved_start = extent_at_start(k)
    flatt = ~k.nokkel().map(prosent).gt(ved_start)
    lenge = add_months(k.dato("startDato"), maaneder).le(k.asof)
    return is_active(k) & lenge & ved_start.lt(minProsentStart) & flatt


@predikat
def anbefaling_ikke_fulgt(k: Kontekst, *, dagerAvslutte: int, dagerForlenge: int) -> Maske:
    """The latest finished assessment says end or extend, and nothing has come of it."""
    avslutte = k.tekst("anbefaling").eq("AVSLUTTE") & is_active(k)
    avslutte &= add_days(k.dato("periodeTil"), dagerAvslutte).lt(k.asof)
    slutt = k.fra("deltakelse", "sluttDato", "dato")
    forlenge = k.tekst("anbefaling").eq("FORLENGE") & ~k.fra("deltakelse", "status").isin(AVSLUTTET)
    forlenge &= add_days(slutt, -dagerForlenge).le(k.asof)
    rader = k.rader("forlengelse")
    forlenget = rader.dato("nySluttDato").gt(rader.fra("deltakelse", "sluttDato", "dato"))
    return _latest_finished(k) & (avslutte | forlenge & ~k.noen("forlengelse", forlenget))


def _latest_finished(k: Kontekst) -> Serie:
    rader = k.rader("vurdering")
    rekke = pd.DataFrame({"nokkel": rader.nokkel(), "til": rader.dato("periodeTil"), "nr": rader.tall("nummer")})
    ferdige = rekke[rader.tekst("ferdigstilt").ne("")].sort_values(["til", "nr"], na_position="first", kind="stable")
    return k.egne(pd.Series(rekke.index.isin(ferdige.groupby("nokkel").tail(1).index)))


@predikat
def bare_skjermet_aktivitet(k: Kontekst, *, maaneder: int, ordinaereArenaer: Sequence[str]) -> Maske:
    """After months there are activities, and none of them at an ordinary employer."""
    arena = k.rader("aktivitet").tekst("arena")
    lenge = add_months(k.dato("startDato"), maaneder).le(k.asof)
    har_noen = k.noen("aktivitet", k.rader("aktivitet").tekst("aktivitetstype").ne(""))
    return is_active(k) & lenge & har_noen & ~k.noen("aktivitet", arena.isin(ordinaereArenaer))


@predikat
def uten_aktivitet(k: Kontekst, *, dager: int) -> Maske:
    """No activity covers any of the last days on which the avdeling was open."""
    rader = k.rader("aktivitet")
    fra = _since(k, rader, dager)
    dekker = rader.dato("fraDato").le(k.asof) & ~rader.dato("tilDato").lt(fra)
    return is_active(k) & _long_enough(k, dager) & ~k.noen("aktivitet", dekker)


@predikat
def uten_kontakt_med_deltaker(k: Kontekst, *, dager: int) -> Maske:
    """No contact with the deltaker in the last days on which the avdeling was open."""
    rader = k.rader("oppfolging")
    kontakt = with_party(rader, "DELTAKER") & rader.dato("dato").ge(_since(k, rader, dager))
    return is_active(k) & _long_enough(k, dager) & ~k.noen("oppfolging", kontakt)


def _long_enough(k: Kontekst, dager: int) -> Serie:
    """Where the deltakelse began before the days that are looked back on."""
    return k.dato("startDato").le(_since(k, k.rader("deltakelse"), dager))


def _since(k: Kontekst, rader: Rader, dager: int) -> Serie:
    """The first of the days looked back on, for each row; further back by the days its avdeling was closed."""
    avdeling = rader.fra("deltakelse", "avdelingOrgnr", "nokkel")
    stengt = _closed_days(k)
    forste = {hvem: _first_day(k.asof, dager, stengt.get(hvem, frozenset())) for hvem in avdeling.unique()}
    return avdeling.map(forste).astype("datetime64[us]")


def _closed_days(k: Kontekst) -> dict[str, frozenset[pd.Timestamp]]:
    rader = k.rader("stengt")
    perioder = zip(rader.nokkel("avdelingOrgnr"), rader.dato("fraDato"), rader.dato("tilDato"), strict=True)
    dager: dict[str, set[pd.Timestamp]] = {}
    for hvem, fra, til in set(perioder):
        if not pd.isna(fra) and not pd.isna(til):
            dager.setdefault(hvem, set()).update(pd.date_range(fra, min(til, k.asof)))
    return {hvem: frozenset(sett) for hvem, sett in dager.items()}


def _first_day(asof: pd.Timestamp, dager: int, stengt: frozenset[pd.Timestamp]) -> pd.Timestamp:
    dag, igjen = asof, dager
    while igjen > 0:
        dag -= _EN_DAG
        igjen -= dag not in stengt
    return dag


@predikat
def uten_mote_med_nav(k: Kontekst, *, maaneder: int) -> Maske:
    """The deltakelse has gone on for months, and Nav took part in no meeting in that time."""
    grense = add_months(pd.Series([k.asof]), -maaneder)[0]
    rader = k.rader("oppfolging")
    mote = with_party(rader, "NAV") & rader.dato("dato").gt(grense)
    lenge = add_months(k.dato("startDato"), maaneder).lt(k.asof)
    return is_active(k) & lenge & ~k.noen("oppfolging", mote)


@predikat
def uten_kontakt_med_arbeidsgiver(
    k: Kontekst, *, forsteDager: int, videreDager: int, ordinaereArenaer: Sequence[str]
) -> Maske:
    """A placement goes on, and no contact with the employer is registered for long."""
    fra = k.dato("fraDato")
    pagar = k.tekst("arena").isin(ordinaereArenaer) & fra.le(k.asof) & ~k.dato("tilDato").lt(k.asof)
    pagar &= add_days(fra, forsteDager).le(k.asof)
    rader = k.rader("oppfolging")
    kontakt = rader.dato("dato").where(with_party(rader, "ARBEIDSGIVER") & rader.dato("dato").le(k.asof))
    siste = pd.Series(kontakt.groupby(rader.nokkel()).max().reindex(k.nokkel().to_numpy()).to_numpy())
    siden = fra.clip(lower=k.asof - pd.Timedelta(days=videreDager))
    return pagar & ~siste.ge(siden)


@predikat
def mye_fravaer_uten_kontakt(k: Kontekst, *, dager: int, andel: float) -> Maske:
    """Absence covers a large part of the last working days, and Nav was in no contact in them."""
    forste = k.asof - pd.Timedelta(days=dager)
    vindu = pd.date_range(forste + _EN_DAG, k.asof)
    virkedager = np.array([is_virkedag(dag.date()) for dag in vindu])
    rader = k.rader("fravaer")
    nyere = rader.tekst("timer").eq("") & rader.dato("tilDato").gt(forste) & rader.dato("fraDato").le(k.asof)
    borte: dict[str, np.ndarray[tuple[int], np.dtype[np.bool_]]] = {}
    for nokkel, fra, til in zip(
        rader.nokkel()[nyere], rader.dato("fraDato")[nyere], rader.dato("tilDato")[nyere], strict=True
    ):
        dekket = borte.setdefault(nokkel, np.zeros(len(vindu), dtype=bool))
        dekket |= (vindu >= fra) & (vindu <= til)
    mye = {hvem for hvem, dekket in borte.items() if (dekket & virkedager).sum() >= andel * virkedager.sum()}
    kontakter = k.rader("oppfolging")
    med_nav = with_party(kontakter, "NAV") & kontakter.dato("dato").gt(forste)
    return is_active(k) & k.nokkel().isin(mye) & ~k.noen("oppfolging", med_nav)
