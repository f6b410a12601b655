"""What the cells of an unknown column have in common. Values are counted and compared here, and never told."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from schemas.identer import check_orgnr, check_personident
from tiltaksflyt.intake.celler import Tallcelle
from tiltaksflyt.intake.notasjon import Formater, clean_token, read_date, read_number

DATOFORMATER = ("dd.mm.yyyy", "dd/mm/yyyy", "dd-mm-yyyy", "yyyy/mm/dd", "yyyymmdd")
_ELLEVE_SIFFER = 11
_LENGSTE_NAVN = 120
_KORTEST_ORD = 4
_BLANKE = re.compile(r"[\s.\-]")
_EPOST = re.compile(r"^[^\s@]+@[^\s@]+\.[^\s@]+$")
_TELEFON = re.compile(r"^(?:\+|00)?(?:47)?[0-9]{8}$")
_ENHET = re.compile(r"^[0-9]{4}$")
_DATOLIK = re.compile(r"^[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{2,4}\b")
_SIFFERREKKE = re.compile(r"[0-9]{4}")
_LANG_SIFFERREKKE = re.compile(r"[0-9]{6}")
_NAVNEORD = re.compile(r"^[A-ZÆØÅÁČĐŊŠŦŽÉÖÄÜ][a-zæøåáčđŋšŧžéöäü]+(?:-[A-ZÆØÅ][a-zæøå]+)?\.?$")

_LES_ALT = Formater(datoformater=DATOFORMATER)
Prove = Callable[[str], bool]


@dataclass(frozen=True)
class Kolonneinnhold:
    """One column of the file: its heading, its place in Norwegian, and its filled cells in order (row, cell)."""

    navn: str
    plass: str
    celler: Sequence[tuple[int, str]]

    @cached_property
    def antall(self) -> Mapping[str, int]:
        """How often each value occurs."""
        return Counter(celle for _, celle in self.celler)

    @property
    def kan_navngis(self) -> bool:
        """Whether a profile can name the column."""
        return 0 < len(clean_token(self.navn)) <= _LENGSTE_NAVN

    @cached_property
    def tom(self) -> bool:
        """Whether nothing stands in the column."""
        return not self.celler

    def share(self, prove: Prove) -> float:
        """The share of the filled cells that pass; 0 for a blank column."""
        fylt = len(self.celler)
        return sum(ganger for verdi, ganger in self.antall.items() if prove(verdi)) / fylt if fylt else 0.0

    @cached_property
    def er_unik(self) -> bool:
        """Whether no value occurs twice."""
        return len(self.antall) == len(self.celler)

    @cached_property
    def snittlengde(self) -> float:
        """The mean length of the filled cells."""
        return sum(len(celle) for _, celle in self.celler) / len(self.celler) if self.celler else 0.0


def is_ident(celle: str) -> bool:
    """Eleven digits with valid check digits; in a number cell the leading zero may be gone."""
    tekst = _BLANKE.sub("", celle)
    if isinstance(celle, Tallcelle):
        tekst = tekst.zfill(_ELLEVE_SIFFER)
    return check_personident(tekst).gyldig


def is_orgnr(celle: str) -> bool:
    """Nine digits with a valid check digit."""
    return check_orgnr(_BLANKE.sub("", celle)).gyldig


def is_nine_digits(celle: str) -> bool:
    """Nine digits, whatever their check digit says."""
    tekst = _BLANKE.sub("", celle)
    return len(tekst) == len("123456789") and tekst.isdigit()


def is_date(celle: str) -> bool:
    """A date in any of the notations that a profile can declare."""
    return not isinstance(celle, Tallcelle) and read_date(clean_token(celle), _LES_ALT) is not None


def is_date_like(celle: str) -> bool:
    """A date, or what looks like one in a notation that cannot be read."""
    return is_date(celle) or bool(_DATOLIK.match(clean_token(celle)))


def is_number(celle: str) -> bool:
    """A number, whichever its decimal sign."""
    return read_number(celle, _LES_ALT) is not None


def is_email(celle: str) -> bool:
    """An e-mail address."""
    return bool(_EPOST.match(clean_token(celle)))


def is_phone(celle: str) -> bool:
    """A Norwegian telephone number."""
    return bool(_TELEFON.match(_BLANKE.sub("", celle)))


def is_office_number(celle: str) -> bool:
    """The four digits of a Nav-enhet; in a number cell the leading zero may be gone."""
    return bool(_ENHET.match(clean_token(celle).zfill(4) if isinstance(celle, Tallcelle) else clean_token(celle)))


def is_single_name(celle: str) -> bool:
    """One or two words that begin with a capital, and nothing else."""
    ord_ = clean_token(celle).split()
    return 1 <= len(ord_) <= 3 and all(_NAVNEORD.match(ett) for ett in ord_)


def is_whole_name(celle: str) -> bool:
    """Two or more such words, the surname first and a comma after it, or not."""
    ord_ = clean_token(celle).replace(",", " , ").split()
    deler = [ett for ett in ord_ if ett != ","]
    return 2 <= len(deler) <= 5 and ord_.count(",") <= 1 and all(_NAVNEORD.match(ett) for ett in deler)


def tells_a_person(tekst: str, ordforrad: frozenset[str], navn: frozenset[str]) -> bool:
    """Whether a text may be somebody's: a name, a number, a date or an address. In doubt, yes.

    `ordforrad` are the words that are nobody's name, `navn` the words that stand in the file's own name columns.
    """
    renset = clean_token(tekst)
    if _SIFFERREKKE.search(renset) or "@" in renset or is_date_like(renset):
        return True
    return _is_name(renset, ordforrad, navn)


def _is_name(renset: str, ordforrad: frozenset[str], navn: frozenset[str]) -> bool:
    ord_ = [ett.strip(".,()").casefold() for ett in renset.split()]
    if any(ett in navn for ett in ord_) or renset.casefold() in navn:
        return True
    return is_whole_name(renset) and not any(ett in ordforrad for ett in ord_)


def heading_tells_a_person(tekst: str, ordforrad: frozenset[str], navn: frozenset[str]) -> bool:
    """The same for the name of a column or a sheet, where a single word may be a name as well.

    A word that has a known word in it («Tiltaksløpenr») is none.
    """
    renset = clean_token(tekst)
    # A year in a heading is only a year, but a longer number may be somebody's.
    if _LANG_SIFFERREKKE.search(_BLANKE.sub("", renset)) or "@" in renset or is_date_like(renset):
        return True
    if _is_name(renset, ordforrad, navn):
        return True
    liten = renset.casefold()
    if not is_single_name(renset) or set(liten.split()) & ordforrad:
        return False
    return not any(ord_ in liten for ord_ in ordforrad if len(ord_) >= _KORTEST_ORD)
