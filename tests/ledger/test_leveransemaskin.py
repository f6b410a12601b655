"""leveranse and forsendelse as a machine: any order of calls, crashes, clocks and receipts, against the real ledger.

After every step the ledger's tables are held against a model that asks the ledger nothing, and every move against
docs/status.md. `TILTAKSFLYT_MASKIN=<examples>` runs the long form.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import event, select

from tests.ledger import leveransemodell as m
from tiltaksflyt.ledger import (
    Dokumentplass,
    Dokumentsvar,
    Forsendelsestilstand,
    Kvitteringsfil,
    Ledger,
    Leie,
    LeieTapt,
    Leveransetilstand,
    NyForsendelse,
    Statuskode,
    UlovligOvergang,
    Utfall,
    tabeller,
)

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LEIETID = timedelta(minutes=5)
AVSENDERE = ("889640782", "974760673")
KANAL = {"0315": "sftp", "1101": "bucket"}
NYE = st.sampled_from(
    [("KLAR", None), ("KLAR", None), ("UTKAST", "VENTER_GODKJENNING"), ("HOLDT", "GLYF_MANGLER")],
)
HOLDEKODER = ("STANSET_AV_ARRANGOR", "HOLDT_AV_PERSON", "GLYF_MANGLER")
# (state, code): what a channel may answer. The first is a success.
FORBIGAENDE, VARIG = ("OPPRETTET", "KANAL_NEDE"), ("FEIL", "TILGANG_NEKTET")
SVAR = st.sampled_from(["GODTATT", "GODTATT", "GODTATT_MED_MERKNAD", "AVVIST"])
EKSEMPLER = int(os.environ.get("TILTAKSFLYT_MASKIN", "0"))
SIDE = (Path(__file__).parents[2] / "docs" / "status.md").read_text(encoding="utf-8")

Tegnet = dict[str, set[tuple[str, str]]]


def _drawn(maskin: str) -> Tegnet:
    """The moves that docs/status.md draws, by function."""
    avsnitt = SIDE.split(f"\n## {maskin}:", 1)[1].split("\n## ", 1)[0]
    piler: Tegnet = {}
    for fra, til, funksjon in re.findall(r"^    (\S+) --> (\S+): (\S+)$", avsnitt, re.MULTILINE):
        piler.setdefault(funksjon, set()).add((fra, til))
    return piler


TEGNET = {"forsendelse": _drawn("forsendelse"), "leveranse": _drawn("leveranse")}


@dataclass
class Arbeider:
    """A process that took a package, and may not know that it has lost it. `innhold` is the package it holds."""

    leie: Leie
    innhold: tuple[str, ...] | None


class Mottaker:
    """All recipients: what has really come to them, by the ids that a package and a document bear."""

    def __init__(self) -> None:
        self.pakker: dict[str, tuple[str, ...]] = {}
        self.dokumenter: list[str] = []
        self.dom: dict[str, str] = {}

    def take_in(self, leveranse_id: str, innhold: tuple[str, ...]) -> bool:
        """Whether it is what the recipient had under that name, or something new."""
        if leveranse_id in self.pakker:
            return self.pakker[leveranse_id] == innhold
        self.pakker[leveranse_id] = innhold
        self.dokumenter += [melding_id for melding_id in innhold if melding_id not in self.dokumenter]
        return True


class Leveransemaskin(RuleBasedStateMachine):
    """One ledger, its model and its recipients."""

    def __init__(self, open_empty: Callable[[], tuple[Ledger, dict[str, str]]]) -> None:
        super().__init__()
        self.ledger, avsendere = open_empty()
        self.refs = list(avsendere)
        self.modell = m.Modell(avsendere)
        self.mottaker = Mottaker()
        self.now = START
        self.arbeidere: list[Arbeider] = []
        self.plasser: list[tuple[Dokumentplass, m.Plass]] = []
        self.kvitteringer: list[m.Kvittering] = []
        self.stanser: dict[tuple[str, str], str] = {}
        self.slettesaker: dict[str, str] = {}
        self.funksjon = ""
        self.tilstander: dict[str, dict[str, str]] = {"forsendelse": {}, "leveranse": {}}
        self.nokkel = Ed25519PrivateKey.generate()

    # what is chosen from

    @property
    def leveranser(self) -> list[m.Leveranse]:
        return list(self.modell.leveranser.values())

    @property
    def levende_refs(self) -> list[str]:
        return [ref for ref in self.refs if ref not in self.modell.slettede]

    @property
    def originaler(self) -> list[str]:
        return [f.original for f in self.modell.living() if f.melding_id == f.original]

    def _package_of(self, arbeider: Arbeider) -> m.Leveranse:
        return self.modell.leveranser[arbeider.leie.id]

    def _holds(self, arbeider: Arbeider) -> bool:
        return self._package_of(arbeider).eier == arbeider.leie.eier

    # documents

    @precondition(lambda self: self.levende_refs and len(self.plasser) < 2 * (1 + self.modell.bygget))
    @rule(data=st.data(), nummer=st.sampled_from([1, 1, 1, 2]))
    def reserve(self, data: st.DataObject, nummer: int) -> None:
        ref = data.draw(st.sampled_from(self.levende_refs))
        plass = self.ledger.dokumenter.reserve(ref, "PLAN", nummer)
        siste, hos_nav = self.modell.plass((ref, nummer))
        assert (plass.versjon, plass.erstatter) == (siste + 1, hos_nav)
        self.plasser.append((plass, (siste, hos_nav)))

    @precondition(lambda self: self.levende_refs)
    @rule(data=st.data(), mottakere=st.permutations(list(KANAL)), antall=st.sampled_from([1, 1, 2]), ny=NYE)
    def add_version(self, data: st.DataObject, mottakere: list[str], antall: int, ny: tuple[str, str | None]) -> None:
        self.reserve(data, data.draw(st.sampled_from([1, 1, 1, 1, 2])))
        self._add(self.plasser[-1], mottakere[:antall], ny)

    @precondition(lambda self: self.plasser)
    @rule(data=st.data(), ny=NYE)
    def add_late(self, data: st.DataObject, ny: tuple[str, str | None]) -> None:
        self._add(data.draw(st.sampled_from(self.plasser)), ["0315", "1101"], ny)

    def _add(self, reservert: tuple[Dokumentplass, m.Plass], mottakere: list[str], ny: tuple[str, str | None]) -> None:
        plass, sett = reservert
        if plass.ref in self.modell.slettede:
            return
        dokument = (plass.ref, plass.nummer)
        tilstand, kode = ny
        nye = [NyForsendelse(til, Forsendelsestilstand(tilstand), kode and Statuskode(kode)) for til in mottakere]
        self._called("dokumenter.add")
        lagt_til = self.ledger.dokumenter.add(
            plass, {}, grunnlag={}, forsendelser=nye, klar_dato=self.now.date(), bygget=self.now
        )
        assert lagt_til == (self.modell.plass(dokument) == sett)
        if lagt_til:
            self.modell.add(
                [
                    m.Forsendelse(rad.melding_id, plass.melding_id, dokument, plass.versjon, rad.mottaker, *ny)
                    for rad in self.ledger.dokumenter.forsendelser(versjon_av=plass.melding_id)
                ]
            )

    @precondition(lambda self: self.originaler)
    @rule(data=st.data(), kode=st.sampled_from(HOLDEKODER))
    def approve_hold_or_release(self, data: st.DataObject, kode: str) -> None:
        original = data.draw(st.sampled_from(self.originaler))
        match data.draw(st.sampled_from(["approve", "hold", "release"])):
            case "approve":
                self._approve(original)
            case "hold":
                self._hold(original, kode)
            case _:
                self._release(original, kode)

    def _approve(self, original: str) -> None:
        self._called("dokumenter.approve")
        flyttet = self.ledger.dokumenter.approve(original)
        assert flyttet == bool(self.modell.move(original, ["UTKAST"], "KLAR", None))

    def _hold(self, original: str, kode: str) -> None:
        self._called("dokumenter.hold")
        flyttet = self.ledger.dokumenter.hold(original, Statuskode(kode))
        assert flyttet == bool(self.modell.move(original, ["KLAR", "UTKAST"], "HOLDT", kode))

    def _release(self, original: str, kode: str) -> None:
        self._called("dokumenter.release")
        flyttet = self.ledger.dokumenter.release(original, Statuskode(kode))
        assert flyttet == bool(self.modell.move(original, ["HOLDT"], "KLAR", None, bare_kode=kode))

    @precondition(lambda self: self.plasser)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        plass, (_, erstatter) = data.draw(st.sampled_from(self.plasser))
        if plass.ref in self.modell.slettede:
            return
        self._called("dokumenter.withdraw")
        antall = self.ledger.dokumenter.withdraw(plass, Statuskode.GJELDER_IKKE)
        er_lagt_til = plass.dokument_id in {rad.dokument_id for rad in self.ledger.dokumenter.list(plass.ref)}
        ventet = self.modell.withdraw((plass.ref, plass.nummer), erstatter, "GJELDER_IKKE") if er_lagt_til else 0
        assert antall == ventet

    # packages

    @precondition(lambda self: self.modell.forsendelser)
    @rule(data=st.data(), mottaker=st.sampled_from(list(KANAL)), alle=st.booleans())
    def create(self, data: st.DataObject, mottaker: str, alle: bool) -> None:
        kjente = list(self.modell.forsendelser)
        utvalg = st.lists(st.sampled_from([*kjente, "finnes-ikke"]), unique=True)
        self._create(mottaker, kjente if alle else data.draw(utvalg))

    def _create(self, mottaker: str, ider: list[str]) -> None:
        kjente = [self.modell.forsendelser[i] for i in ider if i in self.modell.forsendelser]
        klare = [f for f in kjente if self.modell.is_ready(f, mottaker)]
        self._called("leveranser.create")
        rad = self.ledger.leveranser.create(mottaker, KANAL[mottaker], "v", ider, now=self.now)
        assert (rad is not None) == bool(klare)
        if rad is not None:
            assert sum(rad.antall.values()) == len(klare)
            self.modell.create(m.Leveranse(rad.leveranse_id, mottaker, KANAL[mottaker], len(klare)), klare)

    @precondition(lambda self: self.leveranser)
    @rule(data=st.data(), samtidige=st.sampled_from([None, None, 1, 2]))
    def take_lease(self, data: st.DataObject, samtidige: int | None) -> None:
        self._take(data.draw(st.sampled_from(self.leveranser)), samtidige)

    def _take(self, pakke: m.Leveranse, samtidige: int | None = None) -> Arbeider | None:
        until = self.now + LEIETID
        full = samtidige is not None and self.modell.on_their_way(pakke.mottaker, self.now) >= samtidige
        ledig = self.modell.is_due(pakke, self.now) and not full
        self._called("leveranser.take_lease")
        leie = self.ledger.leveranser.take_lease(pakke.leveranse_id, now=self.now, until=until, samtidige=samtidige)
        assert (leie is not None) == ledig
        if leie is None:
            return None
        self.modell.take(pakke, leie.eier, until)
        self.arbeidere.append(Arbeider(leie, pakke.innhold))
        return self.arbeidere[-1]

    @precondition(lambda self: self.arbeidere)
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        self.arbeidere.remove(data.draw(st.sampled_from(self.arbeidere)))

    @precondition(lambda self: self.arbeidere)
    @rule(data=st.data())
    def attach_package(self, data: st.DataObject) -> None:
        self._attach(data.draw(st.sampled_from(self.arbeidere)))

    def _attach(self, arbeider: Arbeider) -> None:
        self._called("leveranser.attach_package")
        pakke, leie = self._package_of(arbeider), arbeider.leie
        rader = self.ledger.dokumenter.forsendelser(leveranse_id=leie.id)
        lagret = {"pakke": f"pakker/{leie.id}", "sha256": "a" * 64, "storrelse": 7}
        if not self._holds(arbeider):
            with pytest.raises(LeieTapt):
                self.ledger.leveranser.attach_package(leie, **lagret)
        elif pakke.innhold is not None:
            with pytest.raises(UlovligOvergang):
                self.ledger.leveranser.attach_package(leie, **lagret)
        else:
            self.ledger.leveranser.attach_package(leie, **lagret)
            pakke.innhold = arbeider.innhold = tuple(sorted(rad.melding_id for rad in rader))

    @precondition(lambda self: self.arbeidere)
    @rule(data=st.data(), navn=st.sampled_from(["a", "b"]))
    def bind(self, data: st.DataObject, navn: str) -> None:
        arbeider = data.draw(st.sampled_from(self.arbeidere))
        self._called("leveranser.bind")
        if not self._holds(arbeider):
            with pytest.raises(LeieTapt):
                self.ledger.leveranser.bind(arbeider.leie, navn)
        else:
            self.ledger.leveranser.bind(arbeider.leie, navn)
            self._package_of(arbeider).bundet = navn

    @precondition(lambda self: any(a.innhold for a in self.arbeidere))
    @rule(data=st.data())
    def send(self, data: st.DataObject) -> None:
        self._send(data.draw(st.sampled_from([a for a in self.arbeidere if a.innhold])))

    def _send(self, arbeider: Arbeider) -> bool:
        """The bytes reach the recipient, whatever the ledger knows of it. Whether it has this package."""
        for melding_id in arbeider.innhold or ():
            f = self.modell.forsendelser[melding_id]
            if self._holds(arbeider) and melding_id not in self.mottaker.dokumenter:
                nyere = (n for n in self.modell.of(f.dokument) if n.mottaker == f.mottaker and n.versjon > f.versjon)
                for_sent = [n.versjon for n in nyere if n.melding_id in self.mottaker.dokumenter]
                assert not for_sent, f"version {f.versjon} leaves after {for_sent}"
        return self.mottaker.take_in(arbeider.leie.id, arbeider.innhold or ())

    @precondition(lambda self: self.arbeidere)
    @rule(data=st.data(), minutter=st.sampled_from([0, 1, 90]))
    def record(self, data: st.DataObject, minutter: int) -> None:
        arbeider = data.draw(st.sampled_from(self.arbeidere))
        utfall = [FORBIGAENDE, VARIG]
        if arbeider.innhold and self.mottaker.pakker.get(arbeider.leie.id) == arbeider.innhold:
            utfall = [("SENDT", "GITT_VIDERE"), ("MOTTATT", "OVERFORT"), *utfall]
        til, kode = data.draw(st.sampled_from(utfall))
        self._record(arbeider, til, kode, timedelta(minutes=minutter))

    def _record(self, arbeider: Arbeider, til: str, kode: str, vent: timedelta = timedelta()) -> None:
        neste = self.now + vent if til == "OPPRETTET" else None
        utfall = Utfall(Leveransetilstand(til), Statuskode(kode), self.now, self.now.date(), neste)
        self._called("leveranser.record")
        if not self._holds(arbeider):
            with pytest.raises(LeieTapt):
                self.ledger.leveranser.record(arbeider.leie, utfall)
        else:
            self.ledger.leveranser.record(arbeider.leie, utfall)
            self.modell.record(self._package_of(arbeider), til, kode, self.now.date(), neste)

    @precondition(lambda self: self.leveranser)
    @rule(data=st.data(), svar=st.sampled_from(["SENDT", "MOTTATT", "ingen"]))
    def deliver(self, data: st.DataObject, svar: str) -> None:
        """One whole attempt; with `ingen` the worker dies when the bytes are there and nothing is recorded."""
        arbeider = self._take(data.draw(st.sampled_from(self.leveranser)))
        if arbeider is not None:
            self._deliver(arbeider, svar)

    def _deliver(self, arbeider: Arbeider, svar: str) -> None:
        if arbeider.innhold is None:
            self._attach(arbeider)
        er_samme = self._send(arbeider)
        if svar == "ingen":
            self.arbeidere.remove(arbeider)
        else:
            self._record(arbeider, *((svar, "OVERFORT") if er_samme else ("FEIL", "ANNEN_PAKKE")))

    @precondition(lambda self: self.leveranser)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        self._retry(data.draw(st.sampled_from(self.leveranser)))

    def _retry(self, pakke: m.Leveranse) -> None:
        self._called("leveranser.retry")
        self._refused_or(
            self.modell.retry(pakke, self.now), lambda: self.ledger.leveranser.retry(pakke.leveranse_id, now=self.now)
        )

    @precondition(lambda self: self.leveranser)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self._cancel(data.draw(st.sampled_from(self.leveranser)))

    def _cancel(self, pakke: m.Leveranse) -> None:
        kode = Statuskode.AVLYST_AV_PERSON
        self._called("leveranser.cancel")
        self._refused_or(
            self.modell.cancel(pakke, kode, self.now),
            lambda: self.ledger.leveranser.cancel(pakke.leveranse_id, kode, now=self.now),
        )

    @precondition(lambda self: self.leveranser)
    @rule(data=st.data())
    def expire(self, data: st.DataObject) -> None:
        pakke = data.draw(st.sampled_from(self.leveranser))
        self._called("leveranser.expire")
        self._refused_or(self.modell.expire(pakke), lambda: self.ledger.leveranser.expire(pakke.leveranse_id))

    @precondition(lambda self: self.leveranser)
    @rule(data=st.data(), til=st.sampled_from(list(m.FOLGES_FRA)))
    def follow(self, data: st.DataObject, til: str) -> None:
        pakke = data.draw(st.sampled_from(self.leveranser))
        self._called("leveranser.follow")
        nytt = self.ledger.leveranser.follow(pakke.leveranse_id, Leveransetilstand(til))
        assert nytt == self.modell.follow(pakke, til)

    @precondition(lambda self: self.leveranser)
    @rule(data=st.data())
    def remove_answered_package(self, data: st.DataObject) -> None:
        pakke = data.draw(st.sampled_from(self.leveranser))
        if pakke.tilstand in m.OVERBRAKT and all(f.svar is not None for f in self.modell.within(pakke)):
            self._called("leveranser.package_removed")
            self.ledger.leveranser.package_removed(pakke.leveranse_id)
            pakke.innhold = None

    @staticmethod
    def _refused_or(lovlig: bool, kall: Callable[[], None]) -> None:
        if lovlig:
            kall()
        else:
            with pytest.raises(UlovligOvergang):
                kall()

    # receipts

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

    @precondition(lambda self: self.leveranser and not self.stanser)
    @rule(data=st.data(), gjelder=st.sampled_from(["AVSENDER", "MOTTAKER", "KANAL", "STEG", "LEVERANSE"]))
    def stop(self, data: st.DataObject, gjelder: str) -> None:
        verdier = {"AVSENDER": AVSENDERE, "MOTTAKER": tuple(KANAL), "KANAL": ("sftp", "bucket"), "STEG": ("levering",)}
        mulige = verdier.get(gjelder, tuple(self.modell.leveranser))
        stans = gjelder, data.draw(st.sampled_from(mulige))
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

    # what always holds

    def _called(self, funksjon: str) -> None:
        """From here on moves are this function's; those until now were the one's before."""
        self._check_moves()
        self.funksjon = funksjon

    def _check_moves(self) -> None:
        """Every row that stands elsewhere than before has gone along arrows drawn for the function that was called."""
        for maskin, tabell, nokkel in (
            ("forsendelse", tabeller.forsendelse, "melding_id"),
            ("leveranse", tabeller.leveranse, "leveranse_id"),
        ):
            piler = TEGNET[maskin].get(self.funksjon, set())
            with self.ledger.database.read() as conn:
                na = {rad[0]: rad[1] for rad in conn.execute(select(tabell.c[nokkel], tabell.c.tilstand))}
            for rad, fra in self.tilstander[maskin].items():
                assert na[rad] in _reachable(fra, piler), (self.funksjon, fra, na[rad])
            for rad in na.keys() - self.tilstander[maskin].keys():
                assert ("[*]", na[rad]) in piler, (self.funksjon, na[rad])
            self.tilstander[maskin] = na

    @invariant()
    def everything_holds(self) -> None:
        if self.funksjon:
            self._called("")
            self._check_all()

    def _check_the_rows(self) -> None:
        f, p, a = tabeller.forsendelse.c, tabeller.leveranse.c, tabeller.leveranseforsok.c
        with self.ledger.database.read() as conn:
            forsendelser = conn.execute(
                select(f.melding_id, f.tilstand, f.statuskode, f.leveranse_id, f.sendt_dato, f.svar)
            )
            funnet = {r[0]: tuple(r[1:]) for r in forsendelser}
            leveranser = conn.execute(
                select(
                    *(p.leveranse_id, p.tilstand, p.statuskode, p.eier, p.leie_til, p.neste_forsok, p.forsok),
                    *(p.pakke.is_not(None), p.kanal_ref),
                )
            )
            pakker = {r[0]: tuple(r[1:]) for r in leveranser}
            forsok: dict[str, list[str | None]] = {leveranse_id: [] for leveranse_id in pakker}
            for r in conn.execute(select(a.leveranse_id, a.statuskode).order_by(a.nr)):
                forsok[r.leveranse_id].append(r.statuskode)
        assert funnet == {rad.melding_id: rad.row() for rad in self.modell.living()}
        assert pakker == {rad.leveranse_id: rad.row() for rad in self.leveranser}
        assert forsok == {rad.leveranse_id: rad.forsok for rad in self.leveranser}

    def _check_the_counts(self) -> None:
        oversikt = self.ledger.oversikt(self.now)
        funnet = oversikt.as_json()
        ventet = self.modell.counts(self.now)
        assert {navn: funnet[navn] for navn in ("dokumenter", "leveranser")} == {
            navn: ventet[navn] for navn in ("dokumenter", "leveranser")
        }
        assert oversikt.sittende_fast["leveranser"] == ventet["sittendeFast"]

    def _check_nothing_is_lost(self) -> None:
        for f in self.modell.living():
            assert (f.leveranse is not None) == (f.tilstand == "I_LEVERANSE" or f.sendt is not None)
            if f.tilstand == "I_LEVERANSE":
                assert self.modell.leveranser[str(f.leveranse)].tilstand in ("OPPRETTET", "SENDES", "FEIL")
            if f.tilstand in ("HOLDT", "TILBAKEKALT"):
                assert f.kode is not None
            if f.tilstand == "ERSTATTET":
                assert self.modell.plass(f.dokument)[0] > f.versjon
        staende = [(f.dokument, f.mottaker) for f in self.modell.living() if f.tilstand in m.HOS_NAV[1:]]
        assert len(staende) == len(set(staende))

    def _check_what_is_due(self) -> None:
        ventet = {p.leveranse_id for p in self.leveranser if self.modell.is_due(p, self.now)}
        assert {rad.leveranse_id for rad in self.ledger.leveranser.due(self.now)} == ventet

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

    def _check_all(self) -> None:
        self._check_the_rows()
        self._check_the_counts()
        self._check_nothing_is_lost()
        self._check_what_is_due()


def _reachable(fra: str, piler: set[tuple[str, str]]) -> set[str]:
    """Where a row may stand after one call: also two arrows of the same function, as when a receipt says both."""
    nadd = {fra}
    while nye := {til for start, til in piler if start in nadd} - nadd:
        nadd |= nye
    return nadd


def _settings(eksempler: int, steg: int) -> settings:
    return settings(
        max_examples=EKSEMPLER or eksempler,
        stateful_step_count=steg,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.reuse, Phase.generate],
    )


Apner = Callable[[], tuple[Ledger, dict[str, str]]]


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


def _store_two(sted: Any, store: Any) -> dict[str, str]:
    with sted.open() as ledger:
        return {store(ledger, nr): AVSENDERE[0] for nr in ("-1", "-2")}


def _do_not_wait_for_the_disk(ledger: Ledger) -> None:
    for database in (ledger.database, ledger.nokler.database):
        database.engine.dispose()
        event.listen(database.engine, "connect", lambda dbapi, _post: dbapi.execute("PRAGMA synchronous = OFF").close())


def test_any_order_of_deliveries_and_answers(sqlite_maler: Apner) -> None:
    run_state_machine_as_test(lambda: Leveransemaskin(sqlite_maler), settings=_settings(60, 40))
