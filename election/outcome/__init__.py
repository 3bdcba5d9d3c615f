"""Who is elected, by law: president, DPR, DPD, DPRD, Pilkada, and a party's candidates. Integers only.

    president   more than half, and a fifth in more than half of the provinces
    dpr, dprd   the national threshold (DPR), then Sainte-Laguë in each dapil (house, seats)
    dpd         the four with most votes in a province
    pilkada     governors, regents, mayors
    ranking     a party's candidates in one dapil
    inputs      named totals of the engine → what these functions take
    law         what the law leaves to a setting, with citations; the threshold is the bundle's

Every result carries its derivation (the law, the numbers, a sentence in Indonesian and English), says whether it is
provisional, and names a tie instead of breaking it. docs/outcome.md tells it in words.
"""
