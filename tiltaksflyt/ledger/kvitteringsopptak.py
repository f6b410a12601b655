"""One receipt taken up in one transaction: what it may speak of, what it changes, and what is remarked about it."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column as Kolonne
from sqlalchemy import Connection, Row, func, insert, select, update

from tiltaksflyt.ledger.database import chunks, storable
from tiltaksflyt.ledger.deltakelser import data_keys
from tiltaksflyt.ledger.koder import Statuskode
from tiltaksflyt.ledger.kryptering import seal, unseal
from tiltaksflyt.ledger.kvitteringsfil import SVAR, TEKNISK_KODE, Dokumentsvar, Kvitteringsfil, Kvitteringsfunn
from tiltaksflyt.ledger.leveranser import arrive
from tiltaksflyt.ledger.merknader import note
from tiltaksflyt.ledger.nokler import Nokkellager
from tiltaksflyt.ledger.svarvurdering import Avgittsvar, standing, weigh
from tiltaksflyt.ledger.tabeller import forsendelse, kvittering, kvittering_ukoblet, leveranse
from tiltaksflyt.ledger.tilstander import FORSENDELSE, LEVERANSE, Forsendelsestilstand, Leveransetilstand, origins

INNHOLD = "kvittering.innhold"
_FUNKSJON = "kvitteringer.record"
_TELLER = {Forsendelsestilstand.GODTATT: leveranse.c.godtatt, Forsendelsestilstand.AVVIST: leveranse.c.avvist}
IKKE_SENDT = (Leveransetilstand.OPPRETTET, Leveransetilstand.SENDES)
_AVSLUTTET = (Leveransetilstand.AVLYST, Leveransetilstand.LEVETID_UTLOPT)
_HOS_MOTTAKEREN = (
    Forsendelsestilstand.SENDT,
    Forsendelsestilstand.GODTATT,
    Forsendelsestilstand.AVVIST,
    Forsendelsestilstand.ERSTATTET,
)
_ER_APNET = (Leveransetilstand.LEVERT, Leveransetilstand.LEST)
# The verdicts on an answer that is one to what was sent.
_TELLER_MED = (None, Statuskode.SVAR_ETTER_ERSTATNING)


class Opptak:
    """One receipt in one transaction. `rad` is the package that it names, if that is one of ours."""

    def __init__(self, conn: Connection, nokler: Nokkellager, fil: Kvitteringsfil, rad: Row[Any] | None) -> None:
        self._conn = conn
        self._fil = fil
        self._rad = rad
        self._er_falsk = rad is not None and rad.mottaker not in fil.fra
        self._merknader: list[Statuskode] = []
        self._lagernokler = nokler
        self._load()

    def _load(self) -> None:
        self._treff = _find(self._conn, [svar.melding_id for svar in self._fil.svar])
        self._nokler = data_keys(self._conn, self._lagernokler, {_subject(t) for t in self._treff.values()})
        apne = [t for t in self._treff.values() if _subject(t) in self._nokler]
        self._avgitt = _given(self._conn, apne, self._nokler)

    def known(self) -> Kvitteringsfunn:
        """What a receipt that was recorded before tells still."""
        if self._er_falsk:
            return Kvitteringsfunn(ny=False, falsk=True)
        return self._told([svar for svar in self._fil.svar if self._verdict(svar) in _TELLER_MED], ny=False)

    def record(self) -> Kvitteringsfunn:
        """Record it."""
        if self._er_falsk:
            self._note(Statuskode.FALSK_KVITTERING)
            return Kvitteringsfunn(ny=True, falsk=True, merknader=tuple(self._merknader))
        self._record_package()
        self._load()
        koblede, ukoblede, etter_sletting = self._sort()
        gjentatt = self._record_answers(koblede)
        if ukoblede:
            _keep_unmatched(self._conn, self._fil, ukoblede, known=self._rad is not None)
        if etter_sletting:
            _add(self._conn, self._fil.leveranse_id, leveranse.c.etter_sletting, etter_sletting)
        self._load()
        funn = self._told(koblede, ny=True)
        return replace(
            funn,
            ukoblet=len(ukoblede),
            etter_sletting=etter_sletting,
            gjentatt=gjentatt,
            merknader=tuple(self._merknader),
        )

    def _record_package(self) -> None:
        """The package as a whole, and what its answers tell of it: who has answered has got it."""
        rad, til = self._rad, self._fil.teknisk
        if rad is None:
            return
        ikke_apnet = rad.tilstand == Leveransetilstand.FEIL and rad.statuskode == Statuskode.TEKNISK_AVVIST
        feilet = til is Leveransetilstand.FEIL
        er_apnet = rad.tilstand in _ER_APNET or rad.godtatt + rad.avvist > 0
        if er_apnet if feilet else ikke_apnet:
            self._note(Statuskode.MOTSTRIDENDE_KVITTERING)
        if til is None and rad.tilstand == Leveransetilstand.FEIL and not ikke_apnet:
            til = Leveransetilstand.MOTTATT
        if til is None:
            return
        # A late or repeated technical receipt finds the package further on, and moves nothing.
        flyttet = self._conn.execute(
            update(leveranse)
            .where(
                leveranse.c.leveranse_id == rad.leveranse_id,
                leveranse.c.tilstand.in_(origins(LEVERANSE, _FUNKSJON, til)),
            )
            .values(
                tilstand=til,
                statuskode=TEKNISK_KODE[til],
                sendt=func.coalesce(leveranse.c.sendt, self._fil.tid),
                sendt_dato=func.coalesce(leveranse.c.sendt_dato, self._fil.lest),
                **({"kvittert": self._fil.tid} if self._fil.teknisk else {}),
            )
        ).rowcount
        if flyttet and not feilet:
            # Our own sending may never have been recorded as done: what is answered has arrived.
            arrive(self._conn, rad.leveranse_id, self._fil.lest, _FUNKSJON)

    def _sort(self) -> tuple[list[Dokumentsvar], list[Dokumentsvar], int]:
        """The answers that count, those to nothing of ours, and how many came after erasure; the rest is remarked."""
        koblede, ukoblede, etter_sletting = [], [], 0
        slettede = 0 if self._rad is None else self._rad.slettet - self._rad.etter_sletting
        for svar in self._fil.svar:
            kjent = self._treff.get(svar.melding_id)
            if kjent is None and etter_sletting >= slettede:
                ukoblede.append(svar)
            elif kjent is None or _subject(kjent) not in self._nokler:
                etter_sletting += 1
            else:
                dom = self._verdict(svar)
                if dom in _TELLER_MED:
                    koblede.append(svar)
                if dom is not None and not (dom in _TELLER_MED and self._repeats(svar)):
                    self._note(dom, kjent)
        return koblede, ukoblede, etter_sletting

    def _verdict(self, svar: Dokumentsvar) -> Statuskode | None:
        """Whether an answer is to what was sent where it comes from: None when it is, else the code that says why not.

        SVAR_ETTER_ERSTATNING is one that counts as an answer, and moves nothing.
        """
        kjent = self._treff.get(svar.melding_id)
        if kjent is None or _subject(kjent) not in self._nokler:
            return Statuskode.UKOBLET_SVAR
        if kjent.mottaker not in self._fil.fra:
            return Statuskode.FALSK_KVITTERING
        i_leveransen = kjent.leveranse_id == self._fil.leveranse_id
        if not i_leveransen:
            if self._rad is None or self._rad.tilstand not in _AVSLUTTET or self._rad.mottaker != kjent.mottaker:
                return Statuskode.SVAR_UTENFOR_LEVERANSEN
            # It was in a package that was given up, and the same version may have gone in another since.
            if kjent.tilstand not in _HOS_MOTTAKEREN or kjent.leveranse_id is None:
                return Statuskode.SVAR_ETTER_AVSLUTNING
        return Statuskode.SVAR_ETTER_ERSTATNING if kjent.tilstand == Forsendelsestilstand.ERSTATTET else None

    def _repeats(self, svar: Dokumentsvar) -> bool:
        return weigh(_given_by(svar, self._fil), self._avgitt[svar.melding_id]).gjentar is not None

    def _record_answers(self, koblede: Sequence[Dokumentsvar]) -> int:
        """Store the answers, and let those that stand be the documents'; how many said nothing new."""
        gjeldende: dict[str, str] = {}
        nye, gjentatt = [], 0
        for svar in koblede:
            rad = self._treff[svar.melding_id]
            avgitt = _given_by(svar, self._fil)
            vurdering = weigh(avgitt, self._avgitt[svar.melding_id])
            gjeldende[svar.melding_id] = vurdering.gjeldende.status
            if vurdering.motsier:
                self._note(Statuskode.MOTSTRIDENDE_SVAR, rad)
            if vurdering.gjentar is None:
                nye.append(_sealed(self._fil, avgitt, rad, self._nokler))
            else:
                gjentatt += 1
                _say_later(self._conn, vurdering.gjentar, self._fil.tid)
        if nye:
            self._conn.execute(insert(kvittering), nye)
        _move(self._conn, gjeldende, self._treff)
        return gjentatt

    def _told(self, koblede: Sequence[Dokumentsvar], *, ny: bool) -> Kvitteringsfunn:
        avvist, opphevet = [], []
        for svar in koblede:
            avgitt = self._avgitt[svar.melding_id]
            gjelder = standing(avgitt)
            if gjelder is None or not gjelder.says_the_same_as(_given_by(svar, self._fil)):
                continue
            tilstand = self._treff[svar.melding_id].tilstand
            if tilstand == Forsendelsestilstand.AVVIST:
                avvist.append(svar.melding_id)
            elif tilstand == Forsendelsestilstand.GODTATT and any(ett.er_avvist for ett in avgitt):
                opphevet.append(svar.melding_id)
        return Kvitteringsfunn(
            ny=ny,
            koblet=tuple(svar.melding_id for svar in koblede),
            avvist=tuple(avvist),
            opphevet=tuple(opphevet),
        )

    def _note(self, kode: Statuskode, om: Row[Any] | None = None) -> None:
        fil, rad = self._fil, self._rad
        er_fremmed = kode is Statuskode.FALSK_KVITTERING
        note(
            self._conn,
            kode,
            mottaker=min(fil.fra) if er_fremmed or rad is None else rad.mottaker,
            dato=fil.lest,
            leveranse_id=None if rad is None else rad.leveranse_id,
            forsendelse=om,
        )
        self._merknader.append(kode)


