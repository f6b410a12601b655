"""A deltakelse as NAV's own record of it (amt.deltaker-ekstern-v1), pure: NAV's names, codes and rules of periods.

The form is DeltakerEksternV1Dto of navikt/amt-deltakelser, the texts are those of its DeltakerStatusExtensions, which
stand in the code lists; schemas/json/deltaker-ekstern.schema.json holds it. What NAV's record must have and the stored
one has not, is told instead of made up.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any

from schemas.koder import Kode, kodeverk
from transforms.deltakelsesmengder import Deltakelsesmengde, periodise
from transforms.poster import Deltakelsespost, Rad, read_dato

# NAV's model knows only these two sources, and Komet is the master of all that is not history in Arena.
_KILDE = "KOMET"
_UGRADERT = "UGRADERT"
_NAV_IDENT = re.compile(r"[A-Z][0-9]{6}")


class Mangel(StrEnum):
    """Why a deltakelse is no record of NAV's, with the sentence for the operator."""

    tekst: str

    def __new__(cls, kode: str, tekst: str = "") -> "Mangel":
        """Make the member `kode`; `tekst` is what a person reads."""
        medlem = str.__new__(cls, kode)
        medlem._value_ = kode
        medlem.tekst = tekst
        return medlem

    ADRESSEBESKYTTELSE = "ADRESSEBESKYTTELSE", "the person has adressebeskyttelse or is skjermet"
    TILTAK = "TILTAK", "NAV has no such record of this tiltak"
    STATUS = "STATUS", "NAV does not publish this status"
    GJENNOMFORING = "GJENNOMFORING", "gjennomforingId is missing or is no uuid; NAV's record must have NAV's own"
    STATUSDATO = "STATUSDATO", "statusGyldigFra is missing"


class UfullstendigPost(Exception):
    """The stored deltakelse cannot be a record of NAV's. Says what is missing, never whose."""

    kode = "UFULLSTENDIG_POST"

    def __init__(self, mangel: Mangel) -> None:
        super().__init__(f"{mangel.value}: {mangel.tekst}")
        self.mangel = mangel


@dataclass(frozen=True)
class Lagringsfakta:
    """What the ledger knows of a deltakelse beside its record: our own id, the day it came, the day it last changed."""

    ref: str
    forst_sett: date
    sist_endret: date


def build_record(post: Deltakelsespost, fakta: Lagringsfakta) -> dict[str, Any]:
    """The record. Raises UfullstendigPost with the first thing that NAV's must have and this has not."""
    rad = post.deltakelse
    status, gjennomforing = _check(post)
    statusdato = read_dato(rad, "statusGyldigFra")
    if statusdato is None:
        raise UfullstendigPost(Mangel.STATUSDATO)
    registrert = _midnight(read_dato(rad, "bestillingSendt") or fakta.forst_sett)
    return {
        "id": _uuid(rad.get("deltakelseId")) or fakta.ref,
        "gjennomforingId": gjennomforing,
        "personIdent": post.deltaker["personident"],
        "navVeileder": _advisor(post.deltaker),
        "startDato": rad.get("startDato"),
        "sluttDato": rad.get("sluttDato") or rad.get("planlagtSluttDato"),
        "status": {
            "type": status.kode,
            "tekst": status.tekst,
            "aarsak": _reason(rad, status),
            "opprettetTidspunkt": _write(_midnight(statusdato)),
        },
        "registrertTidspunkt": _write(registrert),
        "endretTidspunkt": _write(_midnight(max(statusdato, fakta.sist_endret))),
        "kilde": _KILDE,
        "innhold": None,
        "deltakelsesmengder": [_extent(mengde) for mengde in _periods(post, registrert)],
    }


