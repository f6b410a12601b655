"""What another rule version would change: today's accepted state, judged as it stands and judged under the version.

docs/pipeline/konsekvens.md. Reads the ledger and writes nothing. A deltakelse is named by the sender's own id, never by
the person; an id that may be a person's number is not repeated.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from expectations.avvik import is_safe_key
from expectations.dokumentkontroll import Dokumentsak, evaluate_documents
from expectations.regelsett import regler_etter_id, regler_for_innsending
from expectations.tilstandskontroll import Tilstand, find_breaches
from schemas.avvik import Alvorlighet
from schemas.ikrafttredelse import in_place_of
from schemas.loader import UgyldigFil, read_json, read_yaml
from schemas.oppsett import Avsender
from schemas.regelverk import Forslag, Regelverk, alle_regelverk, check_parameters, read_version
from tiltaksflyt.ledger import Leveringsfakta
from tiltaksflyt.pipeline.feil import Bruksfeil, Oppsettsfeil
from tiltaksflyt.pipeline.frister import UTEN_NUMMER, duties
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from transforms.forpliktelser import Forpliktelse, policy_of
from transforms.poster import Deltakelsespost
from transforms.rapporttekster import Rapporttekst, finished_texts, number_texts

_POSTER_SAMTIDIG = 2000

Merknad = tuple[str, str | None]  # a rule and the field it names
Sted = tuple[str, str]  # a sender and its own id of a deltakelse


@dataclass(frozen=True)
class Regelendring:
    """The rules that one deltakelse would newly break, and those it would no longer break."""

    sted: Sted = field(repr=False)
    nye: tuple[Merknad, ...]
    borte: tuple[Merknad, ...]


@dataclass(frozen=True)
class Fristendring:
    """One duty as it stands and as it would stand; None where there is no such duty."""

    sted: Sted = field(repr=False)
    type: str
    n: int | None
    naa: Forpliktelse | None
    ville: Forpliktelse | None


@dataclass(frozen=True)
class Dokumentendring:
    """What the rules of one finished document would newly say, and no longer say.

    `holdes` and `ville_holdes`: whether something stops it. `sendt`: a version of it has been sent already.
    `finnes` and `ville_finnes`: whether the tiltak has the document at all, as a policy decides of a message.
    """

    sted: Sted = field(repr=False)
    type: str
    n: int | None
    holdes: bool
    ville_holdes: bool
    nye: tuple[Merknad, ...]
    borte: tuple[Merknad, ...]
    sendt: bool
    finnes: bool
    ville_finnes: bool

    @property
    def endring(self) -> str:
        """KOMMER, FALLER_BORT, HOLDT, FRIGITT, or MERKNADER where only what is said of it changes."""
        if self.finnes != self.ville_finnes:
            return "KOMMER" if self.ville_finnes else "FALLER_BORT"
        if self.holdes == self.ville_holdes:
            return "MERKNADER"
        return "HOLDT" if self.ville_holdes else "FRIGITT"


Endring = Regelendring | Fristendring | Dokumentendring


@dataclass(frozen=True)
class Konsekvens:
    """What the version would change on a day. `undersokt` counts the deltakelser looked at, by sender."""

    regelverk: Regelverk
    dato: date
    undersokt: Mapping[str, int]
    regler: tuple[Regelendring, ...]
    frister: tuple[Fristendring, ...]
    dokumenter: tuple[Dokumentendring, ...]

    def berorte(self) -> Counter[str]:
        """How many deltakelser of each sender something would change for."""
        endringer: tuple[Endring, ...] = (*self.regler, *self.frister, *self.dokumenter)
        return Counter(arrangor for arrangor, _ in {endring.sted for endring in endringer})


# --- the version ---------------------------------------------------------------------------------------------


def read_regelverk(fil: Path, fra: date | None, i_kraft: Sequence[Regelverk]) -> Regelverk:
    """The version in a file, in force from `fra`; from its own day, or as if always in force, where `fra` is None.

    Raises Bruksfeil where `fil` cannot be a policy file, and UgyldigFil (file, place, reason) where it is a wrong one.
    """
    _refuse_other_files(fil)
    lest = read_version(fil, {versjon.versjon: versjon for versjon in (*i_kraft, *alle_regelverk())}.values())
    egne = [versjon for versjon in i_kraft if versjon.tiltakskode == lest.tiltakskode]
    if not egne:
        raise UgyldigFil(fil, "tiltakskode", "no version for this tiltak is in force, so there is nothing to compare")
    check_parameters(fil, lest.parametre, egne[-1])
    _refuse_unasked_points(fil, lest)
    if isinstance(lest, Forslag):
        return lest.in_force_from(fra or egne[0].gyldig_fra)
    if fra is not None and lest.gyldig_til is not None and lest.gyldig_til < fra:
        raise Bruksfeil("--from is after the version's own last day")
    return replace(lest, gyldig_fra=fra or lest.gyldig_fra)


def _refuse_other_files(fil: Path) -> None:
    """A file that is something else may hold persons, and the schema's own words would quote them."""
    if fil.suffix not in (".yaml", ".json") or not fil.is_file():
        raise Bruksfeil("--regelverk must name a .yaml file that can be opened, as those in schemas/regelverk")
    innhold = read_yaml(fil) if fil.suffix == ".yaml" else read_json(fil)
    if not isinstance(innhold, dict) or not {"tiltakskode", "versjon", "parametre"} <= innhold.keys():
        raise UgyldigFil(fil, "", "is no rule version: it lacks tiltakskode, versjon or parametre")


