"""The ledger's tables. No personal data and no external id stands here in clear (docs/status.md, beslutninger 1).

`ref` is our random id of a deltakelse, `avtale_ref` of the area of an avtale. Columns named `*_hmac` and `avtrykk` are
keyed fingerprints, columns named `innhold` are sealed under the data key of the deltakelse or the area (kryptering.py).
Every change here is a migration as well.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    func,
)

from tiltaksflyt.ledger.tilstander import (
    Forsendelsestilstand,
    Innsendingstilstand,
    Kodet,
    Leveransetilstand,
    Slettesakstilstand,
)

NAVNEREGEL = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAVNEREGEL)


class Tidspunkt(TypeDecorator[datetime]):
    """A moment, always with its zone on our side and always UTC in the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite has no zones, so there the zone is left out. Raises ValueError for a time without zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Back to an aware time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


_ID, _ORGNR, _HMAC, _KODE, _SHA256 = String(36), String(9), String(64), String(40), String(64)
_OBJEKT = String(400)
_LOPENR = BigInteger().with_variant(Integer, "sqlite")


def _states(navn: type[Kodet]) -> CheckConstraint:
    koder = ", ".join(f"'{kode}'" for kode in navn)
    return CheckConstraint(f"tilstand IN ({koder})", name="tilstand")


def _ref(*, primary_key: bool = False) -> Column[str]:
    return Column("ref", _ID, ForeignKey("deltakelse.ref"), nullable=False, primary_key=primary_key, index=True)


def _one_subject() -> tuple[Column[str], Column[str], CheckConstraint]:
    """A row is about a deltakelse or about an avtale, never both and never neither (ADR 22)."""
    return (
        Column("ref", _ID, ForeignKey("deltakelse.ref"), index=True),
        Column("avtale_ref", _ID, ForeignKey("avtaleomrade.avtale_ref"), index=True),
        CheckConstraint("(ref IS NULL) <> (avtale_ref IS NULL)", name="gjelder"),
    )


innsending = Table(
    "innsending",
    metadata,
    Column("innsending_id", _ID, primary_key=True),
    Column("avsender", _ORGNR, nullable=False),
    Column("sha256", _SHA256, nullable=False),
    Column("storrelse", BigInteger, nullable=False),
    Column("etag", String(200), nullable=False),
    Column("sist_endret", Tidspunkt, nullable=False),
    Column("objekt", _OBJEKT),
    Column("tilstand", _KODE, nullable=False),
    Column("eier", _ID),
    Column("leie_til", Tidspunkt),
    Column("forsok", Integer, nullable=False, default=0),
    Column("status", _KODE),
    # From the header as the sender wrote it, also when the drop was refused: any length.
    Column("omfang", Text),
    Column("avdeling", Text),
    Column("kildesystem", Text),
    Column("opprettet", Tidspunkt),
    Column("mottatt", Tidspunkt, nullable=False),
    Column("besvart", Tidspunkt),
    Column("antall", JSON, nullable=False, default=dict),
    Column("dato", Date),
    # How much each table of an accepted FULL drop held: counts only.
    Column("mengder", JSON),
    UniqueConstraint("avsender", "sha256", "etag", "sist_endret"),
    Index(None, "tilstand"),
    Index(None, "avsender", "opprettet"),
    _states(Innsendingstilstand),
)

avvik = Table(
    "avvik",
    metadata,
    Column("lopenr", _LOPENR, primary_key=True),
    Column("innsending_id", _ID, ForeignKey("innsending.innsending_id"), nullable=False, index=True),
    Column("regel", _KODE, nullable=False),
    Column("alvorlighet", _KODE, nullable=False),
    Column("tabell", _KODE),
    Column("rad", Integer),
    Column("post", Integer),
    Column("kolonne", Text),
)

# What Great Expectations said of one table of a chunk: no sender and no value.
kontroll = Table(
    "kontroll",
    metadata,
    Column("kontroll_id", _ID, primary_key=True),
    Column("tabell", _KODE, primary_key=True),
    Column("dato", Date, nullable=False, index=True),
    Column("tid", Tidspunkt, nullable=False),
    Column("rader", Integer, nullable=False),
    Column("regler", Integer, nullable=False),
    Column("brutte", JSON, nullable=False),
)

