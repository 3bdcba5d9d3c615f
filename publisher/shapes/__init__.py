"""What our own public documents hold, as types: `publisher.v1` writes them, `publisher.openapi` describes them.

`area` has areas and dapil, `record` a TPS's record, `beside` what is said beside totals, `earlier` elections of before.
Only shapes; what the keys mean is told by docs/formats.md. A key that a document may lack is UNSET.
"""

from typing import Final

VERSION: Final = 1
"""`v` of every document."""
