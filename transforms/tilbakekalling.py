"""The version that takes a document back: it names what it withdraws and why, and tells nothing more of the person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from transforms.dokument_blokker import fakta, merknad, opplysning
from transforms.dokument_hode import SKJEMAVERSJON
from transforms.dokument_tekster import MALVERSJON, Tekster, kort_dato, tekster
from transforms.kalender import OSLO

SEKSJON = "TILBAKEKALT"
# What tells the reader which case it is. The veileder, the dates and the extent belong to what is taken back.
_OPPLYSNINGER = frozenset({"tiltak", "tiltaksnummer", "arrangor", "navKontor", "kommune", "navVeileder"})


class Tilbakekallingsgrunn(StrEnum):
    """Why a document is taken back; the texts stand in schemas/dokumentform.yaml."""

    FEILREGISTRERT = "FEILREGISTRERT"
    GJELDER_IKKE = "GJELDER_IKKE"


@dataclass(frozen=True)
class Tilbakekalling:
    """The version that withdraws: its own melding_id, its number, when it was made (with offset), and why."""

    melding_id: str
    versjon: int
    opprettet: datetime
    grunn: Tilbakekallingsgrunn


def is_withdrawal(innhold: Mapping[str, Any]) -> bool:
    """Whether a document is a version that withdraws the one before it."""
    return "tilbakekalt" in innhold["hode"]


def build_withdrawal(forrige: Mapping[str, Any], ny: Tilbakekalling) -> dict[str, Any]:
    """The document that withdraws `forrige`, the version that the recipient has: to the same one, of the same person.

    It has one point, and no word of the assessments. It is owed by no date, so it has no frist.
    """
    ord_ = tekster(forrige["hode"]["maalform"])
    hode = {navn: verdi for navn, verdi in forrige["hode"].items() if navn not in ("frist", "tilbakekalt")}
    return {
        "hode": hode
        | {
            "meldingId": ny.melding_id,
            "versjon": ny.versjon,
            "erstatter": forrige["hode"]["meldingId"],
            "tilbakekalt": ny.grunn.value,
            "opprettet": ny.opprettet.astimezone(OSLO).isoformat(timespec="seconds"),
            "skjemaversjon": SKJEMAVERSJON,
            "malversjon": MALVERSJON,
        },
        "opplysninger": [rad for rad in forrige["opplysninger"] if rad["kode"] in _OPPLYSNINGER],
        "seksjoner": [_section(forrige["hode"], ny, ord_)],
    }


def _section(forrige: Mapping[str, Any], ny: Tilbakekalling, ord_: Tekster) -> dict[str, Any]:
    laget = datetime.fromisoformat(forrige["opprettet"]).astimezone(OSLO).date()
    rader = [
        opplysning("grunn", ord_.ord["grunn"], ord_.ord[ny.grunn], ny.grunn.value, framhevet=True),
        opplysning("versjon", ord_.ord["trukketVersjon"], str(forrige["versjon"]), str(forrige["versjon"])),
        opplysning("laget", ord_.ord["trukketLaget"], kort_dato(laget), laget.isoformat()),
    ]
    return {
        "kode": SEKSJON,
        "nummer": 1,
        "overskrift": ord_.ord["trukket"],
        "blokker": merknad("tilbakekalt", ord_.setning("tilbakekalt")) + fakta("tilbakekalt", rader),
    }
