"""The set-up of each sender and the operator's register of recipients, read from TILTAKSFLYT_OPPSETT.

<oppsett>/avsendere/<orgnr>.yaml    one sender: roles (schemas/roller.py), profile, rapportererFra
<oppsett>/profiler/<navn>/<versjon>.yaml    profiles of the operator's own, beside those that ship (docs/profiler.md)
<oppsett>/mottakere.yaml            the only register of Nav-enheter, names, fylker and channels (beslutninger 25)
<oppsett>/regelverk.yaml            policy versions that are in force from a day named here; may be left out
<oppsett>/regelverk/<tiltakskode>/<day>.yaml    policies of the operator's own, beside those that ship; may be left out
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from pathlib import Path
from types import MappingProxyType
from typing import Any

from schemas.identer import check_orgnr
from schemas.ikrafttredelse import load_regelverk_i_kraft
from schemas.koder import kodeverk
from schemas.loader import UgyldigFil, load
from schemas.regelverk import Regelverk
from schemas.roller import INGEN_ROLLER, Rollemangel, Roller, read_roles

# The målføre of a sender that has not chosen one.
STANDARD_MAALFORM = "nb"
UKEDAGER = ("man", "tir", "ons", "tor", "fre", "lor", "son")


@dataclass(frozen=True)
class Profilref:
    """Which profile, in which version, maps a sender's layout to the contract.

    `katalog` is the operator's own folder of profiles, when this one lies there; None for one that ships.
    """

    navn: str
    versjon: int
    katalog: Path | None = None


@dataclass(frozen=True)
class Avsender:
    """One sender. Nothing is owed before `rapporterer_fra`; `adressebeskyttelse_rutine` is None when the sender's
    system holds the field itself. `utkast` says that it sees each document before it is sent, and may stop it;
    `meldes_pa_annen_mate` are messages that it gives Nav elsewhere, never from here."""

    orgnr: str
    konsern_orgnr: str | None
    navn: str
    rapporterer_fra: date
    profil: Profilref | None
    maalform: str
    kildesystem: str
    omfang: str
    modus: str
    filnavn: str | None
    tillatte_personopplysninger: frozenset[str]
    adressebeskyttelse_rutine: str | None
    utkast: bool = False
    meldes_pa_annen_mate: frozenset[str] = frozenset()
    roller: Roller = INGEN_ROLLER


@dataclass(frozen=True)
class Vindu:
    """A time of the week (Europe/Oslo) when a recipient takes deliveries; `ukedager` counts from Monday = 0."""

    ukedager: frozenset[int]
    fra: time
    til: time
    helligdager: bool


NAV = "NAV"
MANUELL = "manuell"
BUCKET = "bucket"
# Where receipts lie in a folder that several recipients may share. The other channels ask for each recipient's own.
_MAPPEKANALER = frozenset({"sftp", BUCKET})
# Where packages go, and with what we log in.
_IKKE_FOR_KVITTERINGER = frozenset({"inn", "nokkelfil"})


@dataclass(frozen=True)
class Mottaker:
    """Who takes the documents of one Nav-enhet: name, fylke, channel (`kanal` with its `innstillinger`) and windows.

    `sertifikat` is the file, named from the folder of the set-up, of the certificate that packages are encrypted for.

    `behandlingsansvarlig` is NAV, or KOMMUNE for the kommune of the Nav-kontor: its tiltak go to it, and not to Nav.
    `fylkeskontor_for` are the fylker whose Nav fylke this enhet is; none for a Nav-kontor, where the deltakere are.
    `kvitteringsfrist_dager` is its own number of working days for a receipt; None where the common one holds.
    """

    nav_enhet: str
    behandlingsansvarlig: str
    navn: str
    fylke: str
    er_test: bool
    sertifikat: str
    kanal: str
    innstillinger: Mapping[str, Any]
    vinduer: tuple[Vindu, ...]
    fylkeskontor_for: frozenset[str] = frozenset()
    kvitteringsfrist_dager: int | None = None

    @property
    def nokkel(self) -> str:
        """What it is known by: 9703, or 9703-KOMMUNE."""
        return _recipient_key(self.nav_enhet, self.behandlingsansvarlig)

    def by_hand(self) -> "Mottaker":
        """The same recipient, reached by a person whatever its own channel is."""
        return replace(self, kanal=MANUELL, innstillinger=MappingProxyType({}))

    @property
    def er_fylkeskontor(self) -> bool:
        """Whether it is a Nav fylke, which no deltaker belongs to."""
        return bool(self.fylkeskontor_for)


def _recipient_key(nav_enhet: str, behandlingsansvarlig: str) -> str:
    return nav_enhet if behandlingsansvarlig == NAV else f"{nav_enhet}-{behandlingsansvarlig}"


@dataclass(frozen=True)
class Oppsett:
    """Everything that is set up: senders by orgnr, recipients by their key, the policy versions in force."""

    avsendere: Mapping[str, Avsender]
    mottakere: Mapping[str, Mottaker]
    regelverk: tuple[Regelverk, ...]

    def role_gaps(self) -> tuple[tuple[str, Rollemangel], ...]:
        """What the set-ups lack of roles and agreement, each with the sender's file; production starts with none."""
        return tuple(
            (f"avsendere/{orgnr}.yaml", mangel)
            for orgnr, avsender in self.avsendere.items()
            for mangel in avsender.roller.gaps(avsender.rapporterer_fra)
        )

    def recipient_of(self, nav_enhet: str, regelverk: Regelverk) -> Mottaker | None:
        """Who takes the documents of a deltaker at a Nav-enhet under a policy; None when it is not in the register."""
        mottaker = self.mottakere.get(_recipient_key(nav_enhet, regelverk.verdi("mottaker.behandlingsansvarlig")))
        return None if mottaker is None or mottaker.er_fylkeskontor else mottaker

    def counterparts(self, *, er_test: bool) -> tuple[tuple[Mottaker, ...], ...]:
        """The recipients by who answers for them: those whose receipts come the same way are one counterpart.

        Whoever may write there may answer for all of them, so none of them can be told from the others by its channel
        (ADR 27). A counterpart of a test deployment holds test recipients only.
        """
        grupper: dict[str, list[Mottaker]] = {}
        for mottaker in self.mottakere.values():
            if mottaker.er_test == er_test:
                grupper.setdefault(_way_of_receipts(mottaker), []).append(mottaker)
        return tuple(tuple(gruppe) for gruppe in grupper.values())

    def fylkeskontor(self, fylke: str) -> Mottaker | None:
        """The Nav fylke of a fylke, which the avtaler about places are with; None when it is not in the register."""
        return next((mottaker for mottaker in self.mottakere.values() if fylke in mottaker.fylkeskontor_for), None)


