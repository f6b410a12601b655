"""Text to the contract's canonical text, field type by field type. What cannot be read is "" and a problem code.

Dates ISO, numbers with a point, "true"/"false", codes as the code list writes them, several codes joined with "|".
Text is NFC and trimmed. A two-digit year, a thousands point, an Excel serial outside a date cell: never guessed.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from schemas.koder import kodeverk
from schemas.kontrakt import Felt, Felttype
from tiltaksflyt.intake.celler import LISTESKILLE, Feilcelle, Flyttallcelle, Listecelle, Sammensattcelle
from tiltaksflyt.intake.notasjon import (
    USYNLIGE,
    Formater,
    clean_token,
    plain_number,
    read_date,
    read_number,
    read_truth,
)
from tiltaksflyt.intake.portdata import read_portdata
from tiltaksflyt.intake.tegnsett import MOJIBAKE

IKKE_DATO = "IKKE_DATO"
IKKE_TALL = "IKKE_TALL"
IKKE_HELTALL = "IKKE_HELTALL"
IKKE_JANEI = "IKKE_JANEI"
UKJENT_KODE = "UKJENT_KODE"
UOVERSATT_KODE = "UOVERSATT_KODE"
ODELAGT_TEKST = "ODELAGT_TEKST"
FEIL_ANTALL_CELLER = "FEIL_ANTALL_CELLER"
FORMEL_UTEN_VERDI = "FORMEL_UTEN_VERDI"

Typet = tuple[str, str | None]
"""Canonical text, and a problem code or None."""

_FRAVAERSTYPE = "fravaerstype"

# What XML 1.0 forbids, what no text encoding maps to, and the sign for a letter that was lost (rule SKJ007).
_ODELAGT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffd\ufffe\uffff]")
_LINJESKIFT = re.compile("\r\n?|[\x85\u2028\u2029]")
_BLANKE = re.compile(r"\s+")
_BLANKE_I_LINJE = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_SIFFER_MED_BLANKE = re.compile(r"^[0-9]+(?: [0-9]+)+$")


def type_column(
    felt: Felt, celler: Sequence[str], formater: Formater, koder: Mapping[str, str] | None = None
) -> tuple[list[str], list[tuple[int, str]]]:
    """A whole column: canonical texts, and (index, problem code) of the cells at fault.

    `koder` is the profile's code table for the field: the sender's word to the contract's code.
    """
    les = _reader(felt, formater, _by_word(koder) if koder is not None else None)
    sett: dict[tuple[type, str], Typet] = {}
    verdier: list[str] = []
    problemer: list[tuple[int, str]] = []
    for indeks, celle in enumerate(celler):
        nokkel = (type(celle), celle)
        typet = sett.get(nokkel)
        if typet is None:
            typet = sett[nokkel] = _type_cell(felt, celle, les)
        verdier.append(typet[0])
        if typet[1] is not None:
            problemer.append((indeks, typet[1]))
    return verdier, problemer


def type_cell(felt: Felt, celle: str, formater: Formater) -> Typet:
    """One cell, for the header of a drop."""
    return _type_cell(felt, celle, _reader(felt, formater, None))


def _type_cell(felt: Felt, celle: str, les: Callable[[str], Typet]) -> Typet:
    if isinstance(celle, Feilcelle):
        return "", FORMEL_UTEN_VERDI
    if isinstance(celle, Sammensattcelle) or (isinstance(celle, Listecelle) and felt.type is not Felttype.KODELISTE):
        return "", _PROBLEMKODE.get(felt.type, ODELAGT_TEKST)
    if not celle:
        return "", None
    return les(celle)


_PROBLEMKODE: Mapping[Felttype, str] = MappingProxyType(
    {
        Felttype.DATO: IKKE_DATO,
        Felttype.TALL: IKKE_TALL,
        Felttype.HELTALL: IKKE_HELTALL,
        Felttype.JANEI: IKKE_JANEI,
        Felttype.KODE: UKJENT_KODE,
        Felttype.KODELISTE: UKJENT_KODE,
    }
)


def _reader(felt: Felt, formater: Formater, koder: Mapping[str, str] | None) -> Callable[[str], Typet]:
    match felt.type:
        case Felttype.FRITEKST:
            return _type_free_text
        case Felttype.DATO:
            return lambda celle: _or_problem(read_date(clean_token(celle), formater), IKKE_DATO, celle)
        case Felttype.TALL:
            return lambda celle: _or_problem(_number_text(celle, formater), IKKE_TALL, celle)
        case Felttype.HELTALL:
            return lambda celle: _or_problem(_whole_number_text(celle, formater), IKKE_HELTALL, celle)
        case Felttype.JANEI:
            return lambda celle: _or_problem(read_truth(clean_token(celle), formater), IKKE_JANEI, celle)
        case Felttype.KODE:
            return _code_reader(felt, koder)
        case Felttype.KODELISTE:
            return _code_list_reader(felt, formater, koder)
        case Felttype.ID | Felttype.UUID | Felttype.ORGNR | Felttype.IDENT | Felttype.NAVENHET | Felttype.TIDSPUNKT:
            return lambda celle: _type_identifier(celle, felt.type)
        case Felttype.TEKST:
            return _type_text


def _or_problem(verdi: str | None, kode: str, celle: str) -> Typet:
    if verdi is not None:
        return verdi, None
    # Blanks and invisible signs are an empty cell, not a faulty one.
    return ("", None) if not clean_token(celle) else ("", kode)


def _is_broken(celle: str) -> bool:
    return bool(_ODELAGT.search(celle) or MOJIBAKE.search(celle))


def _type_text(celle: str) -> Typet:
    """Text on one line."""
    if _is_broken(celle):
        return "", ODELAGT_TEKST
    return _BLANKE.sub(" ", unicodedata.normalize("NFC", USYNLIGE.sub("", celle))).strip(), None


def _type_free_text(celle: str) -> Typet:
    """Text on several lines: line breaks are kept as `\\n`."""
    if _is_broken(celle):
        return "", ODELAGT_TEKST
    tekst = _BLANKE_I_LINJE.sub(" ", _LINJESKIFT.sub("\n", USYNLIGE.sub("", celle)))
    return "\n".join(linje.rstrip() for linje in unicodedata.normalize("NFC", tekst).split("\n")).strip(), None


def _type_identifier(celle: str, type_: Felttype) -> Typet:
    if _is_broken(celle):
        return "", ODELAGT_TEKST
    if isinstance(celle, Flyttallcelle) and type_ is not Felttype.IDENT:
        # A column of whole numbers where some are missing: no writer of tables has another way to keep it.
        return _whole_number_text(celle, Formater()) or str(celle), None
    tekst = clean_token(celle)
    if type_ in (Felttype.IDENT, Felttype.ORGNR) and _SIFFER_MED_BLANKE.match(tekst):
        # Grouped as people write it: «912 345 678».
        return tekst.replace(" ", ""), None
    return (tekst.lower() if type_ is Felttype.UUID else tekst), None


def _number_text(celle: str, formater: Formater) -> str | None:
    tall = read_number(celle, formater)
    return None if tall is None else plain_number(tall)


def _whole_number_text(celle: str, formater: Formater) -> str | None:
    tall = read_number(celle, formater)
    return None if tall is None or tall != tall.to_integral_value() else plain_number(tall)


def _by_word(koder: Mapping[str, str]) -> Mapping[str, str]:
    return {clean_token(ord_).casefold(): kode for ord_, kode in koder.items()}


def _code_reader(felt: Felt, koder: Mapping[str, str] | None) -> Callable[[str], Typet]:
    liste = kodeverk(felt.kodeverk or "")
    fold = absence_words() if liste.navn == _FRAVAERSTYPE else {}

    def read_code(celle: str) -> Typet:
        ord_ = clean_token(celle)
        if not ord_:
            return "", None
        if koder is not None:
            kode = koder.get(ord_.casefold())
            return (kode, None) if kode else ("", UOVERSATT_KODE)
        kode = liste.normalise(ord_) or fold.get(_BLANKE.sub(" ", re.sub("[-_]", " ", ord_)).casefold())
        return (kode, None) if kode else ("", UKJENT_KODE)

    return read_code


def _code_list_reader(felt: Felt, formater: Formater, koder: Mapping[str, str] | None) -> Callable[[str], Typet]:
    read_code = _code_reader(felt, koder)
    skiller = re.compile("|".join(re.escape(skille) for skille in (*formater.listeskille, LISTESKILLE)))

    def read_list(celle: str) -> Typet:
        funnet: dict[str, None] = {}
        for del_ in skiller.split(celle):
            kode, problem = read_code(del_)
            if problem:
                return "", problem
            if kode:
                funnet[kode] = None
        return LISTESKILLE.join(funnet), None

    return read_list


@cache
def absence_words() -> Mapping[str, str]:
    """Words for an absence, folded to whether it was told or agreed; the cause itself is never kept."""
    ordliste: Mapping[str, Iterable[str]] = read_portdata("fravaersarsaker")
    return MappingProxyType({ord_: kode for kode, alle in ordliste.items() for ord_ in alle})
