"""What the receiver may find wrong, each code with the sentence that the sender's people read. Never a value."""

from enum import StrEnum
from typing import Self


class Funn(StrEnum):
    """A code and its sentence."""

    tekst: str

    def __new__(cls, kode: str, tekst: str = "") -> Self:
        """Make the member `kode`; `tekst` is what a person reads."""
        medlem = str.__new__(cls, kode)
        medlem._value_ = kode
        medlem.tekst = tekst
        return medlem

    # the package as a whole
    FOR_STOR = "FOR_STOR", "Pakken er større enn mottakeren tar imot."
    IKKE_KRYPTERT_FOR_OSS = "IKKE_KRYPTERT_FOR_OSS", "Pakken kan ikke åpnes med mottakerens nøkkel."
    IKKE_ASIC_E = "IKKE_ASIC_E", "Pakken er ikke en signert ASiC-E-beholder."
    UGYLDIG_SIGNATUR = "UGYLDIG_SIGNATUR", "Signaturen er ikke gyldig, eller er gjort av noen mottakeren ikke kjenner."
    SIGNATUREN_DEKKER_IKKE = "SIGNATUREN_DEKKER_IKKE", "Signaturen dekker ikke nøyaktig de filene pakken har."
    SKADET_PAKKE = "SKADET_PAKKE", "Pakken er ikke en hel ZIP-fil."
    FOR_MANGE_FILER = "FOR_MANGE_FILER", "Pakken har flere filer enn mottakeren tar imot."
    UGYLDIG_FILNAVN = "UGYLDIG_FILNAVN", "Pakken har en fil med et navn som ikke er tillatt."
    DOBBEL_FIL = "DOBBEL_FIL", "Pakken har samme filnavn to ganger."
    MANIFEST_MANGLER = "MANIFEST_MANGLER", "Pakken har ikke manifest.json."
    UGYLDIG_MANIFEST = "UGYLDIG_MANIFEST", "manifest.json bryter skjemaet."
    FEIL_LEVERANSE_ID = "FEIL_LEVERANSE_ID", "Pakkens navn og leveranseId i manifestet er ikke like."
    UKJENT_MOTTAKER = "UKJENT_MOTTAKER", "Nav-enheten i manifestet mottas ikke her."
    FEIL_MODUS = "FEIL_MODUS", "Produksjon og test er ikke blandet: pakken hører hjemme i et annet miljø."
    FIL_UTENFOR_MANIFEST = "FIL_UTENFOR_MANIFEST", "Pakken har en fil som manifestet ikke nevner."
    DOBBEL_MELDING = "DOBBEL_MELDING", "Manifestet nevner samme meldingId to ganger."
    FEIL_MERKLE = "FEIL_MERKLE", "Beviset for en fil fører ikke til roten i manifestet."
    INTERN_FEIL = "INTERN_FEIL", "Mottakeren kunne ikke behandle pakken. Den er lagt til side."
    # one document
    FIL_MANGLER = "FIL_MANGLER", "En fil som manifestet nevner, er ikke i pakken."
    FEIL_STORRELSE = "FEIL_STORRELSE", "En fil har en annen størrelse enn manifestet sier."
    FEIL_SJEKKSUM = "FEIL_SJEKKSUM", "En fil har en annen SHA-256 enn manifestet sier."
    FORMAT_MANGLER = "FORMAT_MANGLER", "Dokumentet skal være med som XML, JSON og PDF, med journalpost og arkivmelding."
    UKJENT_DOKUMENTTYPE = "UKJENT_DOKUMENTTYPE", "Dokumenttypen mottas ikke her."
    XML_UGYLDIG = "XML_UGYLDIG", "XML-filen bryter skjemaet."
    XML_DOCTYPE = "XML_DOCTYPE", "XML-filen har DOCTYPE, som ikke er tillatt."
    JSON_UGYLDIG = "JSON_UGYLDIG", "JSON-filen bryter skjemaet."
    PDF_UGYLDIG = "PDF_UGYLDIG", "PDF-filen er ikke en PDF."
    JOURNALPOST_UGYLDIG = "JOURNALPOST_UGYLDIG", "journalpost.json bryter skjemaet eller har en verdi arkivet ikke tar."
    JOURNALPOST_STEMMER_IKKE = "JOURNALPOST_STEMMER_IKKE", "journalpost.json og dokumentet sier ikke det samme."
    ARKIVMELDING_UGYLDIG = "ARKIVMELDING_UGYLDIG", "arkivmelding.xml bryter skjemaet."
    ARKIVMELDING_STEMMER_IKKE = "ARKIVMELDING_STEMMER_IKKE", "arkivmelding.xml og dokumentet sier ikke det samme."
    HODE_STEMMER_IKKE = "HODE_STEMMER_IKKE", "Hodet i dokumentet og manifestet sier ikke det samme."
    UGYLDIG_IDENT = "UGYLDIG_IDENT", "Personidenten i dokumentet er ikke gyldig."
    IKKE_SYNTETISK = "IKKE_SYNTETISK", "Et testmiljø tar bare imot syntetiske personer."
    SYNTETISK = "SYNTETISK", "Produksjon tar ikke imot syntetiske personer."
    MELDINGID_GJENBRUKT = "MELDINGID_GJENBRUKT", "meldingId er brukt før, om noe annet."
    ALLEREDE_MOTTATT = "ALLEREDE_MOTTATT", "Dokumentet er mottatt før og er ikke registrert på nytt."


class PakkeAvvist(Exception):
    """The package is refused as a whole."""

    def __init__(self, funn: Funn, leveranse_id: str | None = None) -> None:
        super().__init__(str(funn))
        self.funn = funn
        self.leveranse_id = leveranse_id
