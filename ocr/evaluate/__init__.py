"""Measuring reading against what somebody knows: single boxes (`crops`), whole pages (`pages`), generated forms
(`kept`), and the thresholds that follow (`choice`).

Every share comes with its exact binomial interval; what was accepted and wrong is counted on its own, because that is
the error that matters. How photos are read lives in `ocr`, how scores become numbers in `election.decode`.
"""
