"""Real JavaScript clients for the tests."""
