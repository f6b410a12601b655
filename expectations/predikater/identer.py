"""Identifiers of persons, organisations and offices (group IDE)."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from expectations.kontekst import Kontekst
from expectations.predikater.register import Maske, bare_utfylte, predikat
from expectations.predikater.tid import add_months
from schemas.identer import birth_date, check_orgnr, check_personident

ELLEVE_SIFFER = r"[0-9]{11}"
_DNUMMER_TILLEGG = 40
_MANEDER_I_ARET = 12
_TELEFONNUMMER = r"[0-9]{8}|\+[0-9]{8,15}"
_EPOSTADRESSE = r"[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+"


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


@predikat
@bare_utfylte
def ugyldig_telefonnummer(k: Kontekst) -> Maske:
    """The telephone number is neither eight digits nor a plus sign with 8 to 15 digits."""
    nummer = k.tekst(k.kolonne()).str.replace(r"\s", "", regex=True)
    return nummer.ne("") & ~nummer.str.fullmatch(_TELEFONNUMMER)


@predikat
@bare_utfylte
def ugyldig_epost(k: Kontekst) -> Maske:
    """The e-mail address has not exactly one at sign, followed by a domain with a dot."""
    adresse = k.tekst(k.kolonne())
    return adresse.ne("") & ~adresse.str.fullmatch(_EPOSTADRESSE)


@predikat
def uvanlig_alder_ved_start(k: Kontekst, *, minAlder: int, maksAlder: int) -> Maske:
    """The person is younger or older on the first day than those the tiltak is for."""
    start = k.dato("startDato")
    return _turns(k, minAlder).gt(start) | _turns(k, maksAlder + 1).le(start)


@predikat
def for_gammel_ved_slutt(k: Kontekst, *, maksAlderArbeidstrening: int) -> Maske:
    """The person is older on the last day of an arbeidstrening than Nav allows."""
    for_gammel = _turns(k, maksAlderArbeidstrening + 1).le(k.dato("sluttDato"))
    return k.tekst("tiltakskode").eq("ARBEIDSTRENING") & for_gammel


def _turns(k: Kontekst, alder: int) -> pd.Series:
    """The day the person turns `alder`; NaT where the personident gives no birth year."""
    ident = k.fra("deltaker", "personident")
    fodt = k.husk("fodt", lambda: {tekst: birth_date(tekst) for tekst in ident.unique()})
    return add_months(pd.to_datetime(ident.map(fodt)).astype("datetime64[us]"), _MANEDER_I_ARET * alder)
