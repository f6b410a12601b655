"""The canonical record of each deltakelse, sealed under its own key, and the few dates that deadlines need."""

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, insert, select, update

from tiltaksflyt.ledger.bestillinger import all_answered, answered, has_bestilling, without_bestilling
from tiltaksflyt.ledger.database import Database, chunks
from tiltaksflyt.ledger.feil import IkkeFunnet, LedgerFeil, NokkelSlettet
from tiltaksflyt.ledger.kryptering import seal, unseal
from tiltaksflyt.ledger.nokler import Nokkellager
from tiltaksflyt.ledger.sammenslaing import merge
from tiltaksflyt.ledger.tabeller import avtaleomrade, deltakelse, holdt

_INNHOLD = "deltakelse.innhold"
_LETTE = [k for k in deltakelse.c if k.name not in ("innhold", "ekstern_hmac", "deltaker_hmac", "nokkel_id")]

Post = Mapping[str, Any]


@dataclass(frozen=True)
class Deltakelsesrad:
    """The light row of a deltakelse: what deadlines and deletion need, nothing decrypted.

    `siste_dag` is the last day anything about it may exist, as the caller computed it; `sist_endret` the last day its
    record changed; `slettesak_id` the random id of its erasure once that is announced.
    """

    ref: str
    avsender: str
    tiltakskode: str
    status: str
    status_gyldig_fra: date | None
    start_dato: date | None
    slutt_dato: date | None
    slettefrist_uker: int | None
    nav_enhet: str | None
    avdeling: str | None
    kildesystem: str
    forst_sett: date
    sist_i_drop: date
    sist_endret: date
    siste_dag: date
    slettesak_id: str | None


@dataclass(frozen=True)
class Lagret:
    """What storing one record did: `ny` the first time, `endret` when the record is not what it was."""

    ref: str
    ny: bool
    endret: bool


SisteDag = Callable[[Deltakelsesrad], date]


@dataclass(frozen=True)
class _Tidligere:
    rad: Deltakelsesrad
    nokkel_id: str
    nokkel: bytes | None
    innhold: bytes
    er_besvart: bool


