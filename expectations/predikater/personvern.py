"""Personal data out of place (group PII)."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from expectations.kontekst import Kontekst
from expectations.predikater.identer import tillegg
from expectations.predikater.register import Maske, bare_utfylte, predikat
from expectations.tabeller import Serie
from schemas.identer import check_personident
from schemas.kontrakt import Felttype, felt

# Eleven digits, also with one blank or dot between the date and the rest, and no digit on either side.
_LES_IDENT = re.compile(r"(?<![0-9])([0-9]{6})[ .]?([0-9]{5})(?![0-9])")
# The same digits with anything around them: what begins with a digit is searched for several times as fast.
_MULIG_IDENT = re.compile(r"[0-9]{6}[ .]?[0-9]{5}")


@predikat
@bare_utfylte
def annens_ident_i_tekst(k: Kontekst) -> Maske:
    """A text or an id holds a personident: another person's, or any in an id."""
    return _with_ident(k, egen=False)


@predikat
@bare_utfylte
def egen_ident_i_tekst(k: Kontekst) -> Maske:
    """A text holds the deltaker's own personident, and no other person's."""
    return _with_ident(k, egen=True)


def _with_ident(k: Kontekst, *, egen: bool) -> Maske:
    tekst = k.tekst(k.kolonne())
    mulige = k.husk(("ident", k.tabell, k.kolonne()), lambda: _possible(k))
    brudd = np.zeros(k.antall, dtype=bool)
    if len(mulige) == 0:
        return pd.Series(brudd)
    eier = _owner(k)
    for rad in mulige:
        identer = _identer(tekst.iloc[rad])
        andres = identer - {eier.iloc[rad]}
        brudd[rad] = bool(identer) and bool(andres) is not egen
    return pd.Series(brudd)


def _possible(k: Kontekst) -> Sequence[int]:
    """The rows whose text may hold a personident; most columns have none."""
    celler = k.celler(k.kolonne())
    # One search over the column instead of one a row; no identifier crosses a line break.
    if not _MULIG_IDENT.search("\n".join(celler)):
        return []
    return [rad for rad, tekst in enumerate(celler) if _LES_IDENT.search(tekst)]


def _identer(tekst: str) -> set[str]:
    kandidater = {forste + siste for forste, siste in _LES_IDENT.findall(tekst)}
    return {ident for ident in kandidater if check_personident(ident).gyldig}


def _owner(k: Kontekst) -> Serie:
    """The personident whose presence is the sender's own affair: the deltaker's, in a text about the deltaker."""
    if felt(k.sted.kontrakttabell, k.kolonne()).type is Felttype.ID:
        return pd.Series([""] * k.antall)
    return k.fra("deltaker", "personident")


@predikat
def virkelig_person_i_test(k: Kontekst, *, syntetiskTillegg: Sequence[int]) -> Maske:
    """A test drop names a person who may be real."""
    ident = k.tekst("personident")
    gyldige = {tekst for tekst in ident.unique() if check_personident(tekst).gyldig}
    return k.hode("modus").eq("TEST") & ident.isin(gyldige) & ~tillegg(ident).isin(syntetiskTillegg)


@predikat
def adressebeskyttet(k: Kontekst, *, ugraderte: Sequence[str]) -> Maske:
    """The person is protected."""
    return k.finnes("adressebeskyttelse") & ~k.tekst("adressebeskyttelse").isin(ugraderte)


@predikat
def navn_skjult_uten_beskyttelse(k: Kontekst, *, skjulteNavn: Sequence[str]) -> Maske:
    """The name is one that Nav shows for protected persons, and the row says no protection."""
    skjulte = {navn.casefold() for navn in skjulteNavn}
    skjult = k.tekst(k.kolonne()).str.strip().str.casefold().isin(skjulte)
    return skjult & k.tekst("adressebeskyttelse").isin(["", "UGRADERT"])


@predikat
def kan_ikke_sendes_denne_veien(k: Kontekst, *, strengtFortrolige: Sequence[str]) -> Maske:
    """The person is strictly protected."""
    return k.tekst("adressebeskyttelse").isin(strengtFortrolige)


@predikat
def skjermet_enhet(k: Kontekst, *, skjermetEnhet: str) -> Maske:
    """The Nav-enhet is the one for protected persons."""
    return k.tekst("navEnhet").eq(skjermetEnhet)


@predikat
def beskyttelse_ukjent(k: Kontekst) -> Maske:
    """Nothing says whether the person is protected, and the sender has no routine for it."""
    return k.tom("adressebeskyttelse") & k.avsender(lambda avsender: avsender.adressebeskyttelse_rutine is None)


@predikat
def uten_deltakelse(k: Kontekst) -> Maske:
    """The person has neither a deltakelse nor a valid consent, here or stored."""
    samtykke = k.rader("samtykke")
    gyldige = samtykke.dato("gyldigTil").ge(k.asof) & ~samtykke.dato("trukket").le(k.asof)
    har_deltakelse = k.noen("deltakelse", k.rader("deltakelse").tekst("deltakerId").ne(""), "deltakerId")
    return k.finnes("deltakerId") & ~har_deltakelse & ~k.noen("samtykke", gyldige, "deltakerId")