def _find(conn: Connection, melding_ider: Sequence[str]) -> dict[str, Row[Any]]:
    treff: dict[str, Row[Any]] = {}
    mulige = sorted(melding_id for melding_id in melding_ider if storable(melding_id) == melding_id)
    for bunt in chunks(mulige):
        # Locked in one order: two receipts that answer the same document wait for each other.
        sporring = select(forsendelse).where(forsendelse.c.melding_id.in_(bunt)).order_by(forsendelse.c.melding_id)
        treff |= {r.melding_id: r for r in conn.execute(sporring.with_for_update())}
    return treff


def _given(conn: Connection, sendte: Sequence[Row[Any]], nokler: Mapping[str, bytes]) -> Mapping[str, list[Avgittsvar]]:
    """The answers that are stored already, by melding_id."""
    avgitt: dict[str, list[Avgittsvar]] = defaultdict(list)
    for bunt in chunks([rad.melding_id for rad in sendte]):
        for rad in conn.execute(select(kvittering).where(kvittering.c.melding_id.in_(bunt))):
            innhold = unseal(nokler[_subject(rad)], rad.innhold, INNHOLD, rad.kvittering_id)
            avgitt[rad.melding_id].append(Avgittsvar(rad.status, rad.tid, innhold, rad.kvittering_id))
    return avgitt


