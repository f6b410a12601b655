"""Why a step or a command was not begun: wrong usage or a faulty set-up, never a sender's data.

Kept apart from what opens a deployment, so that a command that opens none need not import databases and S3.
"""


class Oppsettsfeil(Exception):
    """The environment lacks a setting, or a setting is not allowed. The text names the setting, never its value."""

    kode = "OPPSETTSFEIL"


class Bruksfeil(Exception):
    """A command was asked for something that is not there or not clear. The text says what, never a value."""

    kode = "BRUKSFEIL"


class IngenTilgang(Exception):
    """A role asked to open what it may not. Nothing was opened. The text says which role may."""

    kode = "INGEN_TILGANG"


class FramtidigDato(Exception):
    """A production deployment was asked to run a day that has not come (beslutninger 15)."""

    kode = "FRAMTIDIG_DATO"


class UlestDokument(Exception):
    """The file is not a contract document. The text says which rule of the door stopped it, and no value."""

    kode = "ULEST_DOKUMENT"
