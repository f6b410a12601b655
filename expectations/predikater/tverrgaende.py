"""Rows against rows: keys, duplicates, references, the same person twice (group TVE)."""

import unicodedata
from collections.abc import Sequence

import numpy as np
import pandas as pd

from expectations.kontekst import Kontekst
from expectations.predikater.aktive import HAR_STARTET
from expectations.predikater.lop import identify_persons
from expectations.predikater.register import Maske, bare_utfylte, predikat
from expectations.regel import EIER_AV_ID, LAGRET
from expectations.tabeller import INNSENDING, Serie
from schemas.kontrakt import Felttype, tabeller


@predikat
def samme_nokkel_ulikt_innhold(k: Kontekst) -> Maske:
    """Two rows have the same key and different content. A row whose key is still to be derived has none."""
    nokler = _keys(k)
    utfylte = [nokkel for nokkel in nokler if nokkel is not None]
    brudd = k.maske()
    if len(set(utfylte)) < len(utfylte):
        nokkel = pd.Series(pd.factorize(pd.Index(nokler, tupleize_cols=False))[0])
        flere = pd.Series([n is not None for n in nokler]) & nokkel.duplicated(keep=False)
        felter = _all_fields(k)[flere]
        innhold = felter.groupby(list(felter.columns), sort=False).ngroup()
        brudd[flere] = innhold.groupby(nokkel[flere]).transform("nunique").gt(1)
    return brudd


def _keys(k: Kontekst) -> list[tuple[str, ...] | None]:
    """The key of each row; None where a part of it is yet to be derived."""
    felter = tabeller()[k.tabell].felter
    deler = [k.celler(INNSENDING)]
    ma_finnes = []
    for kolonne in k.sted.kolonner:
        celler = k.celler(kolonne)
        if kolonne == "gyldigFra" and k.tabell == "deltakelsesmengde":
            # Without a day of its own the extent counts from the start, so that is its key.
            celler = np.where(celler == "", k.fra("deltakelse", "startDato").to_numpy(dtype=object), celler)
        elif felter[kolonne].utledes or felter[kolonne].type is Felttype.ID:
            ma_finnes.append(celler)
        deler.append(celler)
    mangler = [not all(celler) for celler in zip(*ma_finnes, strict=True)] if ma_finnes else [False] * k.antall
    return [None if tom else nokkel for nokkel, tom in zip(zip(*deler, strict=True), mangler, strict=True)]


def _all_fields(k: Kontekst) -> pd.DataFrame:
    return k.ramme([INNSENDING, *tabeller()[k.tabell].felter])


@predikat
def gjentatt_rad(k: Kontekst) -> Maske:
    """The row is equal in every field to one before it."""
    typer = {navn: felt.type for navn, felt in tabeller()[k.tabell].felter.items()}
    skiller = [INNSENDING, *(navn for navn, type_ in typer.items() if type_ in (Felttype.ID, Felttype.DATO))]
    # Ids and dates tell most rows apart, so only where they do not are the rows compared in full.
    if len(set(zip(*(k.celler(kolonne) for kolonne in skiller), strict=True))) == k.antall:
        return k.maske()
    return _all_fields(k).duplicated(keep="first")


@predikat
@bare_utfylte
def henger_i_luften(k: Kontekst) -> Maske:
    """The row names another row that is not in the drop; nor stored, where the drop holds only changes."""
    kolonne = k.kolonne()
    tabell = EIER_AV_ID[kolonne]
    i_droppet = k.husk(("nokler", tabell), lambda: {"", *k.kjoring.grunnlag.lest.nokkel(tabell, kolonne)})
    mangler = k.maske([nokkel not in i_droppet for nokkel in k.nokkel(kolonne)])
    return mangler & ~_is_stored(k, tabell) if mangler.any() else mangler


def _is_stored(k: Kontekst, tabell: str) -> Serie:
    lagret = k.har_forelder(LAGRET + tabell)
    if tabell != "samtykke":
        lagret &= k.hode("omfang").eq("ENDRING")
    # A consent outlives the deltakelse and the person's row, so a stored one is not asked for them again.
    return lagret | k.har_forelder(LAGRET + "samtykke") if k.tabell == "samtykke" else lagret


@predikat
def samme_person_flere_id(k: Kontekst) -> Maske:
    """Two rows with different deltakerId have the same personident."""
    person = k.nokkel("personident")
    antall = k.tekst("deltakerId").groupby(person).transform("nunique")
    return person.ne("") & antall.gt(1)


