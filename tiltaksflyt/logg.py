"""One log filter, used everywhere: the second line behind values that cannot leak (schemas.identer.Personident)."""

import logging
import re

from schemas.identer import check_personident

_ELLEVE_SIFFER = re.compile(r"(?<!\d)(\d{6})([ .]?)(\d{5})(?!\d)")
MASKE = "***********"


def mask(tekst: str) -> str:
    """The text with every number that passes for a personident masked, also when written with a blank or dot."""
    return _ELLEVE_SIFFER.sub(lambda treff: MASKE if check_personident(treff[1] + treff[3]).gyldig else treff[0], tekst)


class Maskeringsfilter(logging.Filter):
    """Masks identifiers in the finished message and drops exception texts, which carry values."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; always lets it through."""
        record.msg = mask(record.getMessage())
        record.args = None
        if record.exc_info and record.exc_info[0] is not None:
            record.msg = f"{record.msg} [{record.exc_info[0].__name__}]"
            record.exc_info = None
            record.exc_text = None
        return True


def install(nivaa: int = logging.INFO) -> None:
    """Log to stderr through the filter, and put the filter on every handler that is already there."""
    # It announces each of its plugins whenever it is imported.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    rot = logging.getLogger()
    if not rot.handlers:
        logging.basicConfig(level=nivaa, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for handler in rot.handlers:
        if not any(isinstance(filter_, Maskeringsfilter) for filter_ in handler.filters):
            handler.addFilter(Maskeringsfilter())
