"""The command line and the wiring: settings, supervision, the commands. No election logic lives here."""
