"""Paid work and education beside the tiltak (group ARB).

What the rules ask of «some day» is asked of the days on which something changes: work begins or has ended, or the
extent is another. Between two such days everything is as on the first of them.
"""

from collections.abc import Sequence

import pandas as pd

from expectations.kontekst import Kontekst, Rader
from expectations.predikater.aktive import HAR_STARTET
from expectations.predikater.register import Maske, Parameter, predikat
from expectations.predikater.tid import add_days
from expectations.tabeller import Serie

FULLT_OMFANG = 100
_DESIMALER = 6


@predikat
def arbeid_over_grensen(k: Kontekst, *, grenseProsent: Parameter, timerFullUke: Parameter) -> Maske:
    """Work and education come to more than the limit on some day, and nothing is agreed by then."""
    dager = _working_days(k, timerFullUke)
    over = dager["andel"].gt(grenseProsent[dager["rad"]].to_numpy()) & ~dager["avtalt"] & dager["egen"].gt(0)
    return _rows_of(k, dager[over])


@predikat
def arbeid_paa_grensen(k: Kontekst, *, grenseProsent: Parameter, timerFullUke: Parameter) -> Maske:
    """Work and education come to exactly the limit on some day, and nothing is agreed by then."""
    dager = _working_days(k, timerFullUke)
    lik = dager["andel"].eq(grenseProsent[dager["rad"]].to_numpy()) & ~dager["avtalt"] & dager["egen"].gt(0)
    return _rows_of(k, dager[lik])


@predikat
def deltidsarbeid_uten_avtale(k: Kontekst, *, grenseProsent: Parameter, timerFullUke: Parameter) -> Maske:
    """The work is under the limit, and is not registered as agreed."""
    dager = _working_days(k, timerFullUke)
    under = dager["andel"].gt(0) & dager["andel"].lt(grenseProsent[dager["rad"]].to_numpy())
    return _rows_of(k, dager[under]) & k.tekst("art").eq("ARBEID") & k.tom("avtaltUnntak")


@predikat
def formell_utdanning_i_tiltaket(k: Kontekst, *, artFormell: Sequence[str], utdanningAvslutter: Parameter) -> Maske:
    """Formal education goes on beside the tiltak without being agreed, where the policy ends the tiltak for it."""
    uavtalt = k.tekst("art").isin(artFormell) & k.tom("avtaltUnntak")
    return uavtalt & _beside_the_tiltak(k) & utdanningAvslutter.eq(1)


@predikat
def ansatt_hos_arrangoren(k: Kontekst) -> Maske:
    """The person is employed by the arrangør while the tiltak goes on."""
    orgnr = k.tekst("arbeidsgiverOrgnr")
    hos = orgnr.eq(k.hode("arrangorOrgnr")) | orgnr.eq(k.hode("avdelingOrgnr"))
    return hos & orgnr.ne("") & _beside_the_tiltak(k)


@predikat
def i_arbeid_ved_start(k: Kontekst) -> Maske:
    """The person already has paid work on the first day."""
    start = k.fra("deltakelse", "startDato", "dato")
    fortsetter = k.tom("tilDato") | k.dato("tilDato").ge(start)
    return k.tekst("art").eq("ARBEID") & k.dato("fraDato").lt(start) & fortsetter


@predikat
def arbeidsomfang_ukjent(k: Kontekst, *, timerFullUke: Parameter, toleranse: float) -> Maske:
    """How much the work is, is not said; or the hours and the percentage say different things."""
    ukjent = k.finnes("art") & k.tekst("art").ne("UTDANNING") & k.tom("stillingsprosent") & k.tom("timerPerUke")
    forskjell = (_percent_of(k.tall("timerPerUke"), timerFullUke) - k.tall("stillingsprosent")).abs()
    return ukjent | forskjell.gt(toleranse)


@predikat
def arbeid_over_omfanget(k: Kontekst, *, timerFullUke: Parameter, hovedbeskjeftigelse: Parameter) -> Maske:
    """Work and education come to more than the tiltak does on some day, where the policy wants it the other way."""
    dager = _working_days(k, timerFullUke)
    over = dager["andel"].gt(dager["omfang"]) & dager["egen"].gt(0)
    return _rows_of(k, dager[over]) & hovedbeskjeftigelse.eq(1)


def _rows_of(k: Kontekst, dager: pd.DataFrame) -> Maske:
    return k.maske(pd.RangeIndex(k.antall).isin(dager["rad"]))


def _percent_of(timer: Serie, full_uke: Parameter) -> Serie:
    return (timer * 100 / full_uke).round(_DESIMALER)


def _beside_the_tiltak(k: Kontekst) -> Maske:
    """The rows in force on some day of the tiltak that has come, the last day apart."""
    fra, til = _span(k, k.rader("arbeidsforhold"))
    return k.egne(fra.le(til))


