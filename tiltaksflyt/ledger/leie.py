"""A claim is a lease: taken by one committed UPDATE, kept while the work goes on, and taken back when it runs out."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Leie:
    """A lease on a row: `id` of the row, `eier` the random token, `til` when another worker may take it back."""

    id: str
    eier: str
    til: datetime
