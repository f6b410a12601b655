"""`profile suggest`: a profile proposed from a sender's own export, with how sure each mapping is and what is left.

Names decide, by the contract's own, known ones and those that are like them; content checks. Nothing personal leaves
the file: names of columns and sheets are told only where the header is known for one, and words of coded columns only
as kodeforslag allows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import yaml

from schemas.kontrakt import Felttype, tabeller
from schemas.loader import validator
from tiltaksflyt.intake.forslag.filtabeller import Lestfil, read_tables
from tiltaksflyt.intake.forslag.kobling import Filtabell, Kobling, Tabellkobling, match_tables
from tiltaksflyt.intake.forslag.koblingssikkerhet import judge
from tiltaksflyt.intake.forslag.kodeforslag import Kodeforslag, suggest_codes
from tiltaksflyt.intake.forslag.kolonneinnhold import (
    Kolonneinnhold,
    heading_tells_a_person,
    is_single_name,
    is_whole_name,
)
from tiltaksflyt.intake.forslag.nabotabeller import add_keys
from tiltaksflyt.intake.forslag.navnetreff import SIKKERT_NAVN, Navnetreff, names_table
from tiltaksflyt.intake.forslag.notasjonsforslag import Notasjonsforslag, suggest_notation
from tiltaksflyt.intake.forslag.synonymer import synonymer
from tiltaksflyt.intake.grenser import Grenser, standardgrenser
from tiltaksflyt.intake.kilde import name_key
from tiltaksflyt.intake.notasjon import clean_token
from tiltaksflyt.intake.profil import build_profil
from tiltaksflyt.intake.profilfeil import find_faults

KJERNE = ("deltaker", "deltakelse")
"""Without these two nothing can be reported."""

_NAVNEFELT = frozenset({"fornavn", "mellomnavn", "etternavn", "navVeileder", "veileder"})
_KORTESTE_NAVN = 3
_DE_FLESTE = 0.8
_LENGSTE_TABELLNAVN = 60


@dataclass(frozen=True)
class Kildeforslag:
    """One table of the file as the profile will name it, and the one or two contract tables it gives.

    `ukoblede`: the columns that nothing was found for. `er_med`: whether it can stand in the profile; otherwise
    something required is missing and it is only shown.
    """

    navn: str
    fil: Filtabell
    koblinger: tuple[Tabellkobling, ...]
    ukoblede: tuple[Kolonneinnhold, ...]
    gjentas: bool
    er_med: bool

    @property
    def savner(self) -> tuple[tuple[str, str], ...]:
        """The required fields without a column, as (table, field)."""
        return tuple((koblet.tabell, felt) for koblet in self.koblinger for felt in koblet.savner)


@dataclass(frozen=True)
class Profilforslag:
    """A proposal. `navneord` are words from the file's name columns, for telling what may be shown; never told."""

    navn: str
    lest: Lestfil
    kilder: tuple[Kildeforslag, ...]
    ukjente: tuple[Filtabell, ...]
    koder: Mapping[tuple[str, str], Kodeforslag]
    notasjon: Notasjonsforslag
    merknader: tuple[str, ...]
    navneord: frozenset[str]

    def shown_name(self, kolonne: Kolonneinnhold) -> str:
        """The heading of a column when it is safe to show, otherwise where the column stands."""
        navn = clean_token(kolonne.navn)
        if not navn or heading_tells_a_person(navn, synonymer().ordforrad, self.navneord):
            return kolonne.plass
        return f"«{navn}»"

    @property
    def savner(self) -> tuple[tuple[str, str], ...]:
        """What is required and not found, as (table, field); the field is blank where the whole table is missing."""
        funnet = {koblet.tabell for kilde in self.kilder for koblet in kilde.koblinger if kilde.er_med}
        mangler = [savn for kilde in self.kilder if kilde.er_med for savn in kilde.savner]
        return (*((tabell, "") for tabell in KJERNE if tabell not in funnet), *mangler)


def suggest_profil(
    data: bytes, *, filnavn: str, navn: str, dato: date, grenser: Grenser | None = None
) -> Profilforslag:
    """Propose a profile called `navn` from a file's bytes. `dato` is today; `filnavn` is never told.

    Raises Avvisning for a file that the door refuses.
    """
    lest = read_tables(data, filnavn, dato, grenser or standardgrenser())
    koblet = add_keys(judge(match_tables(lest.tabeller)))
    navneord = _words_of_names(lest.tabeller, koblet)
    er_en_fil = lest.filtype.value == "CSV"
    kilder = tuple(_make_sources(lest.tabeller, koblet, navneord, er_en_fil=er_en_fil))
    brukt = [kobling for kilde in kilder for ett in kilde.koblinger for kobling in ett.koblinger]
    notasjon = suggest_notation(brukt)
    return Profilforslag(
        navn=navn,
        lest=lest,
        kilder=kilder,
        ukjente=tuple(fil for fil in lest.tabeller if all(kilde.fil is not fil for kilde in kilder)),
        koder=MappingProxyType(dict(_code_tables(brukt, navneord))),
        notasjon=notasjon,
        merknader=(*notasjon.merknader, *_remarks(kilder)),
        navneord=navneord,
    )


