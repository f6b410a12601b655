"""A recipient's receipt, read strictly: what is not certainly a receipt is none.

Technical: the package arrived whole and could be opened (LEVERT), or not (FEIL). Functional: the answer to each
document. They are kept apart, come in any order, may come twice, and may be garbage.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NoReturn

from schemas.loader import validator
from tiltaksflyt.delivery.kanal import MAKS_KVITTERING


class Kvitteringstype(StrEnum):
    """Which of the two."""

    TEKNISK = "TEKNISK"
    FUNKSJONELL = "FUNKSJONELL"


class Tekniskstatus(StrEnum):
    """What became of the package, in eFormidling's words."""

    LEVERT = "LEVERT"
    FEIL = "FEIL"


class Svarstatus(StrEnum):
    """What became of a document."""

    GODTATT = "GODTATT"
    GODTATT_MED_MERKNAD = "GODTATT_MED_MERKNAD"
    AVVIST = "AVVIST"


class Lesekode(StrEnum):
    """Why a file is no receipt."""

    FOR_STOR = "KVITTERING_FOR_STOR"
    IKKE_JSON = "KVITTERING_IKKE_JSON"
    BRYTER_SKJEMA = "KVITTERING_BRYTER_SKJEMA"
    DOBBELT_SVAR = "KVITTERING_MED_DOBBELT_SVAR"


class UgyldigKvittering(Exception):
    """A file from the recipient is no receipt. Carries a code and nothing of what the file said."""

    def __init__(self, kode: Lesekode) -> None:
        super().__init__(f"{kode}: keep the file aside and ask the recipient what it is")
        self.kode = kode


@dataclass(frozen=True)
class Dokumentsvar:
    """The answer to one document. `tekst` and `arkiv_id` are the recipient's own and may lead to a person."""

    melding_id: str
    status: Svarstatus
    kode: str | None = None
    tekst: str | None = field(default=None, repr=False)
    arkiv_id: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Kvittering:
    """One receipt. Technical: `status` is set, and `leveranse_id` is None when the package was not recognisable.
    Functional: `svar` holds one answer for each document it speaks of."""

    type: Kvitteringstype
    leveranse_id: str | None
    tid: datetime
    status: Tekniskstatus | None = None
    kode: str | None = None
    tekst: str | None = field(default=None, repr=False)
    svar: tuple[Dokumentsvar, ...] = ()


def parse_receipt(innhold: bytes) -> Kvittering:
    """The receipt in a file. Raises UgyldigKvittering for anything that is not exactly one."""
    data = read_object(innhold, "kvittering_mottaker")
    if data["type"] == Kvitteringstype.TEKNISK:
        return Kvittering(
            type=Kvitteringstype.TEKNISK,
            leveranse_id=data["leveranseId"],
            tid=read_time(data["tid"]),
            status=Tekniskstatus(data["status"]),
            kode=data.get("kode"),
            tekst=data.get("tekst"),
        )
    return Kvittering(
        type=Kvitteringstype.FUNKSJONELL,
        leveranse_id=data["leveranseId"],
        tid=read_time(data["tid"]),
        svar=_read_answers(data["dokumenter"]),
    )


def read_object(innhold: bytes, skjema: str) -> Any:  # noqa: ANN401  its schema has spoken
    """What a file from the recipient says, when it is exactly what the schema describes. Raises UgyldigKvittering."""
    if len(innhold) > MAKS_KVITTERING:
        raise UgyldigKvittering(Lesekode.FOR_STOR)
    data = _read_json(innhold)
    if not validator(skjema).is_valid(data):
        raise UgyldigKvittering(Lesekode.BRYTER_SKJEMA)
    return data


def _read_json(innhold: bytes) -> Any:  # noqa: ANN401  JSON is what it is until its schema has spoken
    try:
        return json.loads(innhold.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError):
        pass
    raise UgyldigKvittering(Lesekode.IKKE_JSON)


def _unique(par: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    resultat = dict(par)
    if len(resultat) < len(par):
        raise ValueError("a key stands twice")
    return resultat


def _refuse(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def read_time(tekst: str) -> datetime:
    """RFC 3339, as the schema's date-time allows it and fromisoformat may not. Raises UgyldigKvittering."""
    try:
        tid = datetime.fromisoformat(tekst)
    except ValueError:
        tid = None
    if tid is None or tid.tzinfo is None:
        raise UgyldigKvittering(Lesekode.BRYTER_SKJEMA)
    return tid


def _read_answers(rader: Sequence[Mapping[str, Any]]) -> tuple[Dokumentsvar, ...]:
    if len({rad["meldingId"] for rad in rader}) < len(rader):
        raise UgyldigKvittering(Lesekode.DOBBELT_SVAR)
    return tuple(
        Dokumentsvar(
            melding_id=rad["meldingId"],
            status=Svarstatus(rad["status"]),
            kode=rad.get("kode"),
            tekst=rad.get("tekst"),
            arkiv_id=rad.get("arkivId"),
        )
        for rad in rader
    )
