"""The step levering: what is ready is packaged and sent, each recipient in its own window.

docs/pipeline/levering.md. Safe to run twice and by two workers: the claim is a lease, the package that is sent again is
the stored one, and «already there» is a success.
"""

import logging
import secrets
import shutil
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

from schemas.oppbevaring import oppbevaring
from schemas.oppsett import MANUELL, Mottaker
from tiltaksflyt.delivery import (
    Forsegling,
    Kanalkode,
    Pakke,
    Pakkedokument,
    PakkeFeil,
    Pakkekode,
    SendOutcome,
    Sertifikatfeil,
    Utfall,
    build_package,
)
from tiltaksflyt.delivery.backoff import next_attempt
from tiltaksflyt.delivery.sertifikater import is_valid
from tiltaksflyt.delivery.vinduer import is_open, vindu_navn
from tiltaksflyt.ledger import (
    Forsendelsesrad,
    Forsendelsestilstand,
    Leie,
    LeieTapt,
    Leveranserad,
    Leveransetilstand,
    Statuskode,
)
from tiltaksflyt.ledger import Utfall as Leveranseutfall
from tiltaksflyt.pipeline.klokke import day_of, on_day
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.sider import set_pages
from tiltaksflyt.pipeline.sluttkvittering import goes_by_hand
from tiltaksflyt.pipeline.stans import TILGANGSFEIL, is_step_stopped, stop_recipient
from tiltaksflyt.pipeline.utkastbeskjeder import release_due
from tiltaksflyt.storage import StorageFeil, nokler
from transforms import arkivmelding, journalpost
from transforms.dokument import Mottakerhode
from transforms.dokument_formater import render
from transforms.dokument_kopi import make_copy
from transforms.dokument_pdf import PdfFeil

SALTLENGDE = 32
# Enough for the makers of pages to share, and few enough to be held at once.
OM_GANGEN = 200
IKKE_FORFALT = "IKKE_FORFALT"
UTENFOR_VINDU = "UTENFOR_VINDU"
# The outcomes after which no run tries again by itself.
TRENGER_PERSON = frozenset(
    {
        *(kode.value for kode in Kanalkode if SendOutcome(kode).utfall is Utfall.PERMANENT),
        Statuskode.UKJENT_MOTTAKER.value,
        Statuskode.PAKKE_MANGLER.value,
        Statuskode.PAKKE_ENDRET.value,
        Statuskode.FOR_MANGE_FORSOK.value,
    }
)
_ARBEIDSMAPPE = "tiltaksflyt-levering-"
_LOGG = logging.getLogger("tiltaksflyt")


class SideMangler(Exception):
    """A document's page could not be set, so its package cannot be built. `tiltaksflyt render` shows which."""

    kode = "SIDE_MANGLER"


def choose(omgivelser: Omgivelser, dato: date, now: datetime) -> list[str]:
    """The deliveries to send: what is ready becomes one for each recipient whose window is open, and what is due for
    another attempt is taken up. Answers their ids.

    First what the senders say of their drafts is heard, and the drafts that are due are let go. Nothing is gathered of
    a sender that could not be heard: it may have asked us to stop it. None while the step is held.
    """
    if is_step_stopped(omgivelser, "levering"):
        return []
    _remove_leftovers()
    uhort = release_due(omgivelser, dato, now)
    klare: dict[str, list[str]] = defaultdict(list)
    for rad in omgivelser.ledger.dokumenter.forsendelser(tilstand=Forsendelsestilstand.KLAR):
        if rad.avsender not in uhort and not goes_by_hand(rad, omgivelser, dato):
            klare[rad.mottaker].append(rad.melding_id)
    valgte: list[str] = []
    for mottaker in omgivelser.oppsett.mottakere.values():
        vindu = vindu_navn(mottaker.vinduer, on_day(dato, now))
        if vindu is None or not may_receive(mottaker, omgivelser):
            continue
        if klare[mottaker.nokkel] and can_seal(mottaker, omgivelser, dato, now):
            for bolk in _in_bites(klare[mottaker.nokkel]):
                omgivelser.ledger.leveranser.create(mottaker.nokkel, mottaker.kanal, vindu, bolk, now=now)
        # What is sealed already needs no certificate: it is sent as it lies stored.
        valgte += [
            rad.leveranse_id
            for rad in omgivelser.ledger.leveranser.due(now, mottaker.nokkel)
            if rad.pakke is not None or can_seal(mottaker, omgivelser, dato, now)
        ]
    return valgte


