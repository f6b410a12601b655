"""What a free text may reveal of the person or of others (group PII). Each different text or word is asked once."""

import calendar
import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from expectations.kontekst import Kontekst
from expectations.predikater.register import Maske, bare_utfylte, predikat
from schemas.ordliste import Ordliste
from schemas.ordliste import ordliste as load_ordliste

_EPOST = re.compile(r"[^\s@]@[^\s@]+\.[^\W\d_]")
# A site that is only named («finn.no») is where people look for work; a link has a scheme, www or a path.
_NETTADRESSE = re.compile(r"https?://|\bwww\.|\b[a-z0-9-]+\.(?:no|com|org|net|eu|io|se|dk)/\w", re.IGNORECASE)
_FILSTI = re.compile(r"(?<!\w)[a-z]:[\\/]\w|\\\\\w|\bfile:/|(?<!\S)(?:~|/home|/Users|/mnt|/tmp|/var)/\w", re.IGNORECASE)
_MULIG_TELEFON = re.compile(r"[0-9](?:[ \xa0]?[0-9]){7}")
# Eight digits as Norwegians write them, and no digit, sign or separator beside that makes them part of another number.
_TELEFON = re.compile(
    r"(?<![0-9])(?<![0-9][ \xa0.,#-])(?:(?:\+|00)47[ \xa0]?)?"
    r"([2-9][0-9]{7}|[2-9][0-9]{2}[ \xa0][0-9]{2}[ \xa0][0-9]{3}|[2-9][0-9](?:[ \xa0][0-9]{2}){3})"
    r"(?![0-9]|[ \xa0.,#-][0-9])(?![ \xa0]?(?:%|prosent|kr|kroner)(?!\w))"
)
_UTENLANDSK = re.compile(r"\+[0-9](?:[ \xa0]?[0-9]){7,14}(?![0-9])")


@predikat
@bare_utfylte
def kontaktopplysninger_i_tekst(k: Kontekst) -> Maske:
    """A text holds an e-mail address, a telephone number, a web address or a file path."""
    return k.blant(k.kolonne(), _holds_contact)


def _holds_contact(tekst: str) -> bool:
    if "@" in tekst and _EPOST.search(tekst):
        return True
    if ("/" in tekst or "www." in tekst.lower()) and _NETTADRESSE.search(tekst):
        return True
    if ("/" in tekst or "\\" in tekst) and _FILSTI.search(tekst):
        return True
    return _MULIG_TELEFON.search(tekst) is not None and _holds_telephone(tekst)


def _holds_telephone(tekst: str) -> bool:
    if _UTENLANDSK.search(tekst):
        return True
    return any(not _is_day(treff[1]) for treff in _TELEFON.finditer(tekst))


def _is_day(siffer: str) -> bool:
    """Whether eight digits in one are a day, written åååå-mm-dd or dd.mm.åååå without the signs."""
    return _is_date(siffer[:4], siffer[4:6], siffer[6:]) or _is_date(siffer[4:], siffer[2:4], siffer[:2])


def _is_date(ar: str, maned: str, dag: str) -> bool:
    if not (ar.isdigit() and maned.isdigit() and dag.isdigit() and ar[:2] in ("19", "20")):
        return False
    return 1 <= int(maned) <= 12 and 1 <= int(dag) <= calendar.monthrange(int(ar), int(maned))[1]


@predikat
@bare_utfylte
def saerlig_kategori(k: Kontekst, *, ordliste: str, tillatt: bool) -> Maske:
    """A text has a word of the list whose category the sender's databehandleravtale allows, or does not allow."""
    liste = load_ordliste(ordliste)
    funnet = k.husk(("kategorier", ordliste, k.tabell, k.kolonne()), lambda: _categories(k, liste))
    if not funnet:
        return k.maske()
    kategorier = k.tekst(k.kolonne()).map(funnet)
    treff = np.flatnonzero(kategorier.notna())
    brudd = np.zeros(k.antall, dtype=bool)
    for rad, egne in zip(treff, kategorier.iloc[treff], strict=True):
        avtalt = k.kjoring.grunnlag.innsendte[k.innsending.iloc[rad]].avsender.tillatte_personopplysninger
        tillatte = {kategori for kategori in egne if liste.personopplysning[kategori] in avtalt}
        brudd[rad] = bool(tillatte) if tillatt else bool(egne - tillatte)
    return pd.Series(brudd)


def _categories(k: Kontekst, liste: Ordliste) -> Mapping[str, frozenset[str]]:
    """The texts of the column that have a word of the list, with its categories."""
    tekster = set(k.celler(k.kolonne()).tolist()) - {""}
    spurt, roper = k.husk(("ord", liste.navn), _no_words)
    nye = {ord_ for tekst in tekster for ord_ in tekst.split()} - spurt
    spurt |= nye
    roper |= {ord_: kategorier for ord_ in nye if (kategorier := liste.kategorier(ord_))}
    if not roper:
        return {}
    funnet = {}
    for tekst in tekster:
        ordene = roper.keys() & set(tekst.split())
        if ordene:
            funnet[tekst] = frozenset().union(*(roper[ord_] for ord_ in ordene))
    return funnet


def _no_words() -> tuple[set[str], dict[str, frozenset[str]]]:
    """The words a run has asked the list about so far, and those of them that reveal something."""
    return set(), {}
