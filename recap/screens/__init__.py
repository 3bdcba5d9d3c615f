"""Screens: what is unusual about a record beside other records, contests, photos, documents or its own past.

They hold nothing and change no figure; what they find is queued for people (`published.unusual`). The rules are
`election.rules`'s (W507 to W512); here what must stand beside a record is gathered: `votes` the neighbours, `forms` the
other contests, `photos` the other photos (through `index`), `documents` D.Hasil, `changes` the record's own past.
`companion` runs them beside the engine, `offline` over a file. How often they are wrong: docs/unusual.md.
"""
