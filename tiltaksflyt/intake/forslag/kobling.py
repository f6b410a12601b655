"""Which table of a file is which table of the contract, and which column which field: the matching itself.

Names decide and content checks them. A contract table comes from one table of the file, and a row of the file gives at
most two contract tables, as in a profile.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from schemas.kontrakt import Felttype, tabeller
from tiltaksflyt.intake.forslag.feltpassing import Passer, fit, known_share
from tiltaksflyt.intake.forslag.kolonneinnhold import Kolonneinnhold, is_email, is_ident, is_whole_name
from tiltaksflyt.intake.forslag.navnetreff import (
    SIKKERT_NAVN,
    Navnetreff,
    match_likeness,
    match_names,
    names_table,
)
from tiltaksflyt.intake.forslag.synonymer import normal, synonymer
from tiltaksflyt.intake.kart import ALTERNATIV, HODE
from tiltaksflyt.intake.uttrykk import Navneform

_POENG_FOR_INNHOLD = {Passer.NEI: -100, Passer.UVISST: 0, Passer.JA: 2}
_POENG_FOR_TABELLNAVN = {Navnetreff.EKSAKT: 40, Navnetreff.DEL: 12, Navnetreff.INGEN: 0}
_TREKK_FOR_SAVNET = 15
_TREKK_FOR_UKOBLET = 3
_TO_KOLONNER = 2
_MANGE_KOLONNER = 3
_LENGSTE_NUMMER = 20
_KJERNE = ("deltaker", "deltakelse")
_NESTEN_ALLE = 0.9
_HALVPARTEN = 0.5
_GYLDIG_IDENT = 0.8
_TYDELIG_BEDRE = 1.5


class Sikkerhet(StrEnum):
    """How sure a mapping is, as the person who reads the proposal is told it."""

    SIKKER = "SIKKER"
    TROLIG = "TROLIG"
    GJETT = "GJETT"


@dataclass(frozen=True)
class Filtabell:
    """One table of the file: its name there, its place in Norwegian, its columns, and how many rows were looked at."""

    navn: str
    plass: str
    kolonner: tuple[Kolonneinnhold, ...]
    rader: int


@dataclass(frozen=True)
class Kobling:
    """One column as one field. `grunn` is Norwegian and holds no value of the file.

    `form` is set when the column holds a whole name of which the field is a part.
    """

    kolonne: Kolonneinnhold
    tabell: str
    felt: str
    treff: Navnetreff
    passer: Passer
    sikkerhet: Sikkerhet = Sikkerhet.GJETT
    grunn: str = ""
    form: Navneform | None = None

    @property
    def poeng(self) -> int:
        """What the mapping is worth beside others."""
        return int(self.treff) + _POENG_FOR_INNHOLD[self.passer]


@dataclass(frozen=True)
class Tabellkobling:
    """One table of the file as one contract table. `er_sikker`: no other contract table comes near."""

    fil: Filtabell
    tabell: str
    koblinger: tuple[Kobling, ...]
    poeng: int
    er_sikker: bool = False

    @property
    def savner(self) -> tuple[str, ...]:
        """The required fields that no column was found for."""
        har = {kobling.felt for kobling in self.koblinger}
        return tuple(
            felt.navn
            for felt in tabeller()[self.tabell].felter.values()
            if felt.pakrevd and self.tabell != HODE and not har & {felt.navn, ALTERNATIV.get((self.tabell, felt.navn))}
        )


def match_tables(filer: Sequence[Filtabell]) -> list[Tabellkobling]:
    """The best use of every table that is recognised: one contract table, or two where the columns tell of two."""
    forsok = [koblet for fil in filer for koblet in _attempts(fil) if _is_recognised(koblet)]
    valgt: dict[int, Tabellkobling] = {}
    brukt: set[str] = set()
    for koblet in sorted(forsok, key=lambda ett: -ett.poeng):
        if id(koblet.fil) not in valgt and koblet.tabell not in brukt:
            valgt[id(koblet.fil)] = replace(koblet, er_sikker=_is_sure(koblet, forsok))
            brukt.add(koblet.tabell)
    resultat = []
    for fil in filer:
        if forste := valgt.get(id(fil)):
            par = add_guessed_key(_with_second(forste, brukt))
            brukt |= {koblet.tabell for koblet in par}
            resultat += [_with_likeness(ett, par) for ett in par]
    return resultat


def _attempts(fil: Filtabell) -> Iterator[Tabellkobling]:
    for tabell in tabeller():
        yield _weigh(fil, tabell, _assign_with_name(fil.kolonner, tabell))


def _weigh(fil: Filtabell, tabell: str, koblinger: Sequence[Kobling]) -> Tabellkobling:
    koblet = Tabellkobling(fil, tabell, tuple(koblinger), 0)
    poeng = sum(kobling.poeng for kobling in koblinger) + _POENG_FOR_TABELLNAVN[names_table(fil.navn, tabell)]
    poeng -= _TREKK_FOR_SAVNET * len(koblet.savner) + _TREKK_FOR_UKOBLET * (len(fil.kolonner) - len(koblinger))
    return replace(koblet, poeng=poeng)


def _is_recognised(koblet: Tabellkobling) -> bool:
    """Whether enough of the header is known to say that it is one, and of this table."""
    kjente = sum(kobling.treff >= Navnetreff.ORD for kobling in koblet.koblinger)
    navngitt = names_table(koblet.fil.navn, koblet.tabell) is Navnetreff.EKSAKT
    if koblet.tabell == HODE and not navngitt:
        return False
    nok = 1 if navngitt and len(koblet.fil.kolonner) == 1 else _TO_KOLONNER
    return kjente >= nok and (koblet.poeng > 0 or (koblet.tabell in _KJERNE and kjente >= _MANGE_KOLONNER))


def _is_sure(koblet: Tabellkobling, forsok: Iterable[Tabellkobling]) -> bool:
    andre = max((ett.poeng for ett in forsok if ett.fil is koblet.fil and ett.tabell != koblet.tabell), default=0)
    return not koblet.savner and koblet.poeng >= _TYDELIG_BEDRE * andre


def _by_name(kolonner: Iterable[Kolonneinnhold], tabell: str) -> Iterator[Kobling]:
    for kolonne in kolonner:
        for felt, treff in match_names(tabell, kolonne.navn) if kolonne.kan_navngis else ():
            yield _guess(kolonne, tabell, felt, treff)


def _guess(kolonne: Kolonneinnhold, tabell: str, felt: str, treff: Navnetreff) -> Kobling:
    return Kobling(kolonne, tabell, felt, treff, fit(tabell, tabeller()[tabell].felter[felt], kolonne))


def _assign(kandidater: Iterable[Kobling], tatt: Iterable[Kobling] = ()) -> list[Kobling]:
    """The best guesses, each column and each field once, beside what is taken already."""
    kolonner = {id(kobling.kolonne) for kobling in tatt}
    felter = {kobling.felt for kobling in tatt}
    valgt = []
    for kobling in sorted(kandidater, key=lambda ett: -ett.poeng):
        if kobling.passer is Passer.NEI or id(kobling.kolonne) in kolonner or kobling.felt in felter:
            continue
        kolonner.add(id(kobling.kolonne))
        felter.add(kobling.felt)
        valgt.append(kobling)
    return valgt


def _assign_with_name(kolonner: Sequence[Kolonneinnhold], tabell: str) -> list[Kobling]:
    koblinger = _assign(_by_name(kolonner, tabell))
    if tabell != "deltaker" or any(kobling.felt in ("fornavn", "etternavn") for kobling in koblinger):
        return koblinger
    ledige = [kolonne for kolonne in kolonner if not any(kobling.kolonne is kolonne for kobling in koblinger)]
    hele = next((kolonne for kolonne in ledige if normal(kolonne.navn) in synonymer().hele_navn), None)
    return [*koblinger, *(_name_parts(hele) if hele else ())]


def _name_parts(kolonne: Kolonneinnhold) -> Iterator[Kobling]:
    """Both parts of a name that stands whole in one column, in the order that most of its cells have."""
    if kolonne.share(is_whole_name) < _HALVPARTEN:
        return
    komma = kolonne.share(lambda celle: "," in celle)
    passer = Passer.JA if max(komma, 1 - komma) >= _NESTEN_ALLE else Passer.UVISST
    form = Navneform.ETTERNAVN_KOMMA_FORNAVN if komma >= _HALVPARTEN else Navneform.FORNAVN_ETTERNAVN
    for felt in ("fornavn", "etternavn"):
        yield Kobling(kolonne, "deltaker", felt, Navnetreff.SYNONYM, passer, form=form)


# --- a second contract table in the same rows ----


def _with_second(forste: Tabellkobling, brukt: set[str]) -> list[Tabellkobling]:
    """The table, and a second one that the columns left over tell of, the one that is always there first."""
    rest = [kolonne for kolonne in forste.fil.kolonner if not holds(forste, kolonne)]
    beste = max(
        (andre for tabell in tabeller() if tabell not in brukt and (andre := _second(forste, tabell, rest))),
        key=lambda andre: andre.poeng,
        default=None,
    )
    if beste is None:
        return [forste]
    rekkefolge = list(tabeller())
    return sorted([forste, beste], key=lambda koblet: rekkefolge.index(koblet.tabell))


def holds(koblet: Tabellkobling, kolonne: Kolonneinnhold) -> bool:
    """Whether a table has a use for a column."""
    return any(kobling.kolonne is kolonne for kobling in koblet.koblinger)


def _second(forste: Tabellkobling, tabell: str, rest: Sequence[Kolonneinnhold]) -> Tabellkobling | None:
    """The second table, when one hangs on the other by a key that stands in the row and nothing required is missing."""
    felles = _shared_key(forste.tabell, tabell)
    if felles is None or tabell == HODE:
        return None
    egne = _assign_with_name(rest, tabell)
    nokkel = [kobling for kobling in forste.koblinger if kobling.felt == felles]
    har_nokkel = any(kobling.felt == felles for kobling in egne)
    delte = [] if har_nokkel else [replace(kobling, tabell=tabell) for kobling in nokkel]
    er_kjerne = {forste.tabell, tabell} == set(_KJERNE)
    kjente = sum(kobling.treff >= SIKKERT_NAVN for kobling in egne)
    # Persons and their deltakelser in one sheet are told by many columns, also where nobody can name the number.
    if kjente < (_TO_KOLONNER if delte else _MANGE_KOLONNER) or not (delte or er_kjerne):
        return None
    andre = Tabellkobling(forste.fil, tabell, (*delte, *egne), sum(kobling.poeng for kobling in egne))
    return None if andre.savner and tabell not in _KJERNE else andre


def _shared_key(en: str, annen: str) -> str | None:
    for eier, barn in ((en, annen), (annen, en)):
        nokkel = tabeller()[eier].nokkel
        if len(nokkel) == 1 and nokkel[0] in tabeller()[barn].felter:
            return nokkel[0]
    return None


def add_guessed_key(par: Sequence[Tabellkobling]) -> list[Tabellkobling]:
    """The tables of a row; where the deltaker's number is missing, with the column that looks most like one."""
    if "deltaker" not in {koblet.tabell for koblet in par} or all("deltakerId" not in ett.savner for ett in par):
        return list(par)
    brukt = {id(kobling.kolonne) for ett in par for kobling in ett.koblinger}
    kolonne = next((k for k in par[0].fil.kolonner if id(k) not in brukt and _may_be_number(k)), None)
    if kolonne is None:
        return list(par)
    return [
        replace(ett, koblinger=(*ett.koblinger, Kobling(kolonne, ett.tabell, "deltakerId", Navnetreff.DEL, Passer.JA)))
        if "deltakerId" in ett.savner
        else ett
        for ett in par
    ]


