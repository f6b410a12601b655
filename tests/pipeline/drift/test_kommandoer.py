"""`deliveries`, `resend`, `hold` and `release` as their users type them, and one delivery through three failures."""

import getpass
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.pipeline.drift.conftest import NA, Drift
from tests.pipeline.saker import AVSENDER, ENHET, make_ident
from tiltaksflyt import cli
from tiltaksflyt.delivery import Kanalkode, SendOutcome
from tiltaksflyt.ledger import Dokumentsvar, Kvitteringsfil, Leveransetilstand

FELTER = {
    "leveranseId",
    "mottaker",
    "kanal",
    "vindu",
    "tilstand",
    "tilstandTekst",
    "statuskode",
    "statusTekst",
    "forsok",
    "nesteForsok",
    "stanset",
    "antall",
    "opprettet",
    "sendt",
    "kvittert",
    "alderTimer",
}


@pytest.fixture(autouse=True)
def deployment(miljo: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for navn, verdi in miljo.items():
        monkeypatch.setenv(navn, verdi)


def run(*valg: str) -> int:
    try:
        return cli.main(valg)
    except SystemExit as slutt:
        return int(slutt.code or 0)


def deliveries(capsys: pytest.CaptureFixture[str], *valg: str) -> Any:
    capsys.readouterr()
    assert run("deliveries", *valg, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_one_delivery_through_three_failures_is_seen_as_it_went(
    drift: Drift, capsys: pytest.CaptureFixture[str]
) -> None:
    leveranse_id = drift.make_package()
    for kode in (Kanalkode.KANAL_NEDE, Kanalkode.AVBRUTT, Kanalkode.TILGANG_NEKTET):
        drift.kanal.svar.append(SendOutcome(kode))
        rad = drift.om.ledger.leveranser.get(leveranse_id)
        assert drift.send(leveranse_id, rad.neste_forsok or NA) == kode.value
    valg = ("--recipient", ENHET, "--reason", "Ny nøkkel er lagt inn.", "--by", "Kari")
    assert run("release", *valg) == 0
    assert leveranse_id in capsys.readouterr().out
    sendt = datetime.now(UTC)
    assert drift.send(leveranse_id, sendt) == "OVERFORT"
    (dokument,) = drift.om.ledger.dokumenter.forsendelser(leveranse_id=leveranse_id)
    drift.om.ledger.kvitteringer.record(
        Kvitteringsfil(
            "k1",
            leveranse_id,
            sendt + timedelta(minutes=1),
            frozenset({ENHET}),
            sendt.date(),
            teknisk=Leveransetilstand.LEVERT,
            svar=[Dokumentsvar(dokument.melding_id, "GODTATT")],
        )
    )
    assert run("deliveries", "--id", leveranse_id) == 0
    ut = capsys.readouterr().out
    historie = ut.split("\n\n")[1].splitlines()
    assert [linje[21:].split(".")[0] for linje in historie] == [
        "opprettet: PLAN 1",
        "forsøk 1: KANAL_NEDE",
        "forsøk 2: KANAL_NEDE",
        "forsøk 3: AVBRUTT",
        "forsøk 4: TILGANG_NEKTET",
        f"stanset (MOTTAKER {ENHET}) av tiltaksflyt: TILGANG_NEKTET",
        f"sluppet (MOTTAKER {ENHET}) av Kari: Ny nøkkel er lagt inn",
        "forsøk 5: OVERFORT",
        "mottakeren kvitterte for pakken",
        "mottakeren svarte GODTATT: 1 dokumenter",
    ]
    assert [linje[:19] for linje in historie] == sorted(linje[:19] for linje in historie)
    assert historie[1].startswith("2026-03-02 09:00:00")  # Oslo
    assert "Mottakeren svarer ikke. Vi prøver igjen av oss selv. Neste 2026-03-02 09:" in historie[2]
    assert "LEVERT: Mottakeren har åpnet leveransen og kvittert for den." in ut


def test_the_history_as_json(drift: Drift, capsys: pytest.CaptureFixture[str]) -> None:
    leveranse_id = drift.make_package()
    drift.kanal.svar.append(SendOutcome(Kanalkode.KANAL_NEDE))
    drift.send(leveranse_id, NA)
    assert run("hold", "--delivery", leveranse_id, "--reason", "Avklares.", "--by", "Kari") == 0
    svar = deliveries(capsys, "--id", leveranse_id)
    assert set(svar) == FELTER | {"historie"}
    assert set(svar["historie"]) == {"forsok", "svar", "inngrep"}
    forste, andre = svar["historie"]["forsok"]
    assert (forste["nr"], forste["statuskode"], forste["startet"]) == (1, "KANAL_NEDE", "2026-03-02T09:00:00+01:00")
    assert andre["nesteForsok"] > andre["avsluttet"]
    (inngrep,) = svar["historie"]["inngrep"]
    assert (inngrep["type"], inngrep["av"], inngrep["grunn"]) == ("STANSET", "Kari", "Avklares.")
    assert (svar["stanset"], svar["nesteForsok"]) == (["LEVERANSE"], None)


def test_the_table_says_the_state_in_norwegian_and_the_next_attempt_in_oslo(
    drift: Drift, capsys: pytest.CaptureFixture[str]
) -> None:
    leveranse_id = drift.make_package(datetime(2027, 7, 1, 10, 30, tzinfo=UTC))
    assert run("deliveries") == 0
    forste, tilstand, kode, forsok = capsys.readouterr().out.splitlines()
    assert forste.startswith(f"{leveranse_id}  {ENHET}  sftp  PLAN 1  ")
    assert tilstand == "  OPPRETTET: Leveransen er opprettet og venter på å bli sendt."
    assert kode == "  KANAL_NEDE: Mottakeren svarer ikke. Vi prøver igjen av oss selv."
    assert forsok == "  1 forsøk, neste 2027-07-01 12:30:00"


def test_the_list_is_by_recipient_and_state(drift: Drift, capsys: pytest.CaptureFixture[str]) -> None:
    sendt, venter = drift.make_package(), drift.make_package()
    drift.send(sendt, NA)
    assert {ett["leveranseId"] for ett in deliveries(capsys)} == {sendt, venter}
    (ett,) = deliveries(capsys, "--state", "MOTTATT")
    assert set(ett) == FELTER
    assert (ett["leveranseId"], ett["antall"], ett["nesteForsok"]) == (sendt, {"PLAN": 1}, None)
    assert ett["statusTekst"] == "Hele pakken er overført til mottakeren."
    assert len(deliveries(capsys, "--recipient", ENHET)) == 2
    assert deliveries(capsys, "--recipient", "9799") == []
    assert run("deliveries", "--state", "BORTE") == 64
    assert "OPPRETTET" in capsys.readouterr().err
    assert run("deliveries", "--id", "finnes-ikke") == 1


def test_resend_is_logged_with_the_login_name(
    drift: Drift, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "vakt")
    assert getpass.getuser() == "vakt"
    leveranse_id = drift.make_package()
    drift.kanal.svar.append(SendOutcome(Kanalkode.MAPPE_MANGLER))
    drift.send(leveranse_id, NA)
    assert run("resend", leveranse_id, "--reason", "Mappen er laget.") == 0
    (inngrep,) = deliveries(capsys, "--id", leveranse_id)["historie"]["inngrep"]
    assert (inngrep["type"], inngrep["av"], inngrep["grunn"]) == ("LEVERANSE_PROVES_IGJEN", "vakt", "Mappen er laget.")
    assert run("resend", leveranse_id, "--reason", "En gang til.") == 64
    assert run("resend", "finnes-ikke", "--reason", "En gang til.") == 64


def test_who_has_no_login_name_says_who(
    drift: Drift, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_name() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", no_name)
    valg = ("hold", "--recipient", ENHET, "--reason", "Avklares.")
    assert run(*valg) == 64
    assert "--by" in capsys.readouterr().err
    assert run(*valg, "--by", "Kari") == 0
    assert [stans.av for stans in drift.om.ledger.stanser.active()] == ["Kari"]


@pytest.mark.parametrize("valg", [("--recipient", ENHET), ("--channel", "sftp"), ("--sender", AVSENDER)])
def test_hold_and_release_take_the_same_choices(
    drift: Drift, capsys: pytest.CaptureFixture[str], valg: tuple[str, str]
) -> None:
    leveranse_id = drift.make_package()
    hvem = ("--reason", "Avklares.", "--by", "Kari")
    assert run("hold", *valg, *hvem) == 0
    ut = capsys.readouterr().out
    assert (leveranse_id in ut) is (valg[0] == "--sender")
    assert run("status", "--json") == 0
    (stans,) = json.loads(capsys.readouterr().out)["stanser"]
    assert (stans["verdi"], stans["av"]) == (valg[1], "Kari")
    assert run("hold", *valg, *hvem) == 64
    assert run("release", *valg, *hvem) == 0
    assert run("release", *valg, *hvem) == 64
    assert drift.om.ledger.stanser.active() == ()


def test_a_step_and_a_document_are_held_and_let_go(drift: Drift) -> None:
    melding_id = drift.make_document()
    for valg in (("--step", "rapportering"), ("--document", melding_id)):
        assert run("hold", *valg, "--reason", "Avklares.", "--by", "Kari") == 0
        assert run("release", *valg, "--reason", "Avklart.", "--by", "Kari") == 0
    assert run("hold", "--step", "sletting", "--reason", "Avklares.", "--by", "Kari") == 64


def test_a_personident_in_a_reason_is_neither_kept_nor_repeated(
    drift: Drift, capsys: pytest.CaptureFixture[str]
) -> None:
    ident = make_ident(3)
    assert run("hold", "--recipient", ENHET, "--reason", f"Gjelder {ident}", "--by", "Kari") == 64
    ut = capsys.readouterr()
    assert ident not in ut.out + ut.err
    assert drift.om.ledger.stanser.active() == ()


@pytest.mark.parametrize(
    "valg",
    [
        ("resend",),
        ("resend", "x"),
        ("cancel", "x"),
        ("hold", "--reason", "g"),
        ("hold", "--recipient", ENHET),
        ("hold", "--recipient", ENHET, "--channel", "sftp", "--reason", "g"),
        ("hold", "--sender", "123", "--reason", "g"),
        ("release", "--reason", "g"),
    ],
)
def test_wrong_usage_is_64(valg: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*valg) == 64
    assert "usage" in capsys.readouterr().err


def test_no_output_says_anything_of_a_person(drift: Drift, capsys: pytest.CaptureFixture[str]) -> None:
    """The package holds the plan of one person; neither the list nor the history nor status names anything of it."""
    leveranse_id = drift.make_package()
    (dokument,) = drift.om.ledger.dokumenter.forsendelser(leveranse_id=leveranse_id)
    drift.send(leveranse_id, NA)
    for valg in (("deliveries",), ("deliveries", "--id", leveranse_id), ("status",)):
        for form in ((), ("--json",)):
            assert run(*valg, *form) == 0
    ut = capsys.readouterr().out
    assert ENHET in ut
    for verdi in ("Fornavn1", "Etternavn1", make_ident(1), '"D1"', '"P1"', dokument.ref, dokument.melding_id):
        assert verdi not in ut