def _given_by(svar: Dokumentsvar, fil: Kvitteringsfil) -> Avgittsvar:
    innhold = {"kode": svar.kode, "tekst": svar.tekst, "arkivId": svar.arkiv_id}
    return Avgittsvar(svar.status, fil.tid, innhold)


def _say_later(conn: Connection, svar: Avgittsvar, tid: datetime) -> None:
    """The recipient has said once more what it said: it stands as of the later time."""
    conn.execute(
        update(kvittering)
        .where(kvittering.c.kvittering_id == svar.kvittering_id, kvittering.c.tid < tid)
        .values(tid=tid)
    )


def _subject(rad: Row[Any]) -> str:
    return str(rad.ref or rad.avtale_ref)


def _sealed(fil: Kvitteringsfil, svar: Avgittsvar, rad: Row[Any], nokler: Mapping[str, bytes]) -> dict[str, Any]:
    kvittering_id = str(uuid.uuid4())
    return {
        "kvittering_id": kvittering_id,
        "melding_id": rad.melding_id,
        "ref": rad.ref,
        "avtale_ref": rad.avtale_ref,
        "status": svar.status,
        "innhold": seal(nokler[_subject(rad)], svar.innhold, INNHOLD, kvittering_id),
        "tid": fil.tid,
    }


def _move(conn: Connection, status: Mapping[str, str], treff: Mapping[str, Row[Any]]) -> None:
    """Give each document its last answer, and keep the packages' own counts, which outlive the documents.

    A changed answer moves from one count to the other.
    """
    for navn, til in SVAR.items():
        ider = [melding_id for melding_id, svar in status.items() if svar == navn]
        fra = origins(FORSENDELSE, _FUNKSJON, til)
        for bunt in chunks(ider):
            disse = forsendelse.c.melding_id.in_(bunt)
            conn.execute(update(forsendelse).where(disse, forsendelse.c.tilstand.in_(fra)).values(tilstand=til))
            conn.execute(update(forsendelse).where(disse).values(svar=navn))
    endring: Counter[tuple[str, Forsendelsestilstand]] = Counter()
    for melding_id, svar in status.items():
        rad = treff[melding_id]
        if rad.leveranse_id is not None:
            endring[rad.leveranse_id, SVAR[svar]] += 1
            if rad.svar is not None:
                endring[rad.leveranse_id, SVAR[rad.svar]] -= 1
    for (leveranse_id, til), antall in endring.items():
        if antall:
            _add(conn, leveranse_id, _TELLER[til], antall)


def _keep_unmatched(conn: Connection, fil: Kvitteringsfil, ukoblede: Sequence[Dokumentsvar], *, known: bool) -> None:
    leveranse_id = fil.leveranse_id if known else None
    conn.execute(
        insert(kvittering_ukoblet),
        [
            {"kvittering_id": str(uuid.uuid4()), "leveranse_id": leveranse_id, "status": svar.status, "tid": fil.tid}
            for svar in ukoblede
        ],
    )


def _add(conn: Connection, leveranse_id: str, kolonne: Kolonne[int], antall: int) -> None:
    conn.execute(update(leveranse).where(leveranse.c.leveranse_id == leveranse_id).values({kolonne: kolonne + antall}))