def _may_be_number(kolonne: Kolonneinnhold) -> bool:
    er_id = fit("deltaker", tabeller()["deltaker"].felter["deltakerId"], kolonne) is not Passer.NEI
    korte = kolonne.share(lambda celle: len(celle) <= _LENGSTE_NUMMER and " " not in celle)
    navngitt = kolonne.kan_navngis and normal(kolonne.navn).endswith(("nr", "id"))
    return navngitt and er_id and not kolonne.tom and kolonne.er_unik and korte >= _NESTEN_ALLE


# --- what names alone did not tell ----


def _with_likeness(koblet: Tabellkobling, par: Sequence[Tabellkobling]) -> Tabellkobling:
    """Fields still without a column get the one whose name is like theirs, or whose content can be nothing else."""
    tatt = [kobling for ett in par for kobling in ett.koblinger]
    ledige = [
        kolonne
        for kolonne in koblet.fil.kolonner
        if kolonne.kan_navngis and not any(kobling.kolonne is kolonne for kobling in tatt)
    ]
    egne = list(koblet.koblinger)
    lignende = (
        _guess(kolonne, koblet.tabell, felt, treff)
        for kolonne in ledige
        for felt, treff in match_likeness(koblet.tabell, kolonne.navn)
    )
    egne += _assign((ett for ett in lignende if _may_be_likeness(ett)), egne)
    egne += _assign(_by_content(koblet.tabell, ledige), egne)
    return replace(koblet, koblinger=tuple(egne))


def _may_be_likeness(kobling: Kobling) -> bool:
    type_ = tabeller()[kobling.tabell].felter[kobling.felt].type
    fri = type_ in (Felttype.TEKST, Felttype.FRITEKST)
    return kobling.passer is Passer.JA or (fri and kobling.passer is Passer.UVISST and not kobling.kolonne.tom)


def _by_content(tabell: str, kolonner: Sequence[Kolonneinnhold]) -> Iterator[Kobling]:
    for kolonne in kolonner:
        for felt in tabeller()[tabell].felter.values():
            if felt.type is Felttype.IDENT:
                er_det = kolonne.share(is_ident) >= _GYLDIG_IDENT
            elif felt.navn == "epost":
                er_det = kolonne.share(is_email) >= _GYLDIG_IDENT
            elif felt.type is Felttype.KODE:
                er_det = (
                    len(kolonne.antall) >= _TO_KOLONNER and known_share(felt.kodeverk or "", kolonne) >= _NESTEN_ALLE
                )
            else:
                er_det = False
            if er_det:
                yield Kobling(kolonne, tabell, felt.navn, Navnetreff.INNHOLD, Passer.JA)
