"""The tests are a package so that they can share what they have in common."""