def _span(k: Kontekst, rader: Rader) -> tuple[Serie, Serie]:
    """The first and the last day on which each row is in force while the tiltak goes on; the first is NaT for none."""
    start, slutt = rader.fra("deltakelse", "startDato", "dato"), rader.fra("deltakelse", "sluttDato", "dato")
    sist = add_days(slutt, -1).fillna(k.asof).clip(upper=k.asof)
    fra = pd.concat([rader.dato("fraDato"), start], axis=1).max(axis=1, skipna=False)
    til = pd.concat([rader.dato("tilDato").fillna(sist), sist], axis=1).min(axis=1)
    er_med = rader.fra("deltakelse", "status").isin(HAR_STARTET) & rader.nokkel().ne("") & fra.le(til)
    return fra.where(er_med), til


def _working_days(k: Kontekst, timer_full_uke: Serie) -> pd.DataFrame:
    """For each of the drop's own rows (`rad`) the days of change on which it is in force, and what holds on each.

    `egen` is the row's share of full time and `andel` that of all rows in force, in percent; `omfang` is the extent
    of the tiltak; `avtalt` says whether an exception was agreed by the day.
    """
    dager: pd.DataFrame = k.husk(("arbeidsdager", k.regel.hendelse), lambda: _work_out_days(k, timer_full_uke))
    return dager


def _work_out_days(k: Kontekst, timer_full_uke: Serie) -> pd.DataFrame:
    rader = k.rader("arbeidsforhold")
    fra, til = _span(k, rader)
    full_uke = rader.nokkel().map(pd.Series(timer_full_uke.to_numpy(), k.nokkel().to_numpy()).groupby(level=0).first())
    arbeid = pd.DataFrame({"nokkel": rader.nokkel(), "fra": fra, "til": til, "unntak": rader.dato("avtaltUnntak")})
    arbeid["egen"] = rader.tall("stillingsprosent").fillna(_percent_of(rader.tall("timerPerUke"), full_uke)).fillna(0)
    arbeid = arbeid[fra.notna()].rename_axis("rad").reset_index()
    mengde = _extents(k, arbeid["nokkel"])
    endringer = pd.concat([arbeid["fra"], add_days(arbeid["til"], 1), mengde["dag"]], ignore_index=True)
    hvem = pd.concat([arbeid["nokkel"], arbeid["nokkel"], mengde["nokkel"]], ignore_index=True)
    dager = pd.DataFrame({"nokkel": hvem, "dag": endringer}).dropna().drop_duplicates()
    dager = _with_extent(dager, mengde).merge(arbeid, on="nokkel")
    dager = dager[dager["dag"].ge(dager["fra"]) & dager["dag"].le(dager["til"])]
    per_dag = dager.assign(avtalt=dager["unntak"].le(dager["dag"])).groupby(["nokkel", "dag"])
    dager["andel"] = per_dag["egen"].transform("sum").round(_DESIMALER)
    dager["avtalt"] = per_dag["avtalt"].transform("any") | _agreed_elsewhere(k, dager)
    return dager[dager["rad"].lt(k.antall)]


def _extents(k: Kontekst, nokler: Serie) -> pd.DataFrame:
    """The rows of deltakelsesmengde of some deltakelser; one without a day of its own counts from the start."""
    rader = k.rader("deltakelsesmengde")
    dag = rader.dato("gyldigFra").fillna(rader.fra("deltakelse", "startDato", "dato"))
    mengde = pd.DataFrame({"nokkel": rader.nokkel(), "dag": dag, "omfang": rader.tall("deltakelsesprosent")})
    return mengde[mengde["nokkel"].isin(nokler) & mengde["dag"].notna()]


def _with_extent(dager: pd.DataFrame, mengde: pd.DataFrame) -> pd.DataFrame:
    """Each day with the extent of the latest row that has begun; all of it where none has (regelkatalog «extent»)."""
    begynt = dager.merge(mengde, on="nokkel", suffixes=("", "_fra"))
    begynt = begynt[begynt["dag_fra"].le(begynt["dag"])].sort_values(["dag_fra", "omfang"], kind="stable")
    siste = begynt.drop_duplicates(["nokkel", "dag"], keep="last")[["nokkel", "dag", "omfang"]]
    return dager.merge(siste, on=["nokkel", "dag"], how="left").fillna({"omfang": FULLT_OMFANG})


def _agreed_elsewhere(k: Kontekst, dager: pd.DataFrame) -> Serie:
    """Whether an exception for work over half time was agreed by the day, as a row of unntak."""
    rader = k.rader("unntak")
    avtalt = rader.dato("avtaltMedNav")[rader.tekst("type").eq("ARBEID_OVER_HALV")]
    forste = avtalt.groupby(rader.nokkel()[avtalt.index]).min()
    return forste.reindex(dager["nokkel"]).set_axis(dager.index).le(dager["dag"])
