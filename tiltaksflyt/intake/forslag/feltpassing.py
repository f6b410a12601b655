"""Whether the cells of a column can be a field of the contract."""

from collections.abc import Callable, Mapping
from enum import IntEnum
from types import MappingProxyType

from schemas.kontrakt import Felt, Felttype, tabeller
from tiltaksflyt.intake.forslag.kolonneinnhold import (
    Kolonneinnhold,
    is_date,
    is_date_like,
    is_email,
    is_ident,
    is_nine_digits,
    is_number,
    is_office_number,
    is_orgnr,
    is_phone,
    is_single_name,
)
from tiltaksflyt.intake.forslag.synonymer import synonymer
from tiltaksflyt.intake.notasjon import clean_token

# As good as all: a real export has its odd cell.
_DE_FLESTE = 0.8
_HALVPARTEN = 0.5
_FA = 0.2
_LENGSTE_ID = 60
_FRITEKST_FRA = 25
_FLESTE_KODER = 30
_LENGSTE_KODE = 60

_NAVNEFELT = frozenset({"fornavn", "etternavn", "mellomnavn"})
# The keys of these may stand in several rows, since the tables may share a row with another.
_GJENTAS = frozenset({"deltaker", "deltakelse"})


class Passer(IntEnum):
    """What the content says of a guess."""

    NEI = 0
    UVISST = 1
    JA = 2


def fit(tabell: str, felt: Felt, kolonne: Kolonneinnhold) -> Passer:
    """Whether the column may be the field. A blank column may be anything."""
    if kolonne.tom:
        return Passer.UVISST
    if felt.type is Felttype.ID:
        return _fit_id(tabell, felt, kolonne)
    if felt.type in (Felttype.TEKST, Felttype.FRITEKST):
        return _fit_text(felt, kolonne)
    return _PROVER[felt.type](felt, kolonne)


def _graded(andel: float) -> Passer:
    return Passer.JA if andel >= _DE_FLESTE else Passer.UVISST if andel >= _HALVPARTEN else Passer.NEI


def _fit_ident(_: Felt, kolonne: Kolonneinnhold) -> Passer:
    return _graded(kolonne.share(is_ident))


def _fit_orgnr(_: Felt, kolonne: Kolonneinnhold) -> Passer:
    if kolonne.share(is_orgnr) >= _DE_FLESTE:
        return Passer.JA
    return Passer.UVISST if kolonne.share(is_nine_digits) >= _DE_FLESTE else Passer.NEI


def _fit_office(_: Felt, kolonne: Kolonneinnhold) -> Passer:
    return _graded(kolonne.share(is_office_number))


def _fit_date(_: Felt, kolonne: Kolonneinnhold) -> Passer:
    if kolonne.share(is_date) >= _DE_FLESTE:
        return Passer.JA
    return Passer.UVISST if kolonne.share(is_date_like) >= _HALVPARTEN else Passer.NEI


def _fit_number(_: Felt, kolonne: Kolonneinnhold) -> Passer:
    return _graded(kolonne.share(lambda celle: is_number(celle.replace("%", ""))))


def _fit_truth(_: Felt, kolonne: Kolonneinnhold) -> Passer:
    ord_ = synonymer().sanne | synonymer().usanne
    return _graded(kolonne.share(lambda celle: clean_token(celle).casefold() in ord_))


def _fit_code(felt: Felt, kolonne: Kolonneinnhold) -> Passer:
    liste = felt.kodeverk or ""
    if known_share(liste, kolonne, flere=felt.type is Felttype.KODELISTE) >= _HALVPARTEN:
        return Passer.JA
    if len(kolonne.antall) > _FLESTE_KODER or max(map(len, kolonne.antall)) > _LENGSTE_KODE:
        return Passer.NEI
    andre = kolonne.share(is_date_like) + kolonne.share(is_ident) + kolonne.share(is_email)
    return Passer.NEI if andre >= _FA else Passer.UVISST


def known_share(liste: str, kolonne: Kolonneinnhold, *, flere: bool = False) -> float:
    """The share of the cells whose word is known in a code list; of a list of words, all of them."""
    kjenner = synonymer().code_of

    def is_known(celle: str) -> bool:
        return all(kjenner(liste, del_) for del_ in split_list(celle)) if flere else kjenner(liste, celle) is not None

    return kolonne.share(is_known)


def split_list(celle: str) -> list[str]:
    """The words of a cell that may hold several, by the first separator that occurs in it."""
    skille = next((tegn for tegn in "|;,/+" if tegn in celle), None)
    return [del_.strip() for del_ in celle.split(skille) if del_.strip()] if skille else [celle]


def _fit_id(tabell: str, felt: Felt, kolonne: Kolonneinnhold) -> Passer:
    if kolonne.share(is_ident) >= _FA or kolonne.share(is_date_like) >= _HALVPARTEN:
        return Passer.NEI
    if max(map(len, kolonne.antall)) > _LENGSTE_ID:
        return Passer.NEI
    if tabeller()[tabell].nokkel == (felt.navn,) and tabell not in _GJENTAS:
        return Passer.JA if kolonne.er_unik else Passer.NEI
    return Passer.UVISST


def _fit_text(felt: Felt, kolonne: Kolonneinnhold) -> Passer:
    if felt.navn == "epost":
        return _graded(kolonne.share(is_email))
    if felt.navn in ("telefonnummer", "veilederTelefon"):
        return _graded(kolonne.share(is_phone))
    if felt.navn in _NAVNEFELT:
        return _graded(kolonne.share(is_single_name))
    if kolonne.share(is_date_like) + kolonne.share(is_ident) + kolonne.share(is_email) >= _HALVPARTEN:
        return Passer.NEI
    if felt.type is Felttype.FRITEKST:
        if kolonne.share(is_number) >= _HALVPARTEN:
            return Passer.NEI
        return Passer.JA if kolonne.snittlengde >= _FRITEKST_FRA else Passer.UVISST
    return Passer.UVISST


_PROVER: Mapping[Felttype, Callable[[Felt, Kolonneinnhold], Passer]] = MappingProxyType(
    {
        Felttype.IDENT: _fit_ident,
        Felttype.ORGNR: _fit_orgnr,
        Felttype.NAVENHET: _fit_office,
        Felttype.DATO: _fit_date,
        Felttype.TIDSPUNKT: _fit_date,
        Felttype.TALL: _fit_number,
        Felttype.HELTALL: _fit_number,
        Felttype.JANEI: _fit_truth,
        Felttype.KODE: _fit_code,
        Felttype.KODELISTE: _fit_code,
        Felttype.UUID: lambda _felt, kolonne: _graded(kolonne.share(lambda celle: len(clean_token(celle)) == 36)),
    }
)