class Deltakelser:
    """The deltakelser of all senders. One under erasure is out of reach of everything here but `get`."""

    def __init__(self, database: Database, nokler: Nokkellager) -> None:
        self._db = database
        self._nokler = nokler

    def store(self, avsender: str, post: Post, *, kildesystem: str, accepted_on: date, siste_dag: SisteDag) -> str:
        """Store one accepted record; `store_many` says how. Answers its ref."""
        (lagret,) = self.store_many(
            avsender, [post], kildesystem=kildesystem, accepted_on=accepted_on, siste_dag=siste_dag
        )
        return lagret.ref

    def store_many(
        self, avsender: str, poster: Sequence[Post], *, kildesystem: str, accepted_on: date, siste_dag: SisteDag
    ) -> tuple[Lagret, ...]:
        """Store accepted records, found again by the sender's own deltakelseId, as one commit.

        A key of the record is a table that the drop held and replaces the stored rows; a missing key leaves them
        (sammenslaing.py). Nav's text of the bestilling is not stored any more when the sluttrapport is accepted
        (bestillinger.py). `siste_dag` is given the light row as it will be stored and answers its last kept day.
        Ends the hold of each. Raises LedgerFeil LEDGER_DOBBELT when two records are of the same deltakelse.
        """
        per_hmac = {self._nokler.lookup(avsender, "deltakelse", p["deltakelse"]["deltakelseId"]): p for p in poster}
        if len(per_hmac) < len(poster):
            raise LedgerFeil("LEDGER_DOBBELT", "deltakelse", "one drop names a deltakelse once; let the rules hold it")
        with self._db.write() as conn:
            self._db.lock(conn, f"deltakelse:{avsender}")
            tidligere = self._stored(conn, avsender, list(per_hmac))
            nokler = self._keys(avsender, list(per_hmac), tidligere)
            inn: list[dict[str, Any]] = []
            opp: list[dict[str, Any]] = []
            lagrede = []
            for hmac, post in per_hmac.items():
                fra = tidligere.get(hmac)
                nokkel_id, nokkel = nokler[hmac]
                verdier, lagret = self._seal_row(avsender, post, fra, nokkel, kildesystem, accepted_on, siste_dag)
                verdier |= {"ekstern_hmac": hmac, "nokkel_id": nokkel_id}
                (inn if fra is None else opp).append(verdier)
                lagrede.append(lagret)
            _write_rows(conn, inn, opp)
            for bunt in chunks(list(per_hmac)):
                conn.execute(delete(holdt).where(holdt.c.avsender == avsender, holdt.c.ekstern_hmac.in_(bunt)))
        return tuple(lagrede)

    def _stored(self, conn: Connection, avsender: str, hmacer: Sequence[str]) -> dict[str, _Tidligere]:
        rader: list[Row[Any]] = []
        for bunt in chunks(hmacer):
            rader += conn.execute(
                select(deltakelse).where(deltakelse.c.avsender == avsender, deltakelse.c.ekstern_hmac.in_(bunt))
            ).all()
        nokler = self._nokler.get_many([r.nokkel_id for r in rader])
        besvarte = answered(conn, [r.ref for r in rader])
        return {
            r.ekstern_hmac: _Tidligere(
                _row(r), r.nokkel_id, nokler.get(r.nokkel_id), r.innhold, er_besvart=r.ref in besvarte
            )
            for r in rader
        }

    def _keys(
        self, avsender: str, hmacer: Sequence[str], tidligere: Mapping[str, _Tidligere]
    ) -> dict[str, tuple[str, bytes]]:
        """The data key of each: its own, or a new one for a new row and for one whose key is gone, which a lost key
        store leaves behind and the drop now fills again."""
        har = {hmac: (t.nokkel_id, t.nokkel) for hmac, t in tidligere.items() if t.nokkel is not None}
        mangler = [hmac for hmac in hmacer if hmac not in har]
        return har | dict(zip(mangler, self._nokler.create(avsender, len(mangler)), strict=True))

    def _seal_row(
        self,
        avsender: str,
        post: Post,
        fra: _Tidligere | None,
        nokkel: bytes,
        kildesystem: str,
        accepted_on: date,
        siste_dag: SisteDag,
    ) -> tuple[dict[str, Any], Lagret]:
        ref = fra.rad.ref if fra else str(uuid.uuid4())
        for_post = unseal(nokkel, fra.innhold, _INNHOLD, ref) if fra and fra.nokkel else {}
        ny_post = merge(for_post, post)
        if fra and fra.er_besvart:
            for_post, ny_post = without_bestilling(for_post), without_bestilling(ny_post)
        endret = ny_post != for_post
        rad = _light_row(ref, avsender, ny_post, kildesystem, accepted_on, fra.rad if fra else None, endret=endret)
        rad = replace(rad, siste_dag=siste_dag(rad))
        verdier = {
            **vars(rad),
            "deltaker_hmac": self._nokler.lookup(avsender, "deltaker", ny_post["deltaker"]["deltakerId"]),
            "innhold": seal(nokkel, ny_post, _INNHOLD, ref),
        }
        return verdier, Lagret(ref, ny=fra is None, endret=endret)

    def read(self, ref: str) -> dict[str, Any]:
        """The canonical record. Raises IkkeFunnet, NokkelSlettet, Uleselig."""
        with self._db.read() as conn:
            rad = conn.execute(
                select(deltakelse.c.nokkel_id, deltakelse.c.innhold).where(deltakelse.c.ref == ref)
            ).one_or_none()
        if rad is None:
            raise IkkeFunnet("deltakelse")
        try:
            nokkel = self._nokler.get(rad.nokkel_id)
        except NokkelSlettet:
            raise NokkelSlettet("deltakelse") from None
        return unseal(nokkel, rad.innhold, _INNHOLD, ref)

    def read_many(self, refs: Collection[str]) -> dict[str, dict[str, Any]]:
        """The canonical records by ref; one whose key is destroyed is left out. Raises Uleselig."""
        poster: dict[str, dict[str, Any]] = {}
        for bunt in chunks(list(refs)):
            with self._db.read() as conn:
                lukkede = _sealed(conn, bunt)
            poster.update({ref: post for ref, _, post in self._unsealed(lukkede)})
        return poster

    def _unsealed(self, lukkede: Sequence[Row[Any]]) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
        nokler = self._nokler.get_many([r.nokkel_id for r in lukkede])
        for r in lukkede:
            if r.nokkel_id in nokler:
                nokkel = nokler[r.nokkel_id]
                yield r.ref, nokkel, unseal(nokkel, r.innhold, _INNHOLD, r.ref)

    def forget_bestillinger(self) -> int:
        """Remove Nav's text of the bestilling where the sluttrapport is accepted; from how many records.

        The record counts as unchanged: nobody changed it.
        """
        with self._db.read() as conn:
            besvarte = all_answered(conn)
        return sum(self._forget_bestillinger(bunt) for bunt in chunks(besvarte))

    def _forget_bestillinger(self, refs: Sequence[str]) -> int:
        har = [ref for ref, post in self.read_many(refs).items() if has_bestilling(post)]
        if not har:
            return 0
        with self._db.write() as conn:
            for avsender in conn.scalars(
                select(deltakelse.c.avsender)
                .where(deltakelse.c.ref.in_(har))
                .distinct()
                .order_by(deltakelse.c.avsender)
            ).all():
                self._db.lock(conn, f"deltakelse:{avsender}")
            # Read again: a drop may have been stored since.
            for ref, nokkel, post in self._unsealed(_sealed(conn, har)):
                uten = seal(nokkel, without_bestilling(post), _INNHOLD, ref)
                conn.execute(update(deltakelse).where(deltakelse.c.ref == ref).values(innhold=uten))
        return len(har)

    def each(self, avsender: str | None = None) -> Iterator[tuple[Deltakelsesrad, dict[str, Any]]]:
        """Every readable deltakelse with its record, a chunk in memory at a time."""
        for bunt in chunks(self.list(avsender)):
            poster = self.read_many([rad.ref for rad in bunt])
            yield from ((rad, poster[rad.ref]) for rad in bunt if rad.ref in poster)

    def get(self, ref: str) -> Deltakelsesrad:
        """The light row. Raises IkkeFunnet."""
        with self._db.read() as conn:
            rad = conn.execute(select(*_LETTE).where(deltakelse.c.ref == ref)).one_or_none()
        if rad is None:
            raise IkkeFunnet("deltakelse")
        return _row(rad)

    def list(self, avsender: str | None = None) -> tuple[Deltakelsesrad, ...]:
        """All light rows, or one sender's, by sender and start."""
        return self._select(*([deltakelse.c.avsender == avsender] if avsender else []))

    def find_ref(self, avsender: str, ekstern_id: str) -> str | None:
        """The ref of the sender's own deltakelseId; None when it is unknown or being erased."""
        hmac = self._nokler.lookup(avsender, "deltakelse", ekstern_id)
        funnet = self._select(deltakelse.c.avsender == avsender, deltakelse.c.ekstern_hmac == hmac)
        return funnet[0].ref if funnet else None

    def of_deltaker(self, avsender: str, deltaker_id: str) -> tuple[Deltakelsesrad, ...]:
        """Every deltakelse of the sender's own deltakerId, by start."""
        hmac = self._nokler.lookup(avsender, "deltaker", deltaker_id)
        return self._select(deltakelse.c.avsender == avsender, deltakelse.c.deltaker_hmac == hmac)

    def set_siste_dag(self, ref: str, dag: date) -> None:
        """Move the last kept day, when a rule version or an event changes it between drops. Raises IkkeFunnet."""
        with self._db.write() as conn:
            if not conn.execute(update(deltakelse).where(deltakelse.c.ref == ref).values(siste_dag=dag)).rowcount:
                raise IkkeFunnet("deltakelse")

    def _select(self, *vilkar: ColumnElement[bool]) -> tuple[Deltakelsesrad, ...]:
        with self._db.read() as conn:
            return select_rows(conn, and_(deltakelse.c.under_sletting.is_(False), *vilkar))


