"""Policies: what the rules of a tiltak mean in numbers, with strength, source and validity of each.

One YAML file per tiltakskode and version in schemas/regelverk/<tiltakskode>/: named by its valid-from day, or by its
version where it is a proposal that no one has put in force (`gyldigFra: null`). A file that says `endrer` holds only
what it changes in the version it names; the rest stays. Code never holds a number of days; it asks for a parameter by
its path (`frister.plan.dager`). The version in force is that of the event's own date, never of today (beslutninger 17).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

from schemas.loader import SCHEMAS, UgyldigFil, load
from schemas.regelverksparametre import refuse_faulty_parameters

REGELVERK = SCHEMAS / "regelverk"
_PURREREKKE = (
    "kvittering.sluttrapport.forsteDag",
    "kvittering.sluttrapport.dagligFraDag",
    "kvittering.sluttrapport.overleveresDag",
    "sletting.dager",
)
STORST = 36_500  # days in a hundred years; no deadline, share or hour is more


class ManglerRegelverk(Exception):
    """No policy is in force for the tiltakskode on the day."""


@dataclass(frozen=True)
class Parameter:
    """One number, code or list of a policy, how binding it is, and where it comes from."""

    verdi: Any
    styrke: str
    kilde: str
    uavklart: str | None


@dataclass(frozen=True)
class Regelverk:
    """One version of the policy of one tiltak. `gyldig_til` is the last day in force, None for open."""

    tiltakskode: str
    versjon: str
    gyldig_fra: date
    gyldig_til: date | None
    bekreftet: date | None
    parametre: Mapping[str, Parameter]

    def verdi(self, sti: str) -> Any:  # noqa: ANN401  numbers, codes and lists
        """The value of a parameter. Raises KeyError naming the path and the policy."""
        try:
            return self.parametre[sti].verdi
        except KeyError:
            raise KeyError(f"policy {self.tiltakskode}/{self.versjon} has no parameter {sti}") from None

    def valgfritt_heltall(self, sti: str) -> int | None:
        """The value of a parameter that counts something; None where the policy lacks it or leaves it open (null)."""
        return None if self.mangler(sti) else self.heltall(sti)

    def mangler(self, sti: str) -> bool:
        """Whether the policy lacks a parameter, or leaves it open (null)."""
        return sti not in self.parametre or self.parametre[sti].verdi is None

    def heltall(self, sti: str) -> int:
        """The value of a parameter that counts something. Raises KeyError or TypeError."""
        verdi = self.verdi(sti)
        if not isinstance(verdi, int) or isinstance(verdi, bool):
            raise TypeError(f"policy {self.tiltakskode}/{self.versjon}: {sti} is not a whole number")
        return verdi


@dataclass(frozen=True)
class Forslag:
    """A version without a day of its own: no event stands under it until someone names the day it is in force from."""

    fil: Path
    tiltakskode: str
    versjon: str
    bekreftet: date | None
    parametre: Mapping[str, Parameter]

    def in_force_from(self, dato: date) -> Regelverk:
        """The version as it stands when it is in force from `dato`."""
        return Regelverk(self.tiltakskode, self.versjon, dato, None, self.bekreftet, self.parametre)


@dataclass(frozen=True)
class Plassert:
    """A version with the file and the place in it that say when it is in force, for whoever must correct that."""

    regelverk: Regelverk
    fil: Path
    sted: str


def load_regelverk(fil: Path) -> Regelverk:
    """One policy file with a day of its own. Raises UgyldigFil when it breaks its schema, its name or its own floor."""
    lest = read_version(fil)
    _check_name(fil, lest)
    if isinstance(lest, Forslag):
        raise UgyldigFil(fil, "gyldigFra", "the version has no day in force")
    return lest


def read_version(fil: Path, grunnlag: Iterable[Regelverk] = ()) -> Regelverk | Forslag:
    """The version in a policy file, wherever it lies and whatever it is called.

    `grunnlag` are the versions that it may change. Raises UgyldigFil when it breaks its schema, names an unknown
    version to change, or lacks or misspells a parameter of the version it changes.
    """
    innhold = load(fil, "regelverk")
    parametre = dict(_flatten("", innhold["parametre"]))
    if "endrer" in innhold:
        endres = _changed_version(fil, innhold, grunnlag)
        parametre = {**endres.parametre, **parametre}
        check_parameters(fil, parametre, endres)
    refuse_faulty_parameters(fil, {sti: parameter.verdi for sti, parameter in parametre.items()})
    _refuse_impossible_numbers(fil, parametre)
    _refuse_unlawful_deletion(fil, parametre)
    _refuse_disordered_reminders(fil, parametre)
    fra, til = _day(innhold["gyldigFra"]), _day(innhold.get("gyldigTil"))
    bekreftet = _day(innhold["bekreftet"]["dato"]) if "bekreftet" in innhold else None
    felles = MappingProxyType(parametre)
    if fra is None:
        return Forslag(fil, innhold["tiltakskode"], innhold["versjon"], bekreftet, felles)
    if til is not None and til < fra:
        raise UgyldigFil(fil, "gyldigTil", "is before gyldigFra")
    return Regelverk(innhold["tiltakskode"], innhold["versjon"], fra, til, bekreftet, felles)


def check_parameters(fil: Path, parametre: Mapping[str, Parameter], mal: Regelverk) -> None:
    """Raise UgyldigFil where the paths are not those of `mal`: what a version no longer asks for it says with null."""
    for sti in sorted(mal.parametre.keys() ^ parametre.keys()):
        grunn = "has no such parameter" if sti in parametre else "has this parameter; give it here too"
        raise UgyldigFil(fil, f"parametre.{sti}", f"the version {mal.versjon} {grunn}")


def _day(tekst: str | None) -> date | None:
    return date.fromisoformat(tekst) if tekst else None


def _changed_version(fil: Path, innhold: Mapping[str, Any], grunnlag: Iterable[Regelverk]) -> Regelverk:
    kjente = {versjon.versjon: versjon for versjon in grunnlag if versjon.tiltakskode == innhold["tiltakskode"]}
    if innhold["endrer"] not in kjente:
        raise UgyldigFil(fil, "endrer", f"names no version of {innhold['tiltakskode']}; there is {sorted(kjente)}")
    return kjente[innhold["endrer"]]


def _check_name(fil: Path, lest: Regelverk | Forslag) -> None:
    navn = lest.versjon if isinstance(lest, Forslag) else lest.gyldig_fra.isoformat()
    if fil.parent.name != lest.tiltakskode or fil.stem != navn:
        raise UgyldigFil(fil, "tiltakskode, gyldigFra", "the folder and the file name say another tiltak or day")


def _flatten(prefiks: str, gren: Mapping[str, Any]) -> Iterator[tuple[str, Parameter]]:
    for navn, verdi in gren.items():
        if "verdi" in verdi:
            yield prefiks + navn, Parameter(verdi["verdi"], verdi["styrke"], verdi["kilde"], verdi.get("uavklart"))
        else:
            yield from _flatten(f"{prefiks}{navn}.", verdi)


def _refuse_impossible_numbers(fil: Path, parametre: Mapping[str, Parameter]) -> None:
    for sti, parameter in parametre.items():
        tall = parameter.verdi if isinstance(parameter.verdi, list) else [parameter.verdi]
        if any(isinstance(ett, int | float) and not 0 <= ett <= STORST for ett in tall):
            raise UgyldigFil(fil, f"parametre.{sti}", f"is not between 0 and {STORST}")
    rapport = parametre.get("frister.perioderapport.maaneder")
    if rapport is not None and rapport.verdi == 0:
        raise UgyldigFil(fil, "parametre.frister.perioderapport.maaneder", "reports with no time between never end")
    _refuse_answers_after_the_report(fil, parametre)


def _refuse_answers_after_the_report(fil: Path, parametre: Mapping[str, Parameter]) -> None:
    sti = "frister.etterrapport"
    satt = {navn for navn, parameter in parametre.items() if navn.startswith(sti) and parameter.verdi is not None}
    if f"{sti}.maaneder" not in satt:
        return
    for navn in ("slingringDager", "periodeMaaneder", "dager"):
        if f"{sti}.{navn}" not in satt:
            raise UgyldigFil(fil, f"parametre.{sti}.{navn}", "must be there where there is an etterrapport")
    if parametre[f"{sti}.dager"].verdi <= parametre[f"{sti}.slingringDager"].verdi:
        raise UgyldigFil(fil, f"parametre.{sti}.dager", "must be more than slingringDager, or answers come too late")


def _refuse_unlawful_deletion(fil: Path, parametre: Mapping[str, Parameter]) -> None:
    slett, slutt = parametre["sletting.dager"], parametre.get("frister.sluttrapport.dager")
    if slutt is not None and slutt.verdi is not None and slett.verdi <= slutt.verdi:
        raise UgyldigFil(fil, "parametre.sletting.dager", "deletion before the sluttrapport's own deadline is refused")


def _refuse_disordered_reminders(fil: Path, parametre: Mapping[str, Parameter]) -> None:
    """What is done about a sluttrapport without a receipt comes in this order, and before everything is erased."""
    for for_, etter in pairwise(_PURREREKKE):
        if parametre[for_].verdi >= parametre[etter].verdi:
            raise UgyldigFil(fil, f"parametre.{for_}", f"must be before {etter} ({parametre[etter].verdi})")


def refuse_overlap_and_gap(plasserte: Iterable[Plassert]) -> tuple[Regelverk, ...]:
    """The versions, by tiltak and day, once none overlaps another and no day falls between two of one tiltak.

    Raises UgyldigFil with the file and the place of the later of the two.
    """
    rekke = sorted(plasserte, key=lambda plassert: (plassert.regelverk.tiltakskode, plassert.regelverk.gyldig_fra))
    for for_, etter in pairwise(rekke):
        slutt, start = for_.regelverk.gyldig_til, etter.regelverk.gyldig_fra
        if for_.regelverk.tiltakskode != etter.regelverk.tiltakskode:
            continue
        if slutt is None or slutt >= start:
            raise UgyldigFil(etter.fil, etter.sted, f"overlaps the version {for_.regelverk.versjon} before it")
        if start > slutt + timedelta(days=1):
            grunn = f"no version is in force between {slutt.isoformat()} and {start.isoformat()}"
            raise UgyldigFil(etter.fil, etter.sted, grunn)
    return tuple(plassert.regelverk for plassert in rekke)


@dataclass(frozen=True)
class Katalog:
    """What ships: the versions in force by their own days, and the proposals."""

    plasserte: tuple[Plassert, ...]
    regelverk: tuple[Regelverk, ...]
    forslag: tuple[Forslag, ...]


@cache
def katalogen(*kataloger: Path) -> Katalog:
    """Every policy file of the folders. Raises UgyldigFil for the first faulty one, for overlap, and for a gap."""
    plasserte: list[Plassert] = []
    forslag: list[Forslag] = []
    # A file that changes another is read after those it may change.
    alle = (fil for katalog in kataloger for fil in katalog.glob("*/*.yaml"))
    filer = sorted(alle, key=lambda fil: ("endrer" in load(fil, "regelverk"), fil))
    for fil in filer:
        lest = read_version(fil, [plassert.regelverk for plassert in plasserte])
        _check_name(fil, lest)
        for andre in plasserte:
            if andre.regelverk.tiltakskode == lest.tiltakskode:
                check_parameters(fil, lest.parametre, andre.regelverk)
        if isinstance(lest, Forslag):
            forslag.append(lest)
        else:
            plasserte.append(Plassert(lest, fil, "gyldigFra"))
    if not plasserte:
        raise UgyldigFil(kataloger[0], "", "holds no policy in force")
    return Katalog(tuple(plasserte), refuse_overlap_and_gap(plasserte), tuple(forslag))


def regelverk(tiltakskode: str, dato: date, versjoner: Sequence[Regelverk] | None = None) -> Regelverk:
    """The policy in force for a tiltak on the day of the event; without `versjoner` among those that ship.

    Raises ManglerRegelverk when there is none.
    """
    for versjon in alle_regelverk() if versjoner is None else versjoner:
        if versjon.tiltakskode == tiltakskode and versjon.gyldig_fra <= dato <= (versjon.gyldig_til or date.max):
            return versjon
    raise ManglerRegelverk(f"no policy for {tiltakskode} on {dato.isoformat()}; add schemas/regelverk/{tiltakskode}/")


def alle_regelverk(katalog: Path = REGELVERK) -> tuple[Regelverk, ...]:
    """Every version that ships with a day in force of its own."""
    return katalogen(katalog).regelverk


def alle_forslag(katalog: Path = REGELVERK) -> tuple[Forslag, ...]:
    """Every version that ships without a day in force."""
    return katalogen(katalog).forslag
