"""When a dropped object is ready to be taken, and which names the bucket may hold."""

from datetime import UTC, datetime, timedelta

import pytest

from tiltaksflyt.storage import Lagringskode, Objekt, StorageFeil, is_ready, nokler

LAGT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ID = "0d9f5e0a-6f3c-4e57-9e0b-1c7f7b1c2d3e"


def objekt(**endret: object) -> Objekt:
    felt: dict[str, object] = {"nokkel": "innboks/310000019/a.xlsx", "storrelse": 10, "etag": "e", "sist_endret": LAGT}
    return Objekt(**(felt | endret))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sekunder", "andre", "klar"),
    [
        (5, {}, True),
        (4.999, {}, False),
        (-3600, {}, False),  # a clock ahead of ours
        (60, {"storrelse": 11}, False),
        (60, {"etag": "f"}, False),
        (60, {"nokkel": "innboks/310000019/b.xlsx"}, False),
    ],
)
def test_ready_when_two_looks_agree_and_it_has_been_still(
    sekunder: float, andre: dict[str, object], klar: bool
) -> None:
    assert is_ready(objekt(), objekt(**andre), now=LAGT + timedelta(seconds=sekunder)) is klar


def test_touched_between_the_looks_counts_from_the_last_touch() -> None:
    senere = objekt(sist_endret=LAGT + timedelta(seconds=8))
    assert not is_ready(objekt(), senere, now=LAGT + timedelta(seconds=10))


def test_gone_is_not_ready() -> None:
    assert not is_ready(objekt(), None, now=LAGT + timedelta(hours=1))
    assert not is_ready(None, None, now=LAGT + timedelta(hours=1))


def test_a_look_does_not_show_the_senders_words() -> None:
    assert "innboks" not in repr(objekt())


def test_names_of_ours() -> None:
    assert nokler.innboks("310000019") == "innboks/310000019/"
    assert nokler.utboks("310000019", f"{ID}/kvittering.json") == f"utboks/310000019/{ID}/kvittering.json"
    assert nokler.utboks("310000019", "frister-2026-04-01.ics").endswith("frister-2026-04-01.ics")
    assert nokler.mottatt(ID, "deltaker.csv") == f"mottatt/{ID}/deltaker.csv"
    assert nokler.pakke(ID) == f"pakker/{ID}.asice.p7m"


@pytest.mark.parametrize("orgnr", ["", "3100000190", "31000001", "310000019/", "../10000019", "31000001９"])
def test_a_prefix_takes_nine_digits_only(orgnr: str) -> None:
    with pytest.raises(StorageFeil) as feil:
        nokler.innboks(orgnr)
    assert feil.value.kode is Lagringskode.UGYLDIG_NAVN


@pytest.mark.parametrize(
    "navn",
    [
        "../a",
        "a/../../b",
        "a//b",
        "/a",
        "a/",
        "Kari Nordmann.pdf",
        "plan_kari.PDF",
        "a\n",
        "01817012345.json",
        "018170-12345.json",
        "plan-018170.12345",
        "a..b",
    ],
)
def test_a_name_that_could_hold_a_person_or_climb_is_refused(navn: str) -> None:
    for lag in (lambda: nokler.utboks("310000019", navn), lambda: nokler.mottatt(ID, navn)):
        with pytest.raises(StorageFeil) as feil:
            lag()
        assert feil.value.kode is Lagringskode.UGYLDIG_NAVN
        assert navn not in str(feil.value)


@pytest.mark.parametrize("id_", ["", "x", "12345678", ID.upper(), ID + "0", f"../{ID}"])
def test_an_id_is_a_uuid_or_a_hash(id_: str) -> None:
    with pytest.raises(StorageFeil):
        nokler.pakke(id_)
