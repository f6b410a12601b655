"""What comes late: rows first received long after the event, or after the report they belonged in (HISTORIKK).

A place names the row's day first, then the type that with the day tells one row from another, then its own id.
"""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from expectations.historikk import Historikk
from expectations.kontekst import Kontekst, Rader
from expectations.predikater.lagret import named_deltakelser
from expectations.predikater.register import Maske, bare_utfylte, predikat
from expectations.predikater.tid import add_days
from expectations.regel import LAGRET
from expectations.tabeller import Serie
from schemas.kontrakt import Felttype, tabeller
from transforms.poster import read_dato
from transforms.rapporttekster import number_vurderinger

_HOS_MOTTAKEREN = frozenset({"SENDT", "GODTATT"})


@predikat
@bare_utfylte
def forst_mottatt_sent(k: Kontekst, *, dager: int) -> Maske:
    """A row of a deltakelse that was known before comes for the first time long after its day."""
    sent = add_days(k.dato(k.kolonne()), dager).lt(k.asof)
    sent &= k.har_forelder(LAGRET + "deltakelse")
    if not sent.any():
        return sent
    return sent & ~k.egne(_is_in(k, k.rader(k.tabell), LAGRET + k.tabell))


@predikat
def registrert_etter_rapport(k: Kontekst) -> Maske:
    """A row of a reported period is new, or is not what it was when the report had been sent."""
    rapportert = k.egne(_is_reported(k, k.rader(k.tabell)))
    if (id_ := _own_id(k)) is not None:
        lagret = k.rader(LAGRET + k.tabell)
        rapportert |= k.nokkel(id_).isin(set(lagret.nokkel(id_)[_is_reported(k, lagret)]) - {""})
    return rapportert & ~_is_as_before(k, rapportert) if rapportert.any() else rapportert


@predikat
def fjernet_etter_rapport(k: Kontekst) -> Maske:
    """A stored row of a reported period is no longer among the rows of its deltakelse."""
    lagret = k.rader(k.tabell)
    nevnt = lagret.nokkel().isin(named_deltakelser(k))
    return _is_reported(k, lagret) & nevnt & ~_is_in(k, lagret, k.sted.kontrakttabell)


def _own_id(k: Kontekst) -> str | None:
    felter = tabeller()[k.sted.kontrakttabell].felter
    return next((kolonne for kolonne in k.sted.kolonner if felter[kolonne].type is Felttype.ID), None)


def _dates(k: Kontekst, rader: Rader) -> Serie:
    """The day of each row; an extent without one counts from the start."""
    dato = rader.dato(k.kolonne())
    if k.sted.kontrakttabell != "deltakelsesmengde":
        return dato
    return dato.fillna(rader.fra("deltakelse", "startDato", "dato"))


def _is_in(k: Kontekst, rader: Rader, tabell: str) -> Serie:
    """The rows that are among those of `tabell`: by their own id, or by type and day where a system gives new ids."""
    andre, id_ = k.rader(tabell), _own_id(k)
    finnes = pd.Series(pd.MultiIndex.from_frame(_event(k, rader)).isin(pd.MultiIndex.from_frame(_event(k, andre))))
    if id_ is None:
        return finnes
    return finnes | rader.nokkel(id_).isin(set(andre.nokkel(id_)) - {""})


def _event(k: Kontekst, rader: Rader) -> pd.DataFrame:
    typer = {kolonne: rader.tekst(kolonne) for kolonne in k.sted.kolonner[1:] if kolonne != _own_id(k)}
    return pd.DataFrame({"nokkel": rader.nokkel(), "dato": _dates(k, rader), **typer})


def _is_as_before(k: Kontekst, hvilke: Serie) -> Serie:
    """The rows of `hvilke` that equal a stored one. A field that a drop leaves to be derived is no difference."""
    felter = {felt.navn: felt for felt in tabeller()[k.tabell].felter.values() if felt.navn != _own_id(k)}
    lagret = k.rader(LAGRET + k.tabell)
    naa = pd.DataFrame({felt: k.tekst(felt) for felt in felter})[hvilke].assign(deltakelseId=k.nokkel()[hvilke])
    for_ = pd.DataFrame({felt: lagret.tekst(felt) for felt in felter}).assign(deltakelseId=lagret.nokkel())
    for_ = for_[for_["deltakelseId"].isin(naa["deltakelseId"])]
    uten_utledet = for_.assign(**{navn: "" for navn, felt in felter.items() if felt.utledes})
    kjente = pd.MultiIndex.from_frame(pd.concat([for_, uten_utledet]))
    like = k.maske()
    like[hvilke] = pd.MultiIndex.from_frame(naa).isin(kjente)
    return like


def _is_reported(k: Kontekst, rader: Rader) -> Serie:
    """The rows of a period whose perioderapport has been sent."""
    perioder = k.husk("rapporterte perioder", lambda: _reported_periods(k))
    if perioder.empty:
        return pd.Series(np.zeros(len(rader.innsending), dtype=bool))
    dager = pd.DataFrame(
        {"innsending": rader.innsending, "deltakelseId": rader.tekst("deltakelseId"), "dato": _dates(k, rader)}
    )
    par = dager.reset_index(names="rad").merge(perioder, on=["innsending", "deltakelseId"])
    i_perioden = par["fra"].le(par["dato"]) & par["dato"].le(par["til"])
    return pd.Series(dager.index.isin(par.loc[i_perioden, "rad"]))


def _reported_periods(k: Kontekst) -> pd.DataFrame:
    rader = [
        (nummer, *periode)
        for nummer, innsendt in enumerate(k.kjoring.grunnlag.innsendte)
        for periode in _sent_periods(innsendt.historikk)
    ]
    perioder = pd.DataFrame(rader, columns=["innsending", "deltakelseId", "fra", "til"])
    datoer = {kolonne: pd.to_datetime(perioder[kolonne]) for kolonne in ("fra", "til")}
    return perioder.astype({"innsending": "int64", "deltakelseId": "str"}).assign(**datoer)


def _sent_periods(historikk: Historikk) -> Iterator[tuple[str, date | None, date | None]]:
    """deltakelseId and period of each perioderapport that the recipient has. One that was rejected is to be mended."""
    sendt = {
        (levert.deltakelse_id, levert.nummer)
        for levert in historikk.leverte
        if levert.dokumenttype == "PERIODERAPPORT" and levert.status in _HOS_MOTTAKEREN
    }
    rapporterte = {deltakelse_id for deltakelse_id, _ in sendt}
    for post in historikk.poster:
        deltakelse_id = str(post.deltakelse["deltakelseId"])
        if deltakelse_id in rapporterte:
            for nummer, rad in number_vurderinger(post):
                if (deltakelse_id, nummer) in sendt:
                    yield deltakelse_id, read_dato(rad, "periodeFra"), read_dato(rad, "periodeTil")