def _check(post: Deltakelsespost) -> tuple[Kode, str]:
    """The status and the gjennomføring of a deltakelse that NAV would have a record of."""
    rad = post.deltakelse
    status = kodeverk("deltakerstatus").koder[rad["status"]]
    gjennomforing = _uuid(rad.get("gjennomforingId"))
    # Blank is accepted only from a sender whose set-up declares a routine instead, and means that nobody protected is.
    if (post.deltaker.get("adressebeskyttelse") or _UGRADERT) != _UGRADERT:
        raise UfullstendigPost(Mangel.ADRESSEBESKYTTELSE)
    if not kodeverk("tiltakskode").koder[rad["tiltakskode"]].egenskaper["iDeltakerEkstern"]:
        raise UfullstendigPost(Mangel.TILTAK)
    if not status.egenskaper["iDeltakerEkstern"]:
        raise UfullstendigPost(Mangel.STATUS)
    if gjennomforing is None:
        raise UfullstendigPost(Mangel.GJENNOMFORING)
    return status, gjennomforing


def _reason(rad: Rad, status: Kode) -> dict[str, str | None]:
    """Always an object; both fields null where the status has no reason. Own words only where NAV allows them."""
    kode = rad.get("aarsak") if status.egenskaper["kanHaAarsak"] else None
    if kode is None:
        return {"type": None, "beskrivelse": None}
    aarsak = kodeverk("deltakerstatus_aarsak").koder[kode]
    egne_ord = rad.get("aarsakBeskrivelse") if aarsak.egenskaper["beskrivelseTillatt"] else None
    return {"type": aarsak.kode, "beskrivelse": egne_ord or aarsak.tekst}


def _advisor(deltaker: Rad) -> dict[str, str | None] | None:
    """NAV's veileder by ident; a name is none of NAV's idents and is not written."""
    ident = deltaker.get("navVeileder")
    if not isinstance(ident, str) or not _NAV_IDENT.fullmatch(ident):
        return None
    return {"enhetsnummer": deltaker.get("navEnhet"), "navIdent": ident}


def _periods(post: Deltakelsespost, registrert: datetime) -> tuple[Deltakelsesmengde, ...]:
    """Only for tiltak whose extent NAV divides in periods (AFT, VTA); otherwise the list is empty.

    The contract does not say when an extent was registered, so all get the same time, and none removes another: the
    sender's rows are its timeline as it stands.
    """
    rad = post.deltakelse
    if not kodeverk("tiltakskode").koder[rad["tiltakskode"]].egenskaper["periodisertDeltakelsesmengde"]:
        return ()
    start = post.dato("startDato")
    mengder = []
    for ett in post.rader("deltakelsesmengde"):
        fra = read_dato(ett, "gyldigFra") or start
        if fra is not None:
            mengder.append(_as_extent(ett, fra, registrert))
    return periodise(mengder, start, post.dato("sluttDato") or post.dato("planlagtSluttDato"))


def _as_extent(rad: Mapping[str, Any], fra: date, registrert: datetime) -> Deltakelsesmengde:
    dager = rad.get("dagerPerUke")
    return Deltakelsesmengde(
        deltakelsesprosent=Decimal(str(rad["deltakelsesprosent"])),
        dager_per_uke=None if dager is None else Decimal(str(dager)),
        gyldig_fra=fra,
        opprettet=registrert,
    )


def _extent(mengde: Deltakelsesmengde) -> dict[str, Any]:
    return {
        "deltakelsesprosent": _number(mengde.deltakelsesprosent),
        "dagerPerUke": None if mengde.dager_per_uke is None else _number(mengde.dager_per_uke),
        "gyldigFraDato": mengde.gyldig_fra.isoformat(),
        "opprettetTidspunkt": _write(mengde.opprettet),
    }


def _number(tall: Decimal) -> int | float:
    return int(tall) if tall == tall.to_integral_value() else float(tall)


def _uuid(verdi: object) -> str | None:
    try:
        return str(uuid.UUID(verdi)) if isinstance(verdi, str) else None
    except ValueError:
        return None


def _midnight(dag: date) -> datetime:
    return datetime.combine(dag, time())


def _write(tid: datetime) -> str:
    return tid.isoformat(timespec="seconds")
