"""Identifiers of persons, organisations and offices (group IDE)."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from expectations.kontekst import Kontekst
from expectations.predikater.register import Maske, bare_utfylte, predikat
from schemas.identer import check_orgnr, check_personident

ELLEVE_SIFFER = r"[0-9]{11}"
_DNUMMER_TILLEGG = 40


def tillegg(identer: pd.Series) -> pd.Series:
    """The offset that the month of each number carries; 0 for none."""
    return identer.map({ident: check_personident(ident).tillegg for ident in identer.unique()})


@predikat
def ikke_elleve_siffer(k: Kontekst) -> Maske:
    """The personident does not have eleven digits."""
    ident = k.tekst("personident")
    return ident.ne("") & ~ident.str.fullmatch(ELLEVE_SIFFER)


@predikat
def ugyldig_personident(k: Kontekst, *, regel2032Fra: str) -> Maske:
    """Eleven digits that are no personident: the date or a check digit is wrong."""
    ident = k.tekst("personident")
    regel2032 = k.asof.date() >= date.fromisoformat(regel2032Fra)
    gyldige = {tekst for tekst in ident.unique() if check_personident(tekst, regel2032=regel2032).gyldig}
    return ident.str.fullmatch(ELLEVE_SIFFER) & ~ident.isin(gyldige)


@predikat
def syntetisk_i_produksjon(k: Kontekst, *, syntetiskTillegg: Sequence[int]) -> Maske:
    """A production drop names a test person."""
    return k.hode("modus").eq("PROD") & tillegg(k.tekst("personident")).isin(syntetiskTillegg)


@predikat
def id_brukt_om_annen_person(k: Kontekst) -> Maske:
    """The stored personident of the same deltakerId is another.

    A D-number that has become a fødselsnummer is the same person when the birth date and one name agree; any other
    change needs two persons' confirmation.
    """
    ny, gammel = k.tekst("personident"), k.fra("lagret.deltaker", "personident")
    endret = ny.ne("") & gammel.ne("") & ny.ne(gammel)
    samme_navn = k.tekst("fornavn").eq(k.fra("lagret.deltaker", "fornavn")) | k.tekst("etternavn").eq(
        k.fra("lagret.deltaker", "etternavn")
    )
    samme_fodselsdato = gammel.map(_birth_date_of_d_number).eq(ny.str[:6])
    return endret & ~(samme_fodselsdato & samme_navn) & ~k.bekreftet("deltakerId")


def _birth_date_of_d_number(ident: str) -> str:
    """The date part of a D-number as a fødselsnummer would write it; "" for any other number."""
    if not check_personident(ident).gyldig or int(ident[:2]) <= _DNUMMER_TILLEGG:
        return ""
    return f"{int(ident[:2]) - _DNUMMER_TILLEGG:02d}{ident[2:6]}"


@predikat
@bare_utfylte
def ugyldig_orgnr(k: Kontekst) -> Maske:
    """The organisasjonsnummer is not nine digits with a valid check digit."""
    return k.blant(k.kolonne(), lambda tekst: tekst != "" and not check_orgnr(tekst).gyldig)


@predikat
def ikke_fire_siffer(k: Kontekst) -> Maske:
    """The Nav-enhet does not have four digits."""
    enhet = k.tekst("navEnhet")
    return enhet.ne("") & ~enhet.str.fullmatch("[0-9]{4}")


@predikat
def ukjent_mottaker(k: Kontekst) -> Maske:
    """The Nav-enhet is not in the register of recipients."""
    enhet = k.tekst("navEnhet")
    return enhet.str.fullmatch("[0-9]{4}") & ~enhet.isin(k.nav_enheter)


@predikat
@bare_utfylte
def ikke_uuid(k: Kontekst) -> Maske:
    """The id of the gjennomføring is no UUID."""
    tekst = k.tekst(k.kolonne())
    return tekst.ne("") & ~tekst.str.fullmatch("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@predikat
@bare_utfylte
def ikke_tiltaksnummer(k: Kontekst) -> Maske:
    """The tiltaksnummer is not a year and a running number."""
    tekst = k.tekst(k.kolonne())
    return tekst.ne("") & ~tekst.str.fullmatch("[0-9]{4}[#/][0-9]+")
