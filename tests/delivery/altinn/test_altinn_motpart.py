"""That the stand-in of Broker refuses what Broker refuses; without it the tests of the channel would prove nothing."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest

from tests.delivery.altinn.altinnsak import ANNEN_RESSURS, FREMMED, LEVERANSE, NAV, OSS, RESSURS, Altinnsak, open_case
from tests.motparter.maskinporten import rsa_key
from tiltaksflyt.delivery.httpklient import open_client

OKTETTER = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def sak(tmp_path: Path) -> Iterator[Altinnsak]:
    with open_case(tmp_path) as sak:
        yield sak


def description(**endret: Any) -> dict[str, Any]:
    return {
        "fileName": "pakke.asice.p7m",
        "resourceId": RESSURS,
        "sender": f"0192:{OSS}",
        "recipients": [f"0192:{NAV}"],
        "sendersFileTransferReference": LEVERANSE,
    } | endret


def initialise(sak: Altinnsak, **endret: Any) -> str:
    svar = sak.ask("POST", "", json=description(**endret))
    assert svar.status_code == 200, svar.text
    return str(svar.json()["fileTransferId"])


def upload(sak: Altinnsak, overforing_id: str, innhold: bytes = b"hei", **hode: str) -> int:
    return sak.ask("POST", f"/{overforing_id}/upload", content=innhold, headers={**OKTETTER, **hode}).status_code


def test_there_and_back(sak: Altinnsak) -> None:
    en = initialise(sak)
    assert upload(sak, en) == 200
    nav = sak.headers(NAV)
    assert sak.ask("GET", f"/{en}/download", hode=nav).content == b"hei"
    assert sak.ask("POST", f"/{en}/confirmdownload", hode=nav).status_code == 200
    assert sak.altinn.overforinger[en].historikk == [
        "UploadStarted",
        "UploadProcessing",
        "Published",
        "AllConfirmedDownloaded",
    ]


@pytest.mark.parametrize(
    ("endret", "status"),
    [
        ({"resourceId": "ukjent"}, 403),
        ({"resourceId": ANNEN_RESSURS}, 401),
        ({"sender": f"0192:{FREMMED}"}, 401),
        ({"recipients": [f"0192:{FREMMED}"]}, 401),
        ({"sender": OSS}, 400),
        ({"recipients": [NAV]}, 400),
        ({"recipients": []}, 400),
        ({"fileName": ""}, 400),
        ({"checksum": "ikke-md5"}, 400),
        ({"propertyList": {str(n): "" for n in range(11)}}, 400),
        ({"propertyList": {"a": "x" * 301}}, 400),
        ({"ukjent": "felt"}, 400),
    ],
)
def test_a_description_that_is_refused(sak: Altinnsak, endret: dict[str, Any], status: int) -> None:
    assert sak.ask("POST", "", json=description(**endret)).status_code == status
    assert sak.altinn.overforinger == {}


def test_who_may_not(sak: Altinnsak) -> None:
    en = initialise(sak)
    assert upload(sak, en) == 200
    falskt = jwt.encode({"scope": "altinn:broker.write", "orgnr": OSS, "exp": 1 << 40}, rsa_key("annen"), "RS256")
    for hode, status in [
        ({}, 401),
        ({"Authorization": "Bearer skrot"}, 401),
        ({"Authorization": f"Bearer {falskt}"}, 401),
        (sak.headers(scope="nav:annet"), 403),
        (sak.headers(FREMMED), 401),
    ]:
        assert sak.ask("GET", f"/{en}", hode=hode).status_code == status
    assert sak.ask("POST", "", json=description(), hode=sak.headers(scope="altinn:broker.read")).status_code == 403
    assert sak.ask("GET", f"/{en}/download", hode=sak.headers(NAV, "altinn:broker.write")).status_code == 403
    assert sak.ask("GET", f"/{en}/download").status_code == 401
    assert sak.ask("POST", f"/{en}/confirmdownload").status_code == 401


def test_a_token_ends(sak: Altinnsak) -> None:
    en, hode = initialise(sak), sak.headers()
    assert sak.ask("GET", f"/{en}", hode=hode).status_code == 200
    sak.klokke.na += timedelta(minutes=30)
    assert sak.ask("GET", f"/{en}", hode=hode).status_code == 401


@pytest.mark.parametrize("hode", [{}, {"Authorization": "Bearer skrot"}])
def test_the_exchange_takes_only_what_maskinporten_gave(sak: Altinnsak, hode: dict[str, str]) -> None:
    with open_client() as klient:
        adresse = f"{sak.altinn.adresse}/authentication/api/v1/exchange/maskinporten"
        assert klient.get(adresse, headers=hode).status_code == 401


def test_an_upload_that_is_refused(sak: Altinnsak) -> None:
    en = initialise(sak, checksum="0" * 32)
    assert upload(sak, str(uuid4())) == 404
    assert upload(sak, en, **{"Content-Type": "text/plain"}) == 415
    assert upload(sak, en) == 400
    assert sak.altinn.overforinger[en].status == "Failed"
    assert upload(sak, en) == 409
    sak.altinn.maks_bytes = 2
    to = initialise(sak)
    assert upload(sak, to) == 400
    assert sak.altinn.overforinger[to].status == "Initialized"
    fremmed = sak.ask("POST", f"/{to}/upload", content=b"h", headers=OKTETTER, hode=sak.headers(NAV))
    assert fremmed.status_code == 401


@pytest.mark.parametrize("status", ["UploadProcessing", "Published", "Cancelled", "Purged", "AllConfirmedDownloaded"])
def test_an_upload_to_what_is_past_it(sak: Altinnsak, status: str) -> None:
    en = initialise(sak)
    sak.altinn.move(en, status)
    assert upload(sak, en) == 409


@pytest.mark.parametrize("status", ["Initialized", "UploadProcessing", "Failed", "Purged"])
def test_a_download_before_it_is_published(sak: Altinnsak, status: str) -> None:
    en, nav = initialise(sak), sak.headers(NAV)
    sak.altinn.move(en, status)
    assert sak.ask("GET", f"/{en}/download", hode=nav).status_code == 403
    assert sak.ask("POST", f"/{en}/confirmdownload", hode=nav).status_code == 400


def test_a_confirmation_too_soon_and_one_too_many(sak: Altinnsak) -> None:
    en, nav = initialise(sak), sak.headers(NAV)
    upload(sak, en)
    assert sak.ask("POST", f"/{en}/confirmdownload", hode=nav).status_code == 400
    sak.ask("GET", f"/{en}/download", hode=nav)
    assert sak.ask("POST", f"/{en}/confirmdownload", hode=nav).status_code == 200
    assert sak.ask("POST", f"/{en}/confirmdownload", hode=nav).status_code == 400


def test_the_search(sak: Altinnsak) -> None:
    ider = []
    for _ in range(101):
        sak.klokke.na += timedelta(seconds=1)
        ider.append(sak.altinn.put(RESSURS, NAV, OSS, b"x"))
    sak.klokke.na += timedelta(seconds=1)
    sak.altinn.put(ANNEN_RESSURS, FREMMED, NAV, b"x")

    def search(**sporring: str) -> Any:
        svar = sak.ask("GET", "", params={"resourceId": RESSURS, **sporring})
        return svar.json() if svar.status_code == 200 else svar.status_code

    assert search(status="Published", recipientStatus="Initialized") == ider[1:]
    sak.ask("GET", f"/{ider[100]}/download")
    assert search(status="Published", recipientStatus="DownloadStarted") == [ider[100]]
    assert search(status="Purged") == []
    assert search(status="ukjent") == 400
    assert search(resourceId=ANNEN_RESSURS) == 401
    assert search(resourceId="ukjent") == 403
