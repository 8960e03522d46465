"""A package of somebody who adds methods, a flow method, a dataset and figures to mebench."""
