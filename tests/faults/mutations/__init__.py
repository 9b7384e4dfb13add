"""How the code is broken on purpose, one file for each part of the house; `MUTANTS` of each are tried."""
