"""The report about an avtale through the line, over New Year: counted by hand, delivered, corrected, kept and gone."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pypdf import PdfReader

from schemas.oppbevaring import oppbevaring
from tests.pipeline.conftest import Linje
from tests.pipeline.fellesanlegg import Fellesanlegg
from tests.pipeline.saker import AFT, AVSENDER, document, make_ident, make_oppsett, running, slutt
from tiltaksflyt import cli
from tiltaksflyt.ledger import Dokumentrad, Forsendelsestilstand
from tiltaksflyt.ledger.dokumenter import Dokumenter
from tiltaksflyt.pipeline import resultatrapport
from tiltaksflyt.pipeline.forsok import AvsendereFeilet
from transforms.avtaledokument import capacity_of

FYLKESKONTOR = "9603"
VAR = date(2026, 3, 2)
NYTTAR = date(2027, 1, 4)
BYGGES = date(2027, 1, 21)  # 31 December + 21 days
RETTET = date(2027, 2, 1)


def add_fylkeskontor(oppsett: Path) -> None:
    """The Nav fylke of Oslo, on the same server as the Nav-kontor."""
    fil = oppsett / "mottakere.yaml"
    register = yaml.safe_load(fil.read_text(encoding="utf-8"))
    (kontor,) = register["mottakere"]
    register["mottakere"].append(
        {**kontor, "navEnhet": FYLKESKONTOR, "navn": "TEST Nav Oslo", "fylkeskontorFor": ["03"]}
    )
    fil.write_text(yaml.safe_dump(register), encoding="utf-8")


@pytest.fixture
def linje(tmp_path: Path, felles: Fellesanlegg) -> Iterator[Linje]:
    add_fylkeskontor(make_oppsett(tmp_path / "mal"))
    with felles.open(tmp_path / "anlegg", tmp_path / "mal") as anlegg, anlegg.omgivelser() as omgivelser:
        yield Linje(anlegg, omgivelser).on(VAR)


def ended(nummer: int, dag: date, start: date, **endret: Any) -> dict[str, Any]:
    avslutning = {"status": "HAR_SLUTTET", "statusGyldigFra": dag.isoformat(), "sluttDato": dag.isoformat()}
    return {**running(nummer, start), **avslutning, "avtaleId": "A1", **endret}


def avtale(avtale_id: str = "A1", **endret: Any) -> dict[str, Any]:
    faste = {"tiltakskode": AFT, "fylke": "03", "gyldigFra": "2026-01-01", "resultatmaal": 50}
    return {"avtaleId": avtale_id, **faste, **endret}


def in_spring(linje: Linje) -> None:
    """Four that ended in January, one of them to work, one who never came; all erased by May."""
    slutten, host = date(2026, 1, 30), date(2025, 10, 1)
    deltakelser = [ended(n, slutten, host) for n in (1, 2, 3)] + [ended(4, slutten, slutten)]
    vurderinger = [slutt(n, VAR) for n in (1, 2)] + [slutt(3, VAR, resultat="ARBEID")]
    linje.receive(document(VAR, deltakelser, avtale=[avtale()], sluttvurdering=vurderinger))
    assert linje.answer()["antall"]["holdt"] == 0
    linje.on(date(2026, 5, 1))
    assert linje.run("sletting")["slettet"] == 4


def at_new_year(linje: Linje) -> None:
    """Two that ended in December, one who ended after New Year and is erased first, one who goes on, one who began."""
    host = date(2026, 10, 5)
    deltakelser = [
        ended(5, date(2026, 12, 15), host),
        ended(6, date(2026, 12, 31), host),
        ended(7, date(2027, 1, 2), host, avtaleId="A2"),
        {**running(8, host), "avtaleId": "A1"},
        {**running(9, NYTTAR), "avtaleId": "A1"},
    ]
    plass = {"tiltakskode": AFT, "dato": "2026-12-28", "antallPlasser": 5, "antallVeiledere": 1, "antallVenteliste": 2}
    linje.on(NYTTAR).receive(
        document(
            NYTTAR,
            deltakelser,
            avtale=[avtale(), avtale("A2", slettefristUker=4)],
            plass=[plass],
            sluttvurdering=[slutt(5, date(2026, 12, 16), resultat="UTDANNING")],
        )
    )
    assert linje.answer()["antall"]["holdt"] == 0


@pytest.fixture
def aret(linje: Linje) -> Linje:
    in_spring(linje)
    at_new_year(linje)
    return linje


def reports(linje: Linje) -> tuple[Dokumentrad, ...]:
    (omrade,) = linje.om.ledger.avtaler.list(AVSENDER)
    assert (omrade.tiltakskode, omrade.fylke) == (AFT, "03")
    return linje.om.ledger.dokumenter.list(omrade.ref)


def content(linje: Linje, versjon: int = 1) -> dict[str, Any]:
    (rad,) = [rad for rad in reports(linje) if rad.versjon == versjon]
    return linje.om.ledger.dokumenter.read(rad.melding_id)


def counts(innhold: dict[str, Any]) -> dict[str, int]:
    (tabell,) = innhold["seksjoner"][1]["blokker"]
    return {rad["celler"][0]["verdi"]: int(rad["celler"][1]["verdi"]) for rad in tabell["rader"]}


def late_result(linje: Linje) -> None:
    """D6, who had none, went to work after all; D7 is erased by then, and D5's record is as it was."""
    linje.on(RETTET).run("sletting")
    vurdering = slutt(6, date(2027, 1, 25), resultat="ARBEID")
    rad = ended(6, date(2026, 12, 31), date(2026, 10, 5))
    linje.receive(document(RETTET, [rad], omfang="ENDRING", avtale=[avtale()], sluttvurdering=[vurdering]))
    assert linje.answer()["antall"]["holdt"] == 0


