"""The words of a coded column: those that a code list knows, those a person must translate, and those never shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schemas.koder import kodeverk
from schemas.kontrakt import Felt, Felttype
from tiltaksflyt.intake.forslag.feltpassing import split_list
from tiltaksflyt.intake.forslag.kolonneinnhold import Kolonneinnhold, is_number, tells_a_person
from tiltaksflyt.intake.forslag.synonymer import synonymer
from tiltaksflyt.intake.notasjon import clean_token
from tiltaksflyt.intake.typer import absence_words

_FLESTE_ORD = 25
_LENGSTE_ORD = 40
_FLESTE_ORD_I_ETT = 5
# A word that stands in one row only may be about one person.
_MINST_RADER = 2


@dataclass(frozen=True)
class Kodeforslag:
    """What to do with the words of one coded column.

    `oversatt`: word to code, for the code table; blank when every word is a code or an alias already. `ukjente`: words
    that a person must translate. `skjulte_rader`: the first row of each word that may not be shown.
    """

    oversatt: Mapping[str, str]
    ukjente: tuple[str, ...]
    skjulte_rader: tuple[int, ...]


def suggest_codes(felt: Felt, kolonne: Kolonneinnhold, navn: frozenset[str]) -> Kodeforslag:
    """Sort the words of a column. `navn` are words that stand in the file's own name columns."""
    liste = felt.kodeverk or ""
    ord_ = {clean_token(ett): rad for ett, rad in _words(felt, kolonne)}
    kjente = {ett: kode for ett in ord_ if (kode := synonymer().code_of(liste, ett))}
    ukjente = [ett for ett in ord_ if ett not in kjente]
    apne = [ett for ett in ukjente if _may_be_shown(felt, kolonne, ett, navn)]
    if len(ord_) > _FLESTE_ORD or any(_tells(ett, navn) for ett in ukjente):
        apne = []
    trenger_tabell = any(kodeverk(liste).normalise(ett) is None and not _folds(liste, ett) for ett in ord_)
    return Kodeforslag(
        oversatt=kjente if trenger_tabell else {},
        ukjente=tuple(sorted(apne)),
        skjulte_rader=tuple(sorted(ord_[ett] for ett in ukjente if ett not in apne)),
    )


def _words(felt: Felt, kolonne: Kolonneinnhold) -> Iterator[tuple[str, int]]:
    """Every word once per spelling, with the first row where it stands."""
    sett: set[str] = set()
    for rad, celle in kolonne.celler:
        for ett in split_list(celle) if felt.type is Felttype.KODELISTE else [celle]:
            nokkel = clean_token(ett).casefold()
            if nokkel and nokkel not in sett:
                sett.add(nokkel)
                yield ett, rad


def _folds(liste: str, ord_: str) -> bool:
    """Whether the door itself knows the word, so that no code table needs to say it."""
    return liste == "fravaerstype" and ord_.casefold() in absence_words()


def _tells(ord_: str, navn: frozenset[str]) -> bool:
    return is_number(ord_) or tells_a_person(ord_, synonymer().ordforrad, navn)


def _may_be_shown(felt: Felt, kolonne: Kolonneinnhold, ord_: str, navn: frozenset[str]) -> bool:
    if len(ord_) > _LENGSTE_ORD or len(ord_.split()) > _FLESTE_ORD_I_ETT or _tells(ord_, navn):
        return False
    rader = sum(
        ganger
        for celle, ganger in kolonne.antall.items()
        if ord_.casefold() in {clean_token(ett).casefold() for ett in _parts(felt, celle)}
    )
    return rader >= _MINST_RADER


def _parts(felt: Felt, celle: str) -> list[str]:
    return split_list(celle) if felt.type is Felttype.KODELISTE else [celle]
