"""Contract documents for the tests of the steps: a case in order, on which a test changes only what decides."""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from datetime import date, timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from schemas.identer import check_orgnr, check_personident
from schemas.koder import kodeverk

AFT = "ARBEIDSFORBEREDENDE_TRENING"
ENHET = "9703"
AVSENDER = next(orgnr for n in range(90000000, 90001000) if check_orgnr(orgnr := f"3{n:08d}").gyldig)
ANNEN = next(orgnr for n in range(90002000, 90003000) if check_orgnr(orgnr := f"3{n:08d}").gyldig)
_IDENTER_PER_AAR = 300


def make_ident(nummer: int) -> str:
    """A synthetic fødselsnummer (month + 80), another for each number below 15 000."""
    tidligere, plass = divmod(nummer, _IDENTER_PER_AAR)
    return _idents(90 - tidligere)[plass]


@cache
def _idents(aar: int) -> Sequence[str]:
    mulige = (f"1581{aar:02d}{hale:05d}" for hale in range(10000, 50000))
    gyldige = (ident for ident in mulige if check_personident(ident, regel2032=False).gyldig)
    return list(islice(gyldige, _IDENTER_PER_AAR))


def make_oppsett(katalog: Path, rapporterer_fra: str = "2026-01-01", enhet: str = ENHET) -> Path:
    """A set-up with two senders that follow the contract, and one test recipient."""
    (katalog / "avsendere").mkdir(parents=True)
    for orgnr, navn in ((AVSENDER, "Eksempel Vekst AS"), (ANNEN, "Annen Vekst AS")):
        oppsett = {
            "orgnr": orgnr,
            "navn": navn,
            "rapportererFra": rapporterer_fra,
            "innsending": {"kildesystem": "Fagsystem", "omfang": "FULL", "modus": "TEST"},
            "roller": {
                "behandlingsansvarlig": "NAV",
                "databehandleravtale": {"referanse": "DBA-TEST", "fra": "2025-01-01"},
                "underdatabehandlerGodkjent": "2025-01-01",
                "tillattePersonopplysninger": sorted(kodeverk("personopplysning").koder),
            },
            "adressebeskyttelse": "I_SYSTEMET",
        }
        (katalog / "avsendere" / f"{orgnr}.yaml").write_text(yaml.safe_dump(oppsett), encoding="utf-8")
    mottaker = {
        "navEnhet": enhet,
        "navn": "TEST Nav Eksempelbyen",
        "fylke": "03",
        "test": True,
        "sertifikat": "sertifikater/mottaker.pem",
        "kanal": {
            "sftp": {
                "vert": "127.0.0.1",
                "port": 22,
                "bruker": "x",
                "nokkelfil": "x",
                "vertsnokkel": "x",
                "inn": "inn",
                "kvitteringer": "kvitteringer",
            }
        },
        "vinduer": [
            {
                "dager": ["man", "tir", "ons", "tor", "fre", "lor", "son"],
                "fra": "00:00",
                "til": "00:00",
                "helligdager": True,
            }
        ],
    }
    (katalog / "mottakere.yaml").write_text(yaml.safe_dump({"mottakere": [mottaker]}), encoding="utf-8")
    return katalog


def person(nummer: int) -> dict[str, Any]:
    """A deltaker in order."""
    return {
        "deltakerId": f"P{nummer}",
        "personident": make_ident(nummer),
        "fornavn": f"Fornavn{nummer}",
        "etternavn": f"Etternavn{nummer}",
        "adressebeskyttelse": "UGRADERT",
        "navEnhet": ENHET,
    }


def running(nummer: int, start: date) -> dict[str, Any]:
    """A running deltakelse that began on `start`, with whatever a case in order has."""
    return {
        "deltakelseId": f"D{nummer}",
        "deltakerId": f"P{nummer}",
        "tiltakskode": AFT,
        "status": "DELTAR",
        "statusGyldigFra": start.isoformat(),
        "startDato": start.isoformat(),
        "sluttDato": (start + timedelta(days=364)).isoformat(),
        "oppstartsamtale": (start + timedelta(days=2)).isoformat(),
        "bestillingTekst": "Nav ber om avklaring av arbeidsevne og utprøving i butikk.",
        "veileder": "Vera Veileder",
    }


def plan(nummer: int, ferdigstilt: date, **endret: Any) -> dict[str, Any]:
    """A finished plan with its seven points."""
    return {
        "deltakelseId": f"D{nummer}",
        "versjon": 1,
        "ferdigstilt": ferdigstilt.isoformat(),
        "hensikt": "Komme i ordinært arbeid.",
        "yrkesmal": "Butikkmedarbeider.",
        "fagligeMalOgFramdrift": "Lære kassearbeid innen sommeren.",
        "utprovingIOrdinaertArbeidsliv": "Utprøving i dagligvare fra uke ti.",
        "avtaltOppfolging": "Samtale hver uke.",
        "mestringsmal": "Møte presis hver dag.",
        **endret,
    }


def slutt(nummer: int, ferdigstilt: date, **endret: Any) -> dict[str, Any]:
    """A finished sluttvurdering."""
    return {
        "deltakelseId": f"D{nummer}",
        "ferdigstilt": ferdigstilt.isoformat(),
        "resultat": "TILTAKSPERIODEN_OVERSKREDET",
        "beskrivelseAvTiltakslopet": "Deltakeren har vært i butikk og på lager.",
        "ressurserOgMuligheter": "God orden og blid i møte med kunder.",
        "svarPaBestilling": "Arbeidsevnen er avklart til femti prosent.",
        "anbefaltOppfolging": "Oppfølging fra Nav i jobbsøkingen.",
        **endret,
    }


def document(
    opprettet: date, deltakelser: Iterable[dict[str, Any]], *, omfang: str = "FULL", **tabeller: list[dict[str, Any]]
) -> dict[str, Any]:
    """A contract document from AVSENDER with the persons that the deltakelser name."""
    rader = deepcopy(list(deltakelser))
    personer = {rad["deltakerId"]: person(int(rad["deltakerId"][1:])) for rad in rader}
    hode = {
        "kontraktversjon": "1.0",
        "arrangorOrgnr": AVSENDER,
        "kildesystem": "Fagsystem",
        "opprettet": f"{opprettet.isoformat()}T00:00:01+01:00",
        "omfang": omfang,
        "modus": "TEST",
    }
    return {"innsending": hode, "deltaker": list(personer.values()), "deltakelse": rader, **tabeller}


def from_other(innhold: dict[str, Any]) -> dict[str, Any]:
    """The same document as the other sender's."""
    return {**innhold, "innsending": {**innhold["innsending"], "arrangorOrgnr": ANNEN}}
