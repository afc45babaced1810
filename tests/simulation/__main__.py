"""`python -m tests.simulation`: apart from `many`, so that its functions have a name in the processes it starts."""

import sys

from tests.simulation.many import main

if __name__ == "__main__":
    sys.exit(main())
