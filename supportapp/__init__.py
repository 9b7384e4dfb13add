"""A support chat: two doors (HTTP and Socket.IO), one desk behind them, one room that holds the database."""

__version__ = "0.1.0"
