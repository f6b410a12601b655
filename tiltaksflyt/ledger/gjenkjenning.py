"""The keyed fingerprints by which a deltakelse and its person are known outside their own row, and their end.

The key of a fingerprint outlives the deltakelse, so whoever has it and the sender's id would still find the row.
"""

from sqlalchemy import Connection, and_, delete, func, literal, or_, select

from tiltaksflyt.ledger.tabeller import bekreftelse, deltakelse, holdt


def forget_fingerprints(conn: Connection, ref: str) -> None:
    """Remove what stands held of a deltakelse, and what persons confirmed of it; of its person too when it is the last.

    In the caller's transaction, while the row still has its own fingerprints.
    """
    rad = conn.execute(
        select(deltakelse.c.avsender, deltakelse.c.ekstern_hmac, deltakelse.c.deltaker_hmac).where(
            deltakelse.c.ref == ref
        )
    ).one()
    conn.execute(delete(holdt).where(holdt.c.avsender == rad.avsender, holdt.c.ekstern_hmac == rad.ekstern_hmac))
    andre = select(func.count()).where(
        and_(
            deltakelse.c.avsender == rad.avsender,
            deltakelse.c.deltaker_hmac == rad.deltaker_hmac,
            deltakelse.c.ref != ref,
        )
    )
    glemmes = [rad.ekstern_hmac, *([] if conn.scalar(andre) else [rad.deltaker_hmac])]
    # A case is known by as much of the fingerprint as there is room for.
    conn.execute(delete(bekreftelse).where(or_(*(literal(ett).startswith(bekreftelse.c.sak) for ett in glemmes))))
