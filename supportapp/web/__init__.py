"""The HTTP door: it parses what a request asks, calls one thing of the desk, and answers."""
