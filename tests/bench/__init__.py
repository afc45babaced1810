"""Measurements that print a table; each is run by hand as a module."""
