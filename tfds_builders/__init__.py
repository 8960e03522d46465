"""TFDS builders of mebench: importing this package registers them, so that `tfds.data_source("synth_me/...")` works.

A folder `<name>` with a module `<name>_dataset_builder` is a dataset; nothing else lists them.
"""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    if _module.ispkg:
        importlib.import_module(f"{__name__}.{_module.name}.{_module.name}_dataset_builder")
