"""Everything the rules of one chunk may read: the drops' tables, what could not be typed, what was accepted before.

A chunk holds any number of drops; `_innsending` numbers them, and every key is made per drop.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from expectations.feil import Feilkode, KontrollFeil
from expectations.gjenkjenning import recognise
from expectations.historikk import TOM, Historikk
from expectations.rammer import post_frames, text_frame
from expectations.regel import LAGRET
from expectations.tabeller import INNSENDING, Ramme, Tabeller
from schemas.kontrakt import tabeller
from schemas.oppsett import NAV, Avsender, Mottaker
from schemas.teksttype import TEKSTTYPE
from transforms.poster import Deltakelsespost, Rad

INDEKS = "_indeks"
RAD = "_rad"
POST = "_post"
_EGNE = (RAD, POST)
_INGEN_PROBLEMER = pd.DataFrame({"tabell": [], "indeks": [], "kolonne": [], "kode": []}, dtype=str)
# Rows that a drop never takes away by leaving them out (beslutninger 5), and rows that stand for themselves.
_BLIR_STAENDE: Mapping[str, tuple[str, ...]] = {
    "deltaker": ("deltakerId",),
    "deltakelse": ("deltakelseId",),
    "avtale": ("avtaleId",),
    "samtykke": ("samtykkeId",),
    "plan": ("deltakelseId", "versjon"),
    "vurdering": ("deltakelseId", "vurderingId"),
}


@dataclass(frozen=True)
class Innsendt:
    """One drop as the checks take it: the frames, problems and header of intake, its sender, and what stood before.

    A table that is not among `tabeller` was not in the drop, and its stored rows stand (beslutninger 5); a table
    that was in the drop without rows is an empty frame.
    """

    tabeller: Mapping[str, Ramme]
    problemer: Ramme
    hode: Mapping[str, str]
    avsender: Avsender
    historikk: Historikk = TOM


@dataclass(frozen=True)
class Problem:
    """A cell that intake could not type, by its place in the chunk. `kolonne` is "" for the whole row."""

    tabell: str
    posisjon: int
    kolonne: str
    kode: str


@dataclass(frozen=True)
class Grunnlag:
    """The chunk as read, before any rule is asked.

    `nav_enheter_slatt_opp`: deltaker rows whose office was found. `gjenkjent`: deltakelse rows without an id of their
    own that stand for a stored deltakelse, and carry its id here.
    """

    innsendte: tuple[Innsendt, ...]
    asof: date
    nav_enheter: frozenset[str]
    lest: Tabeller
    rammer: Mapping[str, Ramme]
    problemer: tuple[Problem, ...]
    nav_enheter_slatt_opp: Mapping[int, str]
    gjenkjent: Mapping[int, str] = field(default_factory=dict)


def build(innsendte: Sequence[Innsendt], asof: date, mottakere: Mapping[str, Mottaker]) -> Grunnlag:
    """Put the drops of a chunk together. Raises KontrollFeil when a frame lacks a column of the contract."""
    rammer: dict[str, Ramme] = {}
    start: dict[tuple[int, str], int] = {}
    for tabell in tabeller():
        if tabell != "innsending":
            rammer[tabell] = _concat(tabell, innsendte, start)
    rammer["innsending"] = text_frame("innsending", [i.hode for i in innsendte], range(len(innsendte)))
    rammer["innsending"][INDEKS] = 0
    funnet = _look_up_office(rammer["deltaker"], mottakere)
    gjenkjent = recognise(rammer["deltakelse"], [innsendt.historikk for innsendt in innsendte])
    for posisjon, id_ in gjenkjent.items():
        rammer["deltakelse"].loc[posisjon, "deltakelseId"] = id_
    rammer |= _stored(innsendte)
    return Grunnlag(
        innsendte=tuple(innsendte),
        asof=asof,
        nav_enheter=frozenset(mottaker.nav_enhet for mottaker in mottakere.values() if not mottaker.er_fylkeskontor),
        lest=Tabeller(rammer),
        rammer=rammer,
        problemer=tuple(_problems(innsendte, start)),
        nav_enheter_slatt_opp=funnet,
        gjenkjent=gjenkjent,
    )


def build_stored(
    innsendte: Sequence[Innsendt],
    poster: Iterable[tuple[int, Deltakelsespost]],
    asof: date,
    tillegg: Mapping[str, Ramme] | None = None,
) -> Grunnlag:
    """Accepted records as if each of `innsendte` dropped its own again: nothing stands before, and no file is there.

    `poster` come with the place in `innsendte` that each belongs to; `tillegg` are frames beside the contract's own.
    """
    rammer: dict[str, Ramme] = dict(post_frames(poster))
    rammer["innsending"] = text_frame("innsending", [i.hode for i in innsendte], range(len(innsendte)))
    rammer = {tabell: ramme.assign(**{INDEKS: range(len(ramme))}) for tabell, ramme in rammer.items()}
    rammer |= {LAGRET + tabell: text_frame(tabell, [], []) for tabell in tabeller() if tabell != "innsending"}
    rammer |= tillegg or {}
    return Grunnlag(tuple(innsendte), asof, frozenset(), Tabeller(rammer), rammer, (), {})


def stored_from(avsender: Avsender, historikk: Historikk = TOM) -> Innsendt:
    """A sender whose accepted records are asked about: no tables, header or problems of a drop."""
    return Innsendt({}, _INGEN_PROBLEMER, {}, avsender, historikk)


def _concat(tabell: str, innsendte: Sequence[Innsendt], start: dict[tuple[int, str], int]) -> Ramme:
    kolonner = list(tabeller()[tabell].felter)
    rammer: dict[int, Ramme] = {}
    antall = 0
    for nummer, innsendt in enumerate(innsendte):
        ramme = innsendt.tabeller.get(tabell)
        start[(nummer, tabell)] = antall
        if ramme is None or ramme.empty:
            continue
        _check_columns(tabell, ramme, (*kolonner, *_EGNE))
        rammer[nummer] = ramme
        antall += len(ramme)
    if not rammer:
        tom = pd.DataFrame(columns=kolonner, dtype=TEKSTTYPE)
        return tom.assign(**{kolonne: pd.Series(dtype="int64") for kolonne in (INDEKS, *_EGNE, INNSENDING)})
    samlet = pd.concat(rammer.values(), ignore_index=True)[[*kolonner, *_EGNE]]
    indekser = np.concatenate([ramme.index.to_numpy() for ramme in rammer.values()])
    numre = np.repeat(list(rammer), [len(ramme) for ramme in rammer.values()])
    return samlet.assign(**{INDEKS: indekser, INNSENDING: numre})


def _check_columns(tabell: str, ramme: Ramme, kolonner: Sequence[str]) -> None:
    finnes = set(ramme.columns)
    mangler = [kolonne for kolonne in kolonner if kolonne not in finnes]
    if mangler:
        raise KontrollFeil(
            Feilkode.MANGLER_KOLONNE, f"{tabell}.{mangler[0]}", "is not in the frame", "Intake must supply it."
        )


def _problems(innsendte: Sequence[Innsendt], start: Mapping[tuple[int, str], int]) -> list[Problem]:
    resultat = []
    for nummer, innsendt in enumerate(innsendte):
        for rad in innsendt.problemer.itertuples(index=False):
            ramme = innsendt.tabeller.get(rad.tabell)
            if ramme is None or rad.indeks not in ramme.index:
                raise KontrollFeil(
                    Feilkode.UKJENT_PROBLEMKODE,
                    f"{rad.tabell}",
                    "a problem names no row",
                    "Intake must supply the row.",
                )
            posisjon = start[(nummer, rad.tabell)] + int(ramme.index.get_loc(rad.indeks))
            resultat.append(Problem(rad.tabell, posisjon, rad.kolonne or "", rad.kode))
    return resultat


def _look_up_office(deltaker: Ramme, mottakere: Mapping[str, Mottaker]) -> Mapping[int, str]:
    """Fill an empty navEnhet where navKontorNavn names exactly one office of the register (datakontrakt)."""
    enheter: dict[str, list[str]] = {}
    for mottaker in mottakere.values():
        if mottaker.behandlingsansvarlig == NAV and not mottaker.er_fylkeskontor:
            enheter.setdefault(mottaker.navn.casefold(), []).append(mottaker.nav_enhet)
    mangler = deltaker["navEnhet"].eq("") & deltaker["navKontorNavn"].ne("")
    funnet: dict[int, str] = {}
    for posisjon, navn in deltaker.loc[mangler, "navKontorNavn"].items():
        treff = enheter.get(navn.strip().casefold(), [])
        if len(treff) == 1:
            funnet[int(posisjon)] = treff[0]
    for posisjon, enhet in funnet.items():
        deltaker.loc[posisjon, "navEnhet"] = enhet
    return funnet


def _stored(innsendte: Sequence[Innsendt]) -> dict[str, Ramme]:
    poster = [(nummer, post) for nummer, innsendt in enumerate(innsendte) for post in innsendt.historikk.poster]
    rammer = dict(post_frames(poster))
    rammer["samtykke"] = _rows_of("samtykke", innsendte, lambda historikk: historikk.samtykker)
    rammer["plass"] = _rows_of("plass", innsendte, lambda historikk: historikk.plasser)
    return {LAGRET + tabell: ramme for tabell, ramme in rammer.items()}


def _rows_of(tabell: str, innsendte: Sequence[Innsendt], rader: Callable[[Historikk], Sequence[Rad]]) -> Ramme:
    """The stored rows of a table that hangs on no deltakelse."""
    alle = [(nummer, rad) for nummer, innsendt in enumerate(innsendte) for rad in rader(innsendt.historikk)]
    return text_frame(tabell, [rad for _, rad in alle], [nummer for nummer, _ in alle])


def put_together(grunnlag: Grunnlag, renset: Mapping[str, Ramme]) -> Mapping[str, Ramme]:
    """The drop's rows followed by the stored rows that still stand beside them."""
    if all(innsendt.historikk.er_tom for innsendt in grunnlag.innsendte):
        return renset
    samlet = dict(renset)
    for tabell in tabeller():
        lagret = grunnlag.rammer.get(LAGRET + tabell)
        if lagret is not None and len(lagret) > 0:
            staar = _still_stands(grunnlag, tabell, renset[tabell], lagret)
            if staar.any():
                samlet[tabell] = pd.concat([renset[tabell], lagret[staar]], ignore_index=True)
    return samlet


def _still_stands(grunnlag: Grunnlag, tabell: str, droppet: Ramme, lagret: Ramme) -> Any:  # noqa: ANN401
    i_droppet = np.array([tabell in innsendt.tabeller for innsendt in grunnlag.innsendte])
    borte = ~i_droppet[lagret[INNSENDING].to_numpy()]
    if tabell not in _BLIR_STAENDE:
        return borte
    nokkel = [INNSENDING, *_BLIR_STAENDE[tabell]]
    nevnt = pd.MultiIndex.from_frame(droppet[nokkel])
    staar = ~pd.MultiIndex.from_frame(lagret[nokkel]).isin(nevnt)
    return staar & (borte | lagret["ferdigstilt"].ne("").to_numpy()) if tabell == "vurdering" else staar