# Capacity, a row of the sender's as it was accepted; no person is in it.
plass = Table(
    "plass",
    metadata,
    Column("avsender", _ORGNR, primary_key=True),
    Column("tiltakskode", _KODE, primary_key=True),
    Column("avdeling", _ORGNR, primary_key=True),
    Column("dato", Date, primary_key=True),
    Column("innhold", JSON, nullable=False),
)

holdt = Table(
    "holdt",
    metadata,
    Column("avsender", _ORGNR, primary_key=True),
    Column("ekstern_hmac", _HMAC, primary_key=True),
    Column("innsending_id", _ID, ForeignKey("innsending.innsending_id"), nullable=False, index=True),
    Column("regler", JSON, nullable=False),
    Column("siden", Date, nullable=False),
    Column("siste_dag", Date, nullable=False),
    Column("tiltakskode", _KODE),
    Column("start_dato", Date),
    Column("slutt_dato", Date),
)

deltakelse = Table(
    "deltakelse",
    metadata,
    Column("ref", _ID, primary_key=True),
    Column("avsender", _ORGNR, nullable=False),
    Column("ekstern_hmac", _HMAC, nullable=False),
    Column("deltaker_hmac", _HMAC, nullable=False),
    Column("nokkel_id", _ID, nullable=False),
    Column("innhold", LargeBinary, nullable=False),
    Column("tiltakskode", _KODE, nullable=False),
    Column("status", _KODE, nullable=False),
    Column("status_gyldig_fra", Date),
    Column("start_dato", Date),
    Column("slutt_dato", Date),
    Column("slettefrist_uker", Integer),
    Column("nav_enhet", String(4)),
    Column("avdeling", _ORGNR),
    Column("kildesystem", Text, nullable=False),
    Column("forst_sett", Date, nullable=False),
    Column("sist_i_drop", Date, nullable=False),
    Column("sist_endret", Date, nullable=False),
    Column("siste_dag", Date, nullable=False, index=True),
    Column("slettesak_id", _ID, unique=True),
    Column("under_sletting", Boolean, nullable=False, default=False),
    UniqueConstraint("avsender", "ekstern_hmac"),
    Index(None, "avsender", "deltaker_hmac"),
)

