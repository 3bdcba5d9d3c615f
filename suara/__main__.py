"""`python -m suara` is the command `suara`."""

import sys

from suara.cli import main

sys.exit(main())