@predikat
def samme_ident_to_navn(k: Kontekst) -> Maske:
    """Two rows have the same personident, and both names differ."""
    person = k.nokkel("personident")
    flere = person.ne("") & person.duplicated(keep=False)
    brudd = k.maske()
    if not flere.any():
        return brudd
    navn = pd.DataFrame({"person": person, "for": k.tekst("fornavn"), "etter": k.tekst("etternavn")})[flere]
    navn[["for", "etter"]] = navn[["for", "etter"]].map(_plain)
    par = navn.reset_index().merge(navn, on="person", suffixes=("", "_annen"))
    ulike = par["for"].ne(par["for_annen"]) & par["etter"].ne(par["etter_annen"])
    brudd[par.loc[ulike, "index"].unique()] = True
    return brudd


def _plain(navn: str) -> str:
    """A name without case, accents and hyphens."""
    uten = "".join(tegn for tegn in unicodedata.normalize("NFKD", navn.casefold()) if not unicodedata.combining(tegn))
    return uten.replace("-", " ").strip()


@predikat
def samtidige_deltakelser(k: Kontekst, *, tellerIkke: Sequence[str], dager: int) -> Maske:
    """Two deltakelser of one person on the same tiltak overlap by more than the day of a change-over."""
    par = _pairs_of_one_person(k, ~k.rader("deltakelse").tekst("status").isin(tellerIkke))
    samme_tiltak = par["tiltak"].eq(par["tiltak_annen"])
    brudd = par[samme_tiltak & par["felles"].ge(pd.Timedelta(days=dager))]
    return k.maske(np.isin(np.arange(k.antall), brudd["rad"]))


@predikat
def samtidig_i_to_tiltak(k: Kontekst) -> Maske:
    """Two deltakelser of one person on different tiltak have a day in common on which both are active."""
    par = _pairs_of_one_person(k, k.rader("deltakelse").tekst("status").isin(HAR_STARTET))
    ulike = par["tiltak"].ne(par["tiltak_annen"]) & par["tiltak"].ne("") & par["tiltak_annen"].ne("")
    brudd = par[ulike & par["felles"].ge(pd.Timedelta(0))]
    return k.maske(np.isin(np.arange(k.antall), brudd["rad"]))


def _pairs_of_one_person(k: Kontekst, teller: Serie) -> pd.DataFrame:
    """Every two different deltakelser of one person among those under the mask, with the time they have in common."""
    rader = k.rader("deltakelse")
    person = identify_persons(rader)
    lop = pd.DataFrame({"person": person, "tiltak": rader.tekst("tiltakskode"), "fra": rader.dato("startDato")})
    lop["til"] = rader.dato("sluttDato").fillna(pd.Timestamp.max.as_unit("us"))
    # The same deltakelse twice is TVE001 or TVE002.
    gjentatt = rader.nokkel().duplicated() & rader.nokkel().ne("")
    lop = lop[teller & person.ne("") & ~gjentatt & lop["fra"].notna()]
    lop = lop[lop["person"].duplicated(keep=False)].reset_index(names="rad")
    par = lop.merge(lop, on="person", suffixes=("", "_annen"))
    felles = np.minimum(par["til"], par["til_annen"]) - np.maximum(par["fra"], par["fra_annen"])
    return par.assign(felles=felles)[par["rad"].ne(par["rad_annen"])]


@predikat
@bare_utfylte
def id_skrevet_ulikt(k: Kontekst) -> Maske:
    """The id differs from one already seen in the same field only in case, blanks or leading zeros."""
    kolonne = k.kolonne()
    avvikende = k.husk(("id", kolonne), lambda: _odd_spellings(k, kolonne))
    return k.nokkel(kolonne).isin(avvikende) if avvikende else k.maske()


def _odd_spellings(k: Kontekst, kolonne: str) -> list[str]:
    """The keys of a field, over all tables, that are another spelling of a key seen before."""
    lest = k.kjoring.grunnlag.lest
    har = [tabell for tabell in tabeller() if lest.finnes(tabell) and kolonne in lest.ramme(tabell)]
    sett: set[str] = set()
    avvikende = []
    for nokkel in dict.fromkeys(nokkel for tabell in har for nokkel in lest.nokkel(tabell, kolonne) if nokkel):
        enhetlig = _one_spelling(nokkel)
        if enhetlig in sett:
            avvikende.append(nokkel)
        sett.add(enhetlig)
    return avvikende


def _one_spelling(nokkel: str) -> str:
    innsending, _, id_ = nokkel.partition(":")
    return f"{innsending}:{id_.strip().lower().lstrip('0')}"
