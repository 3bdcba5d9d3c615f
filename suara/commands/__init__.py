"""One module a command of `suara`. What a command does lives in the room it belongs to."""