def is_loadable(innhold: str) -> bool:
    """Whether a proposal as written is a profile that loads: schema, contract and code lists."""
    dokument = yaml.safe_load(innhold)
    return validator("profil").is_valid(dokument) and not any(True for _ in find_faults(build_profil(dokument)))


def _words_of_names(filer: Sequence[Filtabell], koblet: Sequence[Tabellkobling]) -> frozenset[str]:
    """The words that are somebody's name in this file: in columns known for names, and in others that look like it."""
    kjente = {
        id(kobling.kolonne)
        for ett in koblet
        for kobling in ett.koblinger
        if kobling.felt in _NAVNEFELT and kobling.treff >= Navnetreff.ORD
    }
    mappet = {id(kobling.kolonne) for ett in koblet for kobling in ett.koblinger}
    ord_: set[str] = set()
    for fil in filer:
        for kolonne in fil.kolonner:
            if id(kolonne) in kjente or (id(kolonne) not in mappet and _looks_like_names(kolonne)):
                ord_.update(_words(kolonne.antall))
    return frozenset(ord_ - synonymer().ordforrad)


def _looks_like_names(kolonne: Kolonneinnhold) -> bool:
    hele = kolonne.share(is_whole_name) >= _DE_FLESTE
    return hele or (kolonne.share(is_single_name) >= _DE_FLESTE and len(kolonne.antall) * 2 > len(kolonne.celler))


def _words(verdier: Iterable[str]) -> Iterator[str]:
    for verdi in verdier:
        for ord_ in clean_token(verdi).replace(",", " ").split():
            if len(ord_) >= _KORTESTE_NAVN:
                yield ord_.strip(".").casefold()


def _make_sources(
    filer: Sequence[Filtabell], koblet: Sequence[Tabellkobling], navneord: frozenset[str], *, er_en_fil: bool
) -> Iterator[Kildeforslag]:
    for fil in filer:
        egne = tuple(ett for ett in koblet if ett.fil is fil)
        navn = _source_name(fil, egne, navneord, er_en_fil=er_en_fil) if egne else ""
        if not navn:
            continue
        savner = any(ett.savner for ett in egne if ett.tabell not in KJERNE)
        egne = tuple(_without_unsafe(ett, navneord) for ett in egne)
        brukte = {id(kobling.kolonne) for ett in egne for kobling in ett.koblinger}
        yield Kildeforslag(
            navn=navn,
            fil=fil,
            koblinger=egne,
            ukoblede=tuple(kolonne for kolonne in fil.kolonner if id(kolonne) not in brukte),
            # Like rows are one: a person who comes back next month must not be two.
            gjentas=len(egne) > 1,
            er_med=not savner,
        )


def _source_name(fil: Filtabell, koblet: Sequence[Tabellkobling], navneord: frozenset[str], *, er_en_fil: bool) -> str:
    """What the profile calls the table; "" when its name may not be written down.

    A single file is found by its header, so its own name, which may hold a day or more, need not be kept.
    """
    navn = clean_token(fil.navn)
    navngitt = any(names_table(navn, ett.tabell) is Navnetreff.EKSAKT for ett in koblet)
    if er_en_fil and not navngitt:
        return koblet[0].tabell
    if len(navn) > _LENGSTE_TABELLNAVN:
        return ""
    return "" if not navngitt and heading_tells_a_person(navn, synonymer().ordforrad, navneord) else navn


def _without_unsafe(koblet: Tabellkobling, navneord: frozenset[str]) -> Tabellkobling:
    """Without columns whose heading is not known and may be somebody's."""
    trygge = tuple(
        kobling
        for kobling in koblet.koblinger
        if kobling.treff >= SIKKERT_NAVN
        or not heading_tells_a_person(kobling.kolonne.navn, synonymer().ordforrad, navneord)
    )
    return Tabellkobling(koblet.fil, koblet.tabell, trygge, koblet.poeng, koblet.er_sikker)


def _code_tables(
    koblinger: Iterable[Kobling], navneord: frozenset[str]
) -> Iterator[tuple[tuple[str, str], Kodeforslag]]:
    for kobling in koblinger:
        felt = tabeller()[kobling.tabell].felter[kobling.felt]
        if felt.type in (Felttype.KODE, Felttype.KODELISTE):
            yield (kobling.tabell, kobling.felt), suggest_codes(felt, kobling.kolonne, navneord)


def _remarks(kilder: Sequence[Kildeforslag]) -> Iterator[str]:
    for kilde in kilder:
        sett: set[str] = set()
        brukt = {name_key(kobling.kolonne.navn) for ett in kilde.koblinger for kobling in ett.koblinger}
        for kolonne in kilde.fil.kolonner:
            nokkel = name_key(kolonne.navn)
            if nokkel in sett and nokkel in brukt:
                yield f"{kilde.fil.plass}: {kolonne.plass} heter det samme som en annen; filen blir ikke lest slik"
            sett.add(nokkel)
        if any(ett.tabell == "deltaker" and "deltakerId" in ett.savner for ett in kilde.koblinger):
            yield "deltakeren mangler et eget nummer; fødselsnummeret kan ikke brukes, for nummeret står i svarene"
