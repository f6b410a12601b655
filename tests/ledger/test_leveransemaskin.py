"""leveranse and forsendelse as a machine: any order of calls, crashes, clocks and receipts, against the real ledger.

After every step the ledger's tables are held against a model that asks the ledger nothing, and every move against
docs/status.md. `TILTAKSFLYT_MASKIN=<examples>` runs so many examples of each, for as long as that takes.
"""

import os
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test
from sqlalchemy import delete, event, update

from tests.ledger import leveransemodell as m
from tests.ledger.leveranseprov import AVSENDER, KANAL, Apner
from tests.ledger.leveransesteg import Leveransesteg
from tiltaksflyt.ledger import Dokumentsvar, Kvitteringsfil, Ledger, Leveransetilstand
from tiltaksflyt.ledger.database import Database

SVAR = st.sampled_from(["GODTATT", "GODTATT_MED_MERKNAD", "AVVIST", "AVVIST"])
EKSEMPLER = int(os.environ.get("TILTAKSFLYT_MASKIN", "0"))


class Leveransemaskin(Leveransesteg):
    """What recipients, operators and the clock do besides; and the end, when everyone has done what they ought to."""

    @precondition(lambda self: self.mottaker.pakker)
    @rule(data=st.data(), teknisk=st.sampled_from(["MOTTATT", "LEVERT", "LEVERT", "LEST", "FEIL"]))
    def answer_package(self, data: st.DataObject, teknisk: str) -> None:
        self._answer(data.draw(st.sampled_from(list(self.mottaker.pakker))), teknisk, {})

    @precondition(lambda self: self.mottaker.pakker)
    @rule(data=st.data(), status=SVAR)
    def answer_documents(self, data: st.DataObject, status: str) -> None:
        leveranse_id = data.draw(st.sampled_from(list(self.mottaker.pakker)))
        innhold = self.mottaker.pakker[leveranse_id]
        valgte = data.draw(st.lists(st.sampled_from(innhold), unique=True, min_size=1)) if innhold else []
        self._answer(leveranse_id, None, dict.fromkeys(valgte, status))

    @precondition(lambda self: self.due)
    @rule(data=st.data())
    def answer_before_we_record(self, data: st.DataObject) -> None:
        """The recipient is quicker than our own record of the sending."""
        arbeider = self._take(data.draw(st.sampled_from(self.due)))
        if arbeider is not None:
            self._deliver(arbeider, "ingen")
            self._answer(arbeider.leie.id, "LEVERT", {})
            self._read(self.kvitteringer[-1])

    @precondition(lambda self: self.mottaker.pakker)
    @rule(data=st.data(), forst=SVAR, sist=SVAR, omvendt=st.booleans())
    def answer_twice(self, data: st.DataObject, forst: str, sist: str, omvendt: bool) -> None:
        """Two answers a minute apart, read in either order."""
        kjente = [p.leveranse_id for p in self.leveranser if p.tilstand in m.OVERBRAKT]
        leveranse_id = data.draw(st.sampled_from(kjente or list(self.mottaker.pakker)))
        for svar in (forst, sist):
            self._answer(leveranse_id, None, dict.fromkeys(self.mottaker.pakker[leveranse_id], svar))
            self._called("move_clock")
            self.now += timedelta(minutes=1)
        for kvittering in self.kvitteringer[-1:-3:-1] if omvendt else self.kvitteringer[-2:]:
            self._read(kvittering)

    @precondition(lambda self: self.modell.forsendelser and self.leveranser)
    @rule(data=st.data(), teknisk=st.sampled_from(["LEVERT", "FEIL", None]), fra=st.sampled_from(list(KANAL)))
    def answer_falsely(self, data: st.DataObject, teknisk: str | None, fra: str) -> None:
        """A recipient speaks of packages and documents that it did not get."""
        pakke = data.draw(st.sampled_from(self.leveranser))
        fremmede = [f.melding_id for f in self.modell.forsendelser.values() if f.mottaker != fra]
        svar = data.draw(st.lists(st.sampled_from([*fremmede, "finnes-ikke"]), unique=True))
        if pakke.mottaker != fra:
            self._lay_out(pakke.leveranse_id, frozenset({fra}), teknisk, dict.fromkeys(svar, "AVVIST"))

    def _answer(self, leveranse_id: str, teknisk: str | None, svar: dict[str, str]) -> None:
        self.mottaker.dom |= svar
        self._lay_out(leveranse_id, frozenset({self.modell.leveranser[leveranse_id].mottaker}), teknisk, svar)

    def _lay_out(self, leveranse_id: str, fra: frozenset[str], teknisk: str | None, svar: dict[str, str]) -> None:
        kilde = f"kvittering-{len(self.kvitteringer)}"
        self.kvitteringer.append(m.Kvittering(kilde, leveranse_id, self.now, fra, teknisk, svar))

    @precondition(lambda self: self.kvitteringer)
    @rule(data=st.data())
    def read_receipt(self, data: st.DataObject) -> None:
        self._read(data.draw(st.sampled_from(self.kvitteringer)))

    @precondition(lambda self: self.kvitteringer)
    @rule()
    def read_newest_receipt(self) -> None:
        self._read(self.kvitteringer[-1])

    def _read(self, k: m.Kvittering) -> bool:
        fil = Kvitteringsfil(
            kilde=k.kilde,
            leveranse_id=k.leveranse_id,
            tid=k.tid,
            fra=k.fra,
            lest=self.now.date(),
            teknisk=k.teknisk and Leveransetilstand(k.teknisk),
            svar=[Dokumentsvar(melding_id, status) for melding_id, status in k.svar.items()],
        )
        self._called("kvitteringer.record")
        funn = self.ledger.kvitteringer.record(fil)
        assert funn.utsatt == (not self.modell.read(k, self.now.date()))
        return not funn.utsatt

    # the world

    @rule(minutter=st.sampled_from([1, 6, 61, 1440, -2]))
    def move_clock(self, minutter: int) -> None:
        self._called("move_clock")
        self.now += timedelta(minutes=minutter)

    @precondition(lambda self: self.due and not self.stanser)
    @rule(data=st.data(), gjelder=st.sampled_from(["AVSENDER", "MOTTAKER", "KANAL", "STEG", "LEVERANSE"]))
    def stop(self, data: st.DataObject, gjelder: str) -> None:
        pakke = data.draw(st.sampled_from(self.due))
        verdier = {
            "MOTTAKER": pakke.mottaker,
            "KANAL": pakke.kanal,
            "LEVERANSE": pakke.leveranse_id,
            "STEG": "levering",
        }
        stans = gjelder, verdier.get(gjelder, AVSENDER)
        self._called("stanser.stop")
        stans_id = self.ledger.stanser.stop(*stans, av="Drift", grunn="prøve", now=self.now)
        assert stans_id == self.stanser.setdefault(stans, stans_id)
        self.modell.stanser.add(stans)

    @precondition(lambda self: self.stanser)
    @rule(data=st.data())
    def lift(self, data: st.DataObject) -> None:
        self._lift(data.draw(st.sampled_from(list(self.stanser))))

    def _lift(self, stans: tuple[str, str]) -> None:
        self._called("stanser.lift")
        self.ledger.stanser.lift(self.stanser.pop(stans), av="Drift", now=self.now)
        self.modell.stanser.remove(stans)

    @precondition(lambda self: self.modell.bygget > 3)
    @rule(data=st.data())
    def open_erasure(self, data: st.DataObject) -> None:
        ref = data.draw(st.sampled_from(self.refs[:1]))
        if ref in self.modell.slettede:
            return
        self._called("slettinger.open")
        sak = self.ledger.slettinger.open(ref, [], dato=self.now.date(), regelverk="1")
        self.modell.open_erasure(ref)
        self.slettesaker[ref] = sak.slettesak_id

    @precondition(lambda self: self.slettesaker)
    @rule(data=st.data())
    def finish_erasure(self, data: st.DataObject) -> None:
        self._erase(data.draw(st.sampled_from(list(self.slettesaker))))

    def _erase(self, ref: str) -> None:
        if any(f.dokument[0] == ref and f.tilstand == "I_LEVERANSE" for f in self.modell.living()):
            return
        sak = self.slettesaker.pop(ref)
        assert self.ledger.slettinger.finish(sak, nokkel=self.nokkel, kategorier=["navn"], now=self.now)
        self.modell.erase(ref)
        for melding_id in [f.melding_id for f in self.modell.forsendelser.values() if f.slettet]:
            self.tilstander["forsendelse"].pop(melding_id, None)

    # the end

    def teardown(self) -> None:
        try:
            # What went wrong already is the news.
            if sys.exc_info()[0] is None:
                self._run_to_the_end()
        finally:
            self.ledger.close()

    def _run_to_the_end(self) -> None:
        """Everyone does what they ought to: then nothing waits, and what was accepted is known to be."""
        for stans in list(self.stanser):
            self._lift(stans)
        self.now += timedelta(days=3)
        for _ in range(4 + len(self.modell.forsendelser)):
            self._do_what_waits()
            self._check_all()
            if self._is_at_the_end():
                break
        assert self._is_at_the_end(), self.modell.living()
        assert self.ledger.leveransehistorikk.unanswered() == ()
        for f in self.modell.living():
            if f.sendt is not None:
                assert f.svar == self.mottaker.dom[f.melding_id]

    def _is_at_the_end(self) -> bool:
        ender = {"GODTATT", "AVVIST", "ERSTATTET", "TILBAKEKALT"}
        er_svart = {f.tilstand for f in self.modell.living()} <= ender
        return er_svart and {p.tilstand for p in self.leveranser} <= {*m.OVERBRAKT, *m.AVSLUTTET}

    def _do_what_waits(self) -> None:
        self._let_go()
        for mottaker in KANAL:
            self._create(mottaker, list(self.modell.forsendelser))
        for pakke in self.leveranser:
            if pakke.tilstand == "FEIL":
                (self._cancel if pakke.kode == "ANNEN_PAKKE" else self._retry)(pakke)
            arbeider = self._take(pakke) if self.modell.is_due(pakke, self.now) else None
            if arbeider is not None:
                self._deliver(arbeider, "MOTTATT")
        self.now += timedelta(minutes=10)
        for leveranse_id, innhold in self.mottaker.pakker.items():
            self._answer(leveranse_id, "LEVERT", {i: self.mottaker.dom.get(i, "GODTATT") for i in innhold})
        for k in self.kvitteringer:
            self._read(k)
        for ref in list(self.slettesaker):
            self._erase(ref)

    def _let_go(self) -> None:
        for f in self.modell.living():
            if f.tilstand == "UTKAST":
                self._approve(f.original)
            if f.tilstand == "HOLDT":
                self._release(f.original, str(f.kode))


