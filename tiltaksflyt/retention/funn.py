"""What a sweep answers: where an identity stands, and where it could not look."""

from dataclasses import dataclass
from enum import StrEnum


class Mangelgrunn(StrEnum):
    """Why something was not searched whole."""

    FOR_DYPT = "FOR_DYPT"
    FOR_STORT = "FOR_STORT"
    KRYPTERT = "KRYPTERT"
    SKADET = "SKADET"
    UKJENT_PAKKING = "UKJENT_PAKKING"
    ULESELIG = "ULESELIG"


@dataclass(frozen=True, order=True)
class Treff:
    """Where a pattern was found. `sti` is the file and, after «!», what was unpacked on the way; never the value."""

    sti: str
    koding: str
    posisjon: int


@dataclass(frozen=True, order=True)
class Mangel:
    """Something that was not searched whole, with the same kind of place as a hit has.

    `alvorlig` when it should have been: not for what is sealed to somebody else, nor for the remains of a container
    in the middle of something else, where a store's deleted objects lie half overwritten.
    """

    sti: str
    grunn: Mangelgrunn
    posisjon: int
    alvorlig: bool


Funn = Treff | Mangel
