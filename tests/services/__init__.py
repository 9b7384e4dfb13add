"""Private servers for the tests: started on free ports in a temporary folder, to be killed and stopped freely."""
