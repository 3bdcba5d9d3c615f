"""Earlier elections beside the present one: loaded from files that outsiders have, matched area by area, published.

`sources` reads the files, `kept` keeps what was read, `matching` says which area is which today and `basis` whether
its figures are of the same place; `documents` and `compare` make public files of it. What cannot be matched is
listed.
"""
