"""What is a receipt, and what is not."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiltaksflyt.delivery.receipts import (
    Kvitteringstype,
    Lesekode,
    Svarstatus,
    Tekniskstatus,
    UgyldigKvittering,
    parse_receipt,
)

LEVERANSE = "5b1a3c52-2f60-4c56-9f0c-6f8a2f9f1a11"
EN = "11111111-1111-4111-8111-111111111111"
TO = "22222222-2222-4222-8222-222222222222"


def technical(**endret: Any) -> dict[str, Any]:
    return {
        "kvitteringsversjon": "1.0",
        "type": "TEKNISK",
        "leveranseId": LEVERANSE,
        "status": "LEVERT",
        "tid": "2026-03-02T08:00:00+01:00",
        "sha256": "0" * 64,
        "storrelse": 10,
    } | endret


def functional(*svar: dict[str, Any], **endret: Any) -> dict[str, Any]:
    return {
        "kvitteringsversjon": "1.0",
        "type": "FUNKSJONELL",
        "leveranseId": LEVERANSE,
        "tid": "2026-03-02T07:00:00Z",
        "dokumenter": list(svar) or [{"meldingId": EN, "status": "GODTATT", "arkivId": "REF-1"}],
    } | endret


def parse(data: Any) -> Any:
    return parse_receipt(json.dumps(data).encode())


def test_technical() -> None:
    kvittering = parse(technical())
    assert (kvittering.type, kvittering.status, kvittering.leveranse_id) == (
        Kvitteringstype.TEKNISK,
        Tekniskstatus.LEVERT,
        LEVERANSE,
    )
    assert kvittering.tid == datetime(2026, 3, 2, 7, tzinfo=UTC)
    assert kvittering.svar == ()
    avvist = parse(technical(status="FEIL", leveranseId=None, kode="SKADET_PAKKE", tekst="Pakken er skadet."))
    assert (avvist.leveranse_id, avvist.kode) == (None, "SKADET_PAKKE")


def test_functional() -> None:
    kvittering = parse(
        functional(
            {"meldingId": EN, "status": "GODTATT_MED_MERKNAD", "kode": "MANGLER_VEDLEGG", "arkivId": "REF-1"},
            {"meldingId": TO, "status": "AVVIST", "kode": "FEIL_PERSON", "tekst": "Gjelder Kari Nordmann."},
        )
    )
    assert kvittering.type is Kvitteringstype.FUNKSJONELL
    assert [(s.melding_id, s.status, s.kode, s.arkiv_id) for s in kvittering.svar] == [
        (EN, Svarstatus.GODTATT_MED_MERKNAD, "MANGLER_VEDLEGG", "REF-1"),
        (TO, Svarstatus.AVVIST, "FEIL_PERSON", None),
    ]
    assert kvittering.svar[1].tekst == "Gjelder Kari Nordmann."
    assert "Kari" not in repr(kvittering)
    assert "REF-1" not in repr(kvittering)


UGYLDIGE = {
    "empty": (b"", Lesekode.IKKE_JSON),
    "not JSON": (b"<kvittering/>", Lesekode.IKKE_JSON),
    "not UTF-8": (b'{"a": "\xff"}', Lesekode.IKKE_JSON),
    "UTF-16": (json.dumps({"a": 1}).encode("utf-16"), Lesekode.IKKE_JSON),
    "cut off": (json.dumps(technical()).encode()[:-5], Lesekode.IKKE_JSON),
    "two at once": (json.dumps(technical()).encode() * 2, Lesekode.IKKE_JSON),
    "deep": (b"[" * 100_000, Lesekode.IKKE_JSON),
    "a key twice": (json.dumps(technical()).encode().replace(b"{", b'{"type": "TEKNISK", ', 1), Lesekode.IKKE_JSON),
    "NaN": (json.dumps(technical(storrelse=float("nan"))).encode(), Lesekode.IKKE_JSON),
    "too large": (b" " * ((4 << 20) + 1), Lesekode.FOR_STOR),
    "a list": (json.dumps([technical()]).encode(), Lesekode.BRYTER_SKJEMA),
    "null": (b"null", Lesekode.BRYTER_SKJEMA),
    "another type": (json.dumps(technical(type="LEST")).encode(), Lesekode.BRYTER_SKJEMA),
    "another version": (json.dumps(technical(kvitteringsversjon="2.0")).encode(), Lesekode.BRYTER_SKJEMA),
    "more keys": (json.dumps(technical(navn="Kari")).encode(), Lesekode.BRYTER_SKJEMA),
    "no time": (json.dumps(technical(tid="i går")).encode(), Lesekode.BRYTER_SKJEMA),
    "time without offset": (json.dumps(technical(tid="2026-03-02T08:00:00")).encode(), Lesekode.BRYTER_SKJEMA),
    "a day that is none": (json.dumps(technical(tid="2026-02-30T08:00:00Z")).encode(), Lesekode.BRYTER_SKJEMA),
    "id that climbs": (json.dumps(technical(leveranseId="../x")).encode(), Lesekode.BRYTER_SKJEMA),
    "unknown status": (json.dumps(functional({"meldingId": EN, "status": "OK"})).encode(), Lesekode.BRYTER_SKJEMA),
    "rejected without code": (
        json.dumps(functional({"meldingId": EN, "status": "AVVIST"})).encode(),
        Lesekode.BRYTER_SKJEMA,
    ),
    "long text": (
        json.dumps(functional({"meldingId": EN, "status": "GODTATT", "tekst": "x" * 501})).encode(),
        Lesekode.BRYTER_SKJEMA,
    ),
    "no answers": (json.dumps(functional(dokumenter=[])).encode(), Lesekode.BRYTER_SKJEMA),
    "two answers to one": (
        json.dumps(functional({"meldingId": EN, "status": "GODTATT"}, {"meldingId": EN, "status": "GODTATT"})).encode(),
        Lesekode.DOBBELT_SVAR,
    ),
}


@pytest.mark.parametrize(("innhold", "kode"), UGYLDIGE.values(), ids=UGYLDIGE)
def test_what_is_not_certainly_a_receipt_is_none(innhold: bytes, kode: Lesekode) -> None:
    with pytest.raises(UgyldigKvittering) as feil:
        parse_receipt(innhold)
    assert feil.value.kode is kode
    assert feil.value.__context__ is None
    assert "Kari" not in str(feil.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda barn: st.lists(barn, max_size=3) | st.dictionaries(st.text(max_size=12), barn, max_size=3),
    max_leaves=10,
)


@given(st.binary(max_size=200) | JSON.map(lambda v: json.dumps(v).encode()))
def test_garbage_is_refused_by_code_and_nothing_else(innhold: bytes) -> None:
    with pytest.raises(UgyldigKvittering):
        parse_receipt(innhold)


@given(st.sampled_from([*technical(), *functional()]), JSON)
def test_one_field_of_anything_else_is_read_or_refused(felt: str, verdi: Any) -> None:
    for hel in (technical(), functional()):
        try:
            parse(hel | {felt: verdi})
        except UgyldigKvittering:
            continue
