"""The steps that documents and packages take, each in the ledger and in the model."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.ledger import leveransemodell as m
from tests.ledger.leveranseprov import KANAL, LEIETID, Arbeider, Leveranseprov
from tiltaksflyt.ledger import (
    Dokumentplass,
    Forsendelsestilstand,
    LeieTapt,
    Leveransetilstand,
    NyForsendelse,
    Statuskode,
    UlovligOvergang,
    Utfall,
)

NYE = st.sampled_from(
    [("KLAR", None), ("KLAR", None), ("UTKAST", "VENTER_GODKJENNING"), ("HOLDT", "GLYF_MANGLER")],
)
HOLDEKODER = ("STANSET_AV_ARRANGOR", "HOLDT_AV_PERSON", "GLYF_MANGLER")
# (state, code) of a fault that passes by itself, and of one that does not.
FORBIGAENDE, VARIG = ("OPPRETTET", "KANAL_NEDE"), ("FEIL", "TILGANG_NEKTET")


class Leveransesteg(Leveranseprov):
    """What our own workers and persons do, in any order."""

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

    @precondition(lambda self: self.modell.forsendelser)
    @rule()
    def create_for_all(self) -> None:
        for mottaker in KANAL:
            self._create(mottaker, list(self.modell.forsendelser))

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

    @precondition(lambda self: any(self._holds(a) for a in self.arbeidere))
    @rule(data=st.data())
    def take_over(self, data: st.DataObject) -> None:
        """A lease runs out while its owner is at work; another takes it, and the first comes back."""
        forste = data.draw(st.sampled_from([a for a in self.arbeidere if self._holds(a)]))
        pakke = self._package_of(forste)
        self._called("move_clock")
        self.now = max(self.now, forste.leie.til) + timedelta(minutes=1)
        self._take(pakke)
        self._cancel(pakke)
        self._attach(forste)
        self._record(forste, *VARIG)

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

    @precondition(lambda self: self.due)
    @rule(data=st.data(), svar=st.sampled_from(["SENDT", "MOTTATT", "ingen", "nede", "feil"]))
    def deliver(self, data: st.DataObject, svar: str) -> None:
        """One whole attempt that brings the bytes; with `ingen` the worker dies before it records anything."""
        arbeider = self._take(data.draw(st.sampled_from(self.due)))
        if arbeider is not None:
            self._deliver(arbeider, svar)

    def _deliver(self, arbeider: Arbeider, svar: str) -> None:
        if arbeider.innhold is None:
            self._attach(arbeider)
        er_samme = self._send(arbeider)
        if svar == "ingen":
            self.arbeidere.remove(arbeider)
        elif svar == "nede":
            self._record(arbeider, *FORBIGAENDE, timedelta(minutes=90))
        elif svar == "feil":
            self._record(arbeider, *VARIG)
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
    def hand_over(self, data: st.DataObject) -> None:
        pakke = data.draw(st.sampled_from(self.leveranser))
        self._called("leveranser.hand_over")
        flyttet = self.ledger.leveranser.hand_over(pakke.leveranse_id, "manuell", now=self.now)
        assert flyttet == self.modell.hand_over(pakke, "manuell", self.now)

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
