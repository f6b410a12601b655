"""The ledger's faults: what, where and what to do next; never a value, never the text of a database exception."""

from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError, StatementError

LAAST = "LEDGER_LAAST"
_DRIVERKODER_FOR_LAAST = frozenset({"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_BUSY_SNAPSHOT", "55P03", "40P01"})


class LedgerFeil(Exception):
    """The ledger or the key store could not do what was asked. `kode` is stable, `sted` names table or function."""

    def __init__(self, kode: str, sted: str, neste: str) -> None:
        super().__init__(kode, sted, neste)
        self.kode = kode
        self.sted = sted
        self.neste = neste

    def __str__(self) -> str:
        return f"{self.kode}: {self.sted}: {self.neste}"


class LeieTapt(LedgerFeil):
    """The lease is no longer ours: another worker has it, or the thing is done. Roll back and go on."""

    def __init__(self, sted: str) -> None:
        super().__init__("LEIE_TAPT", sted, "another worker holds it or it is done; drop this attempt")

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.sted,))


class NokkelSlettet(LedgerFeil):
    """The data key is destroyed: what it opened is erased and cannot be read, in no copy."""

    def __init__(self, sted: str) -> None:
        super().__init__("NOKKEL_SLETTET", sted, "the record is erased; remove what is left with slettinger.ghosts()")

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.sted,))


class Uleselig(LedgerFeil):
    """A ciphertext or a wrapped key does not open: changed, moved from another row, or under another key."""

    def __init__(self, sted: str) -> None:
        super().__init__("ULESELIG", sted, "the bytes are not those that were stored here; restore them from a backup")

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.sted,))


class IkkeFunnet(LedgerFeil):
    """No row has that id."""

    def __init__(self, sted: str) -> None:
        super().__init__("IKKE_FUNNET", sted, "no row has this id; it may have been erased")

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.sted,))


class UlovligOvergang(LedgerFeil):
    """The row is not in a state from which the function may move it (docs/status.md)."""

    def __init__(self, sted: str) -> None:
        super().__init__("ULOVLIG_OVERGANG", sted, "the row is in another state; read it again (docs/status.md)")

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.sted,))


class KlokkeTilbake(LedgerFeil):
    """The stored clock moves forward only, and only in a test deployment."""

    def __init__(self, neste: str) -> None:
        super().__init__("KLOKKE", "klokke", neste)

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.neste,))


def translate(feil: SQLAlchemyError, sted: str) -> LedgerFeil:
    """The fault that may leave the room, and the original emptied of statement, parameters and driver text.

    `hide_parameters` hides values in the text only: psycopg's DETAIL line and `.params` still carry them.
    """
    oversatt = LedgerFeil(*_describe(feil, sted))
    feil.args = ()
    feil.__cause__ = feil.__context__ = None
    if isinstance(feil, StatementError):
        feil.statement = feil.params = feil.orig = None
    return oversatt


def _describe(feil: SQLAlchemyError, sted: str) -> tuple[str, str, str]:
    if isinstance(feil, IntegrityError):
        return "LEDGER_BRUDD", sted, "a constraint refused the row; it exists already or names something that does not"
    if isinstance(feil, DBAPIError):
        # The driver's own code (SQLITE_BUSY, 55P03) says what happened and holds no value, unlike its text.
        kode = getattr(feil.orig, "sqlite_errorname", None) or getattr(feil.orig, "sqlstate", None) or "no code"
        if kode in _DRIVERKODER_FOR_LAAST:
            return LAAST, sted, f"another process held the database too long ({kode}); run the step again"
        return "LEDGER_FEIL", sted, f"the database refused ({type(feil).__name__}, {kode}); check URL and migrations"
    if isinstance(feil, StatementError):
        return "LEDGER_VERDI", sted, "a value has a type the column does not take (is a time without zone?)"
    return "LEDGER_FEIL", sted, f"the statement was not sent ({type(feil).__name__}); this is a fault in the ledger"
