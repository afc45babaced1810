"""`python -m tests.simulation`. Apart from `runner`, whose functions must be importable in the processes it starts."""

import sys

from tests.simulation.runner import main

if __name__ == "__main__":
    sys.exit(main())
