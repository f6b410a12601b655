"""Opening what is known of a person: a role and a reason, and a log that comes first and cannot be skipped."""

import csv
import io
import json
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import text

from schemas.oppbevaring import oppbevaring
from tests.pipeline.conftest import Linje
from tests.pipeline.saker import ANNEN, AVSENDER, document, make_ident, plan, running
from tiltaksflyt import cli
from tiltaksflyt.ledger import Tilgang
from tiltaksflyt.pipeline import vedlikehold
from transforms.kalender import OSLO, oslo_dato

DAG = date(2026, 3, 2)
START = date(2026, 2, 10)
HENSIKT = "Komme i arbeid på et slakteri."
HVEM = ("--role", "SAKSBEHANDLER", "--by", "Kari", "--reason", "Klage fra arrangøren.")

RENDER = ("render", "D1", "--arrangor", AVSENDER, "--type", "PLAN", "--format", "json")
EXPORT = ("export", "--arrangor", AVSENDER)
DEADLINES = ("deadlines", "--arrangor", AVSENDER, "--date", DAG.isoformat())
# Each command that opens something of a person, and the role that may.
KOMMANDOER: Sequence[tuple[tuple[str, ...], str]] = (
    (RENDER, "SAKSBEHANDLER"),
    (EXPORT, "SAKSBEHANDLER"),
    (DEADLINES, "SAKSBEHANDLER"),
)
WRONG_PERSON = (("wrong-person", "--sender", AVSENDER, "--deltakelse", "D1"), "DRIFT")
INNSYN = (("innsyn", "--sender", AVSENDER, "--deltakelse", "D1", "--out", "finnes-ikke"), "PERSONVERN")


@pytest.fixture
def produksjon(linje: Linje, monkeypatch: pytest.MonkeyPatch) -> Linje:
    """One deltakelse with a plan; the commands run as production's."""
    rad = running(1, START) | {"gjennomforingId": str(uuid.UUID(int=7))}
    mengde = {"deltakelseId": "D1", "gyldigFra": START.isoformat(), "deltakelsesprosent": 60}
    linje.receive(document(DAG, [rad], plan=[plan(1, DAG, hensikt=HENSIKT)], deltakelsesmengde=[mengde]))
    linje.run("rapportering")
    for navn, verdi in {**linje.anlegg.miljo, "TILTAKSFLYT_MODUS": "PROD"}.items():
        monkeypatch.setenv(navn, verdi)
    return linje


def who(rolle: str) -> tuple[str, ...]:
    return ("--role", rolle, *HVEM[2:])


def log(linje: Linje, orgnr: str = AVSENDER) -> list[Tilgang]:
    return linje.om.ledger.tilganger.of_sender(orgnr)


def shows_a_person(tekst: str) -> bool:
    return any(spor in tekst for spor in ("D1", "Fornavn1", make_ident(1), HENSIKT))


def test_every_opening_is_logged_without_the_person(produksjon: Linje, capfd: pytest.CaptureFixture[str]) -> None:
    for nummer, (valg, rolle) in enumerate(KOMMANDOER):
        assert cli.main([*valg, *who(rolle)]) == cli.OK, valg
        assert shows_a_person(capfd.readouterr().out), valg
        rad = log(produksjon)[nummer]
        assert (rad.rolle, rad.av, rad.grunn) == (rolle, "Kari", "Klage fra arrangøren.")
        assert rad.slettesak_id == produksjon.om.ledger.deltakelser.get(produksjon.ref("D1")).slettesak_id
        assert not shows_a_person(str(rad))


def test_where_the_log_refuses_to_write_nothing_is_shown(produksjon: Linje, capfd: pytest.CaptureFixture[str]) -> None:
    with produksjon.om.ledger.database.write() as conn:
        conn.execute(text("CREATE TRIGGER nei BEFORE INSERT ON tilgang BEGIN SELECT RAISE(ABORT, 'nei'); END"))
    for valg, rolle in (*KOMMANDOER, WRONG_PERSON):
        assert cli.main([*valg, *who(rolle)]) == cli.STEGFEIL, valg
        ut, feil = capfd.readouterr()
        assert ut == "", valg
        assert not shows_a_person(feil), valg
    assert log(produksjon) == []
    assert [rad.tilstand.value for rad in produksjon.om.ledger.dokumenter.forsendelser()] == ["KLAR"]


