"""Drafts to several recipients, and as a person works with them."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.conftest import Linje
from tests.pipeline.fellesanlegg import Fellesanlegg
from tests.pipeline.saker import AVSENDER, document, make_oppsett, plan, running
from tests.pipeline.utkast.utkastsaker import (
    MANDAG,
    ONSDAG,
    START,
    TIRSDAG,
    T,
    answers,
    drafts,
    melding_id,
    say,
)
from tiltaksflyt import cli
from tiltaksflyt.ledger import NyForsendelse
from tiltaksflyt.ledger.dokumenter import Dokumenter


def test_every_recipient_of_a_version_is_stopped_and_let_go(linje: Linje, monkeypatch: pytest.MonkeyPatch) -> None:
    ekte = Dokumenter.add

    def add_for_two(dokumenter: Dokumenter, *args: Any, forsendelser: list[NyForsendelse], **kwargs: Any) -> bool:
        to = [*forsendelser, replace(forsendelser[0], mottaker="0300")]
        return ekte(dokumenter, *args, forsendelser=to, **kwargs)

    monkeypatch.setattr(Dokumenter, "add", add_for_two)
    linje.receive(document(MANDAG, [running(1, START)], plan=[plan(1, MANDAG)]))
    linje.run("rapportering")

    def states() -> list[T]:
        return [r.tilstand for r in linje.om.ledger.dokumenter.forsendelser(versjon_av=melding_id(linje))]

    assert (states(), len(drafts(linje))) == ([T.UTKAST, T.UTKAST], 1)
    say(linje, "stopp")
    linje.run("mottak")
    assert states() == [T.HOLDT, T.HOLDT]
    say(linje, "send")
    assert linje.run("levering") == {"OVERFORT": 1}
    assert sorted(states()) == [T.KLAR, T.SENDT]  # the other is in no register here
    say(linje, "stopp")
    linje.run("mottak")
    assert sorted(states()) == [T.HOLDT, T.SENDT]
    assert any("En annen mottaker har det allerede" in svar for svar in answers(linje))


def test_from_the_command_line_with_the_set_up_as_a_file(
    tmp_path: Path, felles: Fellesanlegg, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """As an operator and a sender do it: `utkast: true` in the set-up, a drop, a stop, a correction, two days later."""
    mal = make_oppsett(tmp_path / "mal")
    fil = mal / "avsendere" / f"{AVSENDER}.yaml"
    fil.write_text(fil.read_text(encoding="utf-8") + "utkast: true\nmaalform: nn\n", encoding="utf-8")
    with felles.open(tmp_path / "anlegg", mal) as anlegg, anlegg.omgivelser() as om:
        for navn, verdi in anlegg.miljo.items():
            monkeypatch.setenv(navn, verdi)
        linje = Linje(anlegg, om).on(MANDAG)

        def run(*steg: str) -> None:
            for ett in steg:
                assert cli.main(["run", ett]) == 0

        def status() -> dict[str, int]:
            capfd.readouterr()
            assert cli.main(["status", "--json"]) == 0
            dokumenter: dict[str, int] = json.loads(capfd.readouterr().out)["dokumenter"]
            return dokumenter

        linje.drop(document(MANDAG, [running(1, START)], plan=[plan(1, MANDAG)]))
        anlegg.let_rest()
        run("mottak", "rapportering", "levering")
        assert (status()["utkast"], status()["stanset"], status()["sendt"]) == (1, 0, 0)
        assert "Blir sendt 3. mars 2026:" in linje.outbox()["utkast/oversikt.txt"].decode()
        say(linje, "stopp")
        run("levering")
        assert (status()["utkast"], status()["stanset"], status()["holdt"]) == (0, 1, 1)
        assert "Dokumentet er stansa" in answers(linje)[0]
        rettet = plan(1, MANDAG, yrkesmal="Lagermedarbeider.")
        linje.on(TIRSDAG).drop(document(TIRSDAG, [running(1, START)], plan=[rettet]))
        anlegg.let_rest()
        run("mottak")
        linje.on(ONSDAG)
        run("rapportering", "levering")
        assert (status()["utkast"], status()["stanset"], status()["bygget"]) == (1, 0, 2)
        linje.on(ONSDAG + timedelta(days=1))
        run("levering")
        assert (status()["utkast"], status()["sendt"]) == (0, 1)
        linje.on(ONSDAG + timedelta(days=2))
        run("vedlikehold")
        assert drafts(linje) == []
