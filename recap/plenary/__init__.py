"""The manual recapitulation held against the electronic one: D.Hasil read, compared, drilled down, reported.

`sides` compares, `reading` takes files of D.Hasil apart, `drill` says where a difference comes from, `report` writes
what a plenary works from, `companion` does the same beside a running engine. What a D.Hasil is: `election.plenary`.
"""
