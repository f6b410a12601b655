"""Documents about an avtale: what a document, a forsendelse and a kvittering is about is a deltakelse or an avtale.

The three tables are made anew and filled again, since SQLite cannot loosen a column. They are emptied child first and
filled parent first, so that no foreign key is broken on the way, with foreign keys enforced throughout.
"""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0004"
down_revision = "ledger_0003"
branch_labels = None
depends_on = None

_TIL_SIDE = (
    "CREATE TABLE gammel_dokument AS SELECT * FROM dokument WHERE ref IS NOT NULL",
    "CREATE TABLE gammel_forsendelse AS SELECT * FROM forsendelse WHERE ref IS NOT NULL",
    "CREATE TABLE gammel_kvittering AS SELECT * FROM kvittering WHERE ref IS NOT NULL",
    "DROP TABLE kvittering",
    "DROP TABLE forsendelse",
    "DROP TABLE dokument",
)
_TILBAKE = (
    "INSERT INTO dokument (melding_id, dokument_id, ref, type, nummer, versjon, erstatter, innhold, avtrykk, "
    "klar_dato, bygget) SELECT melding_id, dokument_id, ref, type, nummer, versjon, erstatter, innhold, avtrykk, "
    "klar_dato, bygget FROM gammel_dokument",
    "INSERT INTO forsendelse (melding_id, dokument_melding_id, ref, mottaker, tilstand, statuskode, leveranse_id, "
    "sendt_dato, svar) SELECT melding_id, dokument_melding_id, ref, mottaker, tilstand, statuskode, leveranse_id, "
    "sendt_dato, svar FROM gammel_forsendelse",
    "INSERT INTO kvittering (kvittering_id, melding_id, ref, status, innhold, tid) "
    "SELECT kvittering_id, melding_id, ref, status, innhold, tid FROM gammel_kvittering",
    "DROP TABLE gammel_dokument",
    "DROP TABLE gammel_forsendelse",
    "DROP TABLE gammel_kvittering",
)