forpliktelse = Table(
    "forpliktelse",
    metadata,
    _ref(primary_key=True),
    Column("type", _KODE, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("frist", Date, nullable=False, index=True),
    Column("status", _KODE, nullable=False),
    Column("klar_dato", Date),
    Column("sendt_dato", Date),
    Column("holdt", Boolean, nullable=False),
    Column("grunn", _KODE),
)

# What a document without a deltakelse is about: an arrangør, a tiltak and a fylke. No person is in it.
avtaleomrade = Table(
    "avtaleomrade",
    metadata,
    Column("avtale_ref", _ID, primary_key=True),
    Column("avsender", _ORGNR, nullable=False),
    Column("tiltakskode", _KODE, nullable=False),
    Column("fylke", String(2), nullable=False),
    Column("nokkel_id", _ID, nullable=False),
    # How many versions were built and are removed again: what `status` counts outlives them.
    Column("fjernet", Integer, nullable=False, default=0),
    UniqueConstraint("avsender", "tiltakskode", "fylke"),
)

dokument = Table(
    "dokument",
    metadata,
    Column("melding_id", _ID, primary_key=True),
    Column("dokument_id", _ID, nullable=False),
    *_one_subject(),
    Column("type", _KODE, nullable=False),
    Column("nummer", Integer, nullable=False),
    Column("versjon", Integer, nullable=False),
    Column("erstatter", _ID),
    Column("innhold", LargeBinary, nullable=False),
    Column("avtrykk", _HMAC, nullable=False),
    Column("klar_dato", Date, nullable=False),
    Column("bygget", Tidspunkt, nullable=False),
    UniqueConstraint("ref", "type", "nummer", "versjon"),
    UniqueConstraint("avtale_ref", "type", "nummer", "versjon"),
    UniqueConstraint("dokument_id", "versjon"),
)

leveranse = Table(
    "leveranse",
    metadata,
    Column("leveranse_id", _ID, primary_key=True),
    Column("mottaker", String(20), nullable=False),
    Column("kanal", _KODE, nullable=False),
    Column("vindu", String(60), nullable=False),
    Column("tilstand", _KODE, nullable=False, index=True),
    Column("statuskode", _KODE, nullable=False),
    Column("eier", _ID),
    Column("leie_til", Tidspunkt),
    Column("forsok", Integer, nullable=False, default=0),
    Column("neste_forsok", Tidspunkt),
    Column("pakke", _OBJEKT),
    Column("sha256", _SHA256),
    Column("storrelse", BigInteger),
    Column("merkle_rot", _SHA256),
    # What the channel calls the package; nothing of ours can be read from it.
    Column("kanal_ref", String(100)),
    Column("antall", JSON, nullable=False),
    Column("opprettet", Tidspunkt, nullable=False),
    Column("sendt", Tidspunkt),
    # The day in Oslo that counts as the day of sending: what the wait for a receipt is reckoned from.
    Column("sendt_dato", Date),
    Column("kvittert", Tidspunkt),
    # What survives the documents themselves: how many were answered, and how many are erased.
    Column("godtatt", Integer, nullable=False, default=0),
    Column("avvist", Integer, nullable=False, default=0),
    Column("slettet", Integer, nullable=False, default=0),
    Column("etter_sletting", Integer, nullable=False, default=0),
    _states(Leveransetilstand),
)

# What became of each attempt to send a package: no document and no person, and as lasting as the package's own row.
leveranseforsok = Table(
    "leveranseforsok",
    metadata,
    Column("leveranse_id", _ID, ForeignKey("leveranse.leveranse_id"), primary_key=True),
    Column("nr", Integer, primary_key=True, autoincrement=False),
    Column("startet", Tidspunkt, nullable=False),
    Column("avsluttet", Tidspunkt),
    Column("statuskode", _KODE),
    Column("neste_forsok", Tidspunkt),
)

forsendelse = Table(
    "forsendelse",
    metadata,
    Column("melding_id", _ID, primary_key=True),
    Column("dokument_melding_id", _ID, ForeignKey("dokument.melding_id"), nullable=False),
    *_one_subject(),
    Column("mottaker", String(20), nullable=False),
    Column("tilstand", _KODE, nullable=False),
    Column("statuskode", _KODE),
    Column("leveranse_id", _ID, ForeignKey("leveranse.leveranse_id"), index=True),
    Column("sendt_dato", Date),
    Column("svar", _KODE),
    UniqueConstraint("dokument_melding_id", "mottaker"),
    Index(None, "tilstand", "mottaker"),
    _states(Forsendelsestilstand),
)

kvittering = Table(
    "kvittering",
    metadata,
    Column("kvittering_id", _ID, primary_key=True),
    Column("melding_id", _ID, ForeignKey("forsendelse.melding_id"), nullable=False, index=True),
    *_one_subject(),
    Column("status", _KODE, nullable=False),
    Column("innhold", LargeBinary, nullable=False),
    Column("tid", Tidspunkt, nullable=False),
)

kvittering_ukoblet = Table(
    "kvittering_ukoblet",
    metadata,
    Column("kvittering_id", _ID, primary_key=True),
    Column("leveranse_id", _ID, ForeignKey("leveranse.leveranse_id")),
    Column("status", _KODE, nullable=False),
    Column("tid", Tidspunkt, nullable=False),
)

# What a person should see about receipts. The subject is null where no document of ours is meant.
kvitteringsmerknad = Table(
    "kvitteringsmerknad",
    metadata,
    Column("merknad_id", _ID, primary_key=True),
    Column("kode", _KODE, nullable=False),
    Column("mottaker", String(20), nullable=False),
    Column("leveranse_id", _ID, ForeignKey("leveranse.leveranse_id"), index=True),
    Column("melding_id", _ID, ForeignKey("forsendelse.melding_id"), index=True),
    Column("ref", _ID, ForeignKey("deltakelse.ref"), index=True),
    Column("avtale_ref", _ID, ForeignKey("avtaleomrade.avtale_ref"), index=True),
    # Of the file itself, where it is the file that is remarkable.
    Column("avtrykk", _HMAC, unique=True),
    Column("antall", Integer, nullable=False),
    Column("forst", Date, nullable=False),
    Column("sist", Date, nullable=False),
    # The day the file was put aside in our store, while it lies there.
    Column("lagt_til_side", Date),
    Column("lukket", Date),
)

avstemming = Table(
    "avstemming",
    metadata,
    Column("mottaker", String(20), primary_key=True),
    Column("dato", Date, nullable=False),
    Column("antall", JSON, nullable=False),
)

avstemmingsavvik = Table(
    "avstemmingsavvik",
    metadata,
    Column("avvik_id", _ID, primary_key=True),
    Column("mottaker", String(20), nullable=False),
    # Text and no foreign key: it may be one that we never sent.
    Column("leveranse_id", _ID, nullable=False),
    # Only of a document that we have: an unknown one may be of somebody who is erased.
    Column("melding_id", _ID, ForeignKey("forsendelse.melding_id"), index=True),
    Column("ref", _ID, ForeignKey("deltakelse.ref"), index=True),
    Column("avtale_ref", _ID, ForeignKey("avtaleomrade.avtale_ref"), index=True),
    Column("kode", _KODE, nullable=False),
    Column("antall", Integer, nullable=False),
    Column("forst", Date, nullable=False),
    Column("lukket", Date),
    Index(None, "mottaker", "lukket"),
)

kvitteringsfil = Table(
    "kvitteringsfil",
    metadata,
    Column("avtrykk", _HMAC, primary_key=True),
    Column("tid", Tidspunkt, nullable=False),
)

samtykke = Table(
    "samtykke",
    metadata,
    Column("samtykke_ref", _ID, primary_key=True),
    Column("avsender", _ORGNR, nullable=False),
    Column("ekstern_hmac", _HMAC, nullable=False),
    # Outlives the deltakelse: the link goes on erasure, and the key is the consent's own.
    Column("ref", _ID, ForeignKey("deltakelse.ref"), index=True),
    Column("nokkel_id", _ID, nullable=False),
    Column("innhold", LargeBinary, nullable=False),
    Column("formaal", _KODE, nullable=False),
    Column("gyldig_til", Date, nullable=False),
    Column("trukket", Date),
    # The day its answer was counted; from then on it holds none.
    Column("telt", Date),
    UniqueConstraint("avsender", "ekstern_hmac"),
)

tilbakehold = Table(
    "tilbakehold",
    metadata,
    Column("tilbakehold_id", _ID, primary_key=True),
    _ref(),
    Column("av", Text, nullable=False),
    Column("innhold", LargeBinary, nullable=False),
    Column("fra", Date, nullable=False),
    Column("til", Date, nullable=False),
    Column("opphevet", Date),
    Column("opphevet_av", Text),
)

slettesak = Table(
    "slettesak",
    metadata,
    Column("slettesak_id", _ID, primary_key=True),
    # Plain text, not a foreign key: emptied when the deltakelse is gone, while the case remains.
    Column("ref", _ID, unique=True),
    Column("avsender", _ORGNR, nullable=False),
    Column("tilstand", _KODE, nullable=False, index=True),
    Column("grunn", _KODE),
    Column("dato", Date),
    Column("regelverk", String(60)),
    Column("fullfort", Tidspunkt),
    # The day its sender first read of it; one that it was never told of cannot be confirmed.
    Column("varslet", Date),
    Column("avsender_slettet", Date),
    Column("antall", JSON, nullable=False, default=dict),
    _states(Slettesakstilstand),
)

slettesak_lager = Table(
    "slettesak_lager",
    metadata,
    Column("slettesak_id", _ID, ForeignKey("slettesak.slettesak_id"), primary_key=True),
    Column("lager", _KODE, primary_key=True),
    Column("gjort", Boolean, nullable=False),
    Column("kontrollert", Boolean, nullable=False),
    Column("antall", Integer, nullable=False),
)

slettebevis = Table(
    "slettebevis",
    metadata,
    Column("lopenr", _LOPENR, primary_key=True, autoincrement=False),
    Column("slettesak_id", _ID, index=True),
    Column("innhold", Text, nullable=False),
    Column("hash", _SHA256, nullable=False),
    Column("signatur", LargeBinary, nullable=False),
)

kjede_hode = Table(
    "kjede_hode",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("antall", BigInteger, nullable=False),
    Column("hash", _SHA256, nullable=False),
    CheckConstraint("id = 1", name="ett_hode"),
)

hendelse = Table(
    "hendelse",
    metadata,
    Column("hendelse_id", _ID, primary_key=True),
    Column("dato", Date, nullable=False),
    Column("tid", Tidspunkt, nullable=False),
    Column("type", _KODE, nullable=False),
    Column("innhold", LargeBinary, nullable=False),
    Column("forsegling", BigInteger, index=True),
)

hendelse_oppslag = Table(
    "hendelse_oppslag",
    metadata,
    Column("hendelse_id", _ID, ForeignKey("hendelse.hendelse_id"), primary_key=True),
    _ref(),
)

utlagt = Table(
    "utlagt",
    metadata,
    Column("nokkel", _OBJEKT, primary_key=True),
    Column("avsender", _ORGNR, nullable=False),
    Column("slettes_senest", Date, nullable=False, index=True),
)

utlagt_deltakelse = Table(
    "utlagt_deltakelse",
    metadata,
    Column("nokkel", _OBJEKT, ForeignKey("utlagt.nokkel"), primary_key=True),
    _ref(primary_key=True),
)

# What erased deltakelser leave: counts, and no column that could lead to one of them.
statistikk = Table(
    "statistikk",
    metadata,
    Column("avsender", _ORGNR, primary_key=True),
    Column("fylke", String(2), primary_key=True),
    Column("tiltakskode", _KODE, primary_key=True),
    Column("aar", Integer, primary_key=True, autoincrement=False),
    Column("kvartal", Integer, primary_key=True, autoincrement=False),
    Column("telling", _KODE, primary_key=True),
    Column("antall", Integer, nullable=False),
    CheckConstraint("kvartal BETWEEN 1 AND 4", name="kvartal"),
    CheckConstraint("antall > 0", name="antall"),
)

klokke = Table(
    "klokke",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("dato", Date, nullable=False),
    CheckConstraint("id = 1", name="en_klokke"),
)

# When a step last ran. A leap from here to the next is a clock, or a house, that stood still.
puls = Table(
    "puls",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("tid", Tidspunkt, nullable=False),
    CheckConstraint("id = 1", name="en_puls"),
)

stans = Table(
    "stans",
    metadata,
    Column("stans_id", _ID, primary_key=True),
    Column("gjelder", _KODE, nullable=False),
    Column("verdi", String(60), nullable=False),
    Column("av", Text, nullable=False),
    Column("grunn", Text, nullable=False),
    Column("fra", Tidspunkt, nullable=False),
    Column("opphevet", Tidspunkt),
    Column("opphevet_av", Text),
    CheckConstraint("gjelder IN ('STEG', 'AVSENDER', 'MOTTAKER', 'KANAL', 'LEVERANSE')", name="gjelder"),
)

bekreftelse = Table(
    "bekreftelse",
    metadata,
    Column("regel", _KODE, primary_key=True),
    Column("sak", String(60), primary_key=True),
    Column("av", String(100), primary_key=True),
    Column("grunn", Text, nullable=False),
    Column("tid", Tidspunkt, nullable=False),
    Column("utloper", Tidspunkt),
)

# Who opened something about a deltaker. No foreign key and no person: it outlives them.
tilgang = Table(
    "tilgang",
    metadata,
    Column("tilgang_id", _ID, primary_key=True),
    Column("tid", Tidspunkt, nullable=False, index=True),
    Column("avsender", _ORGNR, nullable=False),
    Column("handling", _KODE, nullable=False),
    Column("rolle", _KODE, nullable=False),
    Column("av", Text, nullable=False),
    Column("grunn", Text, nullable=False),
    Column("slettesak_id", _ID),
    Index(None, "avsender", "tid"),
)


def subject_of(tabell: Table) -> ColumnElement[str]:
    """The ref of whatever a row of dokument, forsendelse or kvittering is about."""
    return func.coalesce(tabell.c.ref, tabell.c.avtale_ref)
