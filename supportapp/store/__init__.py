"""The room that holds the database: the only SQL of the project, one file per noun."""
