"""`python -m supportapp`: the command line."""

from supportapp.cli import main

if __name__ == "__main__":
    main()
