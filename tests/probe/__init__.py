"""Tests of the room `probe`."""
