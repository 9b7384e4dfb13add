"""What the parent of `tests.forked` has done before its children begin: imported the chat and compiled its templates."""

import gc
from gettext import NullTranslations

from supportapp.cli import WHERE, main
from supportapp.web.drawing import environment

for command in WHERE:
    main.commands[command]
templates = environment("es", NullTranslations(), {})
for name in templates.list_templates():
    templates.get_template(name)
gc.collect()
gc.freeze()  # or each child looks through all of this when it is ready, and copies it
