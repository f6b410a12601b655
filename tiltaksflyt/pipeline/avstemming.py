"""Reconciliation every night: what the ledger says was sent against what each recipient says it has.

docs/pipeline/kvittering.md. Safe to run twice: the same list gives the same differences, and a list stays with the
recipient until it is settled.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time

from schemas.oppbevaring import oppbevaring
from schemas.oppsett import Mottaker
from tiltaksflyt.delivery import KanalFeil
from tiltaksflyt.delivery.avstemming import (
    Avstemmingsliste,
    Listetleveranse,
    Listetmelding,
    Sammenligning,
    compare,
    find_list,
)
from tiltaksflyt.delivery.receipts import Dokumentsvar as Mottakersvar
from tiltaksflyt.delivery.receipts import Svarstatus
from tiltaksflyt.ledger import Dokumentsvar, Kvitteringsfil, Leveransetilstand, Sendtmelding
from tiltaksflyt.pipeline.avvisning import tell_senders
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.stans import refusing_recipients
from tiltaksflyt.storage import nokler
from transforms.kalender import OSLO

# A receipt may have been lost on its way; one that we gave up sending may be there all the same.
_UVISSE = (Leveransetilstand.SENDT, Leveransetilstand.MOTTATT, Leveransetilstand.FEIL)


def reconcile(omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    """Reconcile with every recipient that has published a list, and forget what is old; counts.

    `like` documents agree, `reparert` is what a list told that no receipt had, `slettet` what it names that we have
    erased; `avvik` are the differences that are open, `ikkeAvstemt` recipients that were sent something and have no
    list today, `kanalfeil` counterparts that could not be read.
    """
    antall: Counter[str] = Counter(avvik=0)
    stengte = refusing_recipients(omgivelser)
    for motpart in omgivelser.oppsett.counterparts(er_test=omgivelser.er_test):
        apne = [mottaker for mottaker in motpart if mottaker.nokkel not in stengte]
        try:
            if apne:
                _reconcile_with(motpart, apne[0], omgivelser, dato, now, antall)
        except KanalFeil:
            antall["kanalfeil"] += 1
    antall["avvik"] = len(omgivelser.ledger.avstemminger.open())
    antall["ikkeAvstemt"] = sum(dag != dato for dag in omgivelser.ledger.avstemminger.last().values())
    antall["merknaderGlemt"] = _forget(omgivelser, dato)
    return dict(antall)


def _reconcile_with(
    motpart: Sequence[Mottaker],
    dor: Mottaker,
    omgivelser: Omgivelser,
    dato: date,
    now: datetime,
    antall: Counter[str],
) -> None:
    kanal = omgivelser.channel(dor)
    enheter = frozenset(mottaker.nav_enhet for mottaker in motpart)
    lister = {fil: liste for fil in kanal.collect() if (liste := find_list(fil.innhold, enheter)) is not None}
    for liste in _newest(lister.values()):
        mottakere = frozenset(mottaker.nokkel for mottaker in motpart if mottaker.nav_enhet in liste.enheter)
        _Avstemming(mottakere, liste, omgivelser, dato, now).settle(antall)
        antall["avstemt"] += len(mottakere)
    if lister:
        kanal.discard(lister)


def _newest(lister: Iterable[Avstemmingsliste]) -> Iterable[Avstemmingsliste]:
    """The newest list of each set of enheter: an older one says nothing that it does not."""
    return {liste.enheter: liste for liste in sorted(lister, key=lambda liste: liste.til)}.values()


class _Avstemming:
    """One list held against the ledger."""

    def __init__(
        self, mottakere: frozenset[str], liste: Avstemmingsliste, omgivelser: Omgivelser, dato: date, now: datetime
    ) -> None:
        self._mottakere = mottakere
        self._liste = liste
        self._om = omgivelser
        self._dato = dato
        self._now = now

    def settle(self, antall: Counter[str]) -> None:
        """Mend what the list can mend, and record the rest."""
        reparert = self._mend()
        funn = self._compare(self._sent())
        teller = {"like": funn.like, "slettet": funn.slettet, "reparert": reparert}
        oppgjor = self._om.ledger.avstemminger.settle(self._mottakere, funn.differanser, teller, self._dato)
        antall.update({**teller, "nyeAvvik": oppgjor.nye, "lukkedeAvvik": oppgjor.lukket})

    def _sent(self) -> tuple[Sendtmelding, ...]:
        margin = oppbevaring().avstemming_margin
        return self._om.ledger.avstemminger.sent(
            self._mottakere,
            self._liste.fra + margin,
            self._liste.til - margin,
            {melding.melding_id for melding in self._liste.meldinger},
        )

    def _compare(self, sendte: Sequence[Sendtmelding]) -> Sammenligning:
        avstemminger = self._om.ledger.avstemminger
        venter = avstemminger.waiting(self._mottakere, {melding.melding_id for melding in self._liste.meldinger})
        listet = [melding for melding in self._liste.meldinger if melding.melding_id not in venter]
        return compare(
            sendte, listet, avstemminger.forgotten(self._mottakere, {melding.leveranse_id for melding in listet})
        )

    def _mend(self) -> int:
        """Where no receipt has reached us the list is one. How many packages and documents that moved."""
        uvisse = {
            rad.leveranse_id: rad.tilstand.value
            for rad in self._om.ledger.leveranser.list(_UVISSE)
            if rad.mottaker in self._mottakere
        }
        pakker = sum(
            self._mend_package(pakke)
            for pakke in self._liste.leveranser
            if uvisse.get(pakke.leveranse_id, pakke.status.value) != pakke.status.value
        )
        sendte = {ett.melding_id: ett for ett in self._sent()}
        return pakker + sum(
            self._mend_document(sendte[melding.melding_id], melding)
            for melding in self._liste.meldinger
            if melding.er_besvart and melding.melding_id in sendte
        )

    def _mend_package(self, pakke: Listetleveranse) -> bool:
        fil = self._as_file(pakke.leveranse_id, pakke.tid, pakke.status.value)
        return self._om.ledger.kvitteringer.record(replace(fil, teknisk=Leveransetilstand(pakke.status.value))).ny

    def _mend_document(self, sendt: Sendtmelding, melding: Listetmelding) -> int:
        svar = Dokumentsvar(melding.melding_id, melding.status, melding.kode)
        fil = replace(
            self._as_file(sendt.leveranse_id, melding.tid, f"{melding.melding_id}:{melding.status}"), svar=[svar]
        )
        kvitteringer = self._om.ledger.kvitteringer
        # Answered before: perhaps by this very list, in a run that broke off before it told the sender.
        funn = kvitteringer.record(fil) if sendt.svar is None else kvitteringer.recall(fil)
        gitt = Mottakersvar(melding.melding_id, Svarstatus(melding.status), melding.kode)
        tell_senders(funn, [gitt], sendt.leveranse_id, omgivelser=self._om, dato=self._dato)
        return len(funn.koblet) if funn.ny else 0

    def _as_file(self, leveranse_id: str, tid: datetime, hva: str) -> Kvitteringsfil:
        kilde = f"avstemming:{leveranse_id}:{hva}:{tid.isoformat()}"
        return Kvitteringsfil(kilde, leveranse_id, min(tid, self._now), self._mottakere, self._dato)


def _forget(omgivelser: Omgivelser, dato: date) -> int:
    """Remarks, closed differences and files put aside do not stay for ever."""
    ledger = omgivelser.ledger
    for merknad_id in ledger.merknader.aside_before(dato - oppbevaring().til_side):
        omgivelser.storage.delete(nokler.til_side(merknad_id))
        ledger.merknader.aside_removed(merknad_id)
    foer = dato - oppbevaring().kvitteringsmerknad
    return ledger.merknader.forget(datetime.combine(foer, time.min, OSLO)) + ledger.avstemminger.forget(foer)
