"""How the sender writes dates, numbers, truth and lists, found out from the columns that hold them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from schemas.kontrakt import Felttype, tabeller
from tiltaksflyt.intake.celler import Listecelle, Tallcelle
from tiltaksflyt.intake.forslag.kobling import Kobling
from tiltaksflyt.intake.forslag.kolonneinnhold import DATOFORMATER, is_date, is_date_like
from tiltaksflyt.intake.forslag.synonymer import synonymer
from tiltaksflyt.intake.notasjon import Formater, clean_token, read_date

_STANDARD = Formater()
_ISO = "yyyy-mm-dd"
_SISTE_MANED = 12


@dataclass(frozen=True)
class Notasjonsforslag:
    """What to declare in the profile; blank where the standard does. `merknader` are Norwegian, without any value."""

    datoformat: tuple[str, ...] = ()
    desimaltegn: str | None = None
    sann: tuple[str, ...] = ()
    usann: tuple[str, ...] = ()
    listeskille: str | None = None
    merknader: list[str] = field(default_factory=list)


def suggest_notation(koblinger: Sequence[Kobling]) -> Notasjonsforslag:
    """What the mapped columns have in common."""
    datoer = _of_type(koblinger, Felttype.DATO)
    sann, usann = _truth_words(_of_type(koblinger, Felttype.JANEI))
    return Notasjonsforslag(
        datoformat=_date_formats(datoer),
        desimaltegn=_only(_decimal_signs(_of_type(koblinger, Felttype.TALL))),
        sann=sann,
        usann=usann,
        listeskille=_only(_list_separators(_of_type(koblinger, Felttype.KODELISTE))),
        merknader=list(_date_remarks(datoer)),
    )


def _of_type(koblinger: Iterable[Kobling], type_: Felttype) -> list[Kobling]:
    return [ett for ett in koblinger if tabeller()[ett.tabell].felter[ett.felt].type is type_]


def _date_formats(koblinger: Iterable[Kobling]) -> tuple[str, ...]:
    """The notations in use, the commonest first. ISO is read in any case and need not be named."""
    brukt: Counter[str] = Counter()
    for kobling in koblinger:
        for celle, ganger in kobling.kolonne.antall.items():
            if not isinstance(celle, Tallcelle) and (format_ := _date_format(clean_token(celle))):
                brukt[format_] += ganger
    formater = tuple(format_ for format_, _ in brukt.most_common() if format_ != _ISO)
    return () if formater == _STANDARD.datoformater else formater


def _date_format(celle: str) -> str | None:
    for format_ in (_ISO, *DATOFORMATER):
        if read_date(celle, Formater(datoformater=(format_,))) is not None:
            return format_
    return None


def _date_remarks(koblinger: Iterable[Kobling]) -> Iterable[str]:
    for kobling in koblinger:
        uleste = sum(
            ganger for celle, ganger in kobling.kolonne.antall.items() if is_date_like(celle) and not is_date(celle)
        )
        if uleste:
            yield f"{kobling.tabell}.{kobling.felt}: {uleste} datoer er skrevet slik at ingen profil kan lese dem"
    skra = [
        celle
        for kobling in koblinger
        for celle in kobling.kolonne.antall
        if _date_format(clean_token(celle)) == "dd/mm/yyyy"
    ]
    if skra and all(int(clean_token(celle).split("/")[0]) <= _SISTE_MANED for celle in skra):
        yield "datoene med skråstrek kan være skrevet med måneden først: kontroller datoformat"


def _decimal_signs(koblinger: Iterable[Kobling]) -> set[str]:
    tekster = (c for k in koblinger for c in k.kolonne.antall if not isinstance(c, Tallcelle))
    return {tegn for tekst in tekster for tegn in ",." if tegn in tekst}


def _truth_words(koblinger: Iterable[Kobling]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sender's words, when they are others than the standard ones; both lists, or none."""
    sett = {clean_token(celle) for kobling in koblinger for celle in kobling.kolonne.antall}
    sanne = sorted(ord_ for ord_ in sett if ord_.casefold() in synonymer().sanne)
    usanne = sorted(ord_ for ord_ in sett if ord_.casefold() in synonymer().usanne)
    if {ord_.casefold() for ord_ in (*sanne, *usanne)} <= {*_STANDARD.sanne, *_STANDARD.usanne}:
        return (), ()
    return tuple(sanne or _STANDARD.sanne), tuple(usanne or _STANDARD.usanne)


def _list_separators(koblinger: Iterable[Kobling]) -> set[str]:
    celler = (c for k in koblinger for c in k.kolonne.antall if not isinstance(c, Listecelle))
    return {tegn for celle in celler for tegn in ",;|/+" if tegn in celle}


def _only(tegn: set[str]) -> str | None:
    return next(iter(tegn)) if len(tegn) == 1 else None
