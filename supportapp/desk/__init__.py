"""What the desk does; it knows neither Quart nor Socket.IO."""
