"""What the documents of 2024 hold, as JSON Schema.

Keys are ids of choices and codes of areas, so that types would say little.

Their contract is the layout of 2024 itself; `publisher.sirekap` writes them. Here is what a program may rely on.
"""

from typing import Any

Schema = dict[str, Any]

COUNT: Schema = {"type": ["integer", "null"], "minimum": 0}
TS: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$", "description": "WIB"}
PERSEN: Schema = {"type": "number", "minimum": 0, "maximum": 100}
PROGRES: Schema = {
    "type": "object",
    "required": ["total", "progres"],
    "properties": {"total": COUNT, "progres": COUNT, "persen": PERSEN},
}
IMAGES: Schema = {"type": "array", "items": {"type": ["string", "null"]}}
ADMINISTRASI: Schema = {"type": ["object", "null"], "additionalProperties": COUNT}


def _object(required: str, **properties: Schema) -> Schema:
    return {"type": "object", "required": required.split(), "properties": properties}


_ANY: Schema = {"type": ["object", "null"]}
_MODE: Schema = {"type": "string"}
_PSU: Schema = {"type": ["string", "null"]}
_STATES: Schema = {"psu": _PSU, "ts": TS, "status_suara": {"type": "boolean"}, "status_adm": {"type": "boolean"}}

SCHEMAS: dict[str, Schema] = {
    "SirekapChildren": {
        "type": "array",
        "items": _object(
            "nama id kode tingkat", nama={"type": "string"}, id={"type": "integer"}, kode={"type": "string"},
            tingkat={"type": "integer", "minimum": 1, "maximum": 5},
        ),
    },
    "SirekapChoices": {"type": "object", "additionalProperties": {"type": "object"}},
    "SirekapArea": _object(
        "ts chart table progres", ts=TS, chart=_ANY, table=_ANY, progres=PROGRES, mode=_MODE, psu=_PSU
    ),
    "SirekapTps": _object(
        "chart images psu ts status_suara status_adm", chart=_ANY, images=IMAGES, administrasi=ADMINISTRASI,
        mode=_MODE, kode_dapil={"type": ["string", "null"]}, caleg=_ANY, **_STATES,
    ),
    "SirekapPilkadaArea": _object(
        "tungsura progres ts", tungsura={"type": "object"}, progres=PROGRES, ts=TS, mode=_MODE, psu=_PSU
    ),
    "SirekapPilkadaTps": _object(
        "tungsura images psu ts status_suara status_adm", tungsura=_ANY, images=IMAGES, mode=_MODE, **_STATES
    ),
}  # fmt: skip