def send(leveranse_id: str, *, omgivelser: Omgivelser, now: datetime, regardless: bool = False) -> str:
    """Send one delivery if it is still due and its recipient's window is open, and record what came of it.

    `regardless` of window and stops is what a person carries on the day for it (pipeline/overlevering.py).
    Answers the outcome's code: for those in TRENGER_PERSON somebody must be told. Raises nothing that the recipient
    caused: a fault is an outcome with a next attempt, or one for a person.
    """
    leveranser = omgivelser.ledger.leveranser
    mottaker = omgivelser.oppsett.mottakere.get(leveranser.get(leveranse_id).mottaker)
    # The window may have closed since the delivery was chosen. It waits untouched, and no attempt is counted.
    er_stengt = mottaker is not None and not is_open(mottaker.vinduer, on_day(day_of(omgivelser, now), now))
    if er_stengt and not regardless:
        return UTENFOR_VINDU
    til = now.astimezone(UTC) + oppbevaring().leie
    leie = leveranser.take_lease(leveranse_id, now=now, until=til, despite_stops=regardless)
    if leie is None:
        return IKKE_FORFALT
    rad = leveranser.get(leveranse_id)
    try:
        if mottaker is None or not may_receive(mottaker, omgivelser):
            return _record(leie, Leveransetilstand.FEIL, Statuskode.UKJENT_MOTTAKER, omgivelser=omgivelser, now=now)
        # The file is the recipient's own: encrypted for it, and on our disk only while it is sent.
        with TemporaryDirectory(prefix=_ARBEIDSMAPPE) as katalog:
            return _send_to(mottaker, rad, leie, Path(katalog), omgivelser=omgivelser, now=now)
    except LeieTapt:
        # Another worker has taken over; what it records stands, and the recipient saw the same package.
        return Statuskode.LEIE_UTLOPT.value


def _send_to(
    mottaker: Mottaker, rad: Leveranserad, leie: Leie, katalog: Path, *, omgivelser: Omgivelser, now: datetime
) -> str:
    if rad.pakke:
        pakke = _fetch_package(rad, katalog, omgivelser)
    else:
        pakke = _make_package(rad, leie, mottaker, katalog, omgivelser=omgivelser, now=now)
    if pakke is None:
        return _record(leie, Leveransetilstand.FEIL, Statuskode.PAKKE_MANGLER, omgivelser=omgivelser, now=now)
    if rad.sha256 is not None and pakke.sha256 != rad.sha256:
        return _record(leie, Leveransetilstand.FEIL, Statuskode.PAKKE_ENDRET, omgivelser=omgivelser, now=now)
    utfall = omgivelser.channel(mottaker.by_hand() if rad.kanal == MANUELL else mottaker).send(
        replace(pakke, antall=rad.antall), bind=lambda kanal_ref: omgivelser.ledger.leveranser.bind(leie, kanal_ref)
    )
    return _record_outcome(leie, rad, utfall, omgivelser=omgivelser, now=now)


def _remove_leftovers() -> None:
    """Take away the packages that workers which were killed have left on this machine's disk."""
    grense = time.time() - oppbevaring().leie.total_seconds()
    for mappe in Path(gettempdir()).glob(f"{_ARBEIDSMAPPE}*"):
        with suppress(FileNotFoundError):
            if mappe.stat().st_mtime < grense:
                shutil.rmtree(mappe)


def may_receive(mottaker: Mottaker, omgivelser: Omgivelser) -> bool:
    """A test deployment speaks only to test recipients, and production never to one."""
    return mottaker.er_test == omgivelser.er_test


