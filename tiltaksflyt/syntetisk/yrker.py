"""Occupations that plans point to, with the tasks, workplaces and courses that belong to each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Yrke:
    """One occupation. `virksomhet` is the kind of workplace, `kurs` what can be documented, `fag` what is learnt."""

    tittel: str
    bransje: str
    virksomhet: str
    oppgaver: tuple[str, str, str, str]
    kurs: tuple[str, str]
    fag: tuple[str, str, str]


YRKER = (
    Yrke(
        "butikkmedarbeider",
        "varehandel",
        "Dagligvare",
        ("varepåfylling", "kassebetjening", "kundeservice på gulvet", "mottak av varer"),
        ("kurs i kassesystem og kundebehandling", "kurs i mattrygghet"),
        ("kundebehandling", "bruk av kassesystem", "rutiner for varemottak"),
    ),
    Yrke(
        "lagermedarbeider",
        "lager og logistikk",
        "Lager",
        ("plukking av ordre", "pakking og merking", "varetelling", "mottak og kontroll av varer"),
        ("truckførerkurs", "kurs i lagerstyring"),
        ("bruk av håndterminal", "sikker bruk av truck", "orden på lageret"),
    ),
    Yrke(
        "renholdsoperatør",
        "renhold",
        "Renhold",
        ("daglig renhold av kontorer", "renhold av fellesarealer", "vask av gulv med maskin", "bestilling av utstyr"),
        ("grunnkurs i renhold", "kurs i kjemikaliehåndtering"),
        ("renholdsmetoder", "ergonomi", "bruk av maskiner"),
    ),
    Yrke(
        "kjøkkenassistent",
        "storhusholdning",
        "Kantine",
        ("tilberedning av kald mat", "oppvask og rydding", "servering i kantina", "mottak av råvarer"),
        ("kurs i mattrygghet", "kurs i allergener"),
        ("råvarekunnskap", "hygiene på kjøkkenet", "planlegging av en arbeidsdag"),
    ),
    Yrke(
        "helsefagarbeider",
        "pleie og omsorg",
        "Bosenter",
        ("hjelp ved måltider", "aktiviteter med beboerne", "rydding av rom", "følge til avtaler"),
        ("modul i helsearbeiderfag", "kurs i forflytning"),
        ("kommunikasjon med beboere", "hygiene og smittevern", "dokumentasjon i arbeidet"),
    ),
    Yrke(
        "barnehageassistent",
        "oppvekst",
        "Barnehage",
        ("lek og aktiviteter ute", "hjelp i garderoben", "tilrettelegging av måltider", "rydding av leker"),
        ("modul i barne- og ungdomsarbeiderfag", "førstehjelpskurs"),
        ("samspill med barn", "rutiner i en barnehagedag", "samarbeid med kolleger"),
    ),
    Yrke(
        "vaktmester",
        "drift av bygg",
        "Eiendomsdrift",
        ("enkelt vedlikehold", "snømåking og stell av uteområder", "kontrollrunder", "små reparasjoner"),
        ("kurs i varme arbeider", "kurs i drift av ventilasjon"),
        ("bruk av håndverktøy", "rutiner for kontroll", "helse, miljø og sikkerhet"),
    ),
    Yrke(
        "kontormedarbeider",
        "kontor og administrasjon",
        "Servicekontor",
        ("registrering av bilag", "arkivering", "telefon og resepsjon", "bestilling av rekvisita"),
        ("kurs i regneark og tekstbehandling", "kurs i regnskap"),
        ("bruk av kontorprogrammer", "skriftlig norsk", "service i førstelinjen"),
    ),
    Yrke(
        "møbelsnekker",
        "trebearbeiding",
        "Trevare",
        ("kapping og sliping", "montering av møbler", "overflatebehandling", "pakking av ferdige varer"),
        ("modul i trevarefag", "kurs i maskinsikkerhet"),
        ("lesing av tegninger", "bruk av maskiner i verkstedet", "kvalitetskontroll"),
    ),
    Yrke(
        "bilmekaniker",
        "kjøretøy",
        "Bilverksted",
        ("dekkskift", "klargjøring av biler", "enkel service", "rydding i verkstedet"),
        ("modul i lette kjøretøy", "kurs i arbeid på elektriske biler"),
        ("bruk av diagnoseverktøy", "rutiner for service", "orden i verkstedet"),
    ),
    Yrke(
        "gartner",
        "grøntanlegg",
        "Hagesenter",
        ("planting og vanning", "stell av bed", "salg av planter", "klipping av plen"),
        ("modul i anleggsgartnerfag", "kurs i bruk av motorsag"),
        ("plantekunnskap", "bruk av redskap", "sesongplanlegging"),
    ),
    Yrke(
        "sjåfør",
        "transport",
        "Varetransport",
        ("levering av pakker", "lasting og lossing", "vask av bil", "planlegging av rute"),
        ("teorikurs for førerkort klasse C", "kurs i sikring av last"),
        ("kjøre- og hviletid", "service ved levering", "sikring av last"),
    ),
    Yrke(
        "IKT-medarbeider",
        "IKT",
        "IKT-drift",
        ("klargjøring av maskiner", "brukerstøtte", "registrering av saker", "opprydding i utstyr"),
        ("kurs i brukerstøtte", "kurs i nettverk"),
        ("feilsøking", "dokumentasjon av saker", "kommunikasjon med brukere"),
    ),
    Yrke(
        "resepsjonist",
        "reiseliv",
        "Hotell",
        ("inn- og utsjekking", "telefon og booking", "servering av frokost", "klargjøring av møterom"),
        ("kurs i bookingsystem", "kurs i engelsk for reiselivet"),
        ("service og vertskap", "bruk av bookingsystem", "engelsk i møte med gjester"),
    ),
    Yrke(
        "produksjonsmedarbeider",
        "industri",
        "Industri",
        ("montering", "betjening av maskin", "pakking", "kvalitetskontroll"),
        ("modul i produksjonsteknikk", "kurs i bruk av traverskran"),
        ("sikkerhet ved maskiner", "lesing av arbeidsordre", "måling og kontroll"),
    ),
    Yrke(
        "frisør",
        "frisør og velvære",
        "Frisørsalong",
        ("timebestilling", "vask og føning", "rydding av salongen", "salg av produkter"),
        ("modul i frisørfag", "kurs i hudpleie"),
        ("kundebehandling", "teknikk under veiledning", "hygiene i salongen"),
    ),
    Yrke(
        "gjenvinningsarbeider",
        "gjenvinning og ombruk",
        "Ombruk",
        ("sortering av varer", "veiledning av kunder", "reparasjon av møbler", "prising av brukte varer"),
        ("kurs i farlig avfall", "truckførerkurs"),
        ("sorteringsregler", "kundeveiledning", "sikkerhet på anlegget"),
    ),
    Yrke(
        "bibliotekmedarbeider",
        "kultur",
        "Bibliotek",
        (
            "innlevering og oppsetting av bøker",
            "hjelp til lånere",
            "klargjøring av arrangement",
            "merking av nye bøker",
        ),
        ("kurs i biblioteksystem", "kurs i formidling"),
        ("bruk av biblioteksystem", "møte med publikum", "orden og katalogisering"),
    ),
)