def _way_of_receipts(mottaker: Mottaker) -> str:
    """The channel without the settings that say nothing of where receipts come from."""
    if mottaker.kanal not in _MAPPEKANALER:
        return mottaker.nokkel
    veien = {navn: verdi for navn, verdi in mottaker.innstillinger.items() if navn not in _IKKE_FOR_KVITTERINGER}
    return json.dumps([mottaker.kanal, veien], sort_keys=True, default=str)


def load_oppsett(katalog: Path) -> Oppsett:
    """Read and check the whole set-up. Raises UgyldigFil naming the first faulty file."""
    avsendere = {}
    for fil in sorted((katalog / "avsendere").glob("*.yaml")):
        avsender = load_avsender(fil)
        avsendere[avsender.orgnr] = avsender
    if not avsendere:
        raise UgyldigFil(katalog / "avsendere", "", "holds no sender")
    return Oppsett(
        avsendere=MappingProxyType(avsendere),
        mottakere=load_mottakere(katalog / "mottakere.yaml"),
        regelverk=load_regelverk_i_kraft(katalog),
    )


def load_avsender(fil: Path) -> Avsender:
    """One sender's set-up. Raises UgyldigFil."""
    innhold = load(fil, "avsender")
    orgnr = innhold["orgnr"]
    if not check_orgnr(orgnr).gyldig:
        raise UgyldigFil(fil, "orgnr", "the check digit is wrong")
    if fil.stem != orgnr:
        raise UgyldigFil(fil, "orgnr", "the file name says another organisasjonsnummer")
    roller = read_roles(innhold.get("roller", {}))
    ukjente = roller.tillatte_personopplysninger - kodeverk("personopplysning").koder.keys()
    if ukjente:
        raise UgyldigFil(fil, "roller.tillattePersonopplysninger", f"unknown categories {sorted(ukjente)}")
    profil = innhold.get("profil")
    beskyttelse = innhold["adressebeskyttelse"]
    return Avsender(
        orgnr=orgnr,
        konsern_orgnr=innhold.get("konsernOrgnr"),
        navn=innhold["navn"],
        rapporterer_fra=date.fromisoformat(innhold["rapportererFra"]),
        profil=find_profil(fil.parents[1], profil["navn"], profil["versjon"]) if profil else None,
        maalform=innhold.get("maalform", STANDARD_MAALFORM),
        kildesystem=innhold["innsending"]["kildesystem"],
        omfang=innhold["innsending"]["omfang"],
        modus=innhold["innsending"]["modus"],
        filnavn=innhold["innsending"].get("filnavn"),
        tillatte_personopplysninger=roller.tillatte_personopplysninger,
        adressebeskyttelse_rutine=None if beskyttelse == "I_SYSTEMET" else beskyttelse["IKKE_I_SYSTEMET"],
        utkast=innhold.get("utkast", False),
        meldes_pa_annen_mate=frozenset(innhold.get("meldesPaAnnenMate", ())),
        roller=roller,
    )


