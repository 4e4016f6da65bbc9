"""Measurements. Each compares in one run and prints a table."""
