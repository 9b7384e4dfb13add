"""`make bench`: what the way of a message costs, beside a reference system where one is at hand."""