def find_profil(oppsett: Path, navn: str, versjon: int) -> Profilref:
    """The profile by that name: the operator's own where the set-up has a folder for it, otherwise one that ships."""
    egne = oppsett / "profiler"
    return Profilref(navn, versjon, egne if (egne / navn).is_dir() else None)


def load_mottakere(fil: Path) -> Mapping[str, Mottaker]:
    """The register of recipients. Raises UgyldigFil."""
    resultat: dict[str, Mottaker] = {}
    med_fylkeskontor: set[str] = set()
    for rad in load(fil, "mottakere")["mottakere"]:
        behandlingsansvarlig = rad.get("behandlingsansvarlig", NAV)
        nokkel = _recipient_key(rad["navEnhet"], behandlingsansvarlig)
        if nokkel in resultat:
            raise UgyldigFil(fil, nokkel, "the recipient occurs twice")
        fylkeskontor_for = frozenset(rad.get("fylkeskontorFor", ()))
        if not {rad["fylke"], *fylkeskontor_for} <= kodeverk("fylke").koder.keys():
            raise UgyldigFil(fil, f"{nokkel}.fylke", "unknown fylke")
        if fylkeskontor_for & med_fylkeskontor:
            raise UgyldigFil(fil, f"{nokkel}.fylkeskontorFor", "another enhet is Nav fylke for the same fylke")
        med_fylkeskontor |= fylkeskontor_for
        ((kanal, innstillinger),) = rad["kanal"].items()
        resultat[nokkel] = Mottaker(
            nav_enhet=rad["navEnhet"],
            behandlingsansvarlig=behandlingsansvarlig,
            navn=rad["navn"],
            fylke=rad["fylke"],
            er_test=rad["test"],
            sertifikat=rad["sertifikat"],
            kanal=kanal,
            innstillinger=MappingProxyType(innstillinger),
            vinduer=tuple(
                Vindu(
                    frozenset(UKEDAGER.index(dag) for dag in vindu["dager"]),
                    time.fromisoformat(vindu["fra"]),
                    time.fromisoformat(vindu["til"]),
                    vindu.get("helligdager", False),
                )
                for vindu in rad["vinduer"]
            ),
            fylkeskontor_for=fylkeskontor_for,
            kvitteringsfrist_dager=rad.get("kvitteringsfristDager"),
        )
    return MappingProxyType(resultat)
