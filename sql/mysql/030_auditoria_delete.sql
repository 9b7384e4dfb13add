-- Nothing here: see 032.
DO 0