def test_production_asks_for_role_name_and_reason(produksjon: Linje, capfd: pytest.CaptureFixture[str]) -> None:
    for valg, rolle in (*KOMMANDOER, WRONG_PERSON, INNSYN):
        for uten in ("--role", "--by", "--reason"):
            par = zip(who(rolle)[::2], who(rolle)[1::2], strict=True)
            gitt = [del_ for navn, verdi in par if navn != uten for del_ in (navn, verdi)]
            assert cli.main([*valg, *gitt]) == cli.OPPSETTSFEIL, (valg, uten)
            assert uten in capfd.readouterr().err
    assert log(produksjon) == []


def test_who_may_not_and_what_may_not_be_said(produksjon: Linje, capfd: pytest.CaptureFixture[str]) -> None:
    for hvem, kode, sier in (
        (who("PERSONVERN"), cli.INGEN_TILGANG, "--role SAKSBEHANDLER"),
        (who("SJEF"), cli.BRUK, "--role is one of DRIFT, SAKSBEHANDLER, PERSONVERN"),
        ((*HVEM[:-1], f"Gjelder {make_ident(1)}"), cli.BRUK, "personident"),
    ):
        assert cli.main([*EXPORT, *hvem]) == kode
        ut, feil = capfd.readouterr()
        assert ut == ""
        assert sier in feil
        assert make_ident(1) not in feil
    assert log(produksjon) == []


@pytest.mark.usefixtures("produksjon")
def test_the_extract_for_the_arrangor_and_nav(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*RENDER, *HVEM[:-1], '=HYPERLINK("x")']) == cli.OK
    capfd.readouterr()
    i_dag = oslo_dato(datetime.now(UTC))

    def extract(*valg: str, orgnr: str = AVSENDER) -> str:
        assert cli.main(["access-log", "--sender", orgnr, *valg]) == cli.OK
        return capfd.readouterr().out

    (rad,) = json.loads(extract("--json"))
    assert (rad["handling"], rad["rolle"], rad["av"]) == ("APNE_DOKUMENT", "SAKSBEHANDLER", "Kari")
    assert not shows_a_person(str(rad))
    (som_csv,) = csv.DictReader(io.StringIO(extract("--csv")), delimiter=";")
    assert som_csv["slettesakId"] == rad["slettesakId"]
    assert som_csv["grunn"].startswith("'=")
    assert rad["slettesakId"] in extract()
    assert json.loads(extract("--json", "--from", i_dag.isoformat(), "--to", i_dag.isoformat())) == [rad]
    i_morgen, i_gar = i_dag + timedelta(days=1), i_dag - timedelta(days=1)
    assert json.loads(extract("--json", "--from", i_morgen.isoformat())) == []
    assert json.loads(extract("--json", "--to", i_gar.isoformat())) == []
    assert json.loads(extract("--json", orgnr=ANNEN)) == []


def test_the_log_is_kept_for_two_years_and_no_longer(linje: Linje) -> None:
    siste = datetime.combine(DAG - oppbevaring().tilgangslogg, time.min, OSLO)
    for tid in (siste - timedelta(seconds=1), siste):
        linje.om.ledger.tilganger.record([Tilgang(tid, AVSENDER, "GI_INNSYN", "PERSONVERN", "Kari", "g", None)])
    assert vedlikehold.reconcile(linje.om, DAG)["tilgangerGlemt"] == 1
    assert [rad.tid for rad in log(linje)] == [siste]
    assert siste.date() <= date(2024, 3, 2)


def test_the_log_outlives_the_person_and_leads_nowhere(produksjon: Linje, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*RENDER, *HVEM]) == cli.OK
    capfd.readouterr()
    siste = produksjon.om.ledger.deltakelser.get(produksjon.ref("D1")).siste_dag
    produksjon.on(siste + timedelta(days=1)).run("sletting")
    (rad,) = log(produksjon)
    assert rad.slettesak_id is not None
    assert produksjon.om.ledger.slettinger.get(rad.slettesak_id).ref is None