def select_rows(conn: Connection, vilkar: ColumnElement[bool]) -> tuple[Deltakelsesrad, ...]:
    """Light rows, by sender and start."""
    rekkefolge = (deltakelse.c.avsender, deltakelse.c.start_dato, deltakelse.c.ref)
    return tuple(_row(r) for r in conn.execute(select(*_LETTE).where(vilkar).order_by(*rekkefolge)))


def _sealed(conn: Connection, refs: Sequence[str]) -> Sequence[Row[Any]]:
    kolonner = (deltakelse.c.ref, deltakelse.c.nokkel_id, deltakelse.c.innhold)
    return list(conn.execute(select(*kolonner).where(deltakelse.c.ref.in_(refs))))


def data_keys(conn: Connection, nokler: Nokkellager, refs: Collection[str]) -> dict[str, bytes]:
    """The data keys of deltakelser, and of areas of avtaler, by ref; one whose key is destroyed is left out."""
    nokkel_id = _key_ids(conn, refs)
    funnet = nokler.get_many(list(nokkel_id.values()))
    return {ref: funnet[i] for ref, i in nokkel_id.items() if i in funnet}


def data_key(conn: Connection, nokler: Nokkellager, ref: str) -> bytes:
    """The data key of one deltakelse or area. Raises IkkeFunnet, NokkelSlettet."""
    nokkel_id = _key_ids(conn, [ref]).get(ref)
    if nokkel_id is None:
        raise IkkeFunnet("deltakelse")
    return nokler.get(nokkel_id)


