"""Extent (group OMF)."""

import pandas as pd

from expectations.kontekst import Kontekst, Rader
from expectations.predikater.register import Maske, Parameter, predikat
from expectations.tabeller import Serie


@predikat
def omfang_utenfor(k: Kontekst, *, minste: Parameter, storste: Parameter) -> Maske:
    """The percentage or the days a week are outside what Nav takes."""
    verdi = k.tall(k.kolonne())
    return verdi.lt(minste) | verdi.gt(storste)


@predikat
def lav_start_uten_plan(k: Kontekst, *, minProsentStart: Parameter, gulvProsent: Parameter) -> Maske:
    """The person starts under half time, and the reason or the plan for more is missing."""
    prosent = k.tall("deltakelsesprosent")
    lav = prosent.ge(gulvProsent) & prosent.lt(minProsentStart)
    return _at_start(k) & lav & (k.tom("begrunnelse") | k.tom("opptrappingsplan"))


@predikat
def start_under_gulvet(k: Kontekst, *, gulvProsent: Parameter) -> Maske:
    """The person starts under the floor."""
    return _at_start(k) & k.tall("deltakelsesprosent").lt(gulvProsent)


@predikat
def redusert_under_gulvet(k: Kontekst, *, gulvProsent: Parameter) -> Maske:
    """The extent was above the floor at the start and is under it later."""
    fra, start = _valid_from(k.rader("deltakelsesmengde")), k.fra("deltakelse", "startDato", "dato")
    senere = k.egne(fra).gt(start) & k.egne(fra).le(k.asof)
    ved_start = extent_at_start(k)
    return senere & ved_start.ge(gulvProsent) & k.tall("deltakelsesprosent").lt(gulvProsent)


@predikat
def omfang_ved_start_mangler(k: Kontekst) -> Maske:
    """No row says the extent from the first day."""
    rader = k.rader("deltakelsesmengde")
    ved_start = _valid_from(rader).le(rader.fra("deltakelse", "startDato", "dato"))
    deltar = k.tekst("status").eq("DELTAR") & k.finnes("startDato") & k.finnes("deltakelseId")
    return deltar & ~k.noen("deltakelsesmengde", ved_start)


@predikat
def prosent_over_dagene(k: Kontekst, *, toleranse: float) -> Maske:
    """The percentage is more than the days a week leave room for: a day is a fifth of a full week."""
    return (k.tall("dagerPerUke") * 20 + toleranse).lt(k.tall("deltakelsesprosent"))


def _valid_from(rader: Rader) -> Serie:
    """The first day of each row; a row without one counts from the start (a single percentage column)."""
    return rader.dato("gyldigFra").fillna(rader.fra("deltakelse", "startDato", "dato"))


def _at_start(k: Kontekst) -> Maske:
    """The rows that are in force on the first day: the latest that begins by it."""
    return k.egne(_in_force_at_start(k.rader("deltakelsesmengde")))


def _in_force_at_start(rader: Rader) -> Serie:
    fra = _valid_from(rader)
    kandidater = fra.where(fra.le(rader.fra("deltakelse", "startDato", "dato")))
    siste = kandidater.groupby(rader.nokkel()).transform("max")
    return kandidater.notna() & kandidater.eq(siste)


def extent_at_start(k: Kontekst) -> Serie:
    """The extent on the first day; 100 where no row says (regelkatalog «extent»)."""
    rader = k.rader("deltakelsesmengde")
    gjelder = _in_force_at_start(rader)
    prosent = pd.Series(rader.tall("deltakelsesprosent")[gjelder].to_numpy(), index=rader.nokkel()[gjelder].to_numpy())
    prosent = prosent[~prosent.index.duplicated()]
    return k.nokkel().map(prosent).astype("float64").fillna(100)
