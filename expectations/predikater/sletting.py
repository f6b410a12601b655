"""The deletion limit, as erasure itself counts it (group SLE)."""

import pandas as pd

from expectations.kontekst import Kontekst
from expectations.predikater.lop import lop_start
from expectations.predikater.register import Maske, Parameter, bare_utfylte, predikat
from expectations.predikater.tid import add_days
from expectations.tabeller import Serie
from schemas.regelverk import Regelverk
from transforms.sletting import ALDRI_REELL, AVSLUTTET, last_kept_day


@predikat
def slettefrist_passert(k: Kontekst, *, regelverk: Parameter) -> Maske:
    """The last day that data about the deltakelse may exist is past."""
    return last_kept_days(k, regelverk).lt(k.asof)


def last_kept_days(k: Kontekst, regelverk: Serie) -> Serie:
    """The last kept day of each row's deltakelse, by the function that erasure calls; NaT while it goes on."""
    status = k.fra("deltakelse", "status")
    slutter = status.isin(AVSLUTTET | ALDRI_REELL) & regelverk.notna()
    resultat = pd.Series(pd.NaT, index=status.index, dtype="datetime64[us]")
    if not slutter.any():
        return resultat
    gyldig_fra = _status_valid_from(k, status)
    slutt = k.fra("deltakelse", "sluttDato", "dato")
    uker = k.fra("avtale", "slettefristUker", "tall")
    dager = [
        _last_kept_day(k, status[rad], gyldig_fra[rad], slutt[rad], uker[rad], regelverk[rad])
        for rad in slutter.index[slutter]
    ]
    resultat[slutter] = pd.to_datetime(pd.Series(dager, index=slutter.index[slutter]))
    return resultat


def _status_valid_from(k: Kontekst, status: Serie) -> Serie:
    """statusGyldigFra; where the sender gives none, the day this status was first seen."""
    fra = k.fra("deltakelse", "statusGyldigFra", "dato")
    uendret = k.fra("lagret.deltakelse", "status").eq(status)
    return fra.fillna(k.fra("lagret.deltakelse", "statusGyldigFra", "dato").where(uendret))


def _last_kept_day(
    k: Kontekst, status: str, gyldig_fra: pd.Timestamp, slutt: pd.Timestamp, uker: float, regelverk: Regelverk
) -> pd.Timestamp:
    # A period under the floor is refused by SLE008; until it is mended the policy's own period counts.
    lovlig = uker >= regelverk.heltall("sletting.minUker")
    return pd.Timestamp(
        last_kept_day(
            status=status,
            status_gyldig_fra=None if pd.isna(gyldig_fra) else gyldig_fra.date(),
            slutt_dato=None if pd.isna(slutt) else slutt.date(),
            sist_i_drop=k.asof.date(),
            slettefrist_uker=int(uker) if lovlig else None,
            regelverk=regelverk,
        )
    )


@predikat
def slettefrist_for_lang(k: Kontekst, *, slettefristDager: Parameter) -> Maske:
    """The avtale names a longer period than the policy's; the policy's is used."""
    return (k.tall("slettefristUker") * 7).gt(slettefristDager)


@predikat
def slettefrist_for_kort(k: Kontekst, *, minUker: Parameter) -> Maske:
    """The avtale names a shorter period than the policy's floor."""
    return k.tall("slettefristUker").lt(minUker)


@predikat
def slutten_er_flyttet_fram(k: Kontekst) -> Maske:
    """The day that the deletion clock of an ended deltakelse starts on is later than the stored one."""
    var_avsluttet = k.fra("lagret.deltakelse", "status").isin(AVSLUTTET)
    senere = _clock_start(k, "deltakelse").gt(_clock_start(k, "lagret.deltakelse"))
    return var_avsluttet & k.tekst("status").isin(AVSLUTTET) & senere & ~k.bekreftet("deltakelseId")


def _clock_start(k: Kontekst, tabell: str) -> Serie:
    """The day that transforms.sletting.clock_start gives an ended deltakelse; the status date where no end is known."""
    slutt, gyldig_fra = k.fra(tabell, "sluttDato", "dato"), k.fra(tabell, "statusGyldigFra", "dato")
    aldri_reell = k.fra(tabell, "status").isin(ALDRI_REELL)
    return gyldig_fra.fillna(slutt).where(aldri_reell, slutt.fillna(gyldig_fra))


@predikat
@bare_utfylte
def fra_lenge_for_oppstart(k: Kontekst, *, dager: int) -> Maske:
    """The row is from so long before the løp that it may belong to one that should have been erased."""
    return k.dato(k.kolonne()).lt(add_days(lop_start(k), -dager))


@predikat
@bare_utfylte
def ukjent_slettesak(k: Kontekst) -> Maske:
    """The id is of no erasure of this sender's."""
    kjente = {(nummer, sak) for nummer in k.innsending.unique() for sak in k.historikk(int(nummer)).slettesaker}
    par = zip(k.innsending, k.tekst("slettesakId"), strict=True)
    return k.maske([sted not in kjente for sted in par])
