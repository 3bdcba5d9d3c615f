"""The front door for phones: photos and readings come in, receipts go out. Nothing is judged here."""