def upgrade() -> None:
    """Make the table of areas, and let the three be about one."""
    op.create_table(
        "avtaleomrade",
        sa.Column("avtale_ref", sa.String(length=36), nullable=False),
        sa.Column("avsender", sa.String(length=9), nullable=False),
        sa.Column("tiltakskode", sa.String(length=40), nullable=False),
        sa.Column("fylke", sa.String(length=2), nullable=False),
        sa.Column("nokkel_id", sa.String(length=36), nullable=False),
        sa.Column("fjernet", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("avtale_ref", name=op.f("pk_avtaleomrade")),
        sa.UniqueConstraint(
            "avsender", "tiltakskode", "fylke", name=op.f("uq_avtaleomrade_avsender_tiltakskode_fylke")
        ),
    )
    _make_anew(med_avtaler=True)


def downgrade() -> None:
    """Take it away again, with the documents about avtaler."""
    _make_anew(med_avtaler=False)
    op.drop_table("avtaleomrade")


def _make_anew(*, med_avtaler: bool) -> None:
    for setning in _TIL_SIDE:
        op.execute(setning)
    _create_dokument(med_avtaler)
    _create_forsendelse(med_avtaler)
    _create_kvittering(med_avtaler)
    for setning in _TILBAKE:
        op.execute(setning)


Del = sa.Column[str] | sa.Constraint


def _subject(tabell: str, med_avtaler: bool) -> list[Del]:
    ref: list[Del] = [
        sa.Column("ref", sa.String(length=36), nullable=med_avtaler),
        sa.ForeignKeyConstraint(["ref"], ["deltakelse.ref"], name=op.f(f"fk_{tabell}_ref")),
    ]
    if not med_avtaler:
        return ref
    return [
        *ref,
        sa.Column("avtale_ref", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["avtale_ref"], ["avtaleomrade.avtale_ref"], name=op.f(f"fk_{tabell}_avtale_ref")),
        sa.CheckConstraint("(ref IS NULL) <> (avtale_ref IS NULL)", name=op.f(f"ck_{tabell}_gjelder")),
    ]


def _index(tabell: str, med_avtaler: bool) -> None:
    for kolonne in ("ref", "avtale_ref") if med_avtaler else ("ref",):
        op.create_index(op.f(f"ix_{tabell}_{kolonne}"), tabell, [kolonne], unique=False)


def _create_dokument(med_avtaler: bool) -> None:
    unik = sa.UniqueConstraint(
        "avtale_ref", "type", "nummer", "versjon", name=op.f("uq_dokument_avtale_ref_type_nummer_versjon")
    )
    op.create_table(
        "dokument",
        sa.Column("melding_id", sa.String(length=36), nullable=False),
        sa.Column("dokument_id", sa.String(length=36), nullable=False),
        *_subject("dokument", med_avtaler),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("nummer", sa.Integer(), nullable=False),
        sa.Column("versjon", sa.Integer(), nullable=False),
        sa.Column("erstatter", sa.String(length=36), nullable=True),
        sa.Column("innhold", sa.LargeBinary(), nullable=False),
        sa.Column("avtrykk", sa.String(length=64), nullable=False),
        sa.Column("klar_dato", sa.Date(), nullable=False),
        sa.Column("bygget", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("melding_id", name=op.f("pk_dokument")),
        sa.UniqueConstraint("dokument_id", "versjon", name=op.f("uq_dokument_dokument_id_versjon")),
        sa.UniqueConstraint("ref", "type", "nummer", "versjon", name=op.f("uq_dokument_ref_type_nummer_versjon")),
        *([unik] if med_avtaler else []),
    )
    _index("dokument", med_avtaler)


def _create_forsendelse(med_avtaler: bool) -> None:
    op.create_table(
        "forsendelse",
        sa.Column("melding_id", sa.String(length=36), nullable=False),
        sa.Column("dokument_melding_id", sa.String(length=36), nullable=False),
        *_subject("forsendelse", med_avtaler),
        sa.Column("mottaker", sa.String(length=20), nullable=False),
        sa.Column("tilstand", sa.String(length=40), nullable=False),
        sa.Column("statuskode", sa.String(length=40), nullable=True),
        sa.Column("leveranse_id", sa.String(length=36), nullable=True),
        sa.Column("sendt_dato", sa.Date(), nullable=True),
        sa.Column("svar", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "tilstand IN ('KLAR', 'UTKAST', 'HOLDT', 'I_LEVERANSE', 'SENDT', 'GODTATT', 'AVVIST', "
            "'ERSTATTET', 'TILBAKEKALT')",
            name=op.f("ck_forsendelse_tilstand"),
        ),
        sa.ForeignKeyConstraint(
            ["dokument_melding_id"], ["dokument.melding_id"], name=op.f("fk_forsendelse_dokument_melding_id")
        ),
        sa.ForeignKeyConstraint(["leveranse_id"], ["leveranse.leveranse_id"], name=op.f("fk_forsendelse_leveranse_id")),
        sa.PrimaryKeyConstraint("melding_id", name=op.f("pk_forsendelse")),
        sa.UniqueConstraint(
            "dokument_melding_id", "mottaker", name=op.f("uq_forsendelse_dokument_melding_id_mottaker")
        ),
    )
    _index("forsendelse", med_avtaler)
    op.create_index(op.f("ix_forsendelse_leveranse_id"), "forsendelse", ["leveranse_id"], unique=False)
    op.create_index(op.f("ix_forsendelse_tilstand_mottaker"), "forsendelse", ["tilstand", "mottaker"], unique=False)


def _create_kvittering(med_avtaler: bool) -> None:
    op.create_table(
        "kvittering",
        sa.Column("kvittering_id", sa.String(length=36), nullable=False),
        sa.Column("melding_id", sa.String(length=36), nullable=False),
        *_subject("kvittering", med_avtaler),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("innhold", sa.LargeBinary(), nullable=False),
        sa.Column("tid", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["melding_id"], ["forsendelse.melding_id"], name=op.f("fk_kvittering_melding_id")),
        sa.PrimaryKeyConstraint("kvittering_id", name=op.f("pk_kvittering")),
    )
    _index("kvittering", med_avtaler)
    op.create_index(op.f("ix_kvittering_melding_id"), "kvittering", ["melding_id"], unique=False)