def _settings(eksempler: int, steg: int) -> settings:
    return settings(
        max_examples=EKSEMPLER or eksempler,
        stateful_step_count=steg,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        # To shrink a failure takes minutes of databases; what is printed already says which step went wrong.
        phases=[Phase.reuse, Phase.generate],
    )


@pytest.fixture
def sqlite_maler(sqlite_sted: Any, store: Any, tmp_path: Path) -> Apner:
    """Opens a fresh copy of one migrated ledger with two deltakelser in it."""
    avsendere = _store_two(sqlite_sted, store)
    mal = tmp_path / "mal"
    mal.mkdir()
    for navn in ("ledger.db", "nokler.db"):
        shutil.move(tmp_path / navn, mal / navn)

    def open_empty() -> tuple[Ledger, dict[str, str]]:
        for fil in mal.iterdir():
            for rest in tmp_path.glob(f"{fil.name}*"):
                rest.unlink()
            shutil.copy(fil, tmp_path / fil.name)
        ledger = sqlite_sted.open()
        _do_not_wait_for_the_disk(ledger)
        return ledger, dict(avsendere)

    return open_empty


@pytest.fixture
def postgres_tommer(sted: Any, store: Any) -> Apner:
    """Empties one migrated ledger and stores two deltakelser in it anew."""

    def open_empty() -> tuple[Ledger, dict[str, str]]:
        with sted.open() as ledger:
            for database in (ledger.database, ledger.nokler.database):
                _empty(database)
        return sted.open(), _store_two(sted, store)

    return open_empty


def _empty(database: Database) -> None:
    with database.write() as conn:
        for tabell in reversed(database.metadata.sorted_tables):
            if tabell.name != "kjede_hode":
                conn.execute(delete(tabell))
            else:
                conn.execute(update(tabell).values(antall=0, hash="0" * 64))


def _store_two(sted: Any, store: Any) -> dict[str, str]:
    with sted.open() as ledger:
        return {store(ledger, nr): AVSENDER for nr in ("-1", "-2")}


def _do_not_wait_for_the_disk(ledger: Ledger) -> None:
    for database in (ledger.database, ledger.nokler.database):
        database.engine.dispose()
        event.listen(database.engine, "connect", lambda dbapi, _post: dbapi.execute("PRAGMA synchronous = OFF").close())


def test_any_order_of_deliveries_and_answers(sqlite_maler: Apner) -> None:
    run_state_machine_as_test(lambda: Leveransemaskin(sqlite_maler), settings=_settings(24, 60))


@pytest.mark.parametrize("sted", ["postgresql"], indirect=True)
def test_any_order_of_deliveries_and_answers_on_a_server(postgres_tommer: Apner) -> None:
    run_state_machine_as_test(lambda: Leveransemaskin(postgres_tommer), settings=_settings(3, 50))
