"""Faults injected into the running system, and a checker that reads what everybody saw."""