def test_the_year_as_counted_by_hand_with_those_who_are_erased(aret: Linje) -> None:
    assert "resultatrapporter" not in aret.on(BYGGES - timedelta(days=1)).run("rapportering")
    antall = aret.on(BYGGES).run("rapportering")
    assert antall["resultatrapporter"] == 1
    innhold = content(aret)
    assert counts(innhold) == {"ARBEID": 1, "UTDANNING": 1, "ANNET": 3, "ALDRI_MOTT": 1, "AVSLUTTET": 6}
    linjer = {rad["kode"]: rad.get("verdi") for rad in innhold["seksjoner"][0]["blokker"][0]["rader"]}
    assert linjer == {"resultatgradMedAldriMott": "33.3", "resultatgradUtenAldriMott": "40", "resultatmaal": "50"}
    kapasitet = capacity_of(innhold)
    assert (kapasitet.plasser, kapasitet.i_bruk, kapasitet.venteliste) == (5, 3, 2)  # D6, D7 and D8
    assert innhold["hode"]["periode"] == {"fra": "2026-01-01", "til": "2026-12-31"}
    assert innhold["hode"]["mottaker"]["navEnhet"] == FYLKESKONTOR
    assert "rettet til og med 25. mars 2027" in str(innhold["seksjoner"][3])
    igjen = aret.run("rapportering")
    assert igjen.get("resultatrapporter", 0) == 0
    assert len(reports(aret)) == 1


def test_it_reaches_nav_fylke_and_a_late_result_is_a_new_version(aret: Linje) -> None:
    aret.on(BYGGES).run("rapportering")
    assert aret.run("levering") == {"OVERFORT": 1}
    aret.wait_for_receipts(1)
    assert aret.run("kvittering")["dokumentsvar"] == 1
    (rad,) = [f for f in aret.om.ledger.dokumenter.forsendelser() if f.mottaker == FYLKESKONTOR]
    assert (rad.type, rad.tilstand, rad.avsender) == ("RESULTATRAPPORT", Forsendelsestilstand.GODTATT, AVSENDER)
    late_result(aret)
    assert aret.run("rapportering")["venter"] == 1
    assert aret.on(RETTET + timedelta(days=1)).run("rapportering")["resultatrapporter"] == 1
    forste, andre = reports(aret)
    assert (andre.versjon, andre.erstatter, andre.dokument_id) == (2, forste.melding_id, forste.dokument_id)
    innhold = content(aret, 2)
    assert counts(innhold) == {"ARBEID": 2, "UTDANNING": 1, "ANNET": 2, "ALDRI_MOTT": 1, "AVSLUTTET": 6}
    # D7 is erased and cannot be counted again: what was told of the places stands.
    assert aret.om.ledger.deltakelser.find_ref(AVSENDER, "D7") is None
    assert capacity_of(innhold) == capacity_of(content(aret))
    aret.run("levering")
    aret.wait_for_receipts(2)
    aret.run("kvittering")
    tilstander = {f.versjon: f.tilstand for f in aret.om.ledger.dokumenter.forsendelser() if f.mottaker == FYLKESKONTOR}
    assert tilstander == {1: Forsendelsestilstand.ERSTATTET, 2: Forsendelsestilstand.GODTATT}


def test_a_late_result_before_the_first_version_is_sent_keeps_what_was_counted(aret: Linje) -> None:
    aret.on(BYGGES).run("rapportering")
    late_result(aret)
    aret.on(RETTET + timedelta(days=1)).run("rapportering")
    forste, andre = reports(aret)
    assert andre.erstatter is None
    assert capacity_of(content(aret, 2)) == capacity_of(content(aret, 1))
    tilstander = {f.versjon: f.tilstand for f in aret.om.ledger.dokumenter.forsendelser(ref=forste.ref)}
    assert tilstander == {1: Forsendelsestilstand.ERSTATTET, 2: Forsendelsestilstand.KLAR}


