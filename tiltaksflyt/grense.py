"""The boundary: every DAG task, command and route runs inside it, and nothing personal comes out of it.

Exception texts of pydantic, jsonschema, SQLAlchemy, pandas, lxml and even date.fromisoformat carry the values they
choked on, and they bypass log filters (docs/adr/0005). So an exception crosses the boundary only as a code, an id to
find it by, and the places in the code it came through.
"""

import logging
import re
import traceback
import uuid
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_LOGG = logging.getLogger("tiltaksflyt")
_KODE = re.compile(r"[A-Z][A-Z0-9_]{2,60}")
_ROT = Path(__file__).parents[1]


class StegFeil(Exception):
    """A step failed. Carries what an operator needs and nothing else: step, code and an id that is in the log."""

    def __init__(self, kode: str, steg: str, feil_id: str) -> None:
        super().__init__(f"{steg} failed with {kode}; look for {feil_id} in the log of this step")
        self.kode = kode
        self.steg = steg
        self.feil_id = feil_id


def boundary(steg: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Wrap a task, command or route so that any exception leaves it as StegFeil, with no cause and no context.

    The places passed through are logged as file, line and function; messages and variables are not.
    """

    def wrap(funksjon: Callable[P, R]) -> Callable[P, R]:
        @wraps(funksjon)
        def inside(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return funksjon(*args, **kwargs)
            except StegFeil as feil:
                stegfeil = StegFeil(feil.kode, feil.steg, feil.feil_id)
            except Exception as feil:
                stegfeil = _describe(steg, feil)
            except BaseException as feil:
                # A time-out or a stop from outside goes on as it is, without what was being handled when it came.
                feil.__cause__ = feil.__context__ = None
                raise
            # Raised outside the except block: an exception raised inside keeps the original as its context.
            raise stegfeil

        return inside

    return wrap


def _describe(steg: str, feil: Exception) -> StegFeil:
    kode = _code(feil)
    feil_id = uuid.uuid4().hex[:12]
    _LOGG.error("%s failed with %s (%s) at %s", steg, kode, feil_id, " < ".join(_places(feil)))
    return StegFeil(kode, steg, feil_id)


def _code(feil: Exception) -> str:
    """The code of an error of ours, which carries it as `kode`; otherwise the class of whatever happened."""
    kode = getattr(feil, "kode", None)
    if isinstance(kode, str) and _KODE.fullmatch(kode):
        return str(kode)
    return f"UVENTET_{type(feil).__name__}"


def _places(feil: Exception) -> list[str]:
    rammer = traceback.extract_tb(feil.__traceback__)
    return [f"{_short(ramme.filename)}:{ramme.lineno} {ramme.name}" for ramme in reversed(rammer)]


def _short(filnavn: str) -> str:
    sti = Path(filnavn)
    return str(sti.relative_to(_ROT)) if sti.is_relative_to(_ROT) else sti.name
