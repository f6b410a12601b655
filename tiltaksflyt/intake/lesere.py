"""The readers by kind of file. A new format is a function here and nothing elsewhere."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from tiltaksflyt.intake.amtleser import read_amt_lines, read_amt_list
from tiltaksflyt.intake.gate import Filtype
from tiltaksflyt.intake.jsonleser import read_json_document, read_json_lines
from tiltaksflyt.intake.kilde import Del, Leseoppsett
from tiltaksflyt.intake.tabellfiler import read_csv, read_parquet, read_zip
from tiltaksflyt.intake.xlsxleser import read_xlsx
from tiltaksflyt.intake.xmlleser import read_xml

Leser = Callable[[bytes, Leseoppsett], Iterator[Del]]

LESERE: Mapping[Filtype, Leser] = MappingProxyType(
    {
        Filtype.XLSX: read_xlsx,
        Filtype.ZIP_CSV: read_zip,
        Filtype.CSV: read_csv,
        Filtype.JSON: read_json_document,
        Filtype.JSONL: read_json_lines,
        Filtype.AMT_LISTE: read_amt_list,
        Filtype.AMT_LINJER: read_amt_lines,
        Filtype.XML: read_xml,
        Filtype.PARQUET: read_parquet,
    }
)
