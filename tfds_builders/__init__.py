"""TFDS builders of mebench: importing this package registers them, so that `tfds.data_source("synth_me/...")` works.

A folder `<name>` with a module `<name>_dataset_builder` is a dataset; nothing else lists them.
"""

import importlib
import importlib.util
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    _name = f"{__name__}.{_module.name}.{_module.name}_dataset_builder"
    if _module.ispkg and importlib.util.find_spec(_name) is not None:
        importlib.import_module(_name)
