"""Codes by which European catalogues name what the registry says: formats, themes, licences, who may have the data.

Authority tables of the Publications Office of the European Union (op.europa.eu/en/web/eu-vocabularies), media types of
IANA (iana.org/assignments/media-types), and the two lists of formats of the European data portal
(gitlab.com/european-data-portal/edp-vocabularies), all as of 2026-11.
"""

from __future__ import annotations

from forum.core.reference import Sector
from forum.response.datasets.models import FileFormat, Licence, Refresh, Sensitivity

AUTHORITY = "http://publications.europa.eu/resource/authority/"
FILE_TYPE = AUTHORITY + "file-type/"
DATA_THEME = AUTHORITY + "data-theme/"
FREQUENCY = AUTHORITY + "frequency/"
ACCESS_RIGHT = AUTHORITY + "access-right/"
MEDIA_TYPE = "https://www.iana.org/assignments/media-types/"
KOREAN = AUTHORITY + "language/KOR"
KOREA = AUTHORITY + "country/KOR"

MEDIA_TYPES = {
    FileFormat.CSV: "text/csv",
    FileFormat.JSON: "application/json",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.PARQUET: "application/vnd.apache.parquet",
    FileFormat.GEOJSON: "application/geo+json",
}
"""Every format is in the table of file types under its own code."""

NON_PROPRIETARY = frozenset({FileFormat.CSV, FileFormat.JSON, FileFormat.GEOJSON})
MACHINE_READABLE = NON_PROPRIETARY | {FileFormat.XLSX}
"""What the portal's lists hold: Parquet stands in neither, though it is open and for machines."""

THEMES = {
    Sector.TRANSITION: "ENER",
    Sector.INDUSTRY: "ECON",
    Sector.BUILDING: "REGI",
    Sector.TRANSPORT: "TRAN",
    Sector.AGRICULTURE: "AGRI",
    Sector.WASTE: "ENVI",
    Sector.SINK: "ENVI",
    Sector.ADAPTATION: "ENVI",
    Sector.EDUCATION: "EDUC",
}
THEME_NAMES = {
    "ENER": "Energy",
    "ECON": "Economy and finance",
    "REGI": "Regions and cities",
    "TRAN": "Transport",
    "AGRI": "Agriculture, fisheries, forestry and food",
    "ENVI": "Environment",
    "EDUC": "Education, culture and sport",
}
SECTORS = {
    "ENER": Sector.TRANSITION,
    "ECON": Sector.INDUSTRY,
    "TECH": Sector.INDUSTRY,
    "REGI": Sector.BUILDING,
    "TRAN": Sector.TRANSPORT,
    "AGRI": Sector.AGRICULTURE,
    "ENVI": Sector.ADAPTATION,
    "EDUC": Sector.EDUCATION,
}
"""Where a record of elsewhere goes; ours name the sector beside the theme."""

FREQUENCIES = {refresh: refresh.value for refresh in Refresh} | {Refresh.IRREGULAR: "IRREG"}
ACCESS_RIGHTS = {
    Sensitivity.OPEN: "PUBLIC",
    Sensitivity.RESTRICTED: "RESTRICTED",
    Sensitivity.AGGREGATE: "NON_PUBLIC",
}
"""Nobody gets the rows of a set that is given as aggregates only."""

LICENCES = {
    Licence.CC0: AUTHORITY + "licence/CC0",
    Licence.CC_BY_4: AUTHORITY + "licence/CC_BY_4_0",
    Licence.CC_BY_SA_4: AUTHORITY + "licence/CC_BYSA_4_0",
    Licence.KOGL_1: "https://www.kogl.or.kr/info/licenseType1.do",
}
"""Addresses; terms of their own have one on the dataset's page."""
EU_LICENCES = frozenset({Licence.CC0, Licence.CC_BY_4, Licence.CC_BY_SA_4})
"""Those in the authority table; 공공누리 is not."""
LICENCE_ADDRESSES = {address: licence for licence, address in LICENCES.items()} | {
    "creativecommons.org/publicdomain/zero/1.0": Licence.CC0,
    "creativecommons.org/licenses/by/4.0": Licence.CC_BY_4,
    "creativecommons.org/licenses/by-sa/4.0": Licence.CC_BY_SA_4,
    "kogl.or.kr/info/licensetype1.do": Licence.KOGL_1,
}
"""Other spellings of the same licences, without scheme, www and a last slash."""


def licence_at(address: str) -> Licence | None:
    """Return the licence that an address names, however it is spelt.

    >>> licence_at("http://creativecommons.org/licenses/by/4.0/")
    <Licence.CC_BY_4: 'CC_BY_4'>
    """
    bare = address.partition("://")[2].removeprefix("www.").rstrip("/").lower()
    return LICENCE_ADDRESSES.get(address) or LICENCE_ADDRESSES.get(bare)


def format_of(code: str) -> FileFormat | None:
    """Return the format of a media type, of an address in a table, or of a plain name such as "csv"."""
    name = code.removeprefix(MEDIA_TYPE).removeprefix(FILE_TYPE)
    for one, media_type in MEDIA_TYPES.items():
        if name.lower() in (media_type, one.value.lower()):
            return one
    return None
