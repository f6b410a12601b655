"""The Standard Business Document of eFormidling, as the process «avtalt» has it: who, to whom, which package.

It travels outside the encryption, so it says nothing of anyone: organisasjonsnummer, ids of ours, times, a checksum.
Process, document type and fields: Digdir's «Avtalt meldingsutveksling» and «Standard Business Document».
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

PROSESS = "urn:no:difi:profile:avtalt:avtalt:ver1.0"
DOKUMENTTYPE = "urn:no:difi:avtalt:xsd::avtalt"
LEVERANSE, KVITTERING = "tiltaksflyt.leveranse.v1", "tiltaksflyt.kvittering.v1"
_MELDINGSTYPE = "avtalt"
_AUTORITET = "iso6523-actorid-upis"
# Norwegian organisasjonsnummer in ISO 6523.
_NORGE = "0192"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Forsendelse:
    """What goes with a package. `mottaker` is the recipient's key in our register: many enheter have one orgnr."""

    melding_id: str
    leveranse_id: str
    fra_orgnr: str
    til_orgnr: str
    mottaker: str
    sha256: str
    opprettet: datetime
    levetid_slutt: datetime


@dataclass(frozen=True)
class Innkommende:
    """A receipt that has come: the message that carries it, who sent it, and which of our recipients it answers for."""

    melding_id: str
    fra_orgnr: str
    mottaker: str


def make_sbd(forsendelse: Forsendelse) -> dict[str, Any]:
    """The document to make a message with. The conversation is the leveranse, whatever the message is called."""
    return {
        "standardBusinessDocumentHeader": {
            "headerVersion": "1.0",
            "sender": [_party(forsendelse.fra_orgnr)],
            "receiver": [_party(forsendelse.til_orgnr)],
            "documentIdentification": {
                "standard": DOKUMENTTYPE,
                "typeVersion": "2.0",
                "type": _MELDINGSTYPE,
                "instanceIdentifier": forsendelse.melding_id,
                "creationDateAndTime": _time(forsendelse.opprettet),
            },
            "businessScope": {
                "scope": [
                    {
                        "type": "ConversationId",
                        "instanceIdentifier": forsendelse.leveranse_id,
                        "identifier": PROSESS,
                        "scopeInformation": [{"expectedResponseDateTime": _time(forsendelse.levetid_slutt)}],
                    }
                ]
            },
        },
        _MELDINGSTYPE: {
            "identifier": LEVERANSE,
            "content": {
                "leveranseId": forsendelse.leveranse_id,
                "mottaker": forsendelse.mottaker,
                "sha256": forsendelse.sha256,
            },
        },
    }


def message_id(sbd: Mapping[str, Any]) -> str | None:
    """The id of the message; None when the document does not say it."""
    return _text(sbd, "standardBusinessDocumentHeader", "documentIdentification", "instanceIdentifier")


def checksum(sbd: Mapping[str, Any]) -> str | None:
    """The checksum of the package that a message was made for; None when the document does not say it."""
    return _text(sbd, _MELDINGSTYPE, "content", "sha256")


def read_receipt_sbd(sbd: Mapping[str, Any]) -> Innkommende | None:
    """A message that has come, when it is a receipt in the process that we use; None for anything else."""
    hode = ("standardBusinessDocumentHeader",)
    melding_id = message_id(sbd)
    avsender = _text(sbd, *hode, "sender", 0, "identifier", "value")
    mottaker = _text(sbd, _MELDINGSTYPE, "content", "mottaker")
    fast = (
        (_text(sbd, *hode, "documentIdentification", "standard"), DOKUMENTTYPE),
        (_text(sbd, *hode, "businessScope", "scope", 0, "identifier"), PROSESS),
        (_text(sbd, _MELDINGSTYPE, "identifier"), KVITTERING),
    )
    if any(verdi != ventet for verdi, ventet in fast) or avsender is None or mottaker is None:
        return None
    if melding_id is None or not _UUID.fullmatch(melding_id):
        return None
    return Innkommende(melding_id, avsender.removeprefix(f"{_NORGE}:"), mottaker)


def _party(orgnr: str) -> dict[str, Any]:
    return {"identifier": {"authority": _AUTORITET, "value": f"{_NORGE}:{orgnr}"}}


def _time(tid: datetime) -> str:
    return tid.isoformat(timespec="seconds")


def _text(innhold: Any, *sti: str | int) -> str | None:  # noqa: ANN401  it is the other side's, of whatever shape
    """The text at a place; None when there is none, or the place is not there."""
    for ledd in sti:
        try:
            innhold = innhold[ledd]
        except (KeyError, IndexError, TypeError):
            return None
    return innhold if isinstance(innhold, str) else None
