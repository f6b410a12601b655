"""The ledger's first tables, and the head of an empty chain of evidence."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0001"
down_revision = None
branch_labels = ("ledger",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "bekreftelse",
        sa.Column("regel", sa.String(length=40), nullable=False),
        sa.Column("sak", sa.String(length=60), nullable=False),
        sa.Column("av", sa.String(length=100), nullable=False),
        sa.Column("grunn", sa.Text(), nullable=False),
        sa.Column("tid", sa.DateTime(timezone=True), nullable=False),
        sa.Column("utloper", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("regel", "sak", "av", name=op.f("pk_bekreftelse")),
    )
    op.create_table(
        "deltakelse",
        sa.Column("ref", sa.String(length=36), nullable=False),
        sa.Column("avsender", sa.String(length=9), nullable=False),
        sa.Column("ekstern_hmac", sa.String(length=64), nullable=False),
        sa.Column("deltaker_hmac", sa.String(length=64), nullable=False),
        sa.Column("nokkel_id", sa.String(length=36), nullable=False),
        sa.Column("innhold", sa.LargeBinary(), nullable=False),
        sa.Column("tiltakskode", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("status_gyldig_fra", sa.Date(), nullable=True),
        sa.Column("start_dato", sa.Date(), nullable=True),
        sa.Column("slutt_dato", sa.Date(), nullable=True),
        sa.Column("slettefrist_uker", sa.Integer(), nullable=True),
        sa.Column("nav_enhet", sa.String(length=4), nullable=True),
        sa.Column("avdeling", sa.String(length=9), nullable=True),
        sa.Column("kildesystem", sa.Text(), nullable=False),
        sa.Column("forst_sett", sa.Date(), nullable=False),
        sa.Column("sist_i_drop", sa.Date(), nullable=False),
        sa.Column("sist_endret", sa.Date(), nullable=False),
        sa.Column("siste_dag", sa.Date(), nullable=False),
        sa.Column("slettesak_id", sa.String(length=36), nullable=True),
        sa.Column("under_sletting", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_deltakelse")),
        sa.UniqueConstraint("avsender", "ekstern_hmac", name=op.f("uq_deltakelse_avsender_ekstern_hmac")),
        sa.UniqueConstraint("slettesak_id", name=op.f("uq_deltakelse_slettesak_id")),
    )
    op.create_index(
        op.f("ix_deltakelse_avsender_deltaker_hmac"), "deltakelse", ["avsender", "deltaker_hmac"], unique=False
    )
    op.create_index(op.f("ix_deltakelse_siste_dag"), "deltakelse", ["siste_dag"], unique=False)
    op.create_table(
        "hendelse",
        sa.Column("hendelse_id", sa.String(length=36), nullable=False),
        sa.Column("dato", sa.Date(), nullable=False),
        sa.Column("tid", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("innhold", sa.LargeBinary(), nullable=False),
        sa.Column("forsegling", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hendelse_id", name=op.f("pk_hendelse")),
    )
    op.create_index(op.f("ix_hendelse_forsegling"), "hendelse", ["forsegling"], unique=False)
    op.create_table(
        "innsending",
        sa.Column("innsending_id", sa.String(length=36), nullable=False),
        sa.Column("avsender", sa.String(length=9), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("storrelse", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.String(length=200), nullable=False),
        sa.Column("sist_endret", sa.DateTime(timezone=True), nullable=False),
        sa.Column("objekt", sa.String(length=400), nullable=True),
        sa.Column("tilstand", sa.String(length=40), nullable=False),
        sa.Column("eier", sa.String(length=36), nullable=True),
        sa.Column("leie_til", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forsok", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=True),
        sa.Column("omfang", sa.Text(), nullable=True),
        sa.Column("avdeling", sa.Text(), nullable=True),
        sa.Column("kildesystem", sa.Text(), nullable=True),
        sa.Column("opprettet", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mottatt", sa.DateTime(timezone=True), nullable=False),
        sa.Column("besvart", sa.DateTime(timezone=True), nullable=True),
        sa.Column("antall", sa.JSON(), nullable=False),
        sa.CheckConstraint("tilstand IN ('OPPDAGET', 'TATT', 'BESVART')", name=op.f("ck_innsending_tilstand")),
        sa.PrimaryKeyConstraint("innsending_id", name=op.f("pk_innsending")),
        sa.UniqueConstraint(
            "avsender", "sha256", "etag", "sist_endret", name=op.f("uq_innsending_avsender_sha256_etag_sist_endret")
        ),
    )
    op.create_index(op.f("ix_innsending_avsender_opprettet"), "innsending", ["avsender", "opprettet"], unique=False)
    op.create_index(op.f("ix_innsending_tilstand"), "innsending", ["tilstand"], unique=False)
    op.create_table(
        "kjede_hode",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("antall", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_kjede_hode_ett_hode")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kjede_hode")),
    )
    op.create_table(
        "kjoring",
        sa.Column("kjoring_id", sa.String(length=36), nullable=False),
        sa.Column("steg", sa.String(length=40), nullable=False),
        sa.Column("dato", sa.Date(), nullable=False),
        sa.Column("startet", sa.DateTime(timezone=True), nullable=False),
        sa.Column("avsluttet", sa.DateTime(timezone=True), nullable=True),
        sa.Column("utfall", sa.String(length=40), nullable=False),
        sa.Column("kode", sa.String(length=40), nullable=True),
        sa.Column("antall", sa.JSON(), nullable=False),
        sa.CheckConstraint("utfall IN ('KJORER', 'FULLFORT', 'FEILET')", name=op.f("ck_kjoring_utfall")),
        sa.PrimaryKeyConstraint("kjoring_id", name=op.f("pk_kjoring")),
    )
    op.create_index(op.f("ix_kjoring_steg_startet"), "kjoring", ["steg", "startet"], unique=False)
    op.create_table(
        "klokke",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("dato", sa.Date(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_klokke_en_klokke")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_klokke")),
    )
    op.create_table(
        "kvitteringsfil",
        sa.Column("avtrykk", sa.String(length=64), nullable=False),
        sa.Column("tid", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("avtrykk", name=op.f("pk_kvitteringsfil")),
    )
    op.create_table(
        "leveranse",
        sa.Column("leveranse_id", sa.String(length=36), nullable=False),
        sa.Column("mottaker", sa.String(length=20), nullable=False),
        sa.Column("kanal", sa.String(length=40), nullable=False),
        sa.Column("vindu", sa.String(length=60), nullable=False),
        sa.Column("tilstand", sa.String(length=40), nullable=False),
        sa.Column("statuskode", sa.String(length=40), nullable=False),
        sa.Column("eier", sa.String(length=36), nullable=True),
        sa.Column("leie_til", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forsok", sa.Integer(), nullable=False),
        sa.Column("neste_forsok", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pakke", sa.String(length=400), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("storrelse", sa.BigInteger(), nullable=True),
        sa.Column("merkle_rot", sa.String(length=64), nullable=True),
        sa.Column("antall", sa.JSON(), nullable=False),
        sa.Column("opprettet", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sendt", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kvittert", sa.DateTime(timezone=True), nullable=True),
        sa.Column("godtatt", sa.Integer(), nullable=False),
        sa.Column("avvist", sa.Integer(), nullable=False),
        sa.Column("slettet", sa.Integer(), nullable=False),
        sa.Column("etter_sletting", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "tilstand IN ('OPPRETTET', 'SENDES', 'SENDT', 'MOTTATT', 'LEVERT', 'LEST', 'FEIL', "
            "'LEVETID_UTLOPT', 'AVLYST')",
            name=op.f("ck_leveranse_tilstand"),
        ),
        sa.PrimaryKeyConstraint("leveranse_id", name=op.f("pk_leveranse")),
    )
    op.create_index(op.f("ix_leveranse_tilstand"), "leveranse", ["tilstand"], unique=False)
    op.create_table(
        "slettebevis",
        sa.Column("lopenr", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("slettesak_id", sa.String(length=36), nullable=True),
        sa.Column("innhold", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("signatur", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("lopenr", name=op.f("pk_slettebevis")),
    )
    op.create_index(op.f("ix_slettebevis_slettesak_id"), "slettebevis", ["slettesak_id"], unique=False)
    op.create_table(
        "slettesak",
        sa.Column("slettesak_id", sa.String(length=36), nullable=False),
        sa.Column("ref", sa.String(length=36), nullable=True),
        sa.Column("avsender", sa.String(length=9), nullable=False),
        sa.Column("tilstand", sa.String(length=40), nullable=False),
        sa.Column("grunn", sa.String(length=40), nullable=True),
        sa.Column("dato", sa.Date(), nullable=True),
        sa.Column("regelverk", sa.String(length=60), nullable=True),
        sa.Column("fullfort", sa.DateTime(timezone=True), nullable=True),
        sa.Column("avsender_slettet", sa.Date(), nullable=True),
        sa.Column("antall", sa.JSON(), nullable=False),
        sa.CheckConstraint("tilstand IN ('VARSLET', 'APEN', 'FULLFORT')", name=op.f("ck_slettesak_tilstand")),
        sa.PrimaryKeyConstraint("slettesak_id", name=op.f("pk_slettesak")),
        sa.UniqueConstraint("ref", name=op.f("uq_slettesak_ref")),
    )
    op.create_index(op.f("ix_slettesak_tilstand"), "slettesak", ["tilstand"], unique=False)
    op.create_table(
        "stans",
        sa.Column("stans_id", sa.String(length=36), nullable=False),
        sa.Column("gjelder", sa.String(length=40), nullable=False),
        sa.Column("verdi", sa.String(length=60), nullable=False),
        sa.Column("av", sa.Text(), nullable=False),
        sa.Column("grunn", sa.Text(), nullable=False),
        sa.Column("fra", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opphevet", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opphevet_av", sa.Text(), nullable=True),
        sa.CheckConstraint("gjelder IN ('STEG', 'AVSENDER', 'MOTTAKER', 'KANAL')", name=op.f("ck_stans_gjelder")),
        sa.PrimaryKeyConstraint("stans_id", name=op.f("pk_stans")),
    )
    op.create_table(
        "utlagt",
        sa.Column("nokkel", sa.String(length=400), nullable=False),
        sa.Column("avsender", sa.String(length=9), nullable=False),
        sa.Column("slettes_senest", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("nokkel", name=op.f("pk_utlagt")),
    )
    op.create_index(op.f("ix_utlagt_slettes_senest"), "utlagt", ["slettes_senest"], unique=False)
    op.create_table(
        "avvik",
        sa.Column("lopenr", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("innsending_id", sa.String(length=36), nullable=False),
        sa.Column("regel", sa.String(length=40), nullable=False),
        sa.Column("alvorlighet", sa.String(length=40), nullable=False),
        sa.Column("tabell", sa.String(length=40), nullable=True),
        sa.Column("rad", sa.Integer(), nullable=True),
        sa.Column("post", sa.Integer(), nullable=True),
        sa.Column("kolonne", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["innsending_id"], ["innsending.innsending_id"], name=op.f("fk_avvik_innsending_id")),
        sa.PrimaryKeyConstraint("lopenr", name=op.f("pk_avvik")),
    )
    op.create_index(op.f("ix_avvik_innsending_id"), "avvik", ["innsending_id"], unique=False)
    op.create_table(
        "dokument",
        sa.Column("melding_id", sa.String(length=36), nullable=False),
        sa.Column("dokument_id", sa.String(length=36), nullable=False),
        sa.Column("ref", sa.String(length=36), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("nummer", sa.Integer(), nullable=False),
        sa.Column("versjon", sa.Integer(), nullable=False),
        sa.Column("erstatter", sa.String(length=36), nullable=True),
        sa.Column("innhold", sa.LargeBinary(), nullable=False),
        sa.Column("avtrykk", sa.String(length=64), nullable=False),
        sa.Column("klar_dato", sa.Date(), nullable=False),
        sa.Column("bygget", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ref"], ["deltakelse.ref"], name=op.f("fk_dokument_ref")),
        sa.PrimaryKeyConstraint("melding_id", name=op.f("pk_dokument")),
        sa.UniqueConstraint("dokument_id", "versjon", name=op.f("uq_dokument_dokument_id_versjon")),
        sa.UniqueConstraint("ref", "type", "nummer", "versjon", name=op.f("uq_dokument_ref_type_nummer_versjon")),
    )
    op.create_index(op.f("ix_dokument_ref"), "dokument", ["ref"], unique=False)
    op.create_table(
        "forpliktelse",
        sa.Column("ref", sa.String(length=36), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("frist", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("klar_dato", sa.Date(), nullable=True),
        sa.Column("sendt_dato", sa.Date(), nullable=True),
        sa.Column("holdt", sa.Boolean(), nullable=False),
        sa.Column("grunn", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["ref"], ["deltakelse.ref"], name=op.f("fk_forpliktelse_ref")),
        sa.PrimaryKeyConstraint("ref", "type", "n", name=op.f("pk_forpliktelse")),
    )
    op.create_index(op.f("ix_forpliktelse_frist"), "forpliktelse", ["frist"], unique=False)
    op.create_index(op.f("ix_forpliktelse_ref"), "forpliktelse", ["ref"], unique=False)
    op.create_table(
        "hendelse_oppslag",
        sa.Column("hendelse_id", sa.String(length=36), nullable=False),
        sa.Column("ref", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["hendelse_id"], ["hendelse.hendelse_id"], name=op.f("fk_hendelse_oppslag_hendelse_id")
        ),
        sa.ForeignKeyConstraint(["ref"], ["deltakelse.ref"], name=op.f("fk_hendelse_oppslag_ref")),
        sa.PrimaryKeyConstraint("hendelse_id", name=op.f("pk_hendelse_oppslag")),
    )
    op.create_index(op.f("ix_hendelse_oppslag_ref"), "hendelse_oppslag", ["ref"], unique=False)
    op.create_table(
        "holdt",
        sa.Column("avsender", sa.String(length=9), nullable=False),
        sa.Column("ekstern_hmac", sa.String(length=64), nullable=False),
        sa.Column("innsending_id", sa.String(length=36), nullable=False),
        sa.Column("regler", sa.JSON(), nullable=False),
        sa.Column("siden", sa.Date(), nullable=False),
        sa.Column("siste_dag", sa.Date(), nullable=False),
        sa.Column("tiltakskode", sa.String(length=40), nullable=True),
        sa.Column("start_dato", sa.Date(), nullable=True),
        sa.Column("slutt_dato", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["innsending_id"], ["innsending.innsending_id"], name=op.f("fk_holdt_innsending_id")),
        sa.PrimaryKeyConstraint("avsender", "ekstern_hmac", name=op.f("pk_holdt")),
    )
    op.create_index(op.f("ix_holdt_innsending_id"), "holdt", ["innsending_id"], unique=False)
    op.create_table(
        "kvittering_ukoblet",
        sa.Column("kvittering_id", sa.String(length=36), nullable=False),
        sa.Column("leveranse_id", sa.String(length=36), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("tid", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["leveranse_id"], ["leveranse.leveranse_id"], name=op.f("fk_kvittering_ukoblet_leveranse_id")
        ),
        sa.PrimaryKeyConstraint("kvittering_id", name=op.f("pk_kvittering_ukoblet")),
    )
    op.create_table(
        "samtykke",
        sa.Column("samtykke_ref", sa.String(length=36), nullable=False),
        sa.Column("avsender", sa.String(length=9), nullable=False),
        sa.Column("ekstern_hmac", sa.String(length=64), nullable=False),
        sa.Column("ref", sa.String(length=36), nullable=True),
        sa.Column("nokkel_id", sa.String(length=36), nullable=False),
        sa.Column("innhold", sa.LargeBinary(), nullable=False),
        sa.Column("formaal", sa.String(length=40), nullable=False),
        sa.Column("gyldig_til", sa.Date(), nullable=False),
        sa.Column("trukket", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["ref"], ["deltakelse.ref"], name=op.f("fk_samtykke_ref")),
        sa.PrimaryKeyConstraint("samtykke_ref", name=op.f("pk_samtykke")),
        sa.UniqueConstraint("avsender", "ekstern_hmac", name=op.f("uq_samtykke_avsender_ekstern_hmac")),
    )
    op.create_index(op.f("ix_samtykke_ref"), "samtykke", ["ref"], unique=False)
    op.create_table(
        "slettesak_lager",
        sa.Column("slettesak_id", sa.String(length=36), nullable=False),
        sa.Column("lager", sa.String(length=40), nullable=False),
        sa.Column("gjort", sa.Boolean(), nullable=False),
        sa.Column("kontrollert", sa.Boolean(), nullable=False),
        sa.Column("antall", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["slettesak_id"], ["slettesak.slettesak_id"], name=op.f("fk_slettesak_lager_slettesak_id")
        ),
        sa.PrimaryKeyConstraint("slettesak_id", "lager", name=op.f("pk_slettesak_lager")),
    )
    op.create_table(
        "tilbakehold",
        sa.Column("tilbakehold_id", sa.String(length=36), nullable=False),
        sa.Column("ref", sa.String(length=36), nullable=False),
        sa.Column("av", sa.Text(), nullable=False),
        sa.Column("innhold", sa.LargeBinary(), nullable=False),
        sa.Column("fra", sa.Date(), nullable=False),
        sa.Column("til", sa.Date(), nullable=False),
        sa.Column("opphevet", sa.Date(), nullable=True),
        sa.Column("opphevet_av", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["ref"], ["deltakelse.ref"], name=op.f("fk_tilbakehold_ref")),
        sa.PrimaryKeyConstraint("tilbakehold_id", name=op.f("pk_tilbakehold")),
    )
    op.create_index(op.f("ix_tilbakehold_ref"), "tilbakehold", ["ref"], unique=False)
    op.create_table(
        "utlagt_deltakelse",
        sa.Column("nokkel", sa.String(length=400), nullable=False),
        sa.Column("ref", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["nokkel"], ["utlagt.nokkel"], name=op.f("fk_utlagt_deltakelse_nokkel")),
        sa.ForeignKeyConstraint(["ref"], ["deltakelse.ref"], name=op.f("fk_utlagt_deltakelse_ref")),
        sa.PrimaryKeyConstraint("nokkel", "ref", name=op.f("pk_utlagt_deltakelse")),
    )
    op.create_index(op.f("ix_utlagt_deltakelse_ref"), "utlagt_deltakelse", ["ref"], unique=False)
    op.create_table(
        "forsendelse",
        sa.Column("melding_id", sa.String(length=36), nullable=False),
        sa.Column("dokument_melding_id", sa.String(length=36), nullable=False),
        sa.Column("ref", sa.String(length=36), nullable=False),
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
        sa.ForeignKeyConstraint(["ref"], ["deltakelse.ref"], name=op.f("fk_forsendelse_ref")),
        sa.PrimaryKeyConstraint("melding_id", name=op.f("pk_forsendelse")),
        sa.UniqueConstraint(
            "dokument_melding_id", "mottaker", name=op.f("uq_forsendelse_dokument_melding_id_mottaker")
        ),
    )
    op.create_index(op.f("ix_forsendelse_leveranse_id"), "forsendelse", ["leveranse_id"], unique=False)
    op.create_index(op.f("ix_forsendelse_ref"), "forsendelse", ["ref"], unique=False)
    op.create_index(op.f("ix_forsendelse_tilstand_mottaker"), "forsendelse", ["tilstand", "mottaker"], unique=False)
    op.create_table(
        "kvittering",
        sa.Column("kvittering_id", sa.String(length=36), nullable=False),
        sa.Column("melding_id", sa.String(length=36), nullable=False),
        sa.Column("ref", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("innhold", sa.LargeBinary(), nullable=False),
        sa.Column("tid", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["melding_id"], ["forsendelse.melding_id"], name=op.f("fk_kvittering_melding_id")),
        sa.ForeignKeyConstraint(["ref"], ["deltakelse.ref"], name=op.f("fk_kvittering_ref")),
        sa.PrimaryKeyConstraint("kvittering_id", name=op.f("pk_kvittering")),
    )
    op.create_index(op.f("ix_kvittering_melding_id"), "kvittering", ["melding_id"], unique=False)
    op.create_index(op.f("ix_kvittering_ref"), "kvittering", ["ref"], unique=False)
    op.execute(sa.text("INSERT INTO kjede_hode (id, antall, hash) VALUES (1, 0, :ingen)").bindparams(ingen="0" * 64))
