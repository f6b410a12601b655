"""The step kvittering: receipts are collected, matched to what was sent, and told to the sender.

docs/pipeline/kvittering.md. Safe to run twice: a receipt that is known changes nothing, and it stays with the recipient
until it is recorded.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

from schemas.oppbevaring import oppbevaring
from schemas.oppsett import MANUELL, Mottaker
from tiltaksflyt.delivery import Hentetfil, KanalFeil, Kanalstatus, Underveis
from tiltaksflyt.delivery.avstemming import find_list
from tiltaksflyt.delivery.kanal import MAKS_KVITTERING
from tiltaksflyt.delivery.receipts import Kvittering, UgyldigKvittering, parse_receipt
from tiltaksflyt.ledger import (
    Dokumentsvar,
    Forsendelsestilstand,
    Kvitteringsfil,
    Leveranserad,
    Leveransetilstand,
    Statuskode,
    UlovligOvergang,
)
from tiltaksflyt.pipeline.avvisning import tell_senders
from tiltaksflyt.pipeline.klokke import day_of
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.pakker import remove_handed_over, remove_package
from tiltaksflyt.pipeline.stans import TILGANGSFEIL, is_step_stopped, refusing_recipients, stop_recipient
from tiltaksflyt.storage import nokler

# What a run has found that needs a person at once: the alert, by the name of its count.
VARSLER: Mapping[str, Statuskode] = MappingProxyType(
    {
        "falske": Statuskode.FALSK_KVITTERING,
        "motstridende": Statuskode.MOTSTRIDENDE_KVITTERING,
        "nyeUleste": Statuskode.ULESELIG_KVITTERING,
    }
)
_MOTSTRIDENDE = (Statuskode.MOTSTRIDENDE_KVITTERING, Statuskode.MOTSTRIDENDE_SVAR)
_UNDER_VEI = (Leveransetilstand.SENDT, Leveransetilstand.MOTTATT, Leveransetilstand.LEVERT)
_APNET = (Leveransetilstand.LEVERT, Leveransetilstand.LEST)
# One that the recipient could not open, and is handed over again, may be answered too.
_MED_PERSON = (*_UNDER_VEI, Leveransetilstand.LEST, Leveransetilstand.FEIL)
# Given up: the documents go in a new package, and nobody asks for this one again.
_OPPGITT = (Leveransetilstand.LEVETID_UTLOPT, Leveransetilstand.AVLYST)
_HOS_MOTTAKER = (*_UNDER_VEI, Leveransetilstand.LEST)
_BESVART = frozenset(
    {
        Forsendelsestilstand.GODTATT,
        Forsendelsestilstand.AVVIST,
        Forsendelsestilstand.ERSTATTET,
        Forsendelsestilstand.TILBAKEKALT,
    }
)


def collect(omgivelser: Omgivelser, now: datetime) -> dict[str, int]:
    """Collect from every recipient, record, tell the senders of rejections, and let answered packages go; counts.

    `fulgt` are packages that a channel has brought further; `falske`, `motstridende` and `merknader` receipts that a
    person should see; `ulest` files that are no receipts, `nyeUleste` those seen for the first time, `lagtTilSide`
    those moved to our own store; `kanalfeil` counterparts that could not be read. None of these stops the others. A
    recipient that does not let us in is stopped, counted by its code too, and left alone until a person lets it go.
    Nothing while the step is held.
    """
    antall: Counter[str] = Counter()
    if is_step_stopped(omgivelser, "kvittering"):
        return {}
    stengte = refusing_recipients(omgivelser)
    under_vei = _under_way(omgivelser)
    for motpart in omgivelser.oppsett.counterparts(er_test=omgivelser.er_test):
        apne = [mottaker for mottaker in motpart if mottaker.nokkel not in stengte]
        if not apne:
            continue
        pakker = [pakke for mottaker in apne for pakke in under_vei[mottaker.nokkel]]
        kode = _Innhenting(motpart, apne[0], omgivelser, now, antall).collect(pakker)
        if kode in TILGANGSFEIL:
            # The same key opens for all that have the same settings: none of them is tried with it again.
            for mottaker in apne:
                if mottaker.innstillinger == apne[0].innstillinger:
                    stop_recipient(omgivelser, mottaker.nokkel, kode, now)
            antall[kode.value] += 1
    for mottaker in _handed_over_to(omgivelser):
        _Innhenting((mottaker,), mottaker.by_hand(), omgivelser, now, antall).collect(())
    _let_packages_go(omgivelser, antall)
    return dict(antall)


def _let_packages_go(omgivelser: Omgivelser, antall: Counter[str]) -> None:
    for leveranse in omgivelser.ledger.leveranser.list((*_HOS_MOTTAKER, *_OPPGITT)):
        if leveranse.pakke is None:
            continue
        if leveranse.tilstand in _OPPGITT or _is_answered(leveranse, omgivelser):
            remove_package(omgivelser, leveranse)
            antall["pakkerFjernet"] += 1
        elif leveranse.kanal == MANUELL and leveranse.tilstand in _APNET:
            # Whichever way its receipt came, nobody needs to hand it over any more.
            remove_handed_over(omgivelser, leveranse)


def _under_way(omgivelser: Omgivelser) -> Mapping[str, list[Underveis]]:
    """What has been sent and not read yet, by recipient. What a person carries, no channel can follow."""
    sendte: dict[str, list[Underveis]] = defaultdict(list)
    for rad in omgivelser.ledger.leveranser.list(_UNDER_VEI):
        if rad.kanal != MANUELL:
            sendte[rad.mottaker].append(Underveis(rad.leveranse_id, rad.kanal_ref))
    return sendte


def _handed_over_to(omgivelser: Omgivelser) -> list[Mottaker]:
    """The recipients with a channel of their own for which a person carries something all the same."""
    baret = {rad.mottaker for rad in omgivelser.ledger.leveranser.list(_MED_PERSON) if rad.kanal == MANUELL}
    return [
        mottaker
        for nokkel, mottaker in omgivelser.oppsett.mottakere.items()
        if nokkel in baret and mottaker.kanal != MANUELL and mottaker.er_test == omgivelser.er_test
    ]


class _Innhenting:
    """What one counterpart has laid ready: recipients that share a channel, read once, as one of them (`dor`)."""

    def __init__(
        self,
        motpart: Sequence[Mottaker],
        dor: Mottaker,
        omgivelser: Omgivelser,
        now: datetime,
        antall: Counter[str],
    ) -> None:
        self._om = omgivelser
        self._now = now
        self._dato: date = day_of(omgivelser, now)
        self._antall = antall
        self._nokler = frozenset(mottaker.nokkel for mottaker in motpart)
        self._enheter = frozenset(mottaker.nav_enhet for mottaker in motpart)
        self._kanal = omgivelser.channel(dor)

    def collect(self, under_vei: Sequence[Underveis]) -> Statuskode | None:
        """Follow what is under way, and take what lies ready; why it could not be read, when it could not."""
        try:
            for leveranse_id, status in self._kanal.follow(under_vei).items():
                self._antall["fulgt"] += _follow(leveranse_id, status, self._om)
            ferdige = [fil for fil in self._kanal.collect() if self._take(fil)]
            if ferdige:
                self._kanal.discard(ferdige)
        except KanalFeil as feil:
            self._antall["kanalfeil"] += 1
            return Statuskode(feil.kode.value)
        return None

    def _take(self, fil: Hentetfil) -> bool:
        """Record one file; whether the recipient may let it go."""
        try:
            kvittering = parse_receipt(fil.innhold)
        except UgyldigKvittering:
            # A list waits for the night: reconciliation reads it.
            return find_list(fil.innhold, self._enheter) is None and self._take_unreadable(fil)
        if kvittering.leveranse_id is None:
            self._antall["ukoblet"] += 1
            return True
        funn = self._om.ledger.kvitteringer.record(self._as_file(fil, kvittering, kvittering.leveranse_id))
        if funn.utsatt:
            self._antall["utsatt"] += 1
            return False
        if funn.ny:
            self._antall["kvitteringer"] += not funn.falsk
            self._antall["dokumentsvar"] += len(funn.koblet)
            self._antall["avvist"] += len(funn.avvist)
            self._antall["ukoblet"] += funn.ukoblet
            self._antall["etterSletting"] += funn.etter_sletting
            self._antall["falske"] += Statuskode.FALSK_KVITTERING in funn.merknader
            self._antall["motstridende"] += sum(kode in _MOTSTRIDENDE for kode in funn.merknader)
            self._antall["merknader"] += len(funn.merknader)
        # Also when it was recorded before: a run that broke off after that may not have told the sender.
        tell_senders(funn, kvittering.svar, kvittering.leveranse_id, omgivelser=self._om, dato=self._dato)
        return True

    def _take_unreadable(self, fil: Hentetfil) -> bool:
        """Note a file that is none of ours to read. It stays a while, for it may not be written to its end.

        One that came cut off, or empty, is never moved: we do not have the whole of it.
        """
        merknader = self._om.ledger.merknader
        ulest = merknader.note_unreadable(fil.kilde, min(self._nokler), self._dato)
        self._antall["ulest"] += 1
        self._antall["nyeUleste"] += ulest.ny
        er_hel = 0 < len(fil.innhold) <= MAKS_KVITTERING
        if not er_hel or self._dato - ulest.forst < oppbevaring().ulest_kvittering:
            return False
        self._om.storage.put_once(nokler.til_side(ulest.merknad_id), fil.innhold, "application/octet-stream")
        merknader.put_aside(ulest.merknad_id, self._dato)
        self._antall["lagtTilSide"] += 1
        return True

    def _as_file(self, fil: Hentetfil, kvittering: Kvittering, leveranse_id: str) -> Kvitteringsfil:
        return Kvitteringsfil(
            kilde=fil.kilde,
            leveranse_id=leveranse_id,
            # The recipient's clock decides which of its answers is the latest, but none comes from after today.
            tid=min(kvittering.tid, self._now),
            fra=self._nokler,
            lest=self._dato,
            teknisk=Leveransetilstand(kvittering.status.value) if kvittering.status else None,
            svar=[Dokumentsvar(s.melding_id, s.status.value, s.kode, s.tekst, s.arkiv_id) for s in kvittering.svar],
        )


def _follow(leveranse_id: str, status: Kanalstatus, omgivelser: Omgivelser) -> bool:
    """Record how far a package has come; whether that was news."""
    if status is Kanalstatus.SENDT:
        return False
    if status is not Kanalstatus.LEVETID_UTLOPT:
        return omgivelser.ledger.leveranser.follow(leveranse_id, Leveransetilstand(status.value))
    try:
        omgivelser.ledger.leveranser.expire(leveranse_id)
    except UlovligOvergang:
        # It came there all the same: its receipt was quicker than the channel.
        return False
    return True


def _is_answered(leveranse: Leveranserad, omgivelser: Omgivelser) -> bool:
    """Whether nobody will ask for the package again. One that is not receipted may have to be sent once more."""
    forsendelser = omgivelser.ledger.dokumenter.forsendelser(leveranse_id=leveranse.leveranse_id)
    if leveranse.tilstand in _APNET:
        return all(rad.tilstand in _BESVART for rad in forsendelser)
    return all(rad.svar is not None for rad in forsendelser)
