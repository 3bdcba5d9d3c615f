"""Codes drawn by what each character changes are those that segno draws of the whole address."""

import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.site.codes import BORDER, MASK, Codes

KEYS = st.sampled_from(["ppwp", "pdpr", "pkwkp", "pdprdk"])
KODES = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=10, max_size=13)
BEGUN = st.sampled_from(
    ["https://suara.example", "http://pemilu.kabupaten-panjang-sekali.example/2029", "https://ü.example"]
)
together = {base: Codes() for base in ("https://suara.example", "http://pemilu.kabupaten-panjang-sekali.example/2029")}


def segnos(address: str) -> tuple[int, str]:
    code = segno.make(address, error="m", boost_error=False, micro=False, mask=MASK)
    return code.symbol_size(border=BORDER)[0], code.svg_inline(border=BORDER, omitsize=True).removeprefix("<svg")


@settings(max_examples=60, deadline=None)
@given(BEGUN, st.lists(st.tuples(KEYS, KODES), min_size=1, max_size=4))
def test_a_code_is_drawn_as_segno_draws_it(base: str, found: list[tuple[str, str]]) -> None:
    codes = together.get(base, Codes())
    for key, kode in found:
        address = f"{base}/{key}/tps/{kode[:-3]}/{kode}.html"
        assert codes.drawn(address) == segnos(address)
