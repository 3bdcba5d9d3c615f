"""Photos and readings on their way in: kept durably, journalled and receipted together, many at a time.

What a photo means is the roles'. `docs/decisions/0007-intake.md` says why photos stay in the files they came in.
"""