def _refuse_unasked_points(fil: Path, lest: Regelverk | Forslag) -> None:
    for regel in regler_for_innsending():
        for sti in regel.referanser() & lest.parametre.keys():
            punkter = lest.parametre[sti].verdi
            ukjente = set(punkter) - {sted.kolonne for sted in regel.steder} if isinstance(punkter, list) else None
            if ukjente:
                raise UgyldigFil(fil, f"parametre.{sti}", f"no rule asks for {sorted(ukjente)}")


# --- the comparison ------------------------------------------------------------------------------------------


def compare(omgivelser: Omgivelser, ny: Regelverk, *, arrangor: str | None, dato: date) -> Konsekvens:
    """What `ny` would change for the accepted deltakelser of one sender, or of all, as it stands on `dato`.

    Raises Oppsettsfeil for an unknown sender.
    """
    avsendere = omgivelser.oppsett.avsendere
    if arrangor is not None and arrangor not in avsendere:
        raise Oppsettsfeil("the sender has no set-up; add avsendere/<orgnr>.yaml")
    sammenligning = _Sammenligning(omgivelser, ny, dato)
    for orgnr in sorted(avsendere) if arrangor is None else [arrangor]:
        sammenligning.take(avsendere[orgnr])
    return sammenligning.finish()


@dataclass(frozen=True)
class _Tekstsak:
    sak: Dokumentsak
    tekst: Rapporttekst
    er_sendt: bool
    finnes: bool
    ville_finnes: bool


