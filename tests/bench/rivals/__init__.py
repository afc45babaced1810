"""What somebody would write or take instead of bulkprov: each sends so many creates, and is a process of its own.

None of them reads a sheet, looks anything up, writes a journal or a report, or tries again; they are floors. All send
the same creates over connections that are kept alive, and check the status of each answer. What each of them is
called and how it is started: `programs`. `cvpysdk_one_by_one` is for the comparison with Commvault's own SDK only.
"""