def can_seal(mottaker: Mottaker, omgivelser: Omgivelser, dato: date, now: datetime) -> bool:
    """Whether we hold valid certificates, our own and the recipient's. What is ready waits until we do."""
    try:
        sertifikater = (omgivelser.virksomhet.sertifikat, omgivelser.certificate_of(mottaker))
    except Sertifikatfeil as feil:
        _LOGG.error("levering: nothing is sent to %s: %s", mottaker.nokkel, feil)
        return False
    if not all(is_valid(sertifikat, on_day(dato, now)) for sertifikat in sertifikater):
        _LOGG.error(
            "levering: nothing is sent to %s: UTLOPT_SERTIFIKAT; put a valid certificate there", mottaker.nokkel
        )
        return False
    return True


def _in_bites(melding_ider: Sequence[str]) -> list[Sequence[str]]:
    storrelse = oppbevaring().dokumenter_per_leveranse
    return [melding_ider[start : start + storrelse] for start in range(0, len(melding_ider), storrelse)]


def _fetch_package(rad: Leveranserad, katalog: Path, omgivelser: Omgivelser) -> Pakke | None:
    """The stored package, to be sent again as it is; None when it is gone."""
    fil = katalog / rad.leveranse_id
    try:
        omgivelser.storage.fetch_package(rad.leveranse_id, fil)
    except StorageFeil as feil:
        if feil.er_forbigaende:
            raise
        return None
    return Pakke.of(rad.leveranse_id, fil, rad.kanal_ref)


def _make_package(
    rad: Leveranserad, leie: Leie, mottaker: Mottaker, katalog: Path, *, omgivelser: Omgivelser, now: datetime
) -> Pakke | None:
    """A new package of what the leveranse holds, stored before it is sent; None when nothing is left in it."""
    forsendelser = omgivelser.ledger.dokumenter.forsendelser(leveranse_id=rad.leveranse_id)
    if not forsendelser:
        return None
    # An earlier attempt may have stored a package and died before the ledger heard of it. That package was never
    # sent, and it has another salt.
    omgivelser.storage.delete(nokler.pakke(rad.leveranse_id))
    try:
        bygget = build_package(
            _documents(forsendelser, mottaker, omgivelser),
            katalog / rad.leveranse_id,
            leveranse_id=rad.leveranse_id,
            nav_enhet=mottaker.nav_enhet,
            modus=omgivelser.modus,
            opprettet=on_day(day_of(omgivelser, now), now),
            saltnokkel=secrets.token_bytes(SALTLENGDE),
            forsegling=Forsegling(omgivelser.virksomhet, omgivelser.certificate_of(mottaker)),
        )
    except PakkeFeil as feil:
        # Whatever was in it has been erased since it was gathered.
        if feil.kode is not Pakkekode.INGEN_DOKUMENTER:
            raise
        return None
    nokkel = omgivelser.storage.put_package(rad.leveranse_id, bygget.pakke.fil)
    omgivelser.ledger.leveranser.attach_package(
        leie,
        pakke=nokkel,
        sha256=bygget.pakke.sha256,
        storrelse=bygget.pakke.storrelse,
        merkle_rot=bygget.merkle_rot,
    )
    return bygget.pakke


def _copies(
    forsendelser: Sequence[Forsendelsesrad],
    innhold: Mapping[str, Mapping[str, Any]],
    mottaker: Mottaker,
    omgivelser: Omgivelser,
) -> dict[str, Mapping[str, Any]]:
    """Each document that is the recipient's copy, under the header of the copy: the frozen content names another."""
    kopier = [rad.melding_id for rad in forsendelser if rad.er_kopi and rad.melding_id in innhold]
    tidligere = omgivelser.ledger.dokumenter.earlier_at_recipient(kopier)
    return {
        melding_id: make_copy(
            innhold[melding_id],
            melding_id=melding_id,
            erstatter=tidligere.get(melding_id),
            mottaker=Mottakerhode.of(mottaker),
        )
        for melding_id in kopier
    }


