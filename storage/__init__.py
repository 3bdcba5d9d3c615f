"""Where things are kept: journal, scans, work queue, and the embedded servers. No election logic lives here."""
