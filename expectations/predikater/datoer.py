"""Dates and their order (group DAT)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from expectations.kontekst import Kontekst
from expectations.predikater.register import Maske, bare_utfylte, predikat
from expectations.predikater.tid import add_days, add_months
from transforms.sletting import AVSLUTTET

_HAR_DELTATT = ("HAR_SLUTTET", "AVBRUTT", "FULLFORT")


@predikat
def slutt_for_start(k: Kontekst) -> Maske:
    """The last day is before the first."""
    return k.dato("sluttDato").lt(k.dato("startDato"))


@predikat
def avsluttet_med_feil_datoer(k: Kontekst) -> Maske:
    """The deltakelse has ended, and its dates cannot be those of an ended one."""
    start, slutt = k.dato("startDato"), k.dato("sluttDato")
    feil = k.tom("startDato") | k.tom("sluttDato") | slutt.gt(k.asof) | k.dato("statusGyldigFra").lt(start)
    return k.tekst("status").isin(_HAR_DELTATT) & feil


@predikat
def deltar_for_start(k: Kontekst) -> Maske:
    """The person is said to take part before the first day."""
    return k.tekst("status").eq("DELTAR") & (k.tom("startDato") | k.dato("startDato").gt(k.asof))


@predikat
def passert_uten_statusendring(k: Kontekst, *, dager: int) -> Maske:
    """The last day is past and the person still takes part, or the first day is long past and no one has started."""
    status = k.tekst("status")
    forbi_slutt = status.eq("DELTAR") & k.dato("sluttDato").lt(k.asof)
    forbi_start = status.eq("VENTER_PA_OPPSTART") & add_days(k.dato("startDato"), dager).lt(k.asof)
    return forbi_slutt | forbi_start


@predikat
@bare_utfylte
def tomdato(k: Kontekst, *, tomdatoer: Sequence[str], tidligst: str, senestAar: int) -> Maske:
    """The date is one that a system puts where there is none, or lies outside what a tiltak can concern."""
    datoer = k.dato(k.kolonne()).to_numpy()
    senest = k.husk(("senest", senestAar), lambda: add_months(pd.Series([k.asof]), 12 * senestAar).to_numpy()[0])
    utenfor = (datoer < np.datetime64(tidligst)) | (datoer > senest)
    tomme = frozenset(tomdatoer)
    return k.maske(utenfor) | k.blant(k.kolonne(), lambda tekst: tekst in tomme)


@predikat
@bare_utfylte
def til_for_fra(k: Kontekst) -> Maske:
    """The later date is before the earlier one."""
    return k.dato(k.kolonne(0)).lt(k.dato(k.kolonne(1)))


@predikat
@bare_utfylte
def utfort_fram_i_tid(k: Kontekst) -> Maske:
    """Something is said to be done on a day that has not come."""
    return k.dato(k.kolonne()).gt(k.asof)


@predikat
@bare_utfylte
def for_deltakelsen(k: Kontekst) -> Maske:
    """The row begins before the deltakelse does."""
    return k.dato(k.kolonne()).lt(k.fra("deltakelse", "startDato", "dato"))


@predikat
@bare_utfylte
def etter_deltakelsen(k: Kontekst) -> Maske:
    """The row lies after the last day of the deltakelse."""
    return k.dato(k.kolonne()).gt(k.fra("deltakelse", "sluttDato", "dato"))


@predikat
def apen_etter_slutt(k: Kontekst) -> Maske:
    """The deltakelse has ended, and the row has no last day."""
    return k.fra("deltakelse", "status").isin(AVSLUTTET) & k.tom(k.kolonne())


@predikat
def sent_registrert_slutt(k: Kontekst, *, dager: int) -> Maske:
    """The end was registered long after the last day."""
    sent = k.dato("statusGyldigFra").gt(add_days(k.dato("sluttDato"), dager))
    return k.tekst("status").isin(AVSLUTTET) & sent
