"""The header of a drop: what the file says, what the sender's set-up adds, and whether the two may go together."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from schemas.avvik import Avvik
from schemas.koder import kodeverk
from schemas.kontrakt import KONTRAKTVERSJON, tabeller
from schemas.oppsett import Avsender
from tiltaksflyt.intake.avbildning import Raatabell
from tiltaksflyt.intake.celler import Tallcelle
from tiltaksflyt.intake.kart import HODE, Profil
from tiltaksflyt.intake.portregler import make_avvik, portregler
from tiltaksflyt.intake.typer import type_cell

KONTROLL = "KONTROLL"


@dataclass(frozen=True)
class Ankomst:
    """How a drop came: from whom, when (with offset), for which use (PROD, TEST, KONTROLL), and its bytes' SHA-256."""

    avsender: Avsender
    mottatt: datetime
    modus: str
    sha256: str


def derive_innsending_id(orgnr: str, sha256: str) -> str:
    """The id of a drop that has none: the same bytes from the same sender are the same innsending."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:tiltaksflyt:innsending:{orgnr}:{sha256}"))


def hash_content(data: bytes) -> str:
    """SHA-256 of the bytes as dropped, in hex."""
    return hashlib.sha256(data).hexdigest()


def read_header(raa: Raatabell | None, profil: Profil, ankomst: Ankomst) -> tuple[Mapping[str, str], list[Avvik]]:
    """The header as canonical text, and what is wrong with it (FIL005, FIL006, FIL008, FIL012, FIL013, FIL017)."""
    if raa is not None and (len(raa.rad) > 1 or raa.skadede):
        return MappingProxyType({}), [make_avvik("FIL008", HODE)]
    fra_filen = _typed(raa, profil)
    avsender = ankomst.avsender
    oppsett = {
        "kontraktversjon": KONTRAKTVERSJON,
        "innsendingId": derive_innsending_id(avsender.orgnr, ankomst.sha256),
        "arrangorOrgnr": avsender.orgnr,
        "arrangorNavn": avsender.navn,
        "kildesystem": avsender.kildesystem,
        "opprettet": ankomst.mottatt.isoformat(),
        "omfang": avsender.omfang,
        # A file laid in prove/ is tried, whatever the sender delivers otherwise.
        "modus": KONTROLL if ankomst.modus == KONTROLL else avsender.modus,
    }
    hode = {felt: fra_filen.get(felt) or oppsett.get(felt, "") for felt in tabeller()[HODE].felter}
    hode["opprettet"] = _with_offset(hode["opprettet"], profil.tidssone)
    avvik = [make_avvik(regel, HODE, felt) for regel, felt in _find_faults(hode, ankomst)]
    return MappingProxyType(hode), avvik


def _typed(raa: Raatabell | None, profil: Profil) -> Mapping[str, str]:
    if raa is None or not raa.rad:
        return {}
    resultat = {}
    for navn, celler in raa.kolonner.items():
        felt = tabeller()[HODE].felter[navn]
        verdi, problem = type_cell(felt, celler[0], profil.formater)
        if navn == "kontraktversjon" and isinstance(celler[0], Tallcelle) and "." not in verdi:
            # A number cell of a workbook cannot hold the last part of 1.0.
            verdi = f"{verdi}.0"
        # A value that cannot be read must not pass as a value that is not there.
        resultat[navn] = "?" if problem else verdi
    return resultat


def _with_offset(tekst: str, tidssone: str | None) -> str:
    """The time in ISO form with offset; as it was when it cannot be read."""
    try:
        tid = datetime.fromisoformat(tekst)
    except ValueError:
        return tekst
    if tid.tzinfo is None and tidssone:
        tid = tid.replace(tzinfo=ZoneInfo(tidssone))
    return tid.isoformat()


def _find_faults(hode: Mapping[str, str], ankomst: Ankomst) -> Iterator[tuple[str, str]]:
    if hode["arrangorOrgnr"] != ankomst.avsender.orgnr:
        yield "FIL005", "arrangorOrgnr"
    if hode["kontraktversjon"] not in portregler()["FIL006"].parametre["stottedeVersjoner"]:
        yield "FIL006", "kontraktversjon"
    if hode["kildesystem"] in ("", "?"):
        yield "FIL008", "kildesystem"
    for felt in ("omfang", "modus"):
        if hode[felt] not in kodeverk(felt).koder:
            yield "FIL008", felt
    if not _is_uuid(hode["innsendingId"]):
        yield "FIL012", "innsendingId"
    if not _is_past(hode["opprettet"], ankomst.mottatt):
        yield "FIL013", "opprettet"
    if hode["modus"] in kodeverk("modus").koder and hode["modus"] != ankomst.modus:
        yield "FIL017", "modus"


def _is_uuid(tekst: str) -> bool:
    try:
        return str(uuid.UUID(tekst)) == tekst.lower()
    except ValueError:
        return False


def _is_past(tekst: str, mottatt: datetime) -> bool:
    try:
        tid = datetime.fromisoformat(tekst)
    except ValueError:
        return False
    toleranse = timedelta(minutes=portregler()["FIL013"].parametre["toleranseMinutter"])
    return tid.tzinfo is not None and tid <= mottatt + toleranse
