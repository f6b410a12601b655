"""The step mottak: what a sender dropped is read, checked, and accepted or answered.

docs/pipeline/mottak.md. Safe to run twice and by two workers: a drop is claimed by a lease, acceptance and answer are
one commit, and the raw drop goes last.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from expectations.gx import record as record_in_gx
from expectations.historikk import Historikk
from expectations.utfall import Deltakelsesutfall
from schemas.avvik import Innsendingsstatus
from schemas.oppbevaring import oppbevaring
from schemas.oppsett import Avsender
from tiltaksflyt.intake import standardgrenser
from tiltaksflyt.intake.portregler import make_avvik
from tiltaksflyt.ledger import Holdt, Innsendingsrad, Leie, Svar
from tiltaksflyt.pipeline.frister import last_day
from tiltaksflyt.pipeline.klokke import arrival, on_day
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.vurdering import Vurdering, assess
from tiltaksflyt.storage import Lagringskode, Objekt, StorageFeil, nokler
from transforms.poster import Deltakelsespost
from transforms.svar import Svarinnhold, render_avvik_csv, render_kvittering_html, render_kvittering_json

FOR_STOR = "FIL003"
SETT_FOR = "FIL011"
FOR_GAMMEL = "FIL014"


@dataclass(frozen=True)
class Drop:
    """One raw drop in hand: its row, its bytes (None when it is too large to read), the sender's own file name."""

    rad: Innsendingsrad
    data: bytes | None
    filnavn: str


def find_ready(omgivelser: Omgivelser, now: datetime) -> list[str]:
    """The senders that have a drop at rest in the inbox, or one that an earlier run did not finish."""
    ventende = {rad.avsender for rad in (*omgivelser.ledger.innsendinger.pending(now), *_unfinished(omgivelser))}
    return sorted(
        orgnr
        for orgnr in omgivelser.oppsett.avsendere
        if orgnr in ventende
        or any(omgivelser.storage.is_ready(o.nokkel, now=now) for o in omgivelser.storage.list_inbox(orgnr))
    )


