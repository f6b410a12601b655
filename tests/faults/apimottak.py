"""The recipient that is reached over HTTPS: the stand-in of the API in front of the reference receiver's own folder."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.motparter.https_mottak import Httpsmottak
from tests.motparter.maskinporten import Klient, Maskinporten, rsa_key
from tests.motparter.motpart import Kall, Svar, Uorden

ENHET = "9704"
BRUKER = "api"
SCOPE = "nav:tiltak/leveranse"
_ALL = 1 << 30
FEILSVAR: Mapping[str, Uorden] = {
    "401": Uorden(Svar.json({"status": 401}, 401)),
    "409": Uorden(Svar.json({"sha256": "0" * 64, "storrelse": 1}, 409)),
    "413": Uorden(Svar.json({"status": 413}, 413)),
    "429 med Retry-After": Uorden(Svar(429, b"", {"Retry-After": "1800"})),
    "500": Uorden(Svar.json({"status": 500}, 500)),
    "søppel": Uorden(Svar(200, b"\x00<html>\xff", {"Content-Type": "application/json"})),
    "ingenting": Uorden(None),
    "brudd under opplasting": Uorden(None, lest=9000),
    "brudd etter opplasting, før svaret": Uorden(None, utfort=True),
    "500 etter at pakken er tatt": Uorden(Svar.json({"status": 500}, 500), utfort=True),
}
"""What the API may answer in place of its answer, or do."""


class Apimottak(Httpsmottak):
    """Lays each package in the reference receiver's `inn`, and has its receipts to fetch."""

    def __init__(self, hjem: Path, maskinporten: Maskinporten) -> None:
        super().__init__(maks_bytes=_ALL)
        self.mottakere = {ENHET}
        self.godtar = lambda token: (maskinporten.read(token) or {}).get("scope") == SCOPE
        self._hjem = hjem

    def deliver(self, kall: Kall) -> Svar:
        innhold = b"".join(kall.bolker())
        svar = super().deliver(replace(kall, bolker=lambda: iter((innhold,))))
        if svar.status == 201:
            navn = f"{json.loads(svar.innhold)['eksternReferanseId']}.asice.p7m"
            delfil = self._hjem / "inn" / f"{uuid.uuid4()}.part"
            delfil.write_bytes(innhold)
            delfil.rename(self._hjem / "inn" / navn)
        return svar

    def list_receipts(self, kall: Kall) -> Svar:
        mappe = self._hjem / "kvitteringer"
        self.kvitteringer[ENHET] = {fil.name: fil.read_bytes() for fil in mappe.glob("*.json")}
        return super().list_receipts(kall)

    def delete(self, kall: Kall) -> Svar:
        svar = super().delete(kall)
        (self._hjem / "kvitteringer" / kall.sti[0]).unlink(missing_ok=True)
        return svar


def make_maskinporten() -> Maskinporten:
    """One that knows our client."""
    return Maskinporten({"klient": Klient("310000019", {"k1": rsa_key("klient").public_key()}, frozenset({SCOPE}))})


def settings(mottak: Apimottak, maskinporten: Maskinporten) -> dict[str, Any]:
    """The channel as mottakere.yaml wants it, under `https`. The key lies in the set-up's folder."""
    return {
        "adresse": mottak.adresse,
        "maskinporten": {
            "utsteder": maskinporten.utsteder,
            "klientId": "klient",
            "scope": SCOPE,
            "nokkelfil": "klient.pem",
            "kid": "k1",
        },
    }
