"""The formats that synthetic senders deliver in."""

from enum import StrEnum


class Format(StrEnum):
    """How a sender delivers."""

    JSON = "json"
    XLSX = "xlsx"
    CSV_ZIP = "csv-zip"

    @property
    def endelse(self) -> str:
        """The file name's ending."""
        return "zip" if self is Format.CSV_ZIP else self.value

    @property
    def profil(self) -> tuple[str, int] | None:
        """The profile whose layout is written; None for the contract itself."""
        return {Format.XLSX: ("regneark-arena", 1), Format.CSV_ZIP: ("fagsystem-vekst", 1)}.get(self)

    @property
    def tegnsett(self) -> str:
        """The encoding that names must fit into."""
        return "windows-1252" if self is Format.CSV_ZIP else "utf-8"