class _Sammenligning:
    """The comparison, a number of senders in memory at a time."""

    def __init__(self, omgivelser: Omgivelser, ny: Regelverk, dato: date) -> None:
        self._ledger = omgivelser.ledger
        self._ny, self._dato = ny, dato
        self._naa = omgivelser.oppsett.regelverk
        self._ville = in_place_of(self._naa, ny)
        self._bunt: list[Tilstand] = []
        self._saker: list[_Tekstsak] = []
        self._undersokt: dict[str, int] = {}
        self._regler: list[Regelendring] = []
        self._frister: list[Fristendring] = []
        self._dokumenter: list[Dokumentendring] = []

    def take(self, avsender: Avsender) -> None:
        """Look at the deltakelser of one sender."""
        poster = {
            rad.ref: number_texts(Deltakelsespost(innhold))
            for rad, innhold in self._ledger.deltakelser.each(avsender.orgnr)
            if rad.tiltakskode == self._ny.tiltakskode
        }
        self._undersokt[avsender.orgnr] = len(poster)
        fakta = self._ledger.dokumenter.facts(poster.keys())
        for ref, post in poster.items():
            self._frister += self._duties_of(avsender, post, fakta[ref])
            self._saker += self._documents_of(avsender, post, fakta[ref])
        self._bunt.append(Tilstand(avsender, tuple(poster.values())))
        if sum(len(tilstand.poster) for tilstand in self._bunt) >= _POSTER_SAMTIDIG:
            self._ask()

    def finish(self) -> Konsekvens:
        """What was found, by sender and deltakelse."""
        self._ask()
        return Konsekvens(
            self._ny,
            self._dato,
            self._undersokt,
            tuple(sorted(self._regler, key=lambda endring: endring.sted)),
            tuple(self._frister),
            tuple(self._dokumenter),
        )

    def _duties_of(
        self, avsender: Avsender, post: Deltakelsespost, fakta: Sequence[Leveringsfakta]
    ) -> Iterator[Fristendring]:
        for_, etter = (
            {(plikt.type, plikt.n): plikt for plikt in duties(post, avsender, self._dato, fakta, i_kraft)}
            for i_kraft in (self._naa, self._ville)
        )
        for type_, n in sorted(for_.keys() | etter.keys(), key=lambda nokkel: (nokkel[0].value, nokkel[1] or 0)):
            naa, ville = for_.get((type_, n)), etter.get((type_, n))
            if naa != ville:
                yield Fristendring(_place(avsender, post), type_.value, n, naa, ville)

    def _documents_of(
        self, avsender: Avsender, post: Deltakelsespost, fakta: Sequence[Leveringsfakta]
    ) -> Iterator[_Tekstsak]:
        sendte = {(rad.type, rad.nummer) for rad in fakta if rad.sendt_dato is not None}
        naa, ville = (self._texts_of(avsender, post, i_kraft) for i_kraft in (self._naa, self._ville))
        for nokkel, tekst in {**naa, **ville}.items():
            sak = Dokumentsak(post, tekst.dokumenttype, tekst.radnummer, avsender)
            er_sendt = (tekst.dokumenttype, tekst.nummer or UTEN_NUMMER) in sendte
            yield _Tekstsak(sak, tekst, er_sendt, nokkel in naa, nokkel in ville)

    def _texts_of(
        self, avsender: Avsender, post: Deltakelsespost, i_kraft: Sequence[Regelverk]
    ) -> Mapping[tuple[str, int | None], Rapporttekst]:
        oppslag = policy_of(post.deltakelse["tiltakskode"], i_kraft)
        tekster = finished_texts(post, self._dato, avsender.rapporterer_fra, oppslag, avsender.meldes_pa_annen_mate)
        return {(tekst.dokumenttype, tekst.nummer): tekst for tekst in tekster}

    def _ask(self) -> None:
        naa, ville = (find_breaches(self._bunt, i_kraft, asof=self._dato) for i_kraft in (self._naa, self._ville))
        nye, borte = _by_place(ville - naa), _by_place(naa - ville)
        self._regler += [Regelendring(sted, nye.get(sted, ()), borte.get(sted, ())) for sted in {*nye, *borte}]
        saker = [tekstsak.sak for tekstsak in self._saker]
        svar = (evaluate_documents(saker, asof=self._dato, regelverk=verk) for verk in (self._naa, self._ville))
        for tekstsak, for_, etter in zip(self._saker, *svar, strict=True):
            sa, ville_si = ({(avvik.regelId, avvik.kolonne) for avvik in alle} for alle in (for_, etter))
            if sa != ville_si or tekstsak.finnes != tekstsak.ville_finnes:
                self._dokumenter.append(
                    Dokumentendring(
                        sted=_place(tekstsak.sak.avsender, tekstsak.sak.post),
                        type=tekstsak.sak.dokumenttype,
                        n=tekstsak.tekst.nummer,
                        holdes=_stops(sa),
                        ville_holdes=_stops(ville_si),
                        nye=_in_order(ville_si - sa),
                        borte=_in_order(sa - ville_si),
                        sendt=tekstsak.er_sendt,
                        finnes=tekstsak.finnes,
                        ville_finnes=tekstsak.ville_finnes,
                    )
                )
        self._bunt.clear()
        self._saker.clear()


def _place(avsender: Avsender, post: Deltakelsespost) -> Sted:
    return avsender.orgnr, str(post.deltakelse["deltakelseId"])


def _by_place(brudd: Iterable[Any]) -> dict[Sted, tuple[Merknad, ...]]:
    steder: dict[Sted, set[Merknad]] = {}
    for ett in brudd:
        steder.setdefault((ett.arrangor, ett.deltakelse_id), set()).add((ett.regel, ett.kolonne))
    return {sted: _in_order(merknader) for sted, merknader in steder.items()}


def _in_order(merknader: Iterable[Merknad]) -> tuple[Merknad, ...]:
    return tuple(sorted(merknader, key=lambda merknad: (merknad[0], merknad[1] or "")))


def _stops(merknader: Iterable[Merknad]) -> bool:
    return any(regler_etter_id()[regel].alvorlighet is Alvorlighet.FEIL for regel, _ in merknader)


def printed_id(sted: Sted) -> str | None:
    """The sender's own id as it may be printed; None where it could be a person's number."""
    return sted[1] if is_safe_key(sted[1]) else None