def _key_ids(conn: Connection, refs: Collection[str]) -> dict[str, str]:
    """Each ref is a random uuid, so it is found in one of the two tables."""
    funnet: dict[str, str] = {}
    for tabell, id_ in ((deltakelse, deltakelse.c.ref), (avtaleomrade, avtaleomrade.c.avtale_ref)):
        for bunt in chunks([ref for ref in refs if ref not in funnet]):
            funnet.update(conn.execute(select(id_, tabell.c.nokkel_id).where(id_.in_(bunt))).all())
    return funnet


def _write_rows(conn: Connection, inn: Sequence[dict[str, Any]], opp: Sequence[dict[str, Any]]) -> None:
    if inn:
        conn.execute(insert(deltakelse), [{**verdier, "under_sletting": False} for verdier in inn])
    if opp:
        kolonner = [navn for navn in opp[0] if navn != "ref"]
        conn.execute(
            update(deltakelse)
            .where(deltakelse.c.ref == bindparam("b_ref"))
            .values({navn: bindparam(f"b_{navn}") for navn in kolonner}),
            [{f"b_{navn}": verdi for navn, verdi in verdier.items()} for verdier in opp],
        )


def _date(rad: Mapping[str, Any], felt: str) -> date | None:
    tekst = rad.get(felt)
    return date.fromisoformat(tekst) if tekst else None


def _light_row(
    ref: str,
    avsender: str,
    post: Post,
    kildesystem: str,
    accepted_on: date,
    fra: Deltakelsesrad | None,
    *,
    endret: bool,
) -> Deltakelsesrad:
    rad = post["deltakelse"]
    return Deltakelsesrad(
        ref=ref,
        avsender=avsender,
        tiltakskode=rad["tiltakskode"],
        status=rad["status"],
        status_gyldig_fra=_date(rad, "statusGyldigFra"),
        start_dato=_date(rad, "startDato"),
        slutt_dato=_date(rad, "sluttDato"),
        slettefrist_uker=(post.get("avtale") or {}).get("slettefristUker"),
        nav_enhet=post["deltaker"].get("navEnhet"),
        avdeling=rad.get("avdelingOrgnr"),
        kildesystem=kildesystem,
        forst_sett=fra.forst_sett if fra else accepted_on,
        sist_i_drop=max(fra.sist_i_drop, accepted_on) if fra else accepted_on,
        sist_endret=accepted_on if fra is None or endret else fra.sist_endret,
        siste_dag=date.max,
        slettesak_id=fra.slettesak_id if fra else None,
    )


def _row(rad: Row[Any]) -> Deltakelsesrad:
    return Deltakelsesrad(
        ref=rad.ref,
        avsender=rad.avsender,
        tiltakskode=rad.tiltakskode,
        status=rad.status,
        status_gyldig_fra=rad.status_gyldig_fra,
        start_dato=rad.start_dato,
        slutt_dato=rad.slutt_dato,
        slettefrist_uker=rad.slettefrist_uker,
        nav_enhet=rad.nav_enhet,
        avdeling=rad.avdeling,
        kildesystem=rad.kildesystem,
        forst_sett=rad.forst_sett,
        sist_i_drop=rad.sist_i_drop,
        sist_endret=rad.sist_endret,
        siste_dag=rad.siste_dag,
        slettesak_id=rad.slettesak_id,
    )
