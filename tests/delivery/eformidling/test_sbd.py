"""What travels outside the encryption: nothing that leads to anyone."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.motparter.eformidling import NAV, OSS, Eformidling, party
from tiltaksflyt.delivery.sbd import (
    DOKUMENTTYPE,
    KVITTERING,
    LEVERANSE,
    PROSESS,
    Forsendelse,
    Innkommende,
    checksum,
    make_sbd,
    message_id,
    read_receipt_sbd,
)

MELDING, PAKKE = "0d4f42c2-7a0b-4c3f-9a57-3f1f2a8f6b11", "5d4f42c2-7a0b-4c3f-9a57-3f1f2a8f6b12"
SHA = "0123456789abcdef" * 4
NA = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
# Everything that may stand in a document that we send.
TILLATT = re.compile(
    r"0192:[0-9]{9}|[0-9]{4}(-KOMMUNE)?|[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\+00:00|[12]\.0|ConversationId|avtalt|iso6523-actorid-upis"
    rf"|{re.escape(PROSESS)}|{re.escape(DOKUMENTTYPE)}|{re.escape(LEVERANSE)}"
)


def make(**endret: Any) -> dict[str, Any]:
    felt = {
        "melding_id": MELDING,
        "leveranse_id": PAKKE,
        "fra_orgnr": OSS,
        "til_orgnr": NAV,
        "mottaker": "9703-KOMMUNE",
        "sha256": SHA,
        "opprettet": NA,
        "levetid_slutt": NA + timedelta(days=4),
    }
    return make_sbd(Forsendelse(**{**felt, **endret}))


def leaves(verdi: Any) -> Iterator[Any]:
    if isinstance(verdi, dict):
        for ett in verdi.values():
            yield from leaves(ett)
    elif isinstance(verdi, list):
        for ett in verdi:
            yield from leaves(ett)
    else:
        yield verdi


def test_it_says_orgnr_ids_process_times_and_a_checksum_and_nothing_else() -> None:
    funnet = list(leaves(make()))
    assert [verdi for verdi in funnet if not (isinstance(verdi, str) and TILLATT.fullmatch(verdi))] == []
    assert {f"0192:{OSS}", f"0192:{NAV}", MELDING, PAKKE, SHA, "9703-KOMMUNE"} <= set(funnet)


def test_its_fields_are_these() -> None:
    def fields(verdi: Any, sti: str = "") -> Iterator[str]:
        if isinstance(verdi, dict):
            for navn, ett in verdi.items():
                yield from fields(ett, f"{sti}/{navn}")
        elif isinstance(verdi, list):
            for ett in verdi:
                yield from fields(ett, sti)
        else:
            yield sti

    hode = "/standardBusinessDocumentHeader"
    assert sorted(fields(make())) == sorted(
        [
            "/avtalt/identifier",
            "/avtalt/content/leveranseId",
            "/avtalt/content/mottaker",
            "/avtalt/content/sha256",
            f"{hode}/headerVersion",
            *(
                f"{hode}/{rolle}/identifier/{felt}"
                for rolle in ("sender", "receiver")
                for felt in ("authority", "value")
            ),
            *(
                f"{hode}/documentIdentification/{felt}"
                for felt in ("standard", "typeVersion", "type", "instanceIdentifier", "creationDateAndTime")
            ),
            *(f"{hode}/businessScope/scope/{felt}" for felt in ("type", "instanceIdentifier", "identifier")),
            f"{hode}/businessScope/scope/scopeInformation/expectedResponseDateTime",
        ]
    )


def test_the_message_has_its_own_id_and_the_conversation_is_the_delivery() -> None:
    sbd = make()
    hode = sbd["standardBusinessDocumentHeader"]
    assert message_id(sbd) == MELDING
    assert hode["businessScope"]["scope"][0]["instanceIdentifier"] == PAKKE
    assert hode["receiver"] == [party(NAV)]
    assert checksum(sbd) == SHA
    levetid = hode["businessScope"]["scope"][0]["scopeInformation"][0]["expectedResponseDateTime"]
    assert datetime.fromisoformat(levetid) - NA == timedelta(days=4)


@pytest.fixture
def kvittering() -> dict[str, Any]:
    with Eformidling() as punkt:
        punkt.receipt(b"{}", "0315", melding_id=MELDING)
        return punkt.inn[MELDING].sbd


def test_a_receipt_says_whose_it_is(kvittering: dict[str, Any]) -> None:
    assert read_receipt_sbd(kvittering) == Innkommende(MELDING, NAV, "0315")


def broken(sbd: dict[str, Any], sti: str, verdi: Any) -> dict[str, Any]:
    kopi = json.loads(json.dumps(sbd))
    sted, *ledd = kopi, *sti.split("/")
    for ett in ledd[:-1]:
        sted = sted[int(ett)] if isinstance(sted, list) else sted[ett]
    siste = int(ledd[-1]) if isinstance(sted, list) else ledd[-1]
    if verdi is None:
        del sted[siste]
    else:
        sted[siste] = verdi
    return kopi


HODE = "standardBusinessDocumentHeader"


@pytest.mark.parametrize(
    ("sti", "verdi"),
    [
        (f"{HODE}/documentIdentification/standard", "urn:no:difi:arkivmelding:xsd::arkivmelding"),
        (f"{HODE}/documentIdentification/instanceIdentifier", "../../manage/shutdown"),
        (f"{HODE}/documentIdentification/instanceIdentifier", MELDING.upper()),
        (f"{HODE}/documentIdentification/instanceIdentifier", None),
        (f"{HODE}/businessScope/scope/0/identifier", "urn:no:difi:profile:avtalt:response:ver1.0"),
        (f"{HODE}/businessScope/scope/0", None),
        (f"{HODE}/sender/0", None),
        (f"{HODE}/sender", "en tekst"),
        (HODE, None),
        ("avtalt/identifier", LEVERANSE),
        ("avtalt/content/mottaker", None),
        ("avtalt/content", "en tekst"),
        ("avtalt", None),
    ],
)
def test_what_is_not_certainly_a_receipt_is_none(kvittering: dict[str, Any], sti: str, verdi: Any) -> None:
    assert kvittering["avtalt"]["identifier"] == KVITTERING
    assert read_receipt_sbd(broken(kvittering, sti, verdi)) is None
