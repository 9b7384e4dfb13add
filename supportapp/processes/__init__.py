"""Several processes behind one socket, and the parent that looks after them."""
