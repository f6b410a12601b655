"""`validate`: a sender's file through the same door and rules as a drop, and nothing written anywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from schemas.avvik import Alvorlighet, Avvik, Innsendingsstatus
from schemas.koder import kodeverk
from schemas.oppsett import Avsender, Mottaker, Profilref, find_profil, load_oppsett
from schemas.regelverk import Regelverk, alle_regelverk
from tiltaksflyt.pipeline.feil import Bruksfeil
from tiltaksflyt.pipeline.vurdering import assess

_EXITKODER = {
    Innsendingsstatus.GODTATT: 0,
    Innsendingsstatus.GODTATT_MED_ADVARSEL: 0,
    Innsendingsstatus.DELVIS_HOLDT: 1,
    Innsendingsstatus.AVVIST: 2,
}


@dataclass(frozen=True)
class Valideringssvar:
    """What `validate` says of one file."""

    fil: str
    status: Innsendingsstatus
    antall: Mapping[str, int]
    avvik: tuple[Avvik, ...]

    @property
    def exitkode(self) -> int:
        """0 clean or warnings only, 1 rows held, 2 file refused."""
        return _EXITKODER[self.status]

    def as_json(self) -> dict[str, Any]:
        """The answer as `validate --json` prints it."""
        return {
            "fil": self.fil,
            "status": self.status.value,
            "antall": dict(self.antall),
            "avvik": [avvik.as_json() for avvik in self.avvik],
        }

    def as_text(self) -> str:
        """The answer for a terminal."""
        linjer = [f"{self.fil}: {self.status.value} ({', '.join(f'{n} {t}' for n, t in self.antall.items())})"]
        for avvik in self.avvik:
            sted = " ".join(str(del_) for del_ in (avvik.tabell, avvik.rad, avvik.kolonne) if del_ is not None)
            linjer.append(f"  {avvik.alvorlighet.value:10} {avvik.regelId}  {sted or 'hele filen'}: {avvik.melding}")
            if avvik.alvorlighet in (Alvorlighet.FEIL, Alvorlighet.AVVIST_FIL):
                linjer.append(f"             {avvik.tiltak}")
        return "\n".join(linjer)


def find_sender(
    miljo: Mapping[str, str], orgnr: str, profil: str | None, modus: str
) -> tuple[Avsender, Mapping[str, Mottaker], Sequence[Regelverk]]:
    """The sender's set-up, the recipients and the policies, by TILTAKSFLYT_OPPSETT when it is set and knows the sender.

    Otherwise a sender that follows the contract itself, so that a vendor can check a file before there is any set-up;
    the Nav-enheter are then not looked up. Raises Bruksfeil for a wrong profile, and UgyldigFil.
    """
    kjent = _set_up(miljo, orgnr)
    avsender, mottakere, i_kraft = kjent or (default_sender(orgnr, modus), {}, alle_regelverk())
    if profil is not None:
        navn, _, versjon = profil.partition("/")
        if not versjon.isdecimal():
            raise Bruksfeil("--profile is written NAME/VERSION, as in schemas/profiler")
        katalog = miljo.get("TILTAKSFLYT_OPPSETT")
        ref = find_profil(Path(katalog), navn, int(versjon)) if katalog else Profilref(navn, int(versjon))
        avsender = replace(avsender, profil=ref)
    return avsender, mottakere, i_kraft


def _set_up(
    miljo: Mapping[str, str], orgnr: str
) -> tuple[Avsender, Mapping[str, Mottaker], Sequence[Regelverk]] | None:
    katalog = miljo.get("TILTAKSFLYT_OPPSETT")
    if not katalog:
        return None
    oppsett = load_oppsett(Path(katalog))
    if orgnr not in oppsett.avsendere:
        return None
    return oppsett.avsendere[orgnr], oppsett.mottakere, oppsett.regelverk


def default_sender(orgnr: str, modus: str) -> Avsender:
    """A sender that follows the contract itself and has agreed to everything: for a file without any set-up."""
    return Avsender(
        orgnr=orgnr,
        konsern_orgnr=None,
        navn=orgnr,
        rapporterer_fra=date.min,
        profil=None,
        maalform="nb",
        kildesystem="ukjent",
        omfang="FULL",
        modus=modus,
        filnavn=None,
        tillatte_personopplysninger=frozenset(kodeverk("personopplysning").koder),
        adressebeskyttelse_rutine=None,
    )


def validate_file(
    fil: Path,
    *,
    avsender: Avsender,
    mottakere: Mapping[str, Mottaker],
    regelverk: Sequence[Regelverk],
    modus: str,
    now: datetime,
    asof: date,
) -> Valideringssvar:
    """What would become of one file if it were dropped on `asof`. Raises Bruksfeil when it cannot be opened."""
    try:
        data = fil.read_bytes()
    except OSError:
        raise Bruksfeil("a file could not be opened; check its name and your rights to it") from None
    vurdering = assess(
        data,
        filnavn=fil.name,
        avsender=avsender,
        mottakere=mottakere,
        modus=modus,
        mottatt=now,
        asof=asof,
        regelverk=regelverk,
    )
    return Valideringssvar(fil.name, vurdering.status, vurdering.antall, vurdering.avvik)
