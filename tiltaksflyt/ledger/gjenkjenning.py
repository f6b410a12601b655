"""The keyed fingerprints by which a deltakelse and its person are known outside their own row, and their end.

The key of a fingerprint outlives the deltakelse, so whoever has it and the sender's id would still find the row.
"""

from collections.abc import Collection

from sqlalchemy import Connection, String, and_, bindparam, delete, select

from tiltaksflyt.ledger.tabeller import bekreftelse, deltakelse, holdt


def forget_fingerprints(conn: Connection, refs: Collection[str]) -> None:
    """Remove what stands held of some deltakelser, and what persons confirmed of them; of a person too with the last.

    In the caller's transaction, while the rows still have their own fingerprints.
    """
    kolonner = (deltakelse.c.avsender, deltakelse.c.ekstern_hmac, deltakelse.c.deltaker_hmac)
    rader = conn.execute(select(*kolonner).where(deltakelse.c.ref.in_(refs))).all()
    av_en = and_(holdt.c.avsender == bindparam("fra"), holdt.c.ekstern_hmac == bindparam("hmac"))
    conn.execute(delete(holdt).where(av_en), [{"fra": rad.avsender, "hmac": rad.ekstern_hmac} for rad in rader])
    personer = {(rad.avsender, rad.deltaker_hmac) for rad in rader}
    blir = select(deltakelse.c.avsender, deltakelse.c.deltaker_hmac).where(
        deltakelse.c.deltaker_hmac.in_({hmac for _, hmac in personer}), deltakelse.c.ref.not_in(refs)
    )
    borte = personer - {(rad.avsender, rad.deltaker_hmac) for rad in conn.execute(blir)}
    glemmes = sorted({rad.ekstern_hmac for rad in rader} | {hmac for _, hmac in borte})
    # A case is known by as much of the fingerprint as there is room for.
    begynner_slik = bindparam("hmac", type_=String).startswith(bekreftelse.c.sak)
    conn.execute(delete(bekreftelse).where(begynner_slik), [{"hmac": hmac} for hmac in glemmes])