def test_the_figures_are_the_same_when_everyone_is_erased(aret: Linje) -> None:
    aret.on(BYGGES).run("rapportering")
    aret.on(date(2027, 4, 20)).run("sletting")
    assert not aret.om.ledger.deltakelser.list(AVSENDER)
    assert aret.run("rapportering").get("resultatrapporter", 0) == 0
    assert len(reports(aret)) == 1


def test_one_that_is_first_built_when_everyone_is_erased_says_what_it_cannot_know(aret: Linje) -> None:
    aret.on(date(2027, 4, 20)).run("sletting")
    assert aret.run("rapportering")["resultatrapporter"] == 1
    innhold = content(aret)
    assert counts(innhold)["AVSLUTTET"] == 6
    assert capacity_of(innhold).i_bruk is None
    assert "Tallene er endelige" in str(innhold["seksjoner"][3])


def test_no_person_and_no_id_of_one_is_in_the_package(aret: Linje) -> None:
    aret.on(BYGGES).run("rapportering", "levering")
    pakker = [rad for rad in aret.om.ledger.leveranser.list() if rad.mottaker == FYLKESKONTOR]
    (pakke,) = pakker
    filer = aret.opened(pakke.leveranse_id)
    assert {navn.rpartition("/")[2] for navn in filer} == {
        "manifest.json",
        "arkivmelding.xml",
        "dokument.json",
        "dokument.pdf",
        "dokument.xml",
        "journalpost.json",
    }
    (pdf,) = [data for navn, data in filer.items() if navn.endswith(".pdf")]
    alt = "\n".join(data.decode() for navn, data in filer.items() if not navn.endswith(".pdf"))
    alt += "".join(side.extract_text() for side in PdfReader(io.BytesIO(pdf)).pages)
    assert "Avsluttet i alt" in alt  # the search sees what is there
    for nummer in range(1, 10):
        for verdi in (make_ident(nummer), f"Etternavn{nummer}", f"Fornavn{nummer}", f'"D{nummer}"', f">D{nummer}<"):
            assert verdi not in alt
    for verdi in ("2026-01-30", "2026-12-15", "30.01.2026", "15. desember", "Vera Veileder", "A1", "9703"):
        assert verdi not in alt


def test_without_a_nav_fylke_it_waits_and_is_counted_and_is_built_when_there_is_one(
    aret: Linje, caplog: pytest.LogCaptureFixture
) -> None:
    mottakere = {n: m for n, m in aret.om.oppsett.mottakere.items() if n != FYLKESKONTOR}
    hele = aret.om
    aret.on(BYGGES)
    aret.om = replace(hele, oppsett=replace(hele.oppsett, mottakere=mottakere))
    antall = aret.run("rapportering")
    assert (antall["utenMottaker"], antall.get("resultatrapporter", 0)) == (1, 0)
    assert f"no Nav fylke for 03 in the register: {AFT}" in caplog.text
    aret.om = hele
    assert aret.run("rapportering")["resultatrapporter"] == 1


def test_a_crash_before_it_is_kept_builds_it_once_in_the_next_run(aret: Linje, monkeypatch: pytest.MonkeyPatch) -> None:
    class Krasj(BaseException):
        """Stands for kill -9."""

    ekte = Dokumenter.add

    def crash(selv: Dokumenter, plass: Any, *argumenter: Any, **mer: Any) -> bool:
        if plass.type == "RESULTATRAPPORT":
            raise Krasj
        return ekte(selv, plass, *argumenter, **mer)

    aret.on(BYGGES)
    with monkeypatch.context() as lapp:
        lapp.setattr(Dokumenter, "add", crash)
        with pytest.raises(Krasj):
            aret.run("rapportering")
    assert aret.run("rapportering")["resultatrapporter"] == 1
    assert len(reports(aret)) == 1


