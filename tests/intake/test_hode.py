"""The header: from the file, else from the sender's set-up; and what may not go together (FIL005-FIL017)."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

MOTTATT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
STENGT = "fraDato;tilDato\n2026-07-01;2026-07-31\n"


@pytest.fixture
def med_hode(skriv: Any, orgnr: str) -> Any:
    """A ZIP with a header row; keyword arguments change it, None leaves the column out."""

    def make(**endret: str | None) -> bytes:
        hode: dict[str, str | None] = {
            "kontraktversjon": "1.0",
            "innsendingId": str(uuid.UUID(int=7, version=4)),
            "arrangorOrgnr": orgnr,
            "kildesystem": "Annet system",
            "opprettet": "2026-03-02T08:15:00+01:00",
            "omfang": "ENDRING",
            "modus": "TEST",
        }
        felter = {navn: verdi for navn, verdi in (hode | endret).items() if verdi is not None}
        return skriv.zip({"innsending.csv": skriv.csv([list(felter), list(felter.values())]), "stengt.csv": STENGT})

    return make


def test_the_header_of_the_file_decides(lever: Any, med_hode: Any) -> None:
    lesing = lever(med_hode())
    assert lesing.avvik == ()
    assert lesing.hode["kildesystem"] == "Annet system"
    assert lesing.hode["omfang"] == "ENDRING"
    assert lesing.hode["opprettet"] == "2026-03-02T08:15:00+01:00"
    assert lesing.hode["innsendingId"] == "00000000-0000-4000-8000-000000000007"
    assert "innsending" not in lesing.tabeller


def test_the_set_up_fills_what_the_file_leaves_out(lever: Any, med_hode: Any, orgnr: str) -> None:
    for data in (med_hode(**dict.fromkeys(lever(med_hode()).hode, None), x="1"), STENGT.encode()):
        hode = lever(data).hode
        assert hode["arrangorOrgnr"] == orgnr
        assert (hode["kildesystem"], hode["omfang"], hode["modus"]) == ("Vekstfag", "FULL", "TEST")
        assert hode["kontraktversjon"] == "1.0"
        assert hode["opprettet"] == MOTTATT.isoformat()
        assert hode["avdelingOrgnr"] == ""


def test_confirmations_of_deletion_alone_are_no_whole_truth(lever: Any, regler: Any) -> None:
    sak = "7D1C1F1E-4B0A-4C55-9A0E-0C0FFEE00009"
    lesing = lever(f"slettesakId;slettet\r\n{sak};20.05.2026\r\n".encode(), filnavn="slettebekreftelse.csv")
    assert regler(lesing) == []
    assert (lesing.hode["omfang"], lesing.slettesaker) == ("ENDRING", {sak.lower()})


def test_the_same_bytes_from_the_same_sender_are_the_same_innsending(lever: Any, skriv: Any) -> None:
    en = lever(STENGT.encode()).hode["innsendingId"]
    assert uuid.UUID(en).version == 5
    assert lever(STENGT.encode(), mottatt=MOTTATT + timedelta(days=1)).hode["innsendingId"] == en
    assert lever(STENGT.encode() + b"\n").hode["innsendingId"] != en
    assert lever(STENGT.encode(), orgnr=skriv.orgnr(820000000)).hode["innsendingId"] != en


def test_another_arrangor_in_the_file_refuses_it_whole(lever: Any, regler: Any, med_hode: Any, skriv: Any) -> None:
    lesing = lever(med_hode(arrangorOrgnr=skriv.orgnr(820000000)))
    assert regler(lesing) == ["FIL005"]
    assert not lesing.tabeller
    # The group's own number is not the arrangør's either.
    konsern = skriv.orgnr(830000000)
    assert regler(lever(med_hode(arrangorOrgnr=konsern), konsern_orgnr=konsern)) == ["FIL005"]
    assert regler(lever(med_hode(arrangorOrgnr="tull\ufffd"))) == ["FIL005"]


def test_an_orgnr_may_be_grouped(lever: Any, regler: Any, med_hode: Any, orgnr: str) -> None:
    assert regler(lever(med_hode(arrangorOrgnr=f"{orgnr[:3]} {orgnr[3:6]} {orgnr[6:]}"))) == []


@pytest.mark.parametrize(
    ("versjon", "regel"), [("1.0", []), ("1.1", ["FIL006"]), ("2.0", ["FIL006"]), ("1", ["FIL006"])]
)
def test_only_a_supported_version_of_the_contract(
    lever: Any, regler: Any, med_hode: Any, versjon: str, regel: list[str]
) -> None:
    assert regler(lever(med_hode(kontraktversjon=versjon))) == regel


def test_a_version_in_a_number_cell_is_the_version(lever: Any, regler: Any, skriv: Any, stengt: Any) -> None:
    ark = {"innsending": [["kontraktversjon"], [1.0]], "stengt": stengt}
    assert regler(lever(skriv.xlsx(ark))) == []
    assert regler(lever(skriv.xlsx(ark | {"innsending": [["kontraktversjon"], [1.5]]}))) == ["FIL006"]


@pytest.mark.parametrize(
    ("endret", "regel"),
    [
        ({"omfang": "full"}, []),
        ({"omfang": "ALT"}, ["FIL008"]),
        ({"omfang": "\x00"}, ["FIL008"]),
        ({"modus": "PRØVE"}, ["FIL008"]),
        ({"kildesystem": "a\ufffd"}, ["FIL008"]),
        ({"kildesystem": None}, []),
    ],
)
def test_scope_mode_and_system_must_be_known(
    lever: Any, regler: Any, med_hode: Any, endret: dict[str, str], regel: list[str]
) -> None:
    assert regler(lever(med_hode(**endret))) == regel


def test_a_set_up_without_a_system_is_told(lever: Any, regler: Any) -> None:
    assert regler(lever(STENGT.encode(), kildesystem="")) == ["FIL008"]


def test_two_headers_settle_nothing(lever: Any, regler: Any, skriv: Any) -> None:
    hode = skriv.csv([["omfang", "modus"], ["FULL", "TEST"], ["ENDRING", "TEST"]])
    assert regler(lever(skriv.zip({"innsending.csv": hode, "stengt.csv": STENGT}))) == ["FIL008"]
    skadet = skriv.csv([["omfang", "modus"], ["FULL", "TEST", "x"]])
    assert regler(lever(skriv.zip({"innsending.csv": skadet, "stengt.csv": STENGT}))) == ["FIL008"]


@pytest.mark.parametrize(
    ("id_", "regel"),
    [
        ("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", []),
        ("123", ["FIL012"]),
        ("a0eebc999c0b4ef8bb6d6bb9bd380a11", ["FIL012"]),
        ("{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", ["FIL012"]),
        ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1x", ["FIL012"]),
        ("\ufffd", ["FIL012"]),
    ],
)
def test_an_id_must_be_a_uuid(lever: Any, regler: Any, med_hode: Any, id_: str, regel: list[str]) -> None:
    assert regler(lever(med_hode(innsendingId=id_))) == regel


@pytest.mark.parametrize(
    ("opprettet", "regel"),
    [
        ("2026-03-02T08:10:00+00:00", []),  # ten minutes ahead is the tolerance itself
        ("2026-03-02T08:10:01Z", ["FIL013"]),
        ("2026-03-02T09:10:00+01:00", []),
        ("2026-03-02T08:10:00", ["FIL013"]),
        ("2026-03-02", ["FIL013"]),
        ("02.03.2026 08:00", ["FIL013"]),
        ("i går", ["FIL013"]),
        ("2020-01-01T00:00:00Z", []),
    ],
)
def test_the_time_of_making_has_an_offset_and_is_past(
    lever: Any, regler: Any, med_hode: Any, opprettet: str, regel: list[str]
) -> None:
    assert regler(lever(med_hode(opprettet=opprettet))) == regel


@pytest.mark.parametrize(
    ("fil", "oppsett", "mottak", "regel"),
    [
        ("TEST", "TEST", "TEST", []),
        (None, "TEST", "TEST", []),
        ("PROD", "PROD", "PROD", []),
        ("PROD", "TEST", "TEST", ["FIL017"]),
        ("TEST", "PROD", "PROD", ["FIL017"]),
        (None, "PROD", "TEST", ["FIL017"]),
        ("KONTROLL", "TEST", "TEST", ["FIL017"]),
        ("KONTROLL", "PROD", "KONTROLL", []),
        (None, "PROD", "KONTROLL", []),
        ("PROD", "PROD", "KONTROLL", ["FIL017"]),
    ],
)
def test_the_mode_is_that_of_the_place_it_was_dropped(
    lever: Any, regler: Any, med_hode: Any, fil: str | None, oppsett: str, mottak: str, regel: list[str]
) -> None:
    lesing = lever(med_hode(modus=fil), modus=mottak, modus_i_oppsett=oppsett)
    assert regler(lesing) == regel
    if not regel:
        assert lesing.hode["modus"] == mottak


def test_everything_wrong_with_a_header_is_told_at_once(lever: Any, regler: Any, med_hode: Any) -> None:
    data = med_hode(kontraktversjon="9", innsendingId="x", arrangorOrgnr="1", opprettet="x", omfang="x", modus="PROD")
    assert regler(lever(data)) == ["FIL005", "FIL006", "FIL008", "FIL012", "FIL013", "FIL017"]


def test_the_time_of_arrival_must_have_an_offset(lever: Any) -> None:
    with pytest.raises(ValueError, match="offset"):
        lever(STENGT.encode(), mottatt=datetime(2026, 3, 2))  # noqa: DTZ001
    oslo = timezone(timedelta(hours=1))
    assert lever(STENGT.encode(), mottatt=datetime(2026, 3, 2, tzinfo=oslo)).hode["opprettet"].endswith("+01:00")
