"""The header of a document: what it is told about itself, and what every document says of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from schemas.dokumentform import dokumentform
from schemas.oppsett import NAV, Mottaker
from schemas.regelverk import Regelverk
from transforms.dokument_grunnlag import clean
from transforms.dokument_tekster import MALVERSJON
from transforms.kalender import OSLO

SKJEMAVERSJON = dokumentform().versjon


@dataclass(frozen=True)
class Avsenderhode:
    """Who sends: the tiltaksarrangør, and the system the facts were exported from."""

    orgnr: str
    navn: str
    kildesystem: str


@dataclass(frozen=True)
class Mottakerhode:
    """Who receives, as the operator's register names it: Nav-enhet, code of its fylke, name; Nav or the kommune."""

    nav_enhet: str
    nav_fylke: str
    navn: str
    behandlingsansvarlig: str = NAV

    @classmethod
    def of(cls, mottaker: Mottaker) -> Self:
        """The recipient as the register has it."""
        return cls(mottaker.nav_enhet, mottaker.fylke, mottaker.navn, mottaker.behandlingsansvarlig)

    def as_header(self, nav_veileder: str | None = None) -> dict[str, Any]:
        """The recipient as a header has it."""
        felter: dict[str, Any] = clean(
            {
                "behandlingsansvarlig": self.behandlingsansvarlig,
                "navEnhet": self.nav_enhet,
                "navFylke": self.nav_fylke,
                "navn": self.navn,
                "navVeileder": nav_veileder,
            }
        )
        return felter


@dataclass(frozen=True)
class Dokumenthode:
    """What a document is told about itself. `dokument_id` is stable per obligation, `melding_id` new per version.

    `opprettet` carries an offset; `erstatter` is the melding_id of the version before, None for the first; `frist`
    is the last day in time, None where nothing is owed; `modus` is PROD, TEST or KONTROLL, `maalform` nb or nn.
    """

    dokument_id: str
    melding_id: str
    versjon: int
    erstatter: str | None
    opprettet: datetime
    frist: date | None
    modus: str
    maalform: str
    avsender: Avsenderhode
    mottaker: Mottakerhode


def make_header(
    hode: Dokumenthode,
    *,
    dokumenttype: str,
    tittel: str,
    tiltakskode: str,
    subjekt: Mapping[str, Any],
    periode: tuple[date, date] | None,
    regelverk: Regelverk,
    nummer: int | None = None,
    nav_veileder: str | None = None,
) -> dict[str, Any]:
    """The header as it is frozen. `subjekt` is who or what the document is about; what is unknown is left out."""
    felter: dict[str, Any] = {
        "dokumentId": hode.dokument_id,
        "meldingId": hode.melding_id,
        "versjon": hode.versjon,
        "erstatter": hode.erstatter,
        "dokumenttype": dokumenttype,
        "nummer": nummer,
        "tittel": tittel,
        "modus": hode.modus,
        "tiltakskode": tiltakskode,
        "avsender": clean(
            {"orgnr": hode.avsender.orgnr, "navn": hode.avsender.navn, "kildesystem": hode.avsender.kildesystem}
        ),
        "mottaker": hode.mottaker.as_header(nav_veileder),
        **subjekt,
        "periode": {"fra": periode[0].isoformat(), "til": periode[1].isoformat()} if periode else None,
        "frist": hode.frist.isoformat() if hode.frist else None,
        "opprettet": hode.opprettet.astimezone(OSLO).isoformat(timespec="seconds"),
        "regelverk": regelverk.versjon,
        "skjemaversjon": SKJEMAVERSJON,
        "malversjon": MALVERSJON,
        "maalform": hode.maalform,
    }
    return {navn: verdi for navn, verdi in felter.items() if verdi is not None}
