"""`python -m bulkprov`, and the command `bulkprov`."""

from bulkprov.cli import main

if __name__ == "__main__":
    main()