def _documents(
    forsendelser: Sequence[Forsendelsesrad], mottaker: Mottaker, omgivelser: Omgivelser
) -> Iterator[Pakkedokument]:
    """The documents in order of their meldingId, made a few at a time: a whole package may be thousands."""
    sortert = sorted(forsendelser, key=lambda forsendelse: forsendelse.melding_id)
    for start in range(0, len(sortert), OM_GANGEN):
        yield from _some_documents(sortert[start : start + OM_GANGEN], mottaker, omgivelser)


def _some_documents(
    forsendelser: Sequence[Forsendelsesrad], mottaker: Mottaker, omgivelser: Omgivelser
) -> Iterator[Pakkedokument]:
    lagret = omgivelser.ledger.dokumenter.read_many([forsendelse.melding_id for forsendelse in forsendelser])
    innhold = {**lagret, **_copies(forsendelser, lagret, mottaker, omgivelser)}
    sider = _pages(list(innhold.values()), omgivelser)
    for (melding_id, dokument), side in sorted(zip(innhold.items(), sider, strict=True), key=lambda par: par[0][0]):
        yield _document(melding_id, dokument, side)


def _pages(dokumenter: Sequence[Mapping[str, Any]], omgivelser: Omgivelser) -> list[bytes]:
    sider = []
    for side in set_pages(dokumenter, omgivelser):
        if isinstance(side, PdfFeil):
            raise SideMangler("a document's page could not be set")
        sider.append(side)
    return sider


def _document(melding_id: str, dokument: Mapping[str, Any], side: bytes) -> Pakkedokument:
    hode = dokument["hode"]
    filer = {
        "dokument.json": render(dokument, "json"),
        "dokument.pdf": side,
        "dokument.xml": render(dokument, "xml"),
    }
    arkivfiler = {arkivmelding.FILNAVN: arkivmelding.render_arkivmelding(dokument, filer)}
    if journalpost.is_archived_at_nav(dokument):
        arkivfiler[journalpost.FILNAVN] = journalpost.render_journalpost(dokument)
    return Pakkedokument(
        melding_id=melding_id,
        dokumenttype=hode["dokumenttype"],
        versjon=hode["versjon"],
        tiltakskode=hode["tiltakskode"],
        avsender_orgnr=hode["avsender"]["orgnr"],
        filer=filer | arkivfiler,
        erstatter=hode.get("erstatter"),
        frist=date.fromisoformat(hode["frist"]) if "frist" in hode else None,
    )


def _record_outcome(
    leie: Leie, rad: Leveranserad, utfall: SendOutcome, *, omgivelser: Omgivelser, now: datetime
) -> str:
    statuskode = Statuskode(utfall.kode.value)
    if utfall.er_sendt:
        tilstand = Leveransetilstand.MOTTATT if utfall.er_hos_mottaker else Leveransetilstand.SENDT
        return _record(leie, tilstand, statuskode, omgivelser=omgivelser, now=now)
    if utfall.utfall is Utfall.TRANSIENT:
        neste = next_attempt(rad.forsok, now=now, leveranse_id=rad.leveranse_id)
        if neste is not None:
            if utfall.vent_minst is not None:
                neste = max(neste, now.astimezone(UTC) + utfall.vent_minst)
            return _record(leie, Leveransetilstand.OPPRETTET, statuskode, neste, omgivelser=omgivelser, now=now)
        statuskode = Statuskode.FOR_MANGE_FORSOK
    with omgivelser.ledger.transaction():
        kode = _record(leie, Leveransetilstand.FEIL, statuskode, omgivelser=omgivelser, now=now)
        if statuskode in TILGANGSFEIL:
            stop_recipient(omgivelser, rad.mottaker, statuskode, now)
    return kode


def _record(
    leie: Leie,
    tilstand: Leveransetilstand,
    statuskode: Statuskode,
    neste: datetime | None = None,
    *,
    omgivelser: Omgivelser,
    now: datetime,
) -> str:
    utfall = Leveranseutfall(
        tilstand=tilstand, statuskode=statuskode, tid=now, dato=day_of(omgivelser, now), neste_forsok=neste
    )
    omgivelser.ledger.leveranser.record(leie, utfall)
    return statuskode.value
