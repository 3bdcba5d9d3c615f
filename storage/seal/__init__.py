"""Originals, sealed: encrypted once nobody needs them in the clear, opened under their own hash, kept for so long.

docs/scans.md says who can open what. What the public sees of a photo is the masked rendition, `ocr`'s work.
"""
