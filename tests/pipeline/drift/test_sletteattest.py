"""The certificate of a month: once, the same for ever, and never of a chain that is broken."""

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import text

from tests.pipeline.saker import AFT, ANNEN, AVSENDER, person, running
from tiltaksflyt import cli
from tiltaksflyt.pipeline import sletteattest, sletting, steg
from tiltaksflyt.pipeline.feil import Bruksfeil
from tiltaksflyt.pipeline.forsok import AvsendereFeilet
from tiltaksflyt.pipeline.omgivelser import Omgivelser, open_omgivelser
from tiltaksflyt.retention.forankring import anchor_chain
from tiltaksflyt.storage import nokler
from transforms.dokument_pdf import PdfFeil, render_attest
from transforms.maned import Maned
from transforms.sletteattest import Sletteattest

DAG = timedelta(days=1)
MAI, JUNI_1 = Maned(2026, 5), date(2026, 6, 1)
SIDE, SIGNATUR = "sletting/sletteattest-2026-05.pdf", "sletting/sletteattest-2026-05.pdf.sig"


class Arkiv:
    """A deployment whose days go by."""

    def __init__(self, om: Omgivelser) -> None:
        self.om = om

    def keep(self, nummer: int, siste_dag: date, avsender: str = AVSENDER) -> str:
        """A deltakelse with that last kept day."""
        ref: str = self.om.ledger.deltakelser.store(
            avsender,
            {"deltaker": person(nummer), "deltakelse": running(nummer, date(2026, 1, 5)) | {"tiltakskode": AFT}},
            kildesystem="Fagsystem",
            accepted_on=date(2026, 1, 5),
            siste_dag=lambda _: siste_dag,
        )
        return ref

    def night(self, dato: date) -> dict[str, int]:
        """The nightly run of sletting, at a quarter past midnight in Oslo."""
        self.om.ledger.klokke.move(dato)
        return steg.run("sletting", self.om, dato, self.now(dato))

    def now(self, dato: date) -> datetime:
        return datetime(dato.year, dato.month, dato.day, tzinfo=UTC) - timedelta(hours=1, minutes=45)

    def lay_out(self, dato: date) -> int:
        return sletteattest.lay_out(self.om, dato, self.now(dato))["sletteattester"]

    def make(self, dato: date, maned: Maned = MAI) -> sletteattest.Attestside | None:
        return sletteattest.make(self.om, AVSENDER, maned, dato, self.now(dato)).side

    def read(self, navn: str, avsender: str = AVSENDER) -> bytes:
        return self.om.storage.read(nokler.utboks(avsender, navn), maks_bytes=1 << 24)

    def versions(self) -> list[str]:
        return [str(versjon) for versjon in self.om.storage.list_versions(nokler.utboks(AVSENDER))]

    def arts(self) -> list[str]:
        return [bevis.values()["art"] for bevis in self.om.ledger.bevis.entries()]

    def spoil(self, *setninger: str) -> None:
        with self.om.ledger.database.write() as conn:
            for sql in setninger:
                conn.execute(text(sql))


def words(pdf: bytes) -> str:
    return " ".join(PdfReader(BytesIO(pdf)).pages[0].extract_text().replace("\u00a0", " ").split())