def receive(orgnr: str, *, omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    """Receive one sender's drops in the order they came; counts by status, and of deltakelser.

    One bad file never stops another: it is refused and answered. What cannot be read from the bucket just now stays
    for the next run.
    """
    avsender = omgivelser.oppsett.avsendere[orgnr]
    antall: Counter[str] = Counter()
    filnavn: dict[str, str] = {}
    for objekt in sorted(omgivelser.storage.list_inbox(orgnr), key=lambda o: o.sist_endret):
        if omgivelser.storage.is_ready(objekt.nokkel, now=now):
            innsending_id = _take(objekt, orgnr, omgivelser, now)
            filnavn[innsending_id] = objekt.nokkel.removeprefix(nokler.innboks(orgnr))
    for rad in omgivelser.ledger.innsendinger.pending(now):
        if rad.avsender == orgnr and rad.objekt is not None:
            drop = _open(rad, filnavn.get(rad.innsending_id, ""), omgivelser)
            _answer(drop, avsender, omgivelser=omgivelser, dato=dato, now=now, antall=antall)
    for rad in _unfinished(omgivelser):
        if rad.avsender == orgnr:
            _tell_again(_open(rad, "", omgivelser), avsender, omgivelser=omgivelser, dato=dato, now=now)
    return dict(antall)


def _unfinished(omgivelser: Omgivelser) -> list[Innsendingsrad]:
    """Drops that are answered in the ledger and whose raw bytes are still there: the answer may not be written."""
    return [rad for rad in omgivelser.ledger.innsendinger.with_raw() if rad.besvart is not None]


def _take(objekt: Objekt, orgnr: str, omgivelser: Omgivelser, now: datetime) -> str:
    sha256 = hashlib.sha256(_read_capped(objekt.nokkel, omgivelser) or objekt.etag.encode()).hexdigest()
    funn = omgivelser.ledger.innsendinger.discover(
        orgnr, sha256, objekt.storrelse, etag=objekt.etag, last_modified=objekt.sist_endret, now=now
    )
    nokkel = omgivelser.storage.take_in(objekt, funn.innsending_id)
    omgivelser.ledger.innsendinger.place(funn.innsending_id, nokkel)
    return funn.innsending_id


def _open(rad: Innsendingsrad, filnavn: str, omgivelser: Omgivelser) -> Drop:
    return Drop(rad, _read_capped(rad.objekt or "", omgivelser), filnavn)


def _read_capped(nokkel: str, omgivelser: Omgivelser) -> bytes | None:
    try:
        return omgivelser.storage.read(nokkel, maks_bytes=standardgrenser().maks_storrelse)
    except StorageFeil as feil:
        if feil.kode is not Lagringskode.FOR_STOR:
            raise
        return None


def _answer(
    drop: Drop, avsender: Avsender, *, omgivelser: Omgivelser, dato: date, now: datetime, antall: Counter[str]
) -> None:
    ledger = omgivelser.ledger
    leie = ledger.innsendinger.claim(drop.rad.innsending_id, now=now, until=now + oppbevaring().leie)
    if leie is None:
        return
    vurdering = _judge(drop, avsender, omgivelser=omgivelser, dato=dato, now=now)
    if vurdering.kjoring is not None:
        record_in_gx(vurdering.kjoring)
    refs = _accept(leie, vurdering, avsender, omgivelser=omgivelser, dato=dato, now=now)
    _tell(drop, vurdering, avsender, refs, omgivelser=omgivelser, dato=dato, now=now)
    antall[vurdering.status.value] += 1
    antall.update(vurdering.antall)


def _judge(drop: Drop, avsender: Avsender, *, omgivelser: Omgivelser, dato: date, now: datetime) -> Vurdering:
    if drop.data is None:
        return _told_at_the_door(FOR_STOR, Innsendingsstatus.AVVIST)
    if omgivelser.ledger.innsendinger.duplicate_of(drop.rad.innsending_id):
        return _told_at_the_door(SETT_FOR, Innsendingsstatus.GODTATT)
    vurdering = assess(
        drop.data,
        filnavn=drop.filnavn,
        avsender=avsender,
        mottakere=omgivelser.oppsett.mottakere,
        modus=omgivelser.modus,
        mottatt=arrival(dato, now),
        asof=dato,
        historikk=_history(avsender, omgivelser),
    )
    if _is_overtaken(vurdering, avsender, omgivelser):
        return _told_at_the_door(FOR_GAMMEL, Innsendingsstatus.AVVIST)
    return vurdering


def _is_overtaken(vurdering: Vurdering, avsender: Avsender, omgivelser: Omgivelser) -> bool:
    """Whether a whole export is older than the last whole one of the same system and avdeling (FIL014)."""
    hode = vurdering.hode
    if hode.get("omfang") != "FULL" or not hode.get("opprettet"):
        return False
    siste = omgivelser.ledger.innsendinger.latest_accepted(
        avsender.orgnr, kildesystem=hode.get("kildesystem"), avdeling=hode.get("avdelingOrgnr") or None, omfang="FULL"
    )
    return (
        siste is not None
        and siste.opprettet is not None
        and datetime.fromisoformat(hode["opprettet"]) < siste.opprettet
    )


def _told_at_the_door(regel_id: str, status: Innsendingsstatus) -> Vurdering:
    avvik = (make_avvik(regel_id),)
    antall = {"deltakelser": 0, "apne": 0, "godtatt": 0, "holdt": 0, "avvik": 1}
    return Vurdering({}, status, avvik, antall, (), (), None, slett_straks=False)


def _history(avsender: Avsender, omgivelser: Omgivelser) -> Historikk:
    siste_full = omgivelser.ledger.innsendinger.latest_accepted(avsender.orgnr, omfang="FULL")
    return Historikk(
        poster=tuple(Deltakelsespost(innhold) for _, innhold in omgivelser.ledger.deltakelser.each(avsender.orgnr)),
        apne_i_siste_full=siste_full.antall.get("apne") if siste_full else None,
    )


def _accept(
    leie: Leie, vurdering: Vurdering, avsender: Avsender, *, omgivelser: Omgivelser, dato: date, now: datetime
) -> tuple[str, ...]:
    hode = vurdering.hode
    opprettet = hode.get("opprettet")
    svar = Svar(
        status=vurdering.status,
        besvart=now,
        dato=dato,
        antall=vurdering.antall,
        avvik=vurdering.avvik,
        holdte=[_held(utfall, dato) for utfall in vurdering.holdte if utfall.lagres],
        omfang=hode.get("omfang") or None,
        avdeling=hode.get("avdelingOrgnr") or None,
        kildesystem=hode.get("kildesystem") or None,
        opprettet=datetime.fromisoformat(opprettet) if opprettet else None,
    )
    with omgivelser.ledger.transaction():
        lagrede = omgivelser.ledger.deltakelser.store_many(
            avsender.orgnr,
            vurdering.poster,
            kildesystem=hode.get("kildesystem") or avsender.kildesystem,
            accepted_on=dato,
            siste_dag=last_day,
        )
        omgivelser.ledger.innsendinger.answer(leie, svar)
    return tuple(lagret.ref for lagret in lagrede)


def _held(utfall: Deltakelsesutfall, dato: date) -> Holdt:
    return Holdt(
        ekstern_id=utfall.deltakelse_id,
        regler=utfall.regler,
        siste_dag=dato + oppbevaring().holdt,
        tiltakskode=utfall.tiltakskode or None,
        start_dato=_day(utfall.start_dato),
        slutt_dato=_day(utfall.slutt_dato),
    )


def _day(tekst: str) -> date | None:
    return date.fromisoformat(tekst) if tekst else None


def _tell(
    drop: Drop,
    vurdering: Vurdering,
    avsender: Avsender,
    refs: tuple[str, ...],
    *,
    omgivelser: Omgivelser,
    dato: date,
    now: datetime,
) -> None:
    svar = Svarinnhold(
        innsending_id=drop.rad.innsending_id,
        avsender=avsender.navn,
        mottatt=on_day(dato, now),
        status=vurdering.status,
        antall=vurdering.antall,
        avvik=vurdering.avvik,
    )
    mappe = f"innsendinger/{drop.rad.innsending_id}"
    for navn, medietype, innhold in (
        ("kvittering.json", "application/json", render_kvittering_json(svar)),
        ("kvittering.html", "text/html; charset=utf-8", render_kvittering_html(svar)),
        ("avvik.csv", "text/csv; charset=utf-8", render_avvik_csv(svar)),
    ):
        # The row first: a file that nobody knows of is never erased.
        nokkel = nokler.utboks(avsender.orgnr, f"{mappe}/{navn}")
        omgivelser.ledger.utlagte.add(nokkel, avsender.orgnr, refs, dato + oppbevaring().svar)
        omgivelser.storage.put_outbox(avsender.orgnr, f"{mappe}/{navn}", innhold, medietype)
    if drop.rad.objekt is not None:
        omgivelser.storage.delete(drop.rad.objekt)
    omgivelser.ledger.innsendinger.raw_removed(drop.rad.innsending_id)


def _tell_again(drop: Drop, avsender: Avsender, *, omgivelser: Omgivelser, dato: date, now: datetime) -> None:
    """Write the answer that a crash left out, and let the raw drop go. The ledger is not touched: it has decided."""
    vurdering = _judge(drop, avsender, omgivelser=omgivelser, dato=dato, now=now)
    refs = [
        omgivelser.ledger.deltakelser.find_ref(avsender.orgnr, post["deltakelse"]["deltakelseId"])
        for post in vurdering.poster
    ]
    kjente = tuple(ref for ref in refs if ref is not None)
    _tell(drop, vurdering, avsender, kjente, omgivelser=omgivelser, dato=dato, now=now)