def test_two_workers_at_once_keep_one(aret: Linje, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other worker builds while this one has its ids and its content, and has not kept them."""
    ekte, inne = resultatrapport.build_resultatrapport, []

    def let_the_other_in(*args: Any, **felter: Any) -> Any:
        if not inne:
            inne.append(True)
            assert aret.run("rapportering")["resultatrapporter"] == 1
        return ekte(*args, **felter)

    aret.on(BYGGES)
    monkeypatch.setattr(resultatrapport, "build_resultatrapport", let_the_other_in)
    assert aret.run("rapportering")["resultatrapporter"] == 0
    assert len(reports(aret)) == 1


def test_an_area_that_a_correction_empties_is_corrected_too(linje: Linje) -> None:
    linje.on(NYTTAR)
    linje.receive(document(NYTTAR, [ended(5, date(2026, 12, 15), date(2026, 10, 5))], avtale=[avtale()]))
    linje.on(BYGGES)
    assert linje.run("rapportering")["resultatrapporter"] == 1
    feil = {"status": "FEILREGISTRERT", "statusGyldigFra": BYGGES.isoformat()}
    rad = ended(5, date(2026, 12, 15), date(2026, 10, 5), **feil)
    linje.receive(document(BYGGES, [rad], omfang="ENDRING", avtale=[avtale()]))
    linje.on(BYGGES + timedelta(days=2))
    assert linje.run("rapportering")["resultatrapporter"] == 1
    assert "Ingen deltakelser ble avsluttet" in str(content(linje, 2)["seksjoner"][1])


def test_where_nobody_ended_or_took_part_there_is_no_report(linje: Linje) -> None:
    linje.on(NYTTAR).receive(document(NYTTAR, [running(9, NYTTAR)]))
    assert "resultatrapporter" not in linje.on(BYGGES).run("rapportering")
    assert linje.om.ledger.avtaler.list(AVSENDER) == ()


def test_a_rejection_is_told_to_the_sender_and_names_the_avtale(aret: Linje) -> None:
    aret.on(BYGGES).run("rapportering", "levering")
    aret.wait_for_receipts(1)
    for fil in aret.anlegg.mottakerkatalog.rglob("kvitteringer/*"):
        innhold = json.loads(fil.read_text(encoding="utf-8"))
        for svar in innhold.get("dokumenter", ()):
            svar |= {"status": "AVVIST", "kode": "FEIL_TALL", "tekst": "Plassene stemmer ikke."}
        fil.write_text(json.dumps(innhold), encoding="utf-8")
    assert aret.run("kvittering")["avvist"] == 1
    (rad,) = reports(aret)
    side = aret.outbox()[f"avvist/{rad.melding_id}/avvisning.html"].decode()
    # Nav fylke shares its channel with the Nav-kontor, and is named all the same.
    assert "Resultatrapport 2026, Arbeidsforberedende trening, Oslo, til TEST Nav Oslo" in side
    assert "Plassene stemmer ikke." in side


def test_it_is_removed_by_age_and_the_counts_stay(aret: Linje) -> None:
    aret.on(BYGGES).run("rapportering", "levering")
    for_ = aret.om.ledger.oversikt(aret.now)
    siste = BYGGES + oppbevaring().avtaledokument
    assert aret.on(siste).run("vedlikehold")["avtaledokumenterFjernet"] == 0
    assert aret.on(siste + timedelta(days=1)).run("vedlikehold")["avtaledokumenterFjernet"] == 1
    assert reports(aret) == ()
    etter = aret.om.ledger.oversikt(aret.now)
    assert (etter.bygget, etter.sendt) == (for_.bygget, for_.sendt)
    fylkets = [rad for rad in aret.om.ledger.leveranser.list() if rad.mottaker == FYLKESKONTOR]
    assert [rad.pakke for rad in fylkets] == [None]


def test_a_person_sees_it_by_the_command_line(
    aret: Linje, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for navn, verdi in aret.anlegg.miljo.items():
        monkeypatch.setenv(navn, verdi)
    aret.on(BYGGES).run("rapportering")
    fil = tmp_path / "rapport.json"
    felles = ["render", "--type", "RESULTATRAPPORT", "--format", "json", "--output", str(fil)]
    egen = ["--avtale", f"{AFT}/03"]
    assert cli.main([*felles, *egen, "--arrangor", AVSENDER]) == 0
    assert json.loads(fil.read_text(encoding="utf-8")) == content(aret)
    assert cli.main([*felles, *egen, "--arrangor", AVSENDER, "--quarter", "2026-4"]) == 0
    assert cli.main([*felles, *egen, "--arrangor", AVSENDER, "--quarter", "2026-3"]) == 1
    assert cli.main([*felles, "--avtale", f"{AFT}/11", "--arrangor", AVSENDER]) == 1
    assert cli.main([*felles, *egen]) == cli.BRUK
    assert "--arrangor" in capfd.readouterr().err


def test_a_fault_with_a_person_in_hand_tells_nothing(
    aret: Linje, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(post: Any, _: date) -> bool:
        raise ValueError(f"could not count {post.deltaker}")

    aret.on(BYGGES)
    monkeypatch.setattr(resultatrapport, "took_part_on", fail)
    with pytest.raises(AvsendereFeilet):
        aret.run("rapportering")
    assert "UVENTET_ValueError" in caplog.text
    for verdi in (make_ident(6), "Etternavn6", "Fornavn6", "D6"):
        assert verdi not in caplog.text