@pytest.fixture
def egne(miljo: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    miljo = miljo | {"TILTAKSFLYT_FORANKRING": str(tmp_path / "forankring")}
    for navn, verdi in miljo.items():
        monkeypatch.setenv(navn, verdi)
    return miljo


@pytest.fixture
def arkiv(egne: Mapping[str, str]) -> Iterator[Arkiv]:
    with open_omgivelser(egne) as om:
        yield Arkiv(om)


@pytest.fixture
def mai(arkiv: Arkiv) -> Arkiv:
    """Two erased in May: the first night and the last. One in June's first night, one that lives."""
    for nummer, siste_dag in enumerate((date(2026, 4, 30), date(2026, 5, 30), date(2026, 5, 31), date(2026, 9, 1)), 1):
        arkiv.keep(nummer, siste_dag)
    for dato in (date(2026, 5, 1), date(2026, 5, 31)):
        assert arkiv.night(dato)["slettet"] == 1
    return arkiv


def test_the_first_night_of_the_next_month_lays_it_out_once(mai: Arkiv) -> None:
    assert mai.night(JUNI_1)["sletteattester"] == 1
    pdf, signatur = mai.read(SIDE), mai.read(SIGNATUR)
    assert "Dag og antall: 01.05 (1), 31.05 (1)." in words(pdf)
    assert "Eksempel Vekst AS" in words(pdf)
    mai.om.signering.public_key().verify(signatur, pdf)
    for hemmelig in (person(1)["personident"], "Fornavn1", "Etternavn1"):
        assert hemmelig not in words(pdf)

    foer, kjede = mai.versions(), mai.om.ledger.bevis.head()
    for dato in (JUNI_1, JUNI_1 + DAG, date(2026, 6, 30)):
        assert mai.night(dato)["sletteattester"] == 0
    assert mai.versions() == foer
    assert mai.om.ledger.bevis.head() == kjede


def test_it_is_made_again_byte_for_byte_whatever_has_happened_since(mai: Arkiv) -> None:
    mai.om.ledger.slettinger.announce([mai.keep(7, date(2026, 6, 10))], JUNI_1)
    mai.night(JUNI_1)
    pdf = mai.read(SIDE)
    mai.night(date(2026, 6, 11))
    ref = mai.keep(8, date(2026, 5, 20))
    mai.om.ledger.tilbakehold.begin(ref, av="Kari", grunn="g", fra=JUNI_1, til=date(2026, 9, 1))
    for bevis in mai.om.ledger.bevis.entries():
        if bevis.slettesak_id:
            mai.om.ledger.slettinger.confirm_by_sender(AVSENDER, bevis.slettesak_id, date(2026, 6, 12))
    # A run as of a day in the closed month: what it erases is of the month of the closing.
    mai.keep(9, date(2026, 5, 20))
    steg.run("sletting", mai.om, date(2026, 5, 29), mai.now(date(2026, 6, 12)))
    assert mai.arts()[-1] == "SLETTING"
    side = mai.make(date(2026, 8, 1))
    assert side is not None
    assert side.pdf == pdf
    assert side.signatur == mai.read(SIGNATUR)


def test_what_the_page_says_is_what_an_auditor_finds_in_the_extract(mai: Arkiv, tmp_path: Path) -> None:
    mai.night(JUNI_1)
    mai.night(date(2026, 6, 2))
    assert sletting.export_evidence(mai.om, AVSENDER, MAI, tmp_path / "utdrag").ok
    svar = subprocess.run(
        ["sh", "-ec", "grep ' bevis/' kjede.txt | cut -d ' ' -f 1,2 | sha256sum; sh kontroller.sh"],
        capture_output=True, text=True, check=True, cwd=tmp_path / "utdrag",
    )  # fmt: skip
    avtrykk, i_orden = svar.stdout.splitlines()
    assert i_orden.startswith("I orden: 3 bevis")
    assert avtrykk.split()[0] in words(mai.read(SIDE))


def test_what_was_late_and_what_is_left_over_stands_on_the_page(arkiv: Arkiv) -> None:
    arkiv.keep(1, date(2026, 5, 1))
    arkiv.night(date(2026, 5, 7))
    arkiv.keep(2, date(2026, 5, 12))
    assert arkiv.lay_out(JUNI_1) == 1  # before the night's own erasures
    side = words(arkiv.read(SIDE))
    assert "1 av 1 ble slettet for sent, det seneste 5 dager." in side
    assert "Skulle vært slettet innen månedens slutt, og var det ikke: 1" in side
    assert "Arrangøren er ikke bedt om å slette: 1" in side


def test_a_month_without_erasures_gives_nothing_and_closes_nothing(arkiv: Arkiv) -> None:
    arkiv.keep(1, date(2026, 9, 1))
    foer = arkiv.versions()
    assert arkiv.night(JUNI_1)["sletteattester"] == 0
    assert (arkiv.arts(), arkiv.versions(), arkiv.make(JUNI_1)) == ([], foer, None)


def test_a_month_in_which_nothing_was_erased_that_should_have_been_is_told(arkiv: Arkiv) -> None:
    arkiv.keep(1, date(2026, 5, 12))
    assert arkiv.lay_out(JUNI_1) == 1
    assert arkiv.arts() == ["MANEDSSTAND"]
    assert "Ingenting ble slettet denne måneden." in words(arkiv.read(SIDE))


def test_each_sender_gets_its_own_and_one_that_fails_stops_no_other(
    mai: Arkiv, monkeypatch: pytest.MonkeyPatch
) -> None:
    mai.keep(5, date(2026, 5, 12), ANNEN)
    mai.night(date(2026, 5, 31))

    def fails_for_one(attest: Sletteattest) -> bytes:
        if attest.orgnr == AVSENDER:
            raise PdfFeil("the page could not be set")
        return render_attest(attest)

    with monkeypatch.context() as patch:
        patch.setattr(sletteattest, "render_attest", fails_for_one)
        with pytest.raises(AvsendereFeilet, match="1 senders failed"):
            mai.lay_out(JUNI_1)
    annens = words(mai.read(SIDE, ANNEN))
    assert "Dag og antall: 31.05 (1)." in annens
    assert "Annen Vekst AS" in annens
    assert not mai.om.ledger.utlagte.knows(nokler.utboks(AVSENDER, SIDE))
    assert mai.lay_out(JUNI_1) == 1
    assert "Dag og antall: 01.05 (1), 31.05 (1)." in words(mai.read(SIDE))


def test_the_last_day_of_february_in_a_leap_year_is_of_february(arkiv: Arkiv) -> None:
    arkiv.keep(1, date(2028, 2, 28))
    arkiv.night(date(2028, 2, 29))
    assert arkiv.night(date(2028, 3, 1))["sletteattester"] == 1
    assert "Dag og antall: 29.02 (1)." in words(arkiv.read("sletting/sletteattest-2028-02.pdf"))


def test_an_interrupted_run_is_taken_up_again(mai: Arkiv, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped after each thing it writes: the closing, the anchor, the signature's file, its row, the page."""
    put = type(mai.om.storage).put_outbox
    skrevet: list[str] = []

    def stops(lager: object, orgnr: str, navn: str, innhold: bytes, medietype: str) -> str:
        skrevet.append(navn)
        if len(skrevet) in (1, 3):
            raise RuntimeError("power")
        return put(lager, orgnr, navn, innhold, medietype)  # type: ignore[arg-type]

    monkeypatch.setattr(type(mai.om.storage), "put_outbox", stops)
    for _ in range(2):
        with pytest.raises(AvsendereFeilet):
            mai.lay_out(JUNI_1)
    assert mai.lay_out(JUNI_1 + DAG) == 1
    assert skrevet == [SIGNATUR, SIGNATUR, SIDE, SIGNATUR, SIDE]
    assert mai.arts().count("MANEDSSTAND") == 1
    assert "Oppgjort 1. juni 2026" in words(mai.read(SIDE))


_SHORTER = "DELETE FROM slettebevis WHERE lopenr = 2"
_FORFALSK: Mapping[str, Sequence[str]] = {
    "changed": ["UPDATE slettebevis SET innhold = replace(innhold, 'SISTE_DAG', 'SISTE_ÅR') WHERE lopenr = 1"],
    "truncated": [_SHORTER],
    "truncated with its head": [
        _SHORTER,
        "UPDATE kjede_hode SET antall = 1, hash = (SELECT hash FROM slettebevis WHERE lopenr = 1)",
    ],
    "reordered": [
        "UPDATE slettebevis SET lopenr = 13 - lopenr",
        "UPDATE slettebevis SET lopenr = lopenr - 10",
    ],
    "signed by another": ["UPDATE slettebevis SET signatur = zeroblob(64) WHERE lopenr = 2"],
}


@pytest.mark.parametrize("hvordan", _FORFALSK)
def test_a_chain_that_is_broken_gives_no_certificate(mai: Arkiv, hvordan: str) -> None:
    mai.spoil(*_FORFALSK[hvordan])
    foer, hode = mai.versions(), mai.om.ledger.bevis.head()
    with pytest.raises(sletteattest.KjedeBrutt):
        mai.lay_out(JUNI_1)
    assert mai.make(JUNI_1) is None
    assert (mai.versions(), mai.om.ledger.bevis.head()) == (foer, hode)
    assert not mai.om.ledger.utlagte.knows(nokler.utboks(AVSENDER, SIDE))


@pytest.mark.parametrize(
    ("maned", "avsender"), [(Maned(2026, 6), AVSENDER), (Maned(2026, 7), AVSENDER), (MAI, "300000002")]
)
def test_a_month_that_is_not_over_and_a_sender_that_is_not_set_up_are_refused(
    mai: Arkiv, maned: Maned, avsender: str
) -> None:
    with pytest.raises(Bruksfeil):
        sletteattest.make(mai.om, avsender, maned, date(2026, 6, 30), mai.now(date(2026, 6, 30)))


def test_a_restored_ledger_gives_the_same_page(mai: Arkiv) -> None:
    """The closing is copied out with the other entries; the copy brings it back, and nothing is closed twice."""
    mai.night(JUNI_1)
    pdf = mai.read(SIDE)
    anchor_chain(mai.om.forankring, JUNI_1, mai.om.ledger.bevis)
    mai.spoil(
        "DELETE FROM slettebevis WHERE lopenr > 2",
        "UPDATE kjede_hode SET antall = 2, hash = (SELECT hash FROM slettebevis WHERE lopenr = 2)",
    )
    assert cli.main(["restore", "replay"]) == 0
    side = mai.make(date(2026, 7, 1))
    assert side is not None
    assert side.pdf == pdf


# --- the command ---


@pytest.fixture
def kommando(mai: Arkiv, tmp_path: Path) -> Callable[..., int]:
    mai.om.ledger.klokke.move(JUNI_1)

    def run(*ord_: str, maned: str = "2026-05", fil: str = "attest.pdf") -> int:
        ut = str(tmp_path / fil)
        return cli.main(["evidence", "certificate", "--sender", AVSENDER, "--month", maned, "--out", ut, *ord_])

    return run


def test_the_command_writes_the_page_and_the_signature(
    kommando: Callable[..., int], mai: Arkiv, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kommando() == 0
    assert "The chain is whole" in capsys.readouterr().out
    pdf = (tmp_path / "attest.pdf").read_bytes()
    mai.om.signering.public_key().verify((tmp_path / "attest.pdf.sig").read_bytes(), pdf)
    assert kommando() == 0
    assert (tmp_path / "attest.pdf").read_bytes() == pdf
    assert mai.night(JUNI_1)["sletteattester"] == 1
    assert mai.read(SIDE) == pdf


def test_the_command_says_why_there_is_none(
    kommando: Callable[..., int], mai: Arkiv, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kommando(maned="2026-04") == 1
    assert "Nothing was erased in 2026-04" in capsys.readouterr().out
    assert kommando(maned="2026-06") == 64
    assert "not over" in capsys.readouterr().err
    assert kommando(fil="nowhere/attest.pdf") == 64
    assert "a folder that is there" in capsys.readouterr().err
    mai.spoil(*_FORFALSK["changed"])
    assert kommando() == 1
    ut = capsys.readouterr().out
    assert "BROKEN" in ut
    assert "Nothing was erased" not in ut
    assert not list(tmp_path.glob("attest*"))


@pytest.mark.parametrize("ord_", [["--month", "2026-13"], ["--month", "mai"]])
def test_a_month_is_written_as_a_month(kommando: Callable[..., int], ord_: list[str]) -> None:
    with pytest.raises(SystemExit) as slutt:
        kommando(*ord_)
    assert slutt.value.code == 64


def test_the_page_is_in_the_senders_malform(arkiv: Arkiv) -> None:
    avsendere = dict(arkiv.om.oppsett.avsendere)
    avsendere[AVSENDER] = replace(avsendere[AVSENDER], maalform="nn")
    arkiv.om = replace(arkiv.om, oppsett=replace(arkiv.om.oppsett, avsendere=avsendere))
    arkiv.keep(1, date(2026, 5, 12))
    arkiv.night(date(2026, 5, 13))
    arkiv.night(JUNI_1)
    assert "Kva attesten ikkje viser" in words(arkiv.read(SIDE))
